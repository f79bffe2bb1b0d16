"""What the desk shows of a Delivery Note's or a Shipment's way: status, estimate against promise, and scans."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import frappe
from frappe.query_builder.functions import Min
from frappe.utils import getdate

from crm_o2c.engine.tracking import RETURNED, against_promise
from crm_o2c.services import carriers
from crm_o2c.services.tracking import parcel_of
from crm_o2c.services.tracking_book import NOTE, SHIPMENT, Book, in_order

MOST_SHOWN = 200


def of_note(note: str) -> dict[str, Any]:
	"""A Delivery Note's way. The caller has checked the right."""
	book = Book([note])
	if note not in book.notes:
		return {"scans": [], "parcels": []}
	row = book.notes[note]
	state = book.state_of_note(note)
	arrived = getdate(state.delivered_at) if state.delivered_at else None
	parcels = [(NOTE, note, row.o2c_carrier, row.o2c_tracking_number)] if row.o2c_tracking_number else []
	parcels += [(SHIPMENT, p.name, p.carrier, p.number) for p in book.parcels[note]]
	return {
		"status": state.status,
		"since": state.since,
		"arrived_at": state.delivered_at,
		"last_scan_at": state.last_scan_at,
		"eta": row.o2c_eta,
		"promise": _promise(note, row.o2c_eta, arrived if state.status != RETURNED else None),
		"parcels": _parcels(parcels),
		"scans": _scans(book.history_of_note(note)),
	}


def of_shipment(shipment: str) -> dict[str, Any]:
	"""A Shipment's way. The caller has checked the right."""
	book = Book((), [shipment])
	if shipment not in book.shipments:
		return {"scans": [], "parcels": []}
	state, parcel = book.state_of_shipment(shipment), book.parcel_of_shipment(shipment)
	return {
		"status": state.status,
		"since": state.since,
		"arrived_at": state.delivered_at,
		"last_scan_at": state.last_scan_at,
		"eta": state.eta,
		"promise": None,
		"parcels": _parcels([(SHIPMENT, shipment, parcel.carrier, parcel.number)]),
		"scans": _scans(in_order(book.scans_of(parcel))),
	}


def _parcels(parcels: Sequence[tuple[str, str, str | None, str | None]]) -> list[dict[str, Any]]:
	found = []
	for doctype, name, carrier, number in parcels:
		known = parcel_of(doctype, name)[0] if carrier else ""
		found.append(
			{
				"doctype": doctype,
				"name": name,
				"carrier": carrier,
				"number": number,
				"url": carriers.page_of(known, number),
			}
		)
	return found


def _scans(rows: Sequence[frappe._dict]) -> list[dict[str, Any]]:
	"""The newest first."""
	fields = ("name", "status", "raw_status", "happened_at", "place", "description", "eta", "source", "tracking_number")
	return [{field: row[field] for field in fields} for row in reversed(rows[-MOST_SHOWN:])]


def _promise(note: str, eta: date | None, arrived: date | None) -> dict[str, Any] | None:
	"""The earliest day that the order promised for a line of this delivery, and whether it is kept."""
	promised = promised_for(note)
	verdict = against_promise(promised, eta, arrived, getdate())
	return {"date": promised, "late": verdict.late, "days": verdict.days} if promised else None


def promised_for(note: str) -> date | None:
	"""The earliest delivery date of the order lines that a Delivery Note delivers."""
	row, line = frappe.qb.DocType("Delivery Note Item"), frappe.qb.DocType("Sales Order Item")
	return (
		frappe.qb.from_(row)
		.join(line)
		.on(line.name == row.so_detail)
		.select(Min(line.delivery_date))
		.where((row.parent == note) & (row.parenttype == NOTE))
	).run()[0][0]
