"""Brings Delivery Notes and Shipments in line with the scans of them, under a lock on the documents."""

from collections.abc import Collection
from typing import Any

import frappe

from crm_o2c.engine.tracking import DELIVERED, LOST, RETURNED, State
from crm_o2c.services import dirty, events, tracking_alerts
from crm_o2c.services.tracking_book import FIELDS, NOTE, SHIPMENT, Book, rows

LEDGER = "tracking"
IN_PROGRESS = "In Progress"
SHIPMENT_STATUS = {DELIVERED: "Delivered", RETURNED: "Returned", LOST: "Lost"}  # the others are in progress


def lock(notes: Collection[str], shipments: Collection[str]) -> None:
	"""Whoever adds scans or works a state out holds the documents, Delivery Notes first."""
	rows(NOTE, notes, ("name",), lock=True)
	rows(SHIPMENT, shipments, ("name",), lock=True)


def refresh(notes: Collection[str], shipments: Collection[str] = (), estimated: bool = False) -> int:
	"""Bring Delivery Notes and Shipments in line with their scans; returns how many Delivery Notes changed.

	`estimated`: a scan that is new, or a number that is, brings the estimate with it; else a date by hand stays.
	"""
	book = Book(notes, shipments, lock=True)
	changes: dict[str, dict[str, Any]] = {}
	moved: list[str] = []
	for name, row in book.notes.items():
		state = book.state_of_note(name)
		values = _changed(row, state, estimated)
		if values:
			changes[name] = values
		if (row.o2c_tracking_status or "") != state.status:
			moved.append(name)
			_note(name, row.o2c_tracking_status or "", state)
	frappe.db.bulk_update(NOTE, changes, update_modified=False)
	_refresh_shipments(book)
	for name in moved:
		dirty.mark_document(NOTE, name)
	if moved:
		tracking_alerts.look_soon(moved)
	return len(changes)


def _changed(row: frappe._dict, state: State, estimated: bool) -> dict[str, Any]:
	found = dict(zip(FIELDS, (state.status, state.delivered_at, state.last_scan_at), strict=True))
	values = {field: value for field, value in found.items() if (row[field] or None) != (value or None)}
	if state.eta and state.eta != row.o2c_eta and (estimated or not row.o2c_eta):
		values["o2c_eta"] = state.eta
	return values


def _note(name: str, before: str, state: State) -> None:
	"""Into the ledger, once: the document is locked, and its field changes in the same transaction."""
	events.note(NOTE, name, LEDGER, state.status, from_state=before, happened_at=state.since)


def _refresh_shipments(book: Book) -> None:
	"""Without a scan a Shipment's status stays as it is."""
	changes = {}
	for name, row in book.shipments.items():
		state = book.state_of_shipment(name)
		status = SHIPMENT_STATUS.get(state.status, IN_PROGRESS)
		if state.status and status != row.tracking_status:
			changes[name] = {"tracking_status": status, "tracking_status_info": state.status}
	frappe.db.bulk_update(SHIPMENT, changes, update_modified=False)
