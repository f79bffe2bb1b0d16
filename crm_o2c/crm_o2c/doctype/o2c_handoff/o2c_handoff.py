import frappe
from frappe.model.document import Document


class O2CHandoff(Document):
	"""An order that one department has handed to the next. Written by the app's services, never by hand."""


def on_doctype_update() -> None:
	"""Hand-offs are read by order, by who has them, and by due time."""
	frappe.db.add_index("O2C Handoff", ["sales_order", "status"], "o2c_order")
	frappe.db.add_index("O2C Handoff", ["user", "status"], "o2c_user")
	frappe.db.add_index("O2C Handoff", ["status", "due"], "o2c_due")
