import frappe
from frappe import _
from frappe.model.document import Document


class O2CFinding(Document):
	"""Documents that do not agree. Named by kind and documents; written by the app's services, never by hand."""

	def validate(self) -> None:
		frappe.throw(_("Findings are written by the nightly check."), exc=frappe.PermissionError)


def on_doctype_update() -> None:
	"""Findings are read by kind to bring them in line, by what is open and worth most, and by document."""
	frappe.db.add_index("O2C Finding", ["kind", "status"], "o2c_kind")
	frappe.db.add_index("O2C Finding", ["status", "amount"], "o2c_at_stake")
	frappe.db.add_index("O2C Finding", ["reference_name"], "o2c_document")
