"""What the clock does for hand-offs: makes up for what was missed, and escalates what is late. Every few minutes."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from crm_o2c.engine.stages import StageChange
from crm_o2c.services import handoff_rules, handoffs
from crm_o2c.services.chunks import log_failure
from crm_o2c.services.handoff_people import HANDOFF, OPEN, TODO, People, assign, desk_users
from crm_o2c.services.handoff_rules import RULE
from crm_o2c.services.handoffs import note, store

LOOK_BACK = timedelta(days=1)  # how long ago an order may have entered a stage whose hand-off is missing
AT_ONCE = 200
ORDERS = 2000  # that are matched at once


def sweep() -> None:
	"""Make what is missing, tell who was not told, escalate what is late."""
	make_missing()
	assign_missing()
	escalate_late()


def make_missing() -> int:
	"""Make the hand-offs that entering a stage should have made: the job was killed, Redis was down. Returns how many orders
	were looked at. A rule counts from its last change on, so one that is switched on does not reach back."""
	rules = frappe.get_all(RULE, {"enabled": 1}, ["stage", "modified"], order_by="name asc")
	if not rules:
		return 0
	since = max(now_datetime() - LOOK_BACK, min(rule.modified for rule in rules))
	filters = {"o2c_stage": ("in", sorted({rule.stage for rule in rules})), "o2c_stage_since": (">", since)}
	fields = ["name", "company", "o2c_stage", "o2c_stage_since"]
	orders = frappe.get_all("Sales Order", filters, fields, order_by="o2c_stage_since asc")
	for start in range(0, len(orders), ORDERS):
		_make_missing(orders[start : start + ORDERS])
	return len(orders)


def _make_missing(orders: list[frappe._dict]) -> None:
	came_from = _came_from([order.name for order in orders])
	handoffs.make(
		match
		for match in handoff_rules.matching(
			[StageChange(o.name, o.company, came_from.get(o.name, ""), o.o2c_stage, o.o2c_stage_since) for o in orders]
		)
		if match.change.since > match.rule.modified
	)


def _came_from(orders: list[str]) -> dict[str, str]:
	"""The stage before the last change, by the ledger."""
	rows = frappe.get_all(
		"O2C Event",
		{"reference_doctype": "Sales Order", "reference_name": ("in", orders), "what": "stage"},
		["reference_name", "from_state"],
		order_by="reference_name asc, number asc",
	)
	return {row.reference_name: row.from_state for row in rows}


def assign_missing() -> int:
	"""Tell who was never told, as nobody had the role then or the queue was down. Returns how many hand-offs."""
	return _each(_untold(), _tell, "assigning a hand-off failed")


def _each(names: Iterable[str], do: Callable[[Document, People], bool], failed: str) -> int:
	"""Do it to each of these hand-offs, locked; one that fails is undone and logged, and the rest go on. How many it was
	done to."""
	people, done = People(), 0
	for name in names:
		frappe.db.savepoint("o2c_handoff")
		try:
			done += do(frappe.get_doc(HANDOFF, name, for_update=True), people)  # one by one: each is locked
		except frappe.QueryDeadlockError:
			raise
		except Exception:
			frappe.db.rollback(save_point="o2c_handoff")
			log_failure(failed, HANDOFF, name)
	return done


def _untold() -> list[str]:
	"""The newest first: those that nobody can be told of must not keep the others waiting."""
	handoff, todo = frappe.qb.DocType(HANDOFF), frappe.qb.DocType(TODO)
	return (
		frappe.qb.from_(handoff)
		.left_join(todo)
		.on((todo.reference_type == HANDOFF) & (todo.reference_name == handoff.name))
		.select(handoff.name)
		.where(handoff.status.isin(OPEN) & todo.name.isnull())
		.orderby(handoff.entered_at, order=frappe.qb.desc)
		.limit(AT_ONCE)
	).run(pluck=True)


def _tell(handoff: Document, people: People) -> bool:
	if handoff.status not in OPEN:
		return False
	users = sorted(desk_users([handoff.user]))
	if not users:
		rule = frappe.db.get_value(RULE, handoff.rule, ["assign_to", "role", "user"], as_dict=True)
		user, users = handoffs.choose(rule, handoff.sales_order, people) if rule else (None, [])
		if user:
			handoff.update({"user": user, "for_user": user})
			store(handoff)
	assign(handoff, users)
	return bool(users)


def escalate_late() -> int:
	"""Tell whom the rules name of hand-offs whose due time has passed, each once. Returns how many."""
	handoff = frappe.qb.DocType(HANDOFF)
	late = (
		frappe.qb.from_(handoff)
		.select(handoff.name)
		.where(handoff.status.isin(OPEN) & (handoff.due < now_datetime()) & handoff.escalated_at.isnull())
		.where((handoff.escalate_role > "") | (handoff.escalate_user > ""))
		.orderby(handoff.due)
		.limit(AT_ONCE)
	).run(pluck=True)
	return _each(late, _escalate, "escalating a hand-off failed")


def _escalate(handoff: Document, people: People) -> bool:
	if handoff.status not in OPEN or handoff.escalated_at:
		return False  # somebody was faster
	handoff.escalated_at = now_datetime()
	store(handoff)
	users = desk_users([handoff.escalate_user])
	if handoff.escalate_role:
		users.update(people.everybody(handoff.escalate_role, handoff.sales_order))
	assign(handoff, users, _("late since {0}").format(frappe.format(handoff.due, "Datetime")))
	note(handoff, handoff.status, "Escalated")
	return True
