"""What is on hand, comes and goes of items in warehouses, read from the database: one statement for any number of them.

Everything is in stock units. A warehouse is what a document names: as in ERPNext's Bin, a group does not stand for those
below it. What counts:

- on hand and reserved for production, subcontracting and production plans: as Bin has it;
- what orders take: open lines of submitted orders, and the parts of their product bundles, as Bin counts them (none of
  orders On Hold or Closed, none that the supplier delivers). What a Stock Reservation Entry sets aside is gone at once. Where
  Bin has more reserved than these lines show (somebody has just submitted an order, which this transaction does not see),
  the difference is gone at once, too;
- what comes by Purchase Orders and Subcontracting Orders, at the supplier's confirmed date or else the required one; by Work
  Orders, at their planned end; by Material Requests, at the date required, for what is neither ordered nor received yet, so
  that nothing is counted twice;
- transfers: a Material Request for one takes from the one warehouse and gives to the other; where it does not say from
  which, it gives nothing, as the goods may be promised where they are. Goods in transit come to the warehouse that the
  request names. A transfer in transit without a request has no destination yet and does not count.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import frappe

from crm_o2c.engine.atp import (
	BEFORE,
	BEHIND,
	MATERIAL_REQUEST,
	ORDER,
	OVERDUE_DAYS,
	OWN,
	PURCHASE,
	RESERVED,
	TRANSFER,
	WORK_ORDER,
	Demand,
	Entry,
	Ledger,
)

Pair = tuple[str, str]  # item, warehouse
NOBODY = ("",)  # a list for a parameter where there is none
SMALLEST = 1e-6  # differences below are of rounding
BIN, SET_ASIDE, LEAVES = "bin", "set_aside", "leaves"

# Rows: kind, item, warehouse, … Every branch is of the pairs asked for, or of all where `every` is 1.
BINS = """select json_array('bin', item_code, warehouse, actual_qty, reserved_qty, reserved_qty_for_production,
	reserved_qty_for_sub_contract, reserved_qty_for_production_plan)
	from `tabBin` where %(every)s or (item_code in %(items)s and warehouse in %(warehouses)s)"""

# Rows of orders: … date, placed, document, line, quantity, number of lines
_LINE = """l.qty - l.delivered_qty - if(%(returns_free)s, l.returned_qty, 0)"""
_ORDERED = (
	"""from `tabSales Order Item` l inner join `tabSales Order` o on o.name = l.parent
	where (%(every)s or (l.item_code in %(items)s and l.warehouse in %(warehouses)s)) and l.docstatus = 1 and l.qty > l.delivered_qty
	and l.delivered_by_supplier = 0 and o.docstatus = 1 and o.status not in ('Closed', 'On Hold') and """
	+ _LINE
	+ " > 0"
)
_PACKED = (
	"""from `tabPacked Item` p inner join `tabSales Order Item` l on l.name = p.parent_detail_docname
	inner join `tabSales Order` o on o.name = l.parent
	where (%(every)s or (p.item_code in %(items)s and p.warehouse in %(warehouses)s)) and p.parenttype = 'Sales Order'
	and p.item_code != p.parent_item and l.docstatus = 1 and l.qty > l.delivered_qty
	and l.delivered_by_supplier = 0 and o.docstatus = 1 and o.status not in ('Closed', 'On Hold') and """
	+ _LINE
	+ " > 0"
)
_DAY = "coalesce(l.delivery_date, o.delivery_date, o.transaction_date)"
_PLACED = (
	"if(o.creation > (select own.creation from `tabSales Order` own where own.name = %(order)s), '"
	+ BEHIND
	+ f"', '{BEFORE}')"
)
_QTY, _PACKED_QTY = f"({_LINE}) * l.conversion_factor", f"p.qty * ({_LINE}) / l.qty"
_SUMMED = "select json_array('order', {0}.item_code, {0}.warehouse, {1}, {2}, if(count(*) = 1, min(l.parent), ''), '', sum({3}), count(*)) "
_SINGLE = "select json_array('order', {0}.item_code, {0}.warehouse, {1}, {2}, l.parent, l.name, {3}, 1) "
_OTHERS, _BY_DATE = " and l.parent != %(order)s", " group by {0}.item_code, {0}.warehouse, {1}, {2}"

SUMMED = (
	_SUMMED.format("l", _DAY, _PLACED, _QTY) + _ORDERED + _OTHERS + _BY_DATE.format("l", _DAY, _PLACED),
	_SUMMED.format("p", _DAY, _PLACED, _PACKED_QTY) + _PACKED + _OTHERS + _BY_DATE.format("p", _DAY, _PLACED),
)
SINGLE = (
	_SINGLE.format("l", _DAY, "l.creation", _QTY) + _ORDERED + _OTHERS,
	_SINGLE.format("p", _DAY, "l.creation", _PACKED_QTY) + _PACKED + _OTHERS,
)
OWN_LINES = (
	_SINGLE.format("l", _DAY, "l.creation", _QTY) + _ORDERED + " and l.parent = %(order)s",
	_SINGLE.format("p", _DAY, "l.creation", _PACKED_QTY) + _PACKED + " and l.parent = %(order)s",
)
# … order, line, quantity set aside, the line's date, placed, warehouse
RESERVATIONS = (
	"""select json_array('set_aside', r.item_code, r.warehouse, r.voucher_no, r.voucher_detail_no,
	r.reserved_qty - r.delivered_qty, """
	+ f"{_DAY}, if(%(single)s, l.creation, {_PLACED})"
	+ """, l.warehouse)
	from `tabStock Reservation Entry` r inner join `tabSales Order Item` l on l.name = r.voucher_detail_no
	inner join `tabSales Order` o on o.name = l.parent
	where (%(every)s or r.item_code in %(items)s) and r.docstatus = 1 and r.voucher_type = 'Sales Order'
	and r.reserved_qty > r.delivered_qty and r.status not in ('Delivered', 'Cancelled')"""
)

# Rows of supply: … date, document, quantity
PURCHASES = """select json_array('purchase', l.item_code, l.warehouse, coalesce(l.expected_delivery_date, l.schedule_date, o.schedule_date),
	o.name, (l.qty - l.received_qty) * l.conversion_factor)
	from `tabPurchase Order Item` l inner join `tabPurchase Order` o on o.name = l.parent
	where (%(every)s or (l.item_code in %(items)s and l.warehouse in %(warehouses)s)) and l.docstatus = 1 and l.qty > l.received_qty
	and ifnull(l.delivered_by_supplier, 0) = 0 and o.docstatus = 1 and o.status not in ('Closed', 'Delivered')"""
SUBCONTRACTS = """select json_array('purchase', l.item_code, l.warehouse, coalesce(l.expected_delivery_date, l.schedule_date, o.schedule_date),
	o.name, (l.qty - l.received_qty) * l.conversion_factor)
	from `tabSubcontracting Order Item` l inner join `tabSubcontracting Order` o on o.name = l.parent
	where (%(every)s or l.item_code in %(items)s) and l.docstatus = 1 and l.qty > l.received_qty
	and o.docstatus = 1 and o.status not in ('Closed', 'Completed')"""
WORK_ORDERS = """select json_array('work_order', production_item, fg_warehouse,
	date(coalesce(planned_end_date, expected_delivery_date, planned_start_date)), name, qty - produced_qty - process_loss_qty)
	from `tabWork Order` where (%(every)s or production_item in %(items)s) and docstatus = 1
	and status not in ('Stopped', 'Completed', 'Closed', 'Cancelled') and qty > produced_qty + process_loss_qty"""
REQUESTS = """select json_array('material_request', l.item_code, l.warehouse, l.schedule_date, o.name,
	l.stock_qty - greatest(l.ordered_qty, l.received_qty))
	from `tabMaterial Request Item` l inner join `tabMaterial Request` o on o.name = l.parent
	where (%(every)s or (l.item_code in %(items)s and l.warehouse in %(warehouses)s)) and l.docstatus = 1
	and l.stock_qty > greatest(l.ordered_qty, l.received_qty) and o.docstatus = 1 and o.status != 'Stopped'
	and o.material_request_type in ('Purchase', 'Manufacture', 'Customer Provided')"""
TRANSFERS = """select json_array('transfer', l.item_code, l.warehouse, l.schedule_date, o.name, l.stock_qty - l.ordered_qty)
	from `tabMaterial Request Item` l inner join `tabMaterial Request` o on o.name = l.parent
	where (%(every)s or (l.item_code in %(items)s and l.warehouse in %(warehouses)s)) and l.docstatus = 1
	and l.stock_qty > l.ordered_qty and l.from_warehouse != '' and o.docstatus = 1 and o.status != 'Stopped'
	and o.material_request_type = 'Material Transfer'"""
IN_TRANSIT = """select json_array('transfer', l.item_code, l.warehouse, l.schedule_date, s.name,
	(d.qty - d.transferred_qty) * d.conversion_factor)
	from `tabMaterial Request Item` l inner join `tabMaterial Request` o on o.name = l.parent
	inner join `tabStock Entry Detail` d on d.material_request = o.name and d.material_request_item = l.name
	inner join `tabStock Entry` s on s.name = d.parent
	where (%(every)s or (l.item_code in %(items)s and l.warehouse in %(warehouses)s)) and l.docstatus = 1
	and o.docstatus = 1 and o.material_request_type = 'Material Transfer' and o.transfer_status = 'In Transit'
	and s.docstatus = 1 and s.add_to_transit = 1 and d.qty > d.transferred_qty"""

# What leaves by request: … date, document, quantity, kind
OUT = """select json_array('leaves', l.item_code, if(o.material_request_type = 'Material Issue', l.warehouse, l.from_warehouse),
	l.schedule_date, o.name, l.stock_qty - l.ordered_qty,
	if(o.material_request_type = 'Material Issue', 'material_request', 'transfer'))
	from `tabMaterial Request Item` l inner join `tabMaterial Request` o on o.name = l.parent
	where (%(every)s or l.item_code in %(items)s) and l.docstatus = 1 and l.stock_qty > l.ordered_qty
	and o.docstatus = 1 and o.status != 'Stopped' and (o.material_request_type = 'Material Issue'
	or (o.material_request_type = 'Material Transfer' and l.from_warehouse != ''))"""

COMES = (PURCHASES, SUBCONTRACTS, WORK_ORDERS, REQUESTS, TRANSFERS, IN_TRANSIT)
