"""Reads what is on hand, comes and goes of items in warehouses: one statement, whatever the number of them.

Everything is in stock units. A warehouse is what a document names: as in ERPNext's Bin, a group does not stand for those
below it. What counts:

- on hand, and reserved for production, subcontracting and production plans: as Bin has it;
- what orders take: open lines of submitted orders, and the parts of their product bundles, as Bin counts them (none of
  orders On Hold or Closed, none that the supplier delivers); and what Stock Reservation Entries set aside for lines;
- what comes by Purchase Orders and Subcontracting Orders, at the supplier's confirmed date or else the required one; by Work
  Orders, at their planned end; by Material Requests, at the date required, for what is neither ordered nor received yet, so
  that nothing is counted twice;
- transfers: a Material Request for one takes from the one warehouse and gives to the other; where it does not say from
  which, it gives nothing, as the goods may be promised where they are. Goods in transit come to the warehouse that the
  request names; a transfer in transit without a request has no destination yet and does not count.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import frappe

from crm_o2c.engine.atp import BEFORE, BEHIND
from crm_o2c.engine.atp import OWN as MINE
from crm_o2c.services.order_loader import LONGEST_TEXT

Pair = tuple[str, str]  # item, warehouse
NOBODY = ("",)  # a list for a parameter where there is none

# Every branch gives one column: a JSON list of kind, item, warehouse and the kind's own values; of the pairs asked for, or
# of all where `every` is 1.
_ASKED = (
	"(%(every)s or ({0}.item_code in %(items)s and {0}.warehouse in %(warehouses)s "
	"and ({0}.item_code, {0}.warehouse) in %(pairs)s))"  # the first two are what an index is used for
)
_ASKED_ITEM = "(%(every)s or {0}.{1} in %(items)s)"

# bin: on hand, reserved for orders, for production, for subcontracting, for production plans
BINS = """select json_array('bin', b.item_code, b.warehouse, b.actual_qty, b.reserved_qty, b.reserved_qty_for_production,
	b.reserved_qty_for_sub_contract, b.reserved_qty_for_production_plan) from `tabBin` b where """ + _ASKED.format("b")

_OPEN_QTY = "(l.qty - l.delivered_qty - if(%(returns_free)s, l.returned_qty, 0))"
_COUNTS = "l.delivered_by_supplier = 0 and l.qty > l.delivered_qty and o.docstatus = 1 and o.status not in ('Closed', 'On Hold')"
_OPEN = f" and l.docstatus = 1 and {_COUNTS} and {_OPEN_QTY} > 0 "
_LINES = (
	" from `tabSales Order Item` l inner join `tabSales Order` o on o.name = l.parent where "
	+ _ASKED.format("l")
	+ _OPEN
)
_PARTS = (
	""" from `tabPacked Item` p inner join `tabSales Order Item` l on l.name = p.parent_detail_docname
	inner join `tabSales Order` o on o.name = l.parent where """
	+ _ASKED.format("p")
	+ " and p.parenttype = 'Sales Order' and p.item_code != p.parent_item"
	+ _OPEN
)
_LINE_QTY, _PART_QTY = f"{_OPEN_QTY} * l.conversion_factor", f"p.qty * {_OPEN_QTY} / l.qty"
_DAY = "coalesce(l.delivery_date, o.delivery_date, o.transaction_date)"
# relative to the order that asks, which may not be there yet
_PLACED = "if(o.creation > (select m.creation from `tabSales Order` m where m.name = %(order)s), '{}', '{}')"
_PLACED = _PLACED.format(BEHIND, BEFORE)

# ordered: lists of date, placed, order, quantity. All lines of a pair come in one row: the driver is slow with many.
_LISTED = (
	"""select concat('["ordered",', json_quote({0}.item_code), ',', json_quote({0}.warehouse), ',[', """
	+ f"group_concat(json_array({_DAY}, {_PLACED}, o.name, {{1}} * 1e0)), ']]')"
)
# order and own: date, placed, order, line, quantity
_SINGLE = f"'{{0}}', {{1}}.item_code, {{1}}.warehouse, {_DAY}, {{2}}, o.name, l.name, {{3}}"
_OWN_PLACED = f"if(%(single)s, l.creation, '{MINE}')"
_OTHERS, _OWN = " and o.name != %(order)s", " and o.name = %(order)s"


def _row(columns: str) -> str:
	return "select json_array(" + columns + ")"


LISTED = (
	_LISTED.format("l", _LINE_QTY) + _LINES + _OTHERS + " group by l.item_code, l.warehouse",
	_LISTED.format("p", _PART_QTY) + _PARTS + _OTHERS + " group by p.item_code, p.warehouse",
)
SINGLE = (
	_row(_SINGLE.format("order", "l", "l.creation", _LINE_QTY)) + _LINES + _OTHERS,
	_row(_SINGLE.format("order", "p", "l.creation", _PART_QTY)) + _PARTS + _OTHERS,
)
PARTS = (_row(_SINGLE.format("order", "p", "unix_timestamp(l.creation)", _PART_QTY)) + _PARTS,)  # as `BOOK` has it
OWN = (
	_row(_SINGLE.format("own", "l", _OWN_PLACED, _LINE_QTY)) + _LINES + _OWN,
	_row(_SINGLE.format("own", "p", _OWN_PLACED, _PART_QTY)) + _PARTS + _OWN,
)
# set_aside: order, line, quantity, the line's date, placed, its warehouse, its open quantity as far as Bin counts it
SET_ASIDE = (
	_row(
		"'set_aside', r.item_code, r.warehouse, r.voucher_no, r.voucher_detail_no, r.reserved_qty - r.delivered_qty, "
		f"{_DAY}, if(%(single)s, l.creation, {_PLACED}), l.warehouse, if({_COUNTS}, {_LINE_QTY}, 0)"
	)
	+ """ from `tabStock Reservation Entry` r inner join `tabSales Order Item` l on l.name = r.voucher_detail_no
	inner join `tabSales Order` o on o.name = l.parent where """
	+ _ASKED_ITEM.format("r", "item_code")
	+ """ and r.docstatus = 1 and r.voucher_type = 'Sales Order' and r.reserved_qty > r.delivered_qty
	and r.status not in ('Delivered', 'Cancelled')"""
)

# The book's lines, a range of orders in one text: date, placed, order, line, quantity, item, warehouse. Texts that are cut
# apart are much quicker than JSON here.
VALUE_END, ROW_END = "\x1f", "\x1e"
_BOOK_LINE = (
	f"'{VALUE_END}', {_DAY}, unix_timestamp(l.creation), o.name, l.name, {_LINE_QTY} * 1e0, l.item_code, l.warehouse"
)
BOOK = (
	"select group_concat(concat_ws("
	+ _BOOK_LINE
	+ ") separator '"
	+ ROW_END
	+ """') from `tabSales Order Item` l inner join `tabSales Order` o on o.name = l.parent
	where l.parent > %(after)s and l.parent <= %(to)s and o.company = %(company)s"""
	+ _OPEN
)

# purchase, work_order, material_request, transfer: date, document, quantity
_BOUGHT = (
	"'purchase', l.item_code, l.warehouse, coalesce(l.expected_delivery_date, l.schedule_date, o.schedule_date), o.name, "
	"(l.qty - l.received_qty) * l.conversion_factor"
)
_TO_COME = " and l.docstatus = 1 and l.qty > l.received_qty and o.docstatus = 1"
PURCHASES = (
	_row(_BOUGHT)
	+ " from `tabPurchase Order Item` l inner join `tabPurchase Order` o on o.name = l.parent where "
	+ _ASKED.format("l")
	+ _TO_COME
	+ " and ifnull(l.delivered_by_supplier, 0) = 0 and o.status not in ('Closed', 'Delivered')"
)
SUBCONTRACTS = (
	_row(_BOUGHT)
	+ " from `tabSubcontracting Order Item` l inner join `tabSubcontracting Order` o on o.name = l.parent where "
	+ _ASKED.format("l")
	+ _TO_COME
	+ " and o.status not in ('Closed', 'Completed')"
)
WORK_ORDERS = (
	_row(
		"'work_order', w.production_item, w.fg_warehouse, "
		"date(coalesce(w.planned_end_date, w.expected_delivery_date, w.planned_start_date)), w.name, "
		"w.qty - w.produced_qty - w.process_loss_qty"
	)
	+ " from `tabWork Order` w where "
	+ _ASKED_ITEM.format("w", "production_item")
	+ """ and w.docstatus = 1 and w.status not in ('Stopped', 'Completed', 'Closed', 'Cancelled')
	and w.qty > w.produced_qty + w.process_loss_qty"""
)
_REQUESTED = " from `tabMaterial Request Item` l inner join `tabMaterial Request` o on o.name = l.parent "
_WANTED = " and l.docstatus = 1 and o.docstatus = 1 and o.status != 'Stopped' and l.stock_qty > "
REQUESTS = (
	_row(
		"'material_request', l.item_code, l.warehouse, l.schedule_date, o.name, "
		"l.stock_qty - greatest(l.ordered_qty, l.received_qty)"
	)
	+ _REQUESTED
	+ "where "
	+ _ASKED.format("l")
	+ _WANTED
	+ """greatest(l.ordered_qty, l.received_qty)
	and o.material_request_type in ('Purchase', 'Manufacture', 'Customer Provided')"""
)
TRANSFERS = (
	_row("'transfer', l.item_code, l.warehouse, l.schedule_date, o.name, l.stock_qty - l.ordered_qty")
	+ _REQUESTED
	+ "where "
	+ _ASKED.format("l")
	+ _WANTED
	+ "l.ordered_qty and o.material_request_type = 'Material Transfer' and l.from_warehouse != ''"
)
IN_TRANSIT = (
	_row(
		"'transfer', l.item_code, l.warehouse, l.schedule_date, s.name, (d.qty - d.transferred_qty) * d.conversion_factor"
	)
	+ _REQUESTED
	+ """inner join `tabStock Entry Detail` d on d.material_request = o.name and d.material_request_item = l.name
	inner join `tabStock Entry` s on s.name = d.parent where """
	+ _ASKED.format("l")
	+ """ and l.docstatus = 1 and o.docstatus = 1 and o.material_request_type = 'Material Transfer'
	and o.transfer_status = 'In Transit' and s.docstatus = 1 and s.add_to_transit = 1 and d.qty > d.transferred_qty"""
)
COMES = (PURCHASES, SUBCONTRACTS, WORK_ORDERS, REQUESTS, TRANSFERS, IN_TRANSIT)

# leaves: date, document, quantity, kind
LEAVES = (
	_row(
		"'leaves', l.item_code, if(o.material_request_type = 'Material Issue', l.warehouse, l.from_warehouse), "
		"l.schedule_date, o.name, l.stock_qty - l.ordered_qty, "
		"if(o.material_request_type = 'Material Issue', 'material_request', 'transfer')"
	)
	+ _REQUESTED
	+ "where "
	+ _ASKED_ITEM.format("l", "item_code")
	+ _WANTED
	+ """l.ordered_qty and (o.material_request_type = 'Material Issue'
	or (o.material_request_type = 'Material Transfer' and l.from_warehouse != ''))"""
)


def read(
	branches: Iterable[str], pairs: Iterable[Pair] | None, order: str | None = None, single: bool = False
) -> list[list[Any]]:
	"""The rows of these branches for the pairs, or for all where `pairs` is None: lists that begin with kind, item and
	warehouse. Rows of other pairs may be among them. `order` is the one that asks."""
	asked = tuple(pairs) if pairs is not None else ()
	values = {
		"every": int(pairs is None),
		"single": int(single),
		"order": order or "",
		"pairs": asked or (NOBODY * 2,),
		"items": tuple({item for item, _warehouse in asked}) or NOBODY,
		"warehouses": tuple({warehouse for _item, warehouse in asked}) or NOBODY,
		"returns_free": int(returns_are_free()),
	}
	query = " union all ".join(branches)
	try:
		return _parsed(frappe.db.sql(query, values, pluck=True))  # built sql: the fixed branches above
	except json.JSONDecodeError:  # tens of thousands of open lines of one pair: the text was cut off
		frappe.db.sql("set session group_concat_max_len = %s", LONGEST_TEXT)
		return _parsed(frappe.db.sql(query, values, pluck=True))  # built sql: as above


def read_book(company: str, ranges: Iterable[tuple[str, str]]) -> Iterator[list[Any]]:
	"""The open lines of a company, by ranges of their orders' names: lists of what `BOOK` says."""
	frappe.db.sql("set session group_concat_max_len = %s", LONGEST_TEXT)
	values = {"company": company, "returns_free": int(returns_are_free())}
	for after, to in ranges:
		of_range = {**values, "after": after, "to": to}
		text = frappe.db.sql(BOOK, of_range)[0][0]  # one by one: a range has thousands of orders
		for row in text.split(ROW_END) if text else ():
			line = row.split(VALUE_END)
			line[4] = float(line[4])
			yield line


def _parsed(rows: Iterable[str]) -> list[list[Any]]:
	return [json.loads(row) for row in rows]


def returns_are_free() -> bool:
	"""Whether goods that were sent back are not to be delivered again, as the Selling Settings have it."""
	setting = "dont_reserve_sales_order_qty_on_sales_return"
	return bool(frappe.get_cached_value("Selling Settings", "Selling Settings", setting))


def day(text: str) -> date:
	"""A date from its text."""
	return date.fromisoformat(text)
