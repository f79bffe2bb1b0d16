"""Who has the ball: the hand-offs of an order as its form shows them."""

from typing import Any

import frappe
from frappe.utils import now_datetime

from crm_o2c import permissions
from crm_o2c.services.handoff_people import ACCEPTED, HANDOFF, OPEN, SENT_BACK, WAITING
from crm_o2c.services.order_workflow import active_workflow

CHECK = "O2C Handoff Check"
PAST = 5  # closed ones that are shown
SHOWN = (
	"name", "sales_order", "stage", "rule", "status", "user", "role", "due", "entered_at", "accepted_at", "accepted_by", "closed_at",
	"closed_by", "sent_back_reason", "sent_back_by", "handed_over_by", "escalated_at", "escalate_role", "escalate_user",
)  # fmt: skip


def of_order(order: str) -> dict[str, Any]:
	"""The open hand-offs of an order, the last closed ones, and where it stands in the workflow."""
	rows = frappe.get_all(HANDOFF, {"sales_order": order}, list(SHOWN), order_by="entered_at desc, creation desc")
	going = [row for row in rows if row.status in OPEN]
	return {
		"open": _shown(going),
		"past": _shown([row for row in rows if row.status not in OPEN][:PAST]),
		"workflow_state": _workflow_state(order),
	}


def of_handoff(name: str) -> dict[str, Any]:
	"""One hand-off."""
	return _shown(frappe.get_all(HANDOFF, {"name": name}, list(SHOWN), order_by="name asc"))[0]


def _shown(rows: list[frappe._dict]) -> list[dict[str, Any]]:
	checks = _checks([row.name for row in rows])
	names = _full_names({row[field] for row in rows for field in ("user", "accepted_by", "sent_back_by", "closed_by")})
	labels = _stage_labels({row.stage for row in rows})
	now = now_datetime()
	for row in rows:
		mine = permissions.may_act(row)
		row.stage_label = labels.get(row.stage, row.stage)
		row.checks = checks.get(row.name, [])
		row.late = bool(row.status in OPEN and row.due and row.due < now)
		row.may_accept = mine and row.status == WAITING
		row.may_send_back = mine and row.status in (WAITING, ACCEPTED)
		row.may_finish = mine and row.status == ACCEPTED
		row.may_hand_over = mine and row.status == SENT_BACK
		row.names = {user: names[user] for user in names if user in row.values()}
	return rows


def _checks(names: list[str]) -> dict[str, list[frappe._dict]]:
	found: dict[str, list[frappe._dict]] = {}
	fields = ["name", "parent", "step", "must_be_done", "done", "done_by", "done_at"]
	for row in frappe.get_all(CHECK, {"parenttype": HANDOFF, "parent": ("in", names)}, fields, order_by="idx asc"):
		found.setdefault(row.parent, []).append(row)
	return found


def _full_names(users: set[str | None]) -> dict[str, str]:
	wanted = sorted(filter(None, users))
	rows = (
		frappe.get_all("User", {"name": ("in", wanted)}, ["name", "full_name"], order_by="name asc") if wanted else []
	)
	return {row.name: row.full_name or row.name for row in rows}


def _stage_labels(stages: set[str | None]) -> dict[str, str]:
	wanted = sorted(filter(None, stages))
	rows = (
		frappe.get_all("O2C Stage", {"name": ("in", wanted)}, ["name", "label"], order_by="name asc") if wanted else []
	)
	return {row.name: row.label for row in rows}


def _workflow_state(order: str) -> str | None:
	workflow = active_workflow()
	return frappe.db.get_value("Sales Order", order, workflow.workflow_state_field) if workflow else None
