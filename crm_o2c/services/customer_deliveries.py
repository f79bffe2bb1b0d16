"""What left for an order, as its customer may see it: dates, items, and where the parcels are."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import getdate

from crm_o2c.engine import messages
from crm_o2c.engine.customer_view import Parcel
from crm_o2c.engine.tracking import RETURNED
from crm_o2c.permissions import is_portal_user
from crm_o2c.services import carriers
from crm_o2c.services.tracking_book import NOTE, Book

_SENT = """select n.name, n.posting_date, i.item_code, i.item_name, i.qty, i.uom from `tabDelivery Note Item` i
	inner join `tabDelivery Note` n on n.name = i.parent
	where i.against_sales_order = %(order)s and n.docstatus = 1 and n.is_return = 0
	order by n.posting_date desc, n.posting_time desc, n.name desc, i.idx"""


class Sent(NamedTuple):
	"""A line of a delivery."""

	note: str
	on: date
	item_code: str
	item_name: str
	qty: float
	uom: str


class Deliveries:
	"""The deliveries of an order, the newest first. A few queries, however many they are."""

	def __init__(self, order: str):
		lines = [Sent(*row) for row in frappe.db.sql(_SENT, {"order": order})]
		names = _readable(list(dict.fromkeys(line.note for line in lines)))
		self.lines = {name: [line for line in lines if line.note == name] for name in names}
		self.book = Book(names)
		self.pages = _pages({parcel[0] for name in names for parcel in self._numbers(name)})

	def parcels(self) -> list[Parcel]:
		"""Where they are, for what is next."""
		rows = [self.book.notes[name] for name in self.lines]
		return [Parcel(row.o2c_tracking_status or "", row.o2c_eta) for row in rows]

	def shown(self) -> list[dict[str, Any]]:
		"""As the customer reads them."""
		return [self._shown(name, lines) for name, lines in self.lines.items()]

	def _shown(self, name: str, lines: Sequence[Sent]) -> dict[str, Any]:
		row = self.book.notes[name]
		status = row.o2c_tracking_status
		arrived = row.o2c_arrived_at if status != RETURNED else None
		return {
			"name": name,
			"date": str(lines[0].on),
			"items": [_item(line) for line in lines],
			"status": messages.render(f"customer.parcel.{status}", {}, _) if status else "",
			"parcels": [
				{"carrier": carrier, "number": number, "url": self._url(carrier, number)}
				for carrier, number in self._numbers(name)
			],
			"expected_on": str(row.o2c_eta) if row.o2c_eta and not row.o2c_arrived_at else None,
			"arrived_on": str(getdate(arrived)) if arrived else None,
		}

	def _numbers(self, note: str) -> list[tuple[str, str]]:
		"""Carrier and number of each of its parcels, each once."""
		found = [self.book.parcel_of_note(note), *self.book.parcels.get(note, ())]
		return list(dict.fromkeys((parcel.carrier, parcel.number) for parcel in found if parcel.number))

	def _url(self, carrier: str, number: str) -> str:
		return carriers.tracking_url(self.pages.get(carrier.casefold(), ""), number)


def _item(line: Sent) -> dict[str, Any]:
	return {
		"item_code": line.item_code,
		"item_name": line.item_name,
		"qty": float(line.qty),
		"uom": _(line.uom),  # translated: names of units
	}


def _pages(names: Collection[str]) -> dict[str, str]:
	"""The carriers' addresses for parcels, by the folded name of the carrier."""
	wanted = sorted(filter(None, names))
	if not wanted:
		return {}
	rows = frappe.get_all(carriers.DOCTYPE, {"name": ("in", wanted)}, ["name", "tracking_url"], order_by="name asc")
	return {row.name.casefold(): row.tracking_url or "" for row in rows}


def _readable(notes: list[str]) -> list[str]:
	"""A customer sees the deliveries of his order; somebody of the company those that he may read."""
	if not notes or is_portal_user():
		return notes
	if not frappe.has_permission(NOTE, "read"):
		return []
	allowed = frappe.get_list(NOTE, {"name": ("in", notes)}, pluck="name", order_by="name asc", limit_page_length=0)
	return [name for name in notes if name in set(allowed)]
