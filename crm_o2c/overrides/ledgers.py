"""What payments, invoices and stock movements post: it may meet the condition of a hold, or end the cause of an alert."""

from frappe.model.document import Document

from crm_o2c.services import dirty
from crm_o2c.services.guard import never_stops_saving


@never_stops_saving
def payment_ledger_entry(doc: Document, method: str | None = None) -> None:
	"""Every change of what a customer owes posts one: payments, journals, reconciliations, invoices, cancellations."""
	if doc.party_type == "Customer":
		dirty.mark_credit(doc.party)


@never_stops_saving
def stock_ledger_entry(doc: Document, method: str | None = None) -> None:
	dirty.mark_stock([doc.item_code])


@never_stops_saving
def supply(doc: Document, method: str | None = None) -> None:
	"""Purchase Order, Work Order, Material Request: more is expected, or less."""
	items = [row.item_code for row in doc.get("items") or ()]
	dirty.mark_stock([*items, doc.get("production_item")])


@never_stops_saving
def item_price(doc: Document, method: str | None = None) -> None:
	if doc.selling:
		dirty.mark_price(doc.item_code)
