"""Scans of parcels: one writer for all that report them, by hand, by file, by webhook, by polling, and on a Shipment."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, get_system_timezone, now_datetime, nowdate

from crm_o2c.engine.tracking import (
	DELIVERED,
	FINAL,
	IN_TRANSIT,
	LOST,
	RETURNED,
	STATUSES,
	Scan,
	event_name,
	normalise,
)
from crm_o2c.exceptions import TrackingError
from crm_o2c.services import carriers, tracking_state
from crm_o2c.services.tracking_book import EVENT, NOTE, SHIPMENT, Book, notes_of
from crm_o2c.services.typed_text import cleaned

BY_HAND, CSV, WEBHOOK, POLLING, ON_SHIPMENT = SOURCES = ("By Hand", "CSV", "Webhook", "Polling", "Shipment")
WITHDRAWN = "Withdrawn"
LONGEST_RAW = 10_000
LEARN_DAYS = 120  # scans that are older are not read again for words that are new
# What a person says on a Shipment, as a scan.
OF_SHIPMENT = {"In Progress": IN_TRANSIT, "Delivered": DELIVERED, "Returned": RETURNED, "Lost": LOST}

_COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "reference_doctype", "reference_name", "carrier",
	"tracking_number", "status", "raw_status", "happened_at", "place", "description", "eta", "source", "withdraws", "raw",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
	"""A scan, and who reports it of what. Without a document it is found by carrier and number, now or later."""

	scan: Scan
	source: str
	carrier: str = ""
	doctype: str = ""
	name: str = ""
	raw: str = ""
	withdraws: str = ""  # the scan that this one declares a mistake


def zone() -> ZoneInfo:
	"""The site's own time, in which scans are kept."""
	return ZoneInfo(get_system_timezone())


# -- the one writer ------------------------------------------------------------------------------------------------------


def record(reports: Sequence[Report]) -> dict[str, int]:
	"""Keep scans, each once, and bring the documents that they are of in line.

	Returns how many were `received`, `stored` and `repeated`, how many are of no document so far (`unknown`), and how many
	Delivery Notes `changed`. In the current transaction.
	"""
	found = documents_of({(report.carrier, report.scan.number) for report in reports})
	notes, shipments = _touched({(report.doctype, report.name) for report in reports if report.name}, found)
	tracking_state.lock(notes, shipments)
	rows = _rows_of(reports, found)
	kept = set(frappe.get_all(EVENT, {"name": ("in", list(rows))}, pluck="name", order_by="name asc") if rows else ())
	new = [row for name, row in rows.items() if name not in kept]
	if new:  # somebody may have written the same a moment ago: it stays one
		frappe.db.bulk_insert(EVENT, list(_COLUMNS), new, ignore_duplicates=True)
	changed = tracking_state.refresh(notes, shipments, estimated=bool(new))
	return {
		"received": len(reports),
		"stored": len(new),
		"repeated": len(reports) - len(new),
		"unknown": sum(1 for report in reports if not _document(report, found)[1]),
		"changed": changed,
	}


def documents_of(parcels: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[tuple[str, str]]]:
	"""The Delivery Notes and Shipments under these carriers and numbers. Two queries."""
	numbers = sorted({number for carrier, number in parcels if carrier and number})
	found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
	if not numbers:
		return found
	wanted = {(carrier.casefold(), number): (carrier, number) for carrier, number in parcels}
	for doctype, carrier, number in ((NOTE, "o2c_carrier", "o2c_tracking_number"), (SHIPMENT, "carrier", "awb_number")):
		filters = {number: ("in", numbers), "docstatus": ("<", 2)}
		# one by one: there are two DocTypes
		for row in frappe.get_all(doctype, filters, ["name", carrier, number], order_by="creation desc, name asc"):
			parcel = wanted.get(((row[carrier] or "").casefold(), row[number]))
			if parcel:
				found[parcel].append((doctype, row.name))
	return found


def _document(report: Report, found: dict[tuple[str, str], list[tuple[str, str]]]) -> tuple[str | None, str | None]:
	if report.name:
		return report.doctype, report.name
	return next(iter(found.get((report.carrier, report.scan.number), ())), (None, None))


def _touched(
	named: Iterable[tuple[str, str]], found: dict[tuple[str, str], list[tuple[str, str]]]
) -> tuple[set[str], set[str]]:
	"""The Delivery Notes and the Shipments that scans of these documents move."""
	touched = set(named)
	touched.update(document for documents in found.values() for document in documents)
	shipments = {name for doctype, name in touched if doctype == SHIPMENT}
	notes = {name for doctype, name in touched if doctype == NOTE}
	return notes | set(notes_of(shipments)), shipments


def _rows_of(
	reports: Sequence[Report], found: dict[tuple[str, str], list[tuple[str, str]]]
) -> dict[str, tuple[Any, ...]]:
	"""What is to be written, by name: the same scan twice is one."""
	words = carriers.words({report.carrier for report in reports})
	now, user = now_datetime(), frappe.session.user
	rows: dict[str, tuple[Any, ...]] = {}
	for report in reports:
		scan = report.scan
		doctype, name = _document(report, found)
		key = event_name(report.carrier, scan.number or f"{doctype} {name}", scan)
		status = "" if report.withdraws else normalise(scan.raw_status, words.get(report.carrier, {}))
		rows[key] = (
			key, now, now, user, user, doctype, name, report.carrier or None, scan.number, status, scan.raw_status,
			scan.happened_at, scan.place, cleaned(scan.description), scan.eta, report.source,
			report.withdraws or None, report.raw[:LONGEST_RAW] or None,
		)  # fmt: skip
	return rows


def apply_words(carrier: str) -> int:
	"""Words of a carrier that were not known may be by now; returns how many Delivery Notes changed."""
	event = frappe.qb.DocType(EVENT)
	rows = (
		frappe.qb.from_(event)
		.select(event.reference_doctype, event.reference_name, event.tracking_number)
		.distinct()
		.where(
			(event.carrier == carrier) & (event.status == "") & (event.happened_at > add_days(nowdate(), -LEARN_DAYS))
		)
		.where(event.withdraws.isnull())
	).run()
	found = documents_of({(carrier, number) for _doctype, _name, number in rows if number})
	notes, shipments = _touched({(doctype, name) for doctype, name, _number in rows if name}, found)
	return tracking_state.refresh(notes, shipments)


# -- by hand -------------------------------------------------------------------------------------------------------------


def add_by_hand(
	doctype: str, name: str, status: str, happened_at: datetime, place: str, description: str, eta: date | None
) -> dict[str, int]:
	"""A person reports where a Delivery Note or a Shipment is. The caller has checked the right."""
	if status not in STATUSES:
		frappe.throw(_("{0} is no tracking status.").format(status), exc=TrackingError)
	if happened_at > now_datetime():
		frappe.throw(_("A scan can't be in the future."), exc=TrackingError)
	carrier, number = parcel_of(doctype, name)
	scan = Scan(number, status, happened_at.replace(microsecond=0), place.strip()[:140], description.strip(), eta)
	if frappe.db.exists(EVENT, {"withdraws": event_name(carrier, number or f"{doctype} {name}", scan)}):
		frappe.throw(_("The same scan was withdrawn; give another time or place."), exc=TrackingError)
	return record([Report(scan, BY_HAND, carrier, doctype, name)])


def parcel_of(doctype: str, name: str) -> tuple[str, str]:
	"""Carrier and number of a Delivery Note or a Shipment, "" where there are none. A cancelled one is refused."""
	fields = ["o2c_carrier", "o2c_tracking_number"] if doctype == NOTE else ["carrier", "awb_number"]
	carrier, number, docstatus = frappe.db.get_value(doctype, name, [*fields, "docstatus"])
	if docstatus == 2:
		frappe.throw(_("{0} is cancelled.").format(name), exc=TrackingError)
	known = frappe.db.get_value(carriers.DOCTYPE, carrier, "name") if carrier else None
	return known or "", number or ""


def withdraw(scan: str, reason: str) -> dict[str, int]:
	"""Declare a scan a mistake: it stays, and counts no more. The caller has checked the right."""
	if not reason.strip():
		frappe.throw(_("A withdrawal needs a reason; it is kept with the scan."), exc=TrackingError)
	fields = ["carrier", "tracking_number", "reference_doctype", "reference_name", "withdraws"]
	event = frappe.db.get_value(EVENT, scan, fields, as_dict=True)
	if event.withdraws:
		frappe.throw(_("A withdrawal can't be withdrawn; add the scan anew."), exc=TrackingError)
	return record([_withdrawal(scan, event, reason.strip())])


def _withdrawal(scan: str, event: frappe._dict, reason: str) -> Report:
	told = Scan(event.tracking_number or "", WITHDRAWN, now_datetime().replace(microsecond=0), scan, reason)
	return Report(
		told,
		BY_HAND,
		event.carrier or "",
		event.reference_doctype or "",
		event.reference_name or "",
		withdraws=scan,
	)


# -- on a Shipment -------------------------------------------------------------------------------------------------------


def status_by_hand(doc: Document) -> None:
	"""A person has set the tracking status of a Shipment: that is a scan too. What was set so before and was final is taken
	back by it; what the carrier says is not."""
	reports = [_withdrawal(row.name, row, _("The status was set anew.")) for row in _said_before(doc)]
	if doc.tracking_status in OF_SHIPMENT:
		carrier, number = parcel_of(SHIPMENT, doc.name)
		scan = Scan(number, OF_SHIPMENT[doc.tracking_status], now_datetime())
		reports.append(Report(scan, ON_SHIPMENT, carrier, SHIPMENT, doc.name))
	record(reports)
	kept = frappe.db.get_value(SHIPMENT, doc.name, "tracking_status")
	if kept != doc.tracking_status:
		status = _(kept)  # translated: the options of ERPNext's Shipment
		frappe.msgprint(_("By the scans of the carrier this Shipment is: {0}").format(status), alert=True)
	doc.tracking_status = kept


def _said_before(doc: Document) -> list[frappe._dict]:
	"""What its status was set to by hand and can't be any more. That what was delivered comes back is no mistake."""
	against = {RETURNED: (), DELIVERED: (RETURNED,)}.get(doc.tracking_status, FINAL)
	if not against:
		return []
	filters = {
		"reference_doctype": SHIPMENT,
		"reference_name": doc.name,
		"source": ON_SHIPMENT,
		"status": ("in", against),
	}
	fields = ["name", "carrier", "tracking_number", "reference_doctype", "reference_name"]
	return frappe.get_all(EVENT, filters, fields, order_by="name asc")


# -- reading -------------------------------------------------------------------------------------------------------------


def history(delivery_notes: Collection[str]) -> list[dict[str, Any]]:
	"""The scans of these Delivery Notes, the earliest first, each once: happened_at, status, place, description, and as
	reference the Delivery Note. Withdrawn ones, and those whose status is not known, are left out. The caller has checked
	the right to read them."""
	book = Book(delivery_notes)
	told: dict[str, dict[str, Any]] = {}
	for note in sorted(book.notes):
		for row in book.history_of_note(note):
			if row.status and row.name not in told:
				told[row.name] = {
					"name": row.name,
					"happened_at": row.happened_at,
					"status": row.status,
					"place": row.place or "",
					"description": row.description or "",
					"reference": note,
				}
	return sorted(told.values(), key=lambda scan: (scan["happened_at"], scan["name"]))
