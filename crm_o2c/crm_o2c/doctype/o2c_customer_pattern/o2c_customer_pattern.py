import frappe
from frappe.model.document import Document


class O2CCustomerPattern(Document):
	"""How a customer differs from others. Written in bulk by `crm_o2c.services.patterns`, never by hand."""


def on_doctype_update() -> None:
	"""A check reads the pattern of its customer."""
	frappe.db.add_index("O2C Customer Pattern", ["customer"], "o2c_customer")
