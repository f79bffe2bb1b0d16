"""Item: what its master says of minimum quantity, discount and life is checked on every order line of it."""

from frappe.model.document import Document

from crm_o2c.services import dirty
from crm_o2c.services.guard import never_stops_saving

OWN_FIELDS = ("disabled", "end_of_life", "o2c_min_sales_qty", "max_discount")


@never_stops_saving
def on_update(doc: Document, method: str | None = None) -> None:
	if doc.get_doc_before_save() and any(doc.has_value_changed(field) for field in OWN_FIELDS):
		dirty.mark_price(doc.name)
