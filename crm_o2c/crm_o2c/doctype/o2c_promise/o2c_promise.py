import frappe
from frappe import _
from frappe.model.document import Document


class O2CPromise(Document):
	"""A delivery date promised for a line of an order. Written in bulk by `crm_o2c.services.promise_rows`, never by hand."""

	def validate(self) -> None:
		frappe.throw(_("Promises are written by the orders they belong to."), exc=frappe.PermissionError)

	def on_trash(self) -> None:
		frappe.throw(_("A promise is kept as long as its order."), exc=frappe.PermissionError)


def on_doctype_update() -> None:
	"""A promise is once, by line and number; the sweep looks for open ones whose day has passed, and for broken ones."""
	frappe.db.add_unique("O2C Promise", ["so_detail", "number"], "o2c_line_number")
	frappe.db.add_index("O2C Promise", ["status", "latest", "promised_date"], "o2c_due")
