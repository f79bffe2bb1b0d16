import frappe
from frappe.model.document import Document


class O2COrderAlert(Document):
	"""What a rule found on an order. Named by order, rule and case; written by the app's services, never by hand."""


def on_doctype_update() -> None:
	"""Alerts are read by order, by what is open and worth most, and by rule for its record."""
	frappe.db.add_index("O2C Order Alert", ["sales_order", "status"], "o2c_order")
	frappe.db.add_index("O2C Order Alert", ["status", "value_at_risk"], "o2c_at_risk")
	frappe.db.add_index("O2C Order Alert", ["rule", "status", "found_at"], "o2c_rule")
