"""What the kept scans say of Delivery Notes and Shipments.

A Delivery Note is carried as one parcel under its own number, in the parcels of its Shipments, or both. Its state is
worked out anew from all scans each time, so that it does not matter which comes first.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import frappe

from crm_o2c.engine.tracking import Event, State, normalise, state_of, together
from crm_o2c.services import carriers

EVENT, NOTE, SHIPMENT = "O2C Tracking Event", "Delivery Note", "Shipment"
NUMBER_USED_AGAIN = timedelta(
	days=60
)  # a carrier gives a number anew; scans so much older than the document are another's
FIELDS = ("o2c_tracking_status", "o2c_arrived_at", "o2c_last_scan_at")  # found from the scans alone

_READ = (
	"name", "reference_doctype", "reference_name", "carrier", "tracking_number", "status", "raw_status", "happened_at",
	"place", "description", "eta", "source", "withdraws", "owner",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcel:
	"""What a document says is carried: under a number, or just for it."""

	doctype: str
	name: str
	carrier: str
	number: str
	created: datetime

	@property
	def key(self) -> tuple[str, ...]:
		"""The same for parcels that are the same."""
		return (self.carrier.casefold(), self.number) if self.carrier and self.number else (self.doctype, self.name)


class Book:
	"""The scans of some Delivery Notes and Shipments. A few queries, however many they are."""

	def __init__(self, notes: Collection[str], shipments: Collection[str] = (), lock: bool = False):
		self.notes = rows(NOTE, notes, ("name", "o2c_carrier", "o2c_tracking_number", "o2c_eta", *FIELDS), lock)
		links = shipments_of(self.notes)
		wanted = {*shipments, *(row.shipment for row in links)}
		self.shipments = rows(SHIPMENT, wanted, ("name", "carrier", "awb_number", "tracking_status"), lock)
		self.parcels: dict[str, list[Parcel]] = defaultdict(list)  # of the Shipments of a Delivery Note
		for row in links:
			if row.shipment in self.shipments:
				self.parcels[row.delivery_note].append(self.parcel_of_shipment(row.shipment))
		self._reported: dict[tuple[str, str], list[frappe._dict]] = defaultdict(list)
		self._numbered: dict[tuple[str, str], list[frappe._dict]] = defaultdict(list)
		self._sort(self._read(lock))

	def _read(self, lock: bool) -> list[frappe._dict]:
		"""The scans reported for these documents or under their numbers."""
		numbers = {row.o2c_tracking_number for row in self.notes.values()}
		numbers |= {row.awb_number for row in self.shipments.values()}
		event = frappe.qb.DocType(EVENT)
		found: dict[str, frappe._dict] = {}
		for column, values in (
			(event.reference_name, [*self.notes, *self.shipments]),
			(event.tracking_number, sorted(number for number in numbers if number)),
		):  # one index each; locked they are the newest, and not those of this transaction's snapshot
			if values:
				query = frappe.qb.from_(event).select(*_READ).where(column.isin(values))
				scans = (query.for_update() if lock else query).run(as_dict=True)
				found.update((row.name, row) for row in scans)
		return list(found.values())

	def _sort(self, scans: Sequence[frappe._dict]) -> None:
		"""By document and by number; withdrawn ones are left out."""
		withdrawn = {row.withdraws for row in scans if row.withdraws}
		words = carriers.words({row.carrier for row in scans if row.carrier and not row.status})
		for row in scans:
			if row.withdraws or row.name in withdrawn:
				continue
			row.status = row.status or normalise(row.raw_status or "", words.get(row.carrier or "", {}))
			self._reported[row.reference_doctype or "", row.reference_name or ""].append(row)
			if row.carrier and row.tracking_number:
				self._numbered[row.carrier.casefold(), row.tracking_number].append(row)

	def parcel_of_note(self, note: str) -> Parcel:
		"""What the Delivery Note's own number stands for."""
		row = self.notes[note]
		return Parcel(NOTE, note, row.o2c_carrier or "", row.o2c_tracking_number or "", row.creation)

	def parcel_of_shipment(self, shipment: str) -> Parcel:
		"""What the Shipment's number stands for."""
		row = self.shipments[shipment]
		return Parcel(SHIPMENT, shipment, row.carrier or "", row.awb_number or "", row.creation)

	def scans_of(self, parcel: Parcel) -> list[frappe._dict]:
		"""Those reported for the document, and those under its number. What was reported under another number is of the past."""
		own = [
			row
			for row in self._reported.get((parcel.doctype, parcel.name), ())
			if (row.tracking_number or "") in ("", parcel.number)
		]
		if not (parcel.carrier and parcel.number):
			return own
		since, names = parcel.created - NUMBER_USED_AGAIN, {row.name for row in own}
		others = self._numbered.get((parcel.carrier.casefold(), parcel.number), ())
		return own + [row for row in others if row.name not in names and row.happened_at >= since]

	def state_of_shipment(self, shipment: str) -> State:
		"""Where the Shipment is."""
		return state_of(map(_event, self.scans_of(self.parcel_of_shipment(shipment))))

	def state_of_note(self, note: str) -> State:
		"""Where the Delivery Note is: together with its Shipments. A scan by hand without a number speaks of all of it."""
		own = self.scans_of(self.parcel_of_note(note))
		groups: dict[tuple[str, ...], list[frappe._dict]] = {}
		for parcel in self.parcels[note]:
			groups.setdefault(parcel.key, []).extend(self.scans_of(parcel))
		whole = [row for row in own if not row.tracking_number]
		mine = self.parcel_of_note(note)
		if mine.number or not groups:
			groups.setdefault(mine.key, []).extend(row for row in own if row.tracking_number)
		return together([state_of(map(_event, (*scans, *whole))) for scans in groups.values()])

	def history_of_note(self, note: str) -> list[frappe._dict]:
		"""All its scans, the earliest first, those under an earlier number too."""
		found = {row.name: row for row in self._reported.get((NOTE, note), ())}
		for parcel in (self.parcel_of_note(note), *self.parcels[note]):
			found.update((row.name, row) for row in self.scans_of(parcel))
		return in_order(found.values())


def in_order(rows: Iterable[frappe._dict]) -> list[frappe._dict]:
	"""Scans, the earliest first."""
	return sorted(rows, key=lambda row: (row.happened_at, row.name))


def shipments_of(notes: Collection[str]) -> list[frappe._dict]:
	"""The submitted Shipments of these Delivery Notes: delivery_note, shipment."""
	if not notes:
		return []
	link, shipment = frappe.qb.DocType("Shipment Delivery Note"), frappe.qb.DocType(SHIPMENT)
	return (
		frappe.qb.from_(link)
		.join(shipment)
		.on(shipment.name == link.parent)
		.select(link.delivery_note, shipment.name.as_("shipment"))
		.where(link.delivery_note.isin(list(notes)) & (shipment.docstatus == 1))
		.orderby(shipment.name)
		.distinct()
	).run(as_dict=True)


def notes_of(shipments: Collection[str]) -> list[str]:
	"""The Delivery Notes that these Shipments carry."""
	if not shipments:
		return []
	links = {"parent": ("in", list(shipments)), "parenttype": SHIPMENT, "delivery_note": ("is", "set")}
	return frappe.get_all(
		"Shipment Delivery Note", links, pluck="delivery_note", order_by="delivery_note asc", distinct=True
	)


def rows(doctype: str, names: Collection[str], fields: Sequence[str], lock: bool) -> dict[str, frappe._dict]:
	"""Documents that are not cancelled, in one order for everybody who locks them."""
	if not names:
		return {}
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(*fields, "creation").where(table.name.isin(sorted(names)))
	query = query.where(table.docstatus < 2).orderby(table.name)
	return {row.name: row for row in (query.for_update() if lock else query).run(as_dict=True)}


def _event(row: frappe._dict) -> Event:
	return Event(row.status or "", row.happened_at, row.eta)
