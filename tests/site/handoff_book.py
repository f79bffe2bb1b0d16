"""Hand-off rules and orders that enter stages, for tests of hand-offs."""

from itertools import count

import frappe
from frappe.utils import add_to_date, now_datetime

from crm_o2c.api import handoffs as api
from crm_o2c.engine.stages import StageChange
from crm_o2c.services import handoffs

import factories as make

HANDOFF, RULE, ORDER = "O2C Handoff", "O2C Handoff Rule", "Sales Order"
_minutes = count(1)


def alone(monkeypatch) -> None:
	"""Users of earlier tests on a kept site are not in these roles, and nothing is mailed: there is no account to send from."""
	monkeypatch.setattr(frappe, "sendmail", lambda *args, **kwargs: None)
	frappe.db.delete("Has Role", {"role": ("in", ("Stock User", "Stock Manager", "Accounts User", "O2C Manager"))})


def order_of(seller: str):
	"""A submitted order of this user's."""
	doc = make.sales_order()
	frappe.db.set_value(ORDER, doc.name, "owner", seller)
	return doc


def three_pickers() -> list[str]:
	return sorted(make.user("Stock User").name for _number in range(3))


def rule(stage="Confirmed", role="Stock User", steps=(), **fields):
	values = {"doctype": RULE, "rule_name": f"Rule {next(_minutes)}", "stage": stage, "role": role, "enabled": 1}
	rows = [{"step": step, "must_be_done": must} for step, must in steps]
	return frappe.get_doc({**values, "steps": rows, **fields}).insert()


def enter(doc, stage="Confirmed", before="Draft", since=None) -> StageChange:
	"""The order enters a stage, each time at another moment."""
	since = since or add_to_date(now_datetime(), minutes=next(_minutes))
	change = StageChange(doc.name, doc.company, before, stage, since)
	handoffs.stages_changed([change])
	return change


def all_of(doc, **filters):
	names = frappe.get_all(
		HANDOFF, {"sales_order": doc.name, **filters}, pluck="name", order_by="creation asc, name asc"
	)
	return [frappe.get_doc(HANDOFF, name) for name in names]


def only(doc):
	(found,) = all_of(doc)
	return found


def todos(handoff, status="Open") -> list[str]:
	filters = {"reference_type": HANDOFF, "reference_name": handoff.name, "status": status}
	return sorted(frappe.get_all("ToDo", filters, pluck="allocated_to", order_by="name asc"))


def history(doc) -> list[tuple[str, str]]:
	filters = {"reference_doctype": ORDER, "reference_name": doc.name, "what": "handoff"}
	rows = frappe.get_all("O2C Event", filters, ["from_state", "to_state"], order_by="happened_at asc, creation asc")
	return [(row.from_state, row.to_state) for row in rows]


def accept(doc):
	handoff = only(doc)
	frappe.set_user(handoff.user)
	api.accept(handoff.name)
	frappe.set_user("Administrator")
	return only(doc)
