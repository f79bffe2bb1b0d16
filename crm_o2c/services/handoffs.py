"""Hand-offs: an order that enters a stage is given to somebody, who accepts it or sends it back.

A rule makes a hand-off once each time that an order enters its stage; leaving the stage closes it. A stage of kind Pause is
no leaving: who has the ball keeps it, and coming back makes no second one.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import md5
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime

from crm_o2c.engine.business_time import due_after
from crm_o2c.engine.stages import END, PAUSE, StageChange
from crm_o2c.services import events, handoff_rules, stage_book
from crm_o2c.services.chunks import log_failure
from crm_o2c.services.handoff_people import (
	ACCEPTED,
	HANDOFF,
	OPEN,
	WAITING,
	People,
	assign,
	close_todos,
	desk_users,
)  # fmt: skip
from crm_o2c.services.handoff_rules import EVERYBODY, LEAST_LOADED, Match
from crm_o2c.services.work_hours import work_hours

DONE, PASSED = "Done", "Passed"
LEDGER = "handoff"


# -- what stages do ------------------------------------------------------------------------------------------------------


def stages_changed(changes: Sequence[StageChange]) -> None:
	"""Close the hand-offs of the stages that these orders left, and make those of the stages they entered. The same changes
	may come again: what they ask for is there then."""
	_close_left(changes)
	make(handoff_rules.matching(changes))


def _close_left(changes: Sequence[StageChange]) -> None:
	left = {change.order: change.to_stage for change in changes if _kind(change.to_stage) != PAUSE}
	if not left:
		return
	rows = frappe.get_all(
		HANDOFF,
		{"sales_order": ("in", sorted(left)), "status": ("in", OPEN)},
		["name", "sales_order", "stage", "status", "rule", "user"],
		order_by="sales_order asc, name asc",
	)
	closed = {}
	for row in rows:
		if row.stage != left[row.sales_order]:
			went_on = row.status == ACCEPTED and _kind(left[row.sales_order]) != END
			closed[row.name] = (row, DONE if went_on else PASSED)
	_close(closed)


def _kind(stage: str) -> str:
	found = stage_book.get_book().stages.get(stage)
	return found.kind if found else ""


def _close(closed: Mapping[str, tuple[frappe._dict, str]]) -> None:
	"""Accepted ones are done, as the order went on; the others were passed by."""
	if not closed:
		return
	shared = {"closed_at": now_datetime(), "closed_by": frappe.session.user}
	frappe.db.bulk_update(HANDOFF, {name: {"status": status, **shared} for name, (_row, status) in closed.items()})
	close_todos(closed)
	for row, status in closed.values():
		note(row, row.status, status)


def make(matches: Iterable[Match]) -> None:
	"""Make the hand-offs of these orders that are not there yet."""
	wanted = {_key(match): match for match in matches}
	if not wanted:
		return
	there = frappe.get_all(HANDOFF, {"event_key": ("in", list(wanted))}, pluck="event_key", order_by="name asc")
	wanted = {key: match for key, match in wanted.items() if key not in there}
	before = _before(sorted({match.change.order for match in wanted.values()}))
	people, steps = People(), handoff_rules.steps_of(match.rule.name for match in wanted.values())
	for key, match in wanted.items():
		earlier = before.get(match.change.order, [])
		if _goes_on(match, earlier):
			continue
		frappe.db.savepoint("o2c_handoff")
		try:
			_make(match, key, people, steps.get(match.rule.name, []), earlier)
		except frappe.QueryDeadlockError:
			raise
		except Exception:  # one that can't be made stops no other
			frappe.db.rollback(save_point="o2c_handoff")
			log_failure("making a hand-off failed", "Sales Order", match.change.order)


def _key(match: Match) -> str:
	"""What makes it once: order, rule, and the moment of entering the stage."""
	return md5(f"{match.change.order}|{match.rule.name}|{match.change.since}".encode()).hexdigest()


def _before(orders: Sequence[str]) -> dict[str, list[frappe._dict]]:
	"""The hand-offs that these orders had, the last first."""
	found: dict[str, list[frappe._dict]] = {}
	rows = frappe.get_all(
		HANDOFF,
		{"sales_order": ("in", orders)},
		["sales_order", "rule", "stage", "status", "accepted_by"],
		order_by="sales_order asc, entered_at desc, creation desc",
	)
	for row in rows:
		found.setdefault(row.sales_order, []).append(row)
	return found


def _goes_on(match: Match, earlier: Sequence[frappe._dict]) -> bool:
	"""Whether the order only comes back from a pause."""
	if _kind(match.change.from_stage) != PAUSE:
		return False
	return any(row.rule == match.rule.name and row.stage == match.rule.stage for row in earlier)


def _make(
	match: Match, key: str, people: People, steps: Sequence[frappe._dict], earlier: Sequence[frappe._dict]
) -> None:
	rule, _change, order = match
	user, asked = choose(rule, order.name, people)
	entered = now_datetime()
	handoff = frappe.get_doc(
		{
			"doctype": HANDOFF,
			"sales_order": order.name,
			"customer": order.customer,
			"customer_name": order.customer_name,
			"company": order.company,
			"stage": rule.stage,
			"rule": rule.name,
			"role": rule.role,
			"status": WAITING,
			"user": user,
			"for_user": user,
			"handed_over_by": next((row.accepted_by for row in earlier if row.accepted_by), None) or order.owner,
			"entered_at": entered,
			"due": due_after(entered, rule.due_hours, work_hours(order.company)) if rule.due_hours else None,
			"escalate_role": rule.escalate_role,
			"escalate_user": rule.escalate_user,
			"event_key": key,
			"checks": [{"step": row.step, "must_be_done": row.must_be_done} for row in steps],
		}
	)
	handoff.insert(ignore_permissions=True)  # made by a rule of the admin's
	note(handoff, "", WAITING)
	_tell(handoff, asked)


def _tell(handoff: Document, users: Sequence[str]) -> None:
	"""Where the queue is down nobody can be told, and the hand-off waits all the same; `handoff_sweep` tells later."""
	frappe.db.savepoint("o2c_todo")
	try:
		assign(handoff, users)
	except frappe.QueryDeadlockError:
		raise
	except Exception:
		frappe.db.rollback(save_point="o2c_todo")
		log_failure("assigning a hand-off failed", HANDOFF, handoff.name)


def choose(rule: Any, order: str, people: People) -> tuple[str | None, list[str]]:
	"""Who has it, and who is told: nobody has it where all of a role may take it."""
	if rule.assign_to == EVERYBODY:
		return None, people.everybody(rule.role, order)
	if rule.assign_to == LEAST_LOADED:
		user = people.least_loaded(rule.role, order)
	else:
		user = next(iter(desk_users([rule.user])), None)
	if user:
		people.took(user)
	return user, [user] if user else []


# -- the order itself ----------------------------------------------------------------------------------------------------


def forget_order(order: str) -> None:
	"""Delete the hand-offs of an order that is being deleted, with their ToDos."""
	names = frappe.get_all(HANDOFF, {"sales_order": order}, pluck="name", order_by="name asc")
	if names:
		frappe.db.delete("ToDo", {"reference_type": HANDOFF, "reference_name": ("in", names)})
		frappe.db.delete("O2C Handoff Check", {"parenttype": HANDOFF, "parent": ("in", names)})
		frappe.db.delete(HANDOFF, {"name": ("in", names)})


def store(handoff: Document) -> None:
	"""Save a hand-off. Its rule or a person may be gone by now; what was handed over stays true."""
	handoff.flags.ignore_links = True
	# by the clock, or after a look at the user's right to act: nobody else writes it
	handoff.save(ignore_permissions=True)


def note(handoff: Any, before: str, after: str, reason: str = "") -> None:
	"""Put a step of a hand-off into the order's history."""
	whose = handoff.user or handoff.get("role") or ""
	words = ": ".join(filter(None, (handoff.rule, whose, reason)))
	events.note("Sales Order", handoff.sales_order, LEDGER, after, from_state=before, reason=words)
