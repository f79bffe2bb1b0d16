"""Sales Order: check and score it as it is saved, and again after what changes it without a save."""

from frappe.model.document import Document

from crm_o2c.services import (
	alerts,
	boosts,
	checks,
	credit,
	delivery_policy,
	delivery_promises,
	dirty,
	handoffs,
	holds,
	order_workflow,
	price_lock,
	priority,
	scores,
	ship_to,
	stages,
)
from crm_o2c.services.guard import never_stops_saving


def before_insert(doc: Document, method: str | None = None) -> None:
	price_lock.unlock(doc)
	delivery_policy.take_from_customer(doc)


def validate(doc: Document, method: str | None = None) -> None:
	keep_stage(doc)
	price_lock.clear(doc)
	check_deliveries(doc)
	if doc._action == "submit":
		return  # before_submit follows, and does all of it under lock
	order_workflow.check_state(doc)
	check_draft(doc)
	score(doc)


def before_submit(doc: Document, method: str | None = None) -> None:
	order_workflow.check_submit(doc)
	check_for_good(doc)
	score(doc)
	price_lock.lock(doc)


def before_cancel(doc: Document, method: str | None = None) -> None:
	keep_stage(doc)
	order_workflow.check_cancel(doc)


def before_update_after_submit(doc: Document, method: str | None = None) -> None:
	credit.keep_total(doc)
	keep_stage(doc)
	order_workflow.check_state(doc)
	check_deliveries(doc)
	check_for_good(doc)
	score(doc)


def check_deliveries(doc: Document) -> None:
	"""What is agreed of deliveries holds together, or the order is not saved."""
	delivery_policy.check_terms(doc)
	ship_to.check(doc)


def on_update(doc: Document, method: str | None = None) -> None:
	store(doc)


@never_stops_saving
def on_submit(doc: Document, method: str | None = None) -> None:
	checks.finish(doc)


def on_update_after_submit(doc: Document, method: str | None = None) -> None:
	store(doc)
	tell_who_waits(doc)


@never_stops_saving
def tell_who_waits(doc: Document) -> None:
	"""An order that changes may make room for others that wait for credit or stock."""
	dirty.mark_credit(doc.customer)
	dirty.mark_stock(row.item_code for row in doc.items)


@never_stops_saving
def keep_stage(doc: Document) -> None:
	stages.keep(doc)


@never_stops_saving
def check_draft(doc: Document) -> None:
	checks.check_draft(doc)


@never_stops_saving
def check_for_good(doc: Document) -> None:
	checks.check_for_good(doc)


@never_stops_saving
def score(doc: Document) -> None:
	priority.score_document(doc)


def store(doc: Document) -> None:
	store_check(doc)
	store_score(doc)


@never_stops_saving
def store_check(doc: Document) -> None:
	checks.store(doc)


@never_stops_saving
def store_score(doc: Document) -> None:
	priority.store_document(doc)


@never_stops_saving
def on_change(doc: Document, method: str | None = None) -> None:
	"""Deliveries, holds and closing change an order by `db_set`: it is scored after the commit, when all is written."""
	dirty.mark_document(doc.doctype, doc.name)
	if doc.docstatus:
		dirty.mark_promises(doc.name)
	doc.flags.pop("o2c_settled", None)
	doc.flags.pop(credit.TOTAL_BEFORE, None)
	if doc.docstatus == 1 and not doc.flags.pop("o2c_score", None):
		dirty.mark_order(doc.name)


def on_cancel(doc: Document, method: str | None = None) -> None:
	for step in (
		forget_score,
		close_alerts,
		close_holds,
		tell_who_waits,
	):  # each by itself: one that fails stops no other
		step(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	for step in (forget_score, forget_boosts, forget_alerts, forget_holds, forget_promises, forget_handoffs, record):
		step(doc)


@never_stops_saving
def forget_score(doc: Document) -> None:
	scores.remove_scores([doc.name])


@never_stops_saving
def close_alerts(doc: Document) -> None:
	alerts.close_order(doc.name)


@never_stops_saving
def close_holds(doc: Document) -> None:
	holds.close_order(doc.name)


@never_stops_saving
def forget_handoffs(doc: Document) -> None:
	handoffs.forget_order(doc.name)


@never_stops_saving
def forget_boosts(doc: Document) -> None:
	boosts.forget_order(doc.name)


@never_stops_saving
def forget_alerts(doc: Document) -> None:
	alerts.forget_order(doc.name)


@never_stops_saving
def forget_holds(doc: Document) -> None:
	holds.forget_order(doc.name)


@never_stops_saving
def forget_promises(doc: Document) -> None:
	delivery_promises.forget_order(doc.name)


@never_stops_saving
def record(doc: Document) -> None:
	dirty.mark_document(doc.doctype, doc.name)
