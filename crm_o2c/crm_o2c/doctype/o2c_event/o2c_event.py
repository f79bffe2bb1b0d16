import frappe
from frappe import _
from frappe.model.document import Document


class O2CEvent(Document):
	"""What happened to a document of the order-to-cash chain. Written by the app's services; nobody changes or deletes one."""

	def validate(self) -> None:
		frappe.throw(_("Events are written by the app and never changed."), exc=frappe.PermissionError)

	def on_trash(self) -> None:
		frappe.throw(_("Events are never deleted."), exc=frappe.PermissionError)


def on_doctype_update() -> None:
	"""Events are read by document, and by kind and time."""
	frappe.db.add_index("O2C Event", ["reference_name", "reference_doctype", "number"], "o2c_document")
	frappe.db.add_index("O2C Event", ["what", "happened_at"], "o2c_what")
