"""Every document of the order-to-cash chain tells the ledger that it has changed; what it has become is read after the commit."""

from frappe.model.document import Document

from crm_o2c.services import dirty
from crm_o2c.services.guard import never_stops_saving


@never_stops_saving
def changed(doc: Document, method: str | None = None) -> None:
	"""Saved, submitted, cancelled, deleted, or moved by ERPNext's `db_set`."""
	dirty.mark_document(doc.doctype, doc.name)


@never_stops_saving
def payment_entry(doc: Document, method: str | None = None) -> None:
	if doc.party_type == "Customer":
		dirty.mark_document(doc.doctype, doc.name)
