import frappe
from frappe.model.document import Document


class O2CBuyingPattern(Document):
	"""What a customer bought of an item. Written in bulk by `crm_o2c.services.patterns`, never by hand."""


def on_doctype_update() -> None:
	"""A check reads the patterns of its customer and items."""
	frappe.db.add_index("O2C Buying Pattern", ["customer", "item_code"], "o2c_customer_item")
