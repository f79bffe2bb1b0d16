"""Every document of the order-to-cash chain tells the ledger that it has changed; what it has become is read after the commit."""

from frappe.model.document import Document

from crm_o2c.services import dirty, events
from crm_o2c.services.guard import never_stops_saving


@never_stops_saving
def changed(doc: Document, method: str | None = None) -> None:
	"""Saved, submitted, cancelled, deleted, or moved by ERPNext's `db_set`."""
	dirty.mark_document(doc.doctype, doc.name)


@never_stops_saving
def payment_entry(doc: Document, method: str | None = None) -> None:
	before = doc.get_doc_before_save()
	if "Customer" in (doc.party_type, before and before.party_type):  # a draft may change to a supplier's
		dirty.mark_document(doc.doctype, doc.name)


def renamed(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""With the rename, or not at all: a history that stayed behind would begin again."""
	if not merge:
		events.renamed(doc.doctype, old, new)
