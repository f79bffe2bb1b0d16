"""Workflow: one that is switched on for Sales Orders finds orders on their way."""

from frappe.model.document import Document

from crm_o2c.services import order_workflow
from crm_o2c.services.guard import never_stops_saving


@never_stops_saving
def on_update(doc: Document, method: str | None = None) -> None:
	if doc.has_value_changed("is_active"):
		order_workflow.switched_on(doc)
