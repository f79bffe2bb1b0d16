"""Company: its Holiday List counts in every score of its orders; its reference figures go with it."""

from frappe.model.document import Document

from crm_o2c.services import context, reference
from crm_o2c.services.guard import never_stops_saving


@never_stops_saving
def on_update(doc: Document, method: str | None = None) -> None:
	if doc.has_value_changed("default_holiday_list"):
		context.forget()


@never_stops_saving
def on_trash(doc: Document, method: str | None = None) -> None:
	reference.forget_company(doc.name)
