import frappe
from frappe import _
from frappe.model.document import Document


class O2CTrackingEvent(Document):
	"""A scan of a parcel, kept once. Written by `crm_o2c.services.tracking`; nobody changes or deletes one: a mistake is
	withdrawn by another scan."""

	def validate(self) -> None:
		frappe.throw(_("Scans are written by the app and never changed."), exc=frappe.PermissionError)

	def on_trash(self) -> None:
		frappe.throw(_("Scans are never deleted; withdraw what is wrong."), exc=frappe.PermissionError)


def on_doctype_update() -> None:
	"""Scans are read by the document that they were reported for, and by number."""
	frappe.db.add_index("O2C Tracking Event", ["reference_name", "reference_doctype"], "o2c_document")
	frappe.db.add_index("O2C Tracking Event", ["tracking_number", "carrier"], "o2c_number")
