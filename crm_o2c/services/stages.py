"""Brings the stage of orders in line with their facts, and tells who follows it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from crm_o2c.engine.business_time import due_after
from crm_o2c.engine.stages import PAUSE, Stage, StageBook, StageChange
from crm_o2c.exceptions import StageError
from crm_o2c.services import dirty, events, notices, progress, scores, stage_book
from crm_o2c.services.chunks import log_failure
from crm_o2c.services.progress import Loaded
from crm_o2c.services.work_hours import work_hours

AT_ONCE = 1000
FIELDS = ("o2c_stage", "o2c_stage_since", "o2c_stage_due", "o2c_manual_stage")
FOLLOWERS = ("crm_o2c.services.order_workflow.follow", "crm_o2c.services.handoffs.stages_changed")


def keep(doc: Document) -> None:
	"""A save changes no stage: what a form has kept from before the order moved, or a request says, is put back."""
	before = doc.get_doc_before_save()
	for field in FIELDS:
		doc.set(field, before.get(field) if before else None)


def bring_in_line(orders: Iterable[str], feed: str = events.DOCUMENT, cause: tuple[str, str] | None = None) -> int:
	"""Put these orders in the stage that their facts say, and record what changed. Returns how many changed stage.

	The transaction must be `reading_committed`, as for `events.record`.
	"""
	wanted, changed = sorted(set(orders)), 0
	for start in range(0, len(wanted), AT_ONCE):
		batch = wanted[start : start + AT_ONCE]
		changes = apply(progress.named(batch))
		follow(changes)  # first: what the workflow makes of it is recorded along
		events.record("Sales Order", batch, feed, cause)
		changed += len(changes)
		frappe.db.commit()  # short locks on orders: each part is complete in itself  # nosemgrep
	return changed


def apply(loaded: Sequence[Loaded]) -> list[StageChange]:
	"""Write the stages of loaded orders where they are others. An order that somebody is saving right now is passed over:
	saving it marks it again."""
	book = stage_book.get_book()
	wrong = [order.name for order in loaded if not _is_in_line(order, book)]
	free = scores.free_to_write("Sales Order", wrong) if wrong else ()
	# read again under lock: another worker may have been faster, and known more
	orders = progress.named([name for name in wrong if name in free])
	wanted = {order.name: book.stage_of(order.progress, order.by_hand) for order in orders}
	changes = [_change(order, wanted[order.name]) for order in orders if wanted[order.name] != order.stage]
	_write(changes, book, {order.name: order.by_hand for order in orders})
	_write_due([order for order in orders if wanted[order.name] == order.stage], book)
	return changes


def _is_in_line(order: Loaded, book: StageBook) -> bool:
	return book.stage_of(order.progress, order.by_hand) == order.stage and _due(order, book) == order.due


def _due(order: Loaded, book: StageBook) -> datetime | None:
	stage = book.stages.get(order.stage)
	return due(stage, order.company, order.since) if stage and order.since else None


def _change(order: Loaded, to_stage: str) -> StageChange:
	"""Since when: when its documents last moved. Where that is before its last stage, only now."""
	since = order.moved_at if order.since is None or order.moved_at > order.since else now_datetime()
	return StageChange(order.name, order.company, order.stage, to_stage, since)


def _write(changes: Sequence[StageChange], book: StageBook, by_hand: Mapping[str, str]) -> None:
	"""Where a person has put an order is kept through a pause: it goes on there."""
	values = {}
	for change in changes:
		stage = book.stages.get(change.to_stage)
		kept = stage and (by_hand[change.order] if stage.kind == PAUSE else not stage.rule and stage.code)
		values[change.order] = {
			"o2c_stage": change.to_stage or None,
			"o2c_stage_since": change.since,
			"o2c_stage_due": due(stage, change.company, change.since) if stage else None,
			"o2c_manual_stage": kept or None,
		}
	frappe.db.bulk_update("Sales Order", values, chunk_size=500, update_modified=False)


def _write_due(orders: Sequence[Loaded], book: StageBook) -> None:
	"""The hours of the stage, the working day or the Holiday List have changed since the orders entered it."""
	values = {order.name: {"o2c_stage_due": _due(order, book)} for order in orders}
	frappe.db.bulk_update("Sales Order", values, chunk_size=500, update_modified=False)


def due(stage: Stage, company: str, since: datetime) -> datetime | None:
	"""Until when an order may be in the stage, in working hours of its company; None without a limit."""
	return due_after(since, stage.sla_hours, work_hours(company)) if stage.sla_hours else None


# -- who follows --------------------------------------------------------------------------------------------------------


def follow(changes: Sequence[StageChange]) -> None:
	"""Tell the workflow and the hand-offs. Each by itself: one that fails stops no other, and never the stage."""
	for follower in FOLLOWERS if changes else ():
		_do(follower, changes)
	if changes:
		notices.queue_changed()
	for change in changes:
		frappe.publish_realtime(
			"o2c_stage", {"order": change.order}, doctype="Sales Order", docname=change.order, after_commit=True
		)


def _do(follower: str, changes: Sequence[StageChange]) -> None:
	frappe.db.savepoint("o2c_stages")
	try:
		frappe.get_attr(follower)(changes)
	except frappe.QueryDeadlockError:
		raise
	except Exception:
		frappe.db.rollback(save_point="o2c_stages")
		log_failure("following a stage failed", "Sales Order", changes[0].order)


# -- by hand ------------------------------------------------------------------------------------------------------------


def put(order: str, stage: str, reason: str = "") -> None:
	"""Put an order in a stage that has no rule. Raises StageError where the stage has one, or the order is beyond it."""
	book = stage_book.get_book()
	chosen = book.stages.get(stage)
	if not chosen or chosen.rule:
		names = ", ".join(_(s.label) for s in book.by_hand()) or _("none")
		frappe.throw(
			_("Orders can't be put in stage {0} by hand. Stages without a rule: {1}").format(stage, names), StageError
		)
	frappe.db.get_value("Sales Order", order, "name", for_update=True)
	loaded = progress.named([order])[0]
	if book.stage_of(loaded.progress, stage) != stage:
		frappe.throw(_("{0} is beyond stage {1} already.").format(order, _(chosen.label)), StageError)
	frappe.db.set_value("Sales Order", order, "o2c_manual_stage", stage, update_modified=False)
	changes = apply([loaded._replace(by_hand=stage)])
	_told(order, loaded.stage, stage, reason, changes)


def take_out(order: str, reason: str = "") -> None:
	"""Take an order out of the stage that it was put in by hand: its facts say where it is again."""
	frappe.db.set_value("Sales Order", order, "o2c_manual_stage", None, update_modified=False)
	loaded = progress.named([order])[0]
	changes = apply([loaded])
	_told(order, loaded.stage, changes[0].to_stage if changes else loaded.stage, reason, changes)


def _told(order: str, before: str, after: str, reason: str, changes: Sequence[StageChange]) -> None:
	events.note("Sales Order", order, "stage_by_hand", after, from_state=before, reason=reason)
	dirty.mark_document("Sales Order", order)
	follow(changes)
