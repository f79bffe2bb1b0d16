import frappe
from frappe.model.document import Document


class O2CItemPattern(Document):
	"""What is usual for an item in a price list. Written in bulk by `crm_o2c.services.patterns`, never by hand."""


def on_doctype_update() -> None:
	"""A check reads the patterns of its items and price list."""
	frappe.db.add_index("O2C Item Pattern", ["item_code", "price_list"], "o2c_item")
