"""The order workflow that a site starts with: made once, switched off, and the admin's own from then on.

Not a fixture: a fixture is written anew by every migrate, and what an admin has changed in it would be lost.
"""

import json
from collections.abc import Iterable

import frappe

from crm_o2c.setup.roles import MANAGER

NAME = "O2C Order Confirmation"
SEEDED = (
	"o2c_workflow_seeded"  # its value: the states and actions that were made, as they may be another workflow's too
)
STATE, ACTION, ORDER = "Workflow State", "Workflow Action Master", "Sales Order"
DRAFT, SUBMITTED, CANCELLED = "0", "1", "2"
LARGE_ORDER = 50_000  # company currency; above it an O2C Manager confirms: the example of a condition


def _(text: str) -> str:
	"""Marks a name for translation; names are stored in English."""
	return text


# state, docstatus, who may edit in it, style. Frappe takes the first state of a docstatus where nobody chose one.
STATES: tuple[tuple[str, str, str, str], ...] = (
	(_("Draft"), DRAFT, "Sales User", ""),
	(_("To confirm"), DRAFT, "Sales Manager", "Warning"),
	(_("Confirmed"), SUBMITTED, "Sales User", "Primary"),
	(_("In production"), SUBMITTED, "Sales User", "Info"),
	(_("Ready to ship"), SUBMITTED, "Sales User", "Info"),
	(_("Shipped"), SUBMITTED, "Sales User", "Success"),
	(_("Completed"), SUBMITTED, "Sales Manager", "Success"),
	(_("Rejected"), DRAFT, "Sales Manager", "Danger"),
	(_("Cancelled"), CANCELLED, "Sales Manager", "Inverse"),
)
# from, action, to, roles, condition
TRANSITIONS: tuple[tuple[str, str, str, tuple[str, ...], str], ...] = (
	("Draft", _("Ask for Confirmation"), "To confirm", ("Sales User",), ""),
	("To confirm", _("Confirm"), "Confirmed", ("Sales Manager",), f"doc.base_grand_total <= {LARGE_ORDER}"),
	("To confirm", _("Confirm"), "Confirmed", (MANAGER,), ""),
	("To confirm", _("Reject"), "Rejected", ("Sales Manager", MANAGER), ""),
	("Rejected", _("Reopen"), "Draft", ("Sales User",), ""),
	("Confirmed", _("Start Production"), "In production", ("Manufacturing User", "Sales Manager"), ""),
	("Confirmed", _("Mark as Ready"), "Ready to ship", ("Stock User", "Sales Manager"), ""),
	("In production", _("Mark as Ready"), "Ready to ship", ("Manufacturing User", "Stock User", "Sales Manager"), ""),
	("Ready to ship", _("Mark as Shipped"), "Shipped", ("Stock User", "Sales Manager"), ""),
	("Shipped", _("Complete"), "Completed", ("Accounts User", "Sales Manager"), ""),
	*(
		(state, _("Cancel"), "Cancelled", ("Sales Manager", MANAGER), "")
		for state, doc, *_rest in STATES
		if doc == SUBMITTED
	),
)
# Where an order in a stage stands in the workflow. The facts move it there by `services.order_workflow.follow`.
OF_STAGES = {
	"Confirmed": "Confirmed",
	"In production": "In production",
	"Ready to ship": "Ready to ship",
	"Partly shipped": "Ready to ship",
	"Shipped": "Shipped",
	"Delivered": "Shipped",
	"Invoiced": "Shipped",
	"Paid": "Completed",
}


def seed_workflow() -> None:
	"""Make the workflow, its states and its actions where they are missing, and name them in the stages: once."""
	if frappe.db.get_default(SEEDED):
		return
	made = {
		STATE: [
			state for state, _doc, _role, style in STATES if _make(STATE, "workflow_state_name", state, style=style)
		],
		ACTION: [action for action in _actions() if _make(ACTION, "workflow_action_name", action)],
	}
	if not frappe.db.exists("Workflow", NAME):
		_store_quietly()
	for stage, state in OF_STAGES.items():
		frappe.db.set_value("O2C Stage", {"name": stage, "workflow_state": ("is", "not set")}, "workflow_state", state)
	frappe.db.set_default(SEEDED, json.dumps(made))


def _store_quietly() -> None:
	"""Store it without Frappe's steps after a save: these make the field and give every order a state, even for a workflow that
	is off, and a draft that is submitted meanwhile would keep the state of a draft."""
	doc = frappe.get_doc(_values())
	doc.validate()
	doc.set_new_name()
	doc.set_user_and_timestamp()
	doc.set_parent_in_children()
	doc.db_insert()
	for row in doc.get_all_children():
		row.db_insert()


def delete_workflow() -> None:
	"""Take our workflow away, and of the states and actions that came with it those that nothing names any more."""
	made = json.loads(frappe.db.get_default(SEEDED) or "{}")
	if frappe.db.get_value("Workflow", NAME, "is_active"):
		_delete_open_actions()
	frappe.delete_doc("Workflow", NAME, force=True, ignore_missing=True)
	frappe.db.set_value("O2C Stage", {"workflow_state": ("is", "set")}, "workflow_state", None)
	for doctype, names in made.items():
		_delete_unused(doctype, names)


def _make(doctype: str, field: str, name: str, **values: str) -> bool:
	"""Whether it was missing, and is made now."""
	if frappe.db.exists(doctype, name):
		return False
	frappe.get_doc({"doctype": doctype, field: name, **values}).insert()
	return True


def _actions() -> list[str]:
	return list(dict.fromkeys(action for _from, action, *_rest in TRANSITIONS))


def _values() -> dict:
	return {
		"doctype": "Workflow",
		"workflow_name": NAME,
		"document_type": ORDER,
		"is_active": 0,
		"override_status": 1,  # ERPNext's own status stays what lists and forms show
		"send_email_alert": 0,
		"workflow_state_field": "workflow_state",
		# with Frappe's own defaults, which a save would set
		"states": [
			{"state": state, "doc_status": doc, "allow_edit": role, "send_email": 1}
			for state, doc, role, _style in STATES
		],
		"transitions": [
			{
				"state": state,
				"action": action,
				"next_state": to,
				"allowed": role,
				"condition": condition,
				"allow_self_approval": 1,
			}
			for state, action, to, roles, condition in TRANSITIONS
			for role in roles
			if frappe.db.exists("Role", role)
		],
	}


def _delete_open_actions() -> None:
	"""What the workflow asked people for can't be answered without it."""
	names = frappe.get_all(
		"Workflow Action", {"reference_doctype": ORDER, "status": "Open"}, pluck="name", order_by="name asc"
	)
	for start in range(0, len(names), 1000):
		batch = ("in", names[start : start + 1000])
		frappe.db.delete("Workflow Action Permitted Role", {"parent": batch})
		frappe.db.delete("Workflow Action", {"name": batch})


def _delete_unused(doctype: str, names: Iterable[str]) -> None:
	"""An order keeps its state when the workflow goes, and a state that one has must stay: the order could not be saved."""
	for name in names:
		try:
			frappe.delete_doc(doctype, name, ignore_missing=True)
		except frappe.LinkExistsError:
			frappe.clear_last_message()
