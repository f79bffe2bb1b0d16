"""Sales Order: score it as it is saved, and again after what changes it without a save."""

from frappe.model.document import Document

from crm_o2c.services import boosts, dirty, priority, scores
from crm_o2c.services.guard import never_stops_saving


@never_stops_saving
def validate(doc: Document, method: str | None = None) -> None:
	priority.score_document(doc)


@never_stops_saving
def on_update(doc: Document, method: str | None = None) -> None:
	priority.store_document(doc)


@never_stops_saving
def before_update_after_submit(doc: Document, method: str | None = None) -> None:
	priority.score_document(doc)


@never_stops_saving
def on_update_after_submit(doc: Document, method: str | None = None) -> None:
	priority.store_document(doc)


@never_stops_saving
def on_change(doc: Document, method: str | None = None) -> None:
	"""Deliveries, holds and closing change an order by `db_set`: it is scored after the commit, when all is written."""
	if doc.docstatus == 1 and not doc.flags.pop("o2c_score", None):
		dirty.mark_order(doc.name)


@never_stops_saving
def on_cancel(doc: Document, method: str | None = None) -> None:
	scores.remove_scores([doc.name])


@never_stops_saving
def on_trash(doc: Document, method: str | None = None) -> None:
	scores.remove_scores([doc.name])
	boosts.forget_order(doc.name)
