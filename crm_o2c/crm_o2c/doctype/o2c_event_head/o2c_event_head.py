import frappe
from frappe import _
from frappe.model.document import Document


class O2CEventHead(Document):
	"""The end of a document's history: how many events, and the states that they add up to. Written with the events."""

	def validate(self) -> None:
		frappe.throw(_("Events are written by the app and never changed."), exc=frappe.PermissionError)

	def on_trash(self) -> None:
		frappe.throw(_("Events are never deleted."), exc=frappe.PermissionError)
