import frappe
from frappe.model.document import Document


class O2COrderHold(Document):
	"""An order that waits until the condition of its hold is met. Written by the app's services, never by hand."""


def on_doctype_update() -> None:
	"""Holds are read by order before every step of its fulfilment, and by age on the desk."""
	frappe.db.add_index("O2C Order Hold", ["sales_order", "status"], "o2c_order")
	frappe.db.add_index("O2C Order Hold", ["status", "held_at"], "o2c_age")
	frappe.db.add_index("O2C Order Hold", ["rule", "held_at"], "o2c_rule")
