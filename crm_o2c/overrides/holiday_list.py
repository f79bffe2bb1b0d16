"""Holiday List: working days count in every score."""

from frappe.model.document import Document

from crm_o2c.services import context
from crm_o2c.services.guard import never_stops_saving


@never_stops_saving
def on_update(doc: Document, method: str | None = None) -> None:
	context.forget()
