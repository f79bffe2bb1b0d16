"""Delivery Notes of a Ship-To Plan: one for each address and date, of what is on no Delivery Note yet.

The order is locked first and its plan read locked, so that two clicks make nothing twice. A draft counts as made; one that
is cancelled or deleted gives its rows free.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe import _
from frappe.contacts.doctype.address.address import get_address_display
from frappe.contacts.doctype.contact.contact import get_contact_details
from frappe.model.document import Document
from frappe.utils import flt

from crm_o2c.exceptions import ShipToError
from crm_o2c.services import ship_to, ship_to_rows
from crm_o2c.services.ship_to_rows import DECIMALS, LINK

ORDER = "Sales Order"
# What is on drafts that are for no row of the plan.
_DRAFTED = """
	select d.so_detail, sum(d.qty) from `tabDelivery Note Item` d
	where d.against_sales_order = %(order)s and d.docstatus = 0 and d.qty > 0 and ifnull(d.o2c_ship_to_row, '') = ''
	group by d.so_detail
"""
_LINES = "select i.name, i.qty - i.delivered_qty from `tabSales Order Item` i where i.parent = %(order)s for update"


class Part(NamedTuple):
	"""What of one row of the plan is still to go on a Delivery Note, in the unit of its line."""

	row: frappe._dict
	qty: float


class Stop(NamedTuple):
	"""Where and when a Delivery Note goes."""

	address: str
	date: date


def make(order_name: str, until: date | None = None) -> list[Document]:
	"""Make draft Delivery Notes of what the plan has on none yet, up to a date or all of it; with the user's own rights."""
	lock(order_name)
	order = frappe.get_doc(ORDER, order_name)
	_check(order)
	stops: dict[Stop, list[Part]] = defaultdict(list)
	for part in open_parts(order_name):
		if until is None or part.row.date <= until:
			stops[Stop(part.row.address, part.row.date)].append(part)
	return [_make_note(order, stop, parts) for stop, parts in stops.items()]


def lock(order_name: str) -> None:
	"""Hold the order until this transaction ends: who makes or counts its deliveries waits."""
	frappe.db.get_value(ORDER, order_name, "name", for_update=True)


def _check(order: Document) -> None:
	if order.docstatus != 1 or order.status in ("Closed", "On Hold"):
		frappe.throw(
			_("Delivery Notes are made of submitted orders that are neither closed nor on hold."), exc=ShipToError
		)
	if not order.o2c_ship_to:
		text = _("The order has no Ship-To Plan. Enter its rows under Address & Contact, then save.")
		frappe.throw(text, exc=ShipToError)
	wrong = ship_to.mismatches(order)
	if wrong:
		frappe.throw(ship_to.sum_text(order, *wrong[0]), exc=ShipToError, title=_("Ship-To Plan"))


def open_parts(order_name: str) -> list[Part]:
	"""Rows of the plan that are not on Delivery Notes in whole, by date; never more than is open of their line. The order is
	locked."""
	rows = ship_to_rows.of_orders([order_name], lock=True)
	room = _room(order_name, rows)
	parts = []
	for row in rows:
		qty = round(min(flt(row.qty) - flt(row.noted_qty), room.get(row.so_detail, 0.0)), DECIMALS)
		if qty > 0:
			room[row.so_detail] -= qty
			parts.append(Part(row, qty))
	return parts


def _room(order_name: str, rows: Iterable[frappe._dict]) -> dict[str, float]:
	"""What of each line is neither delivered nor on a draft, however it got there."""
	room = {line: flt(qty) for line, qty in frappe.db.sql(_LINES, {"order": order_name})}
	drafted = [(line, flt(qty)) for line, qty in frappe.db.sql(_DRAFTED, {"order": order_name})]
	drafted += [(row.so_detail, flt(row.noted_qty) - flt(row.delivered_qty)) for row in rows]
	for line, qty in drafted:
		if line in room:
			room[line] -= qty
	return room


def _make_note(order: Document, stop: Stop, parts: Iterable[Part]) -> Document:
	by_line = {part.row.so_detail: part for part in parts}
	note = make_delivery_note(order.name, kwargs={"filtered_children": list(by_line)})
	for line in note.items:
		part = by_line[line.so_detail]
		line.update({"qty": part.qty, LINK: part.row.name})
	send_to(note, stop, [part.row for part in by_line.values()])
	return note.insert()


def send_to(note: Document, stop: Stop, rows: list[frappe._dict]) -> None:
	"""Give a Delivery Note the address, contact, instructions and date of these rows of a plan."""
	if any(row.one_off for row in rows):
		_link_to_customer(stop.address, note.customer)
	note.shipping_address_name = stop.address
	note.shipping_address = get_address_display(stop.address)
	note.o2c_planned_date = stop.date
	contact = next((row.contact for row in rows if row.contact), None)
	if contact:
		details = get_contact_details(contact)
		note.update({field: details.get(field) for field in _CONTACT_FIELDS})
	texts = dict.fromkeys(text for row in rows if (text := (row.instructions or "").strip()))
	if texts:
		note.instructions = "\n".join(texts)


_CONTACT_FIELDS = ("contact_person", "contact_display", "contact_email", "contact_mobile")


def _link_to_customer(address: str, customer: str) -> None:
	"""ERPNext delivers to addresses of the customer alone: one that a manager has let through becomes one of his."""
	doc = frappe.get_doc("Address", address)
	if not doc.has_link("Customer", customer):
		doc.append("links", {"link_doctype": "Customer", "link_name": customer})
		# a manager has let this address through when the plan was saved; who makes the note need not edit addresses
		doc.save(ignore_permissions=True)
