"""What people do with a hand-off: accept it, send it back with a reason, hand it over again, tick its checklist, finish it.

Each step locks the hand-off and looks at it again, so of two who accept it at the same moment one gets it. Whether the user
may act at all, `permissions.check_handoff` says.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from crm_o2c.engine.business_time import due_after
from crm_o2c.exceptions import HandoffError
from crm_o2c.services import handoffs
from crm_o2c.services.handoff_people import (
	ACCEPTED,
	HANDOFF,
	SENT_BACK,
	WAITING,
	People,
	assign,
	close_todos,
	desk_users,
	may_read,
)  # fmt: skip
from crm_o2c.services.handoff_rules import RULE
from crm_o2c.services.handoffs import DONE, note, store
from crm_o2c.services.work_hours import work_hours
from crm_o2c.setup.roles import MANAGER


def accept(handoff: Document) -> None:
	"""The user takes it; the ToDos of the others are closed. Raises HandoffError where it does not wait for anybody."""
	_expect(handoff, WAITING)
	handoff.update({"status": ACCEPTED, "user": frappe.session.user, "for_user": frappe.session.user})
	handoff.update({"accepted_by": frappe.session.user, "accepted_at": now_datetime()})
	_store(handoff, WAITING)
	close_todos([handoff.name], but=frappe.session.user)
	assign(handoff, [frappe.session.user])


def send_back(handoff: Document, reason: str) -> str:
	"""Give it back to who handed the order over, with a reason. Returns who has it now. Raises HandoffError."""
	_expect(handoff, WAITING, ACCEPTED)
	reason = (reason or "").strip()
	if not reason:
		_refuse(_("Say why it is sent back; who gets it back reads that."))
	sender = _sender(handoff)
	before = handoff.status
	handoff.update({"status": SENT_BACK, "user": sender, "for_user": frappe.session.user})
	handoff.update({"accepted_by": None, "accepted_at": None})
	handoff.update(
		{"sent_back_reason": reason, "sent_back_by": frappe.session.user, "rounds": (handoff.rounds or 0) + 1}
	)
	_store(handoff, before, reason)
	close_todos([handoff.name])
	assign(handoff, [sender], reason)
	return sender


def hand_over(handoff: Document, answer: str = "") -> str | None:
	"""Hand over again what was sent back: to who sent it back, with a due time that starts anew. Returns who has it now."""
	_expect(handoff, SENT_BACK)
	user, asked = _again(handoff)
	rule = frappe.db.get_value(RULE, handoff.rule, "due_hours") or 0
	now = now_datetime()
	handoff.update({"status": WAITING, "user": user, "for_user": user, "handed_over_by": frappe.session.user})
	handoff.update({"entered_at": now, "escalated_at": None})
	handoff.due = due_after(now, rule, work_hours(handoff.company)) if rule else None
	_store(handoff, SENT_BACK, (answer or "").strip())
	close_todos([handoff.name])
	assign(handoff, asked, (answer or "").strip())
	return user


def tick(handoff: Document, row: str, done: bool) -> None:
	"""Tick a step of the checklist off, or take the tick away. Raises HandoffError before it is accepted."""
	_expect(handoff, ACCEPTED)
	check = next((check for check in handoff.checks if check.name == row), None)
	if check is None:
		_refuse(_("This step is not on the checklist any more."))
	if bool(check.done) == bool(done):
		return
	check.done = int(bool(done))
	check.done_by, check.done_at = (frappe.session.user, now_datetime()) if done else (None, None)
	_store(handoff, None)


def finish(handoff: Document) -> None:
	"""The work of this hand-off is done, though the order is still in its stage. Raises HandoffError where a step that must
	be done is not."""
	_expect(handoff, ACCEPTED)
	missing = [check.step for check in handoff.checks if check.must_be_done and not check.done]
	if missing:
		_refuse(_("Not done yet: {0}").format(", ".join(frappe.utils.escape_html(step) for step in missing)))
	handoff.update({"status": DONE, "closed_at": now_datetime(), "closed_by": frappe.session.user})
	_store(handoff, ACCEPTED)
	close_todos([handoff.name])


def _sender(handoff: Document) -> str:
	"""Who gets it back: who handed it over, else the order's owner, else a manager; somebody who can, and not the user."""
	owner = frappe.db.get_value("Sales Order", handoff.sales_order, "owner")
	there = desk_users([handoff.handed_over_by, owner]) - {frappe.session.user, "Administrator"}
	for user in (handoff.handed_over_by, owner):
		if user in there and may_read(handoff.sales_order, user):
			return user
	managers = [user for user in People().everybody(MANAGER, handoff.sales_order) if user != frappe.session.user]
	if not managers:
		_refuse(_("There is nobody whom it could be sent back to: neither who handed it over nor an O2C Manager."))
	return managers[0]


def _again(handoff: Document) -> tuple[str | None, list[str]]:
	user = next(iter(desk_users([handoff.for_user])), None)
	if user:
		return user, [user]
	rule = frappe.db.get_value(RULE, handoff.rule, ["assign_to", "role", "user"], as_dict=True)
	return handoffs.choose(rule, handoff.sales_order, People()) if rule else (None, [])


def _expect(handoff: Document, *states: str) -> None:
	if handoff.status not in states:
		_refuse(_("This hand-off is {0} by now; reload to see it as it is.").format(_(handoff.status)))


def _store(handoff: Document, before: str | None, reason: str = "") -> None:
	"""Save, and put a change of status into the order's history."""
	store(handoff)
	if before is not None:
		note(handoff, before, handoff.status, reason)


def _refuse(text: str) -> None:
	frappe.throw(text, exc=HandoffError, title=_("Hand-off"))


__all__ = ["HANDOFF", "accept", "finish", "hand_over", "send_back", "tick"]
