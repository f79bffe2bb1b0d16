"""Delivery Note and Shipment: what is found from scans is nobody's to write; a new number, and a status set by hand, count."""

import frappe
from frappe.model.document import Document

from crm_o2c.services import tracking, tracking_state
from crm_o2c.services.guard import never_stops_saving
from crm_o2c.services.tracking_book import FIELDS, NOTE, notes_of

NUMBER = ("o2c_carrier", "o2c_tracking_number")


def delivery_note_validate(doc: Document, method: str | None = None) -> None:
	"""A form that was open while a scan came keeps what the scan said."""
	before = doc.get_doc_before_save()
	for field in FIELDS:
		doc.set(field, before.get(field) if before else None)


@never_stops_saving
def delivery_note_saved(doc: Document, method: str | None = None) -> None:
	"""Scans of a new number may have come before it was entered."""
	before = doc.get_doc_before_save()
	if any((doc.get(field) or "") != ((before and before.get(field)) or "") for field in NUMBER):
		tracking_state.refresh([doc.name], estimated=True)
		doc.update(frappe.db.get_value(NOTE, doc.name, [*FIELDS, "o2c_eta"], as_dict=True))


@never_stops_saving
def shipment_submitted(doc: Document, method: str | None = None) -> None:
	if doc.tracking_status:
		tracking.status_by_hand(doc)
	else:
		tracking_state.refresh(notes_of([doc.name]), [doc.name], estimated=True)


@never_stops_saving
def shipment_changed(doc: Document, method: str | None = None) -> None:
	if doc.has_value_changed("tracking_status"):
		tracking.status_by_hand(doc)


@never_stops_saving
def shipment_cancelled(doc: Document, method: str | None = None) -> None:
	"""It carries nothing any more."""
	tracking_state.refresh(notes_of([doc.name]))
