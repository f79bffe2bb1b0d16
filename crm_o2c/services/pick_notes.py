"""Delivery Notes of a Pick List. ERPNext makes one for each customer, whatever the addresses of his orders; here it is one
for each customer and address, and for an order with a Ship-To Plan one for each address and date of the plan.

All else is ERPNext's own: its functions map the lines, fill in and save.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import frappe
from erpnext.stock.doctype.pick_list.pick_list import (
	create_dn_from_so,
	create_dn_with_so,
	create_dn_wo_so,
	validate_item_locations,
)
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from crm_o2c.exceptions import ShipToError
from crm_o2c.services import ship_to_notes, ship_to_rows
from crm_o2c.services.ship_to_notes import Part, Stop
from crm_o2c.services.ship_to_rows import DECIMALS, LINK

PICK_LIST, ORDER = "Pick List", "Sales Order"


def make(pick_list: Document) -> Document | None:
	"""Make the Delivery Notes; the last one is given back, as ERPNext does."""
	validate_item_locations(pick_list)
	lines = {row.sales_order_item for row in pick_list.locations if row.sales_order_item}
	plans = _plans(pick_list)
	planned = {row.so_detail for row in plans} & lines
	note = _by_address(_part_of(pick_list, [r for r in pick_list.locations if r.sales_order_item not in planned]))
	if planned:
		note = _by_plan(pick_list, plans) or note
	if not all(row.sales_order for row in pick_list.locations):
		note = create_dn_wo_so(pick_list)
		note.flags.ignore_mandatory = True  # as ERPNext: there is no customer yet
		note.save()
	frappe.msgprint(_("Delivery Note(s) created for the Pick List"))
	return note


def _plans(pick_list: Document) -> list[frappe._dict]:
	return ship_to_rows.of_orders({row.sales_order for row in pick_list.locations if row.sales_order})


def _by_address(pick_list: Document) -> Document | None:
	"""One note for each customer and address; the lines of an order without an address are a note of their own."""
	names = sorted({row.sales_order for row in pick_list.locations if row.sales_order})
	if not names:
		return None
	fields = ["name", "customer", "shipping_address_name"]
	orders = frappe.get_all(ORDER, {"name": ("in", names)}, fields, order_by="customer asc, name asc")
	groups: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
	for order in orders:
		groups[order.customer, order.shipping_address_name or ""][order.name] = None
	return create_dn_with_so(groups, pick_list)


def _part_of(pick_list: Document, locations: list[Document]) -> Document:
	"""The Pick List with some of its rows, in memory."""
	if len(locations) == len(pick_list.locations):
		return pick_list
	part = frappe.get_doc(pick_list.as_dict())
	kept = {row.name for row in locations}
	part.locations = [row for row in part.locations if row.name in kept]
	return part


# -- orders with a plan --------------------------------------------------------------------------------------------------


def _by_plan(pick_list: Document, plans: Iterable[frappe._dict]) -> Document | None:
	note = None
	for order in sorted({row.sales_order for row in plans}):
		ship_to_notes.lock(order)
		stops = _share_out(pick_list, order, ship_to_notes.open_parts(order))
		for stop, picked in stops.items():
			note = _make_note(pick_list, order, stop, picked)
	return note


Picked = dict[str, tuple[Part, float]]  # by row of the Pick List: for which row of the plan, how many stock units


def _share_out(pick_list: Document, order: str, parts: list[Part]) -> dict[Stop, Picked]:
	"""What was picked of an order's planned lines, given to the open rows of its plan, the earliest first."""
	factors = _factors(parts)
	open_qty = {part.row.name: part.qty * factors[part.row.so_detail] for part in parts}
	planned = {part.row.so_detail for part in parts} | {row.so_detail for row in ship_to_rows.of_orders([order])}
	stops: dict[Stop, Any] = defaultdict(dict)
	for location in pick_list.locations:
		if location.sales_order != order or location.sales_order_item not in planned:
			continue
		if location.product_bundle_item:
			text = _("Row {0}: a product bundle of {1} is in its Ship-To Plan. Make its Delivery Notes from the order.")
			frappe.throw(text.format(location.idx, order), exc=ShipToError)
		left = round(flt(location.picked_qty) - flt(location.delivered_qty), DECIMALS)
		for part in parts:
			qty = min(left, open_qty[part.row.name]) if part.row.so_detail == location.sales_order_item else 0.0
			if qty > 0:
				stops[Stop(part.row.address, part.row.date)][location.name] = (part, qty)
				open_qty[part.row.name] = round(open_qty[part.row.name] - qty, DECIMALS)
				left = round(left - qty, DECIMALS)
		if left > 0:
			text = _(
				"Row {0}: {1} of item {2} were picked for more than the Ship-To Plan of {3} has open. Look at its Delivery"
				" Notes that are still drafts."
			)
			frappe.throw(text.format(location.idx, left, location.item_code, order), exc=ShipToError)
	return stops


def _factors(parts: Iterable[Part]) -> dict[str, float]:
	"""Stock units in the unit of each line."""
	lines = sorted({part.row.so_detail for part in parts})
	rows = frappe.get_all(
		"Sales Order Item", {"name": ("in", lines)}, ["name", "conversion_factor"], order_by="name asc"
	)
	return {row.name: flt(row.conversion_factor) or 1.0 for row in rows}


def _make_note(pick_list: Document, order: str, stop: Stop, picked: Picked) -> Document:
	part = _part_of(pick_list, [row for row in pick_list.locations if row.name in picked])
	if part is pick_list:
		part = frappe.get_doc(pick_list.as_dict())
	for row in part.locations:
		row.picked_qty = flt(row.delivered_qty) + picked[row.name][1]
	note = create_dn_from_so(part, [order])
	for line in note.items:
		if line.pick_list_item in picked:
			line.set(LINK, picked[line.pick_list_item][0].row.name)
	ship_to_notes.send_to(note, stop, [part.row for part, _qty in picked.values()])
	note.flags.ignore_mandatory = True  # as ERPNext saves the notes of a Pick List
	note.save()
	return note
