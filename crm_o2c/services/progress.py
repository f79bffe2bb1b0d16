"""How far orders are: their facts, read from ERPNext in sets, as the rules of the stages ask for them.

Most orders have none of what hangs on them yet, so production, deliveries and invoices are read only for those that do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import frappe

from crm_o2c.engine.stages import Progress

NOTHING = 0.005  # below it no money is owed
ALL_BUT = 99.99  # a share that is shown as 100.00 without being whole
DONE_PRODUCTION = ("Completed", "Stopped", "Closed")

_BASE = """select d.name, d.company, d.docstatus, ifnull(d.status, ''), d.o2c_held, d.per_picked, d.per_delivered, d.per_billed,
	d.skip_delivery_note, ifnull(d.o2c_stage, ''), ifnull(d.o2c_manual_stage, ''), d.o2c_stage_since,
	d.o2c_stage_due, d.modified, """
_FROM = " from `tabSales Order` d where "

_PRODUCTION = """select w.sales_order, sum(w.qty), sum(w.produced_qty), sum(w.status not in %(done)s), max(w.modified)
	from `tabWork Order` w where w.docstatus = 1 and w.sales_order in %(orders)s group by w.sales_order"""
_PACKED = """select distinct i.against_sales_order from `tabPacking Slip` p
	inner join `tabDelivery Note` n on n.name = p.delivery_note and n.docstatus = 0
	inner join `tabDelivery Note Item` i on i.parent = n.name
	where p.docstatus = 1 and i.against_sales_order in %(orders)s"""
_ARRIVED = """select i.against_sales_order, sum(i.stock_qty), sum(if(n.o2c_tracking_status = 'Delivered', i.stock_qty, 0)),
	max(greatest(n.modified, ifnull(n.o2c_last_scan_at, n.modified)))
	from `tabDelivery Note Item` i inner join `tabDelivery Note` n on n.name = i.parent
	where n.docstatus = 1 and n.is_return = 0 and i.against_sales_order in %(orders)s group by i.against_sales_order"""
# Of each order: pieces, returned, handed over by the supplier himself; worth of what was delivered, and what was billed.
_LINES = """select i.parent, sum(i.stock_qty), sum(i.returned_qty * i.conversion_factor),
	sum(if(i.delivered_by_supplier = 1, i.delivered_qty * i.conversion_factor, 0)),
	sum(least(i.delivered_qty, i.qty) * i.rate), sum(i.billed_amt)
	from `tabSales Order Item` i where i.parent in %(orders)s group by i.parent"""
_INVOICES = """select sales_order, sum(outstanding_amount), max(modified) from (
	select distinct i.sales_order, s.name, s.outstanding_amount, s.modified
	from `tabSales Invoice Item` i inner join `tabSales Invoice` s on s.name = i.parent
	where s.docstatus = 1 and i.sales_order in %(orders)s) one group by sales_order"""


class Loaded(NamedTuple):
	"""An order's progress, the stage that it shows, and when it last moved."""

	name: str
	company: str
	stage: str
	by_hand: str  # the stage that a person put it in
	since: datetime | None
	due: datetime | None
	moved_at: datetime
	progress: Progress


class _Order(NamedTuple):
	name: str
	company: str
	docstatus: int
	status: str
	held: int
	picked: float
	delivered: float
	billed: float
	no_delivery: int
	stage: str
	by_hand: str
	since: datetime | None
	due: datetime | None
	modified: datetime
	workflow: str


def named(names: Sequence[str]) -> list[Loaded]:
	"""The progress of these orders; those that are gone are left out."""
	return _load("d.name in %(names)s", {"names": tuple(names)}) if names else []


def between(after: str, to: str) -> list[Loaded]:
	"""The progress of the orders with after < name ≤ to."""
	return _load("d.name > %(after)s and d.name <= %(to)s", {"after": after, "to": to})


def workflow_column() -> str:
	"""SQL: an order's state in a workflow; sites that never had one have no such column."""
	there = "workflow_state" in frappe.db.get_table_columns("Sales Order")
	return "ifnull(d.workflow_state, '')" if there else "''"


def untouched(status: str, workflow: str, held: bool, picked: float, no_delivery: bool) -> Progress:
	"""The progress of a submitted order of which nothing is made, packed, delivered or billed."""
	return Progress(
		submitted=True,
		status=status,
		workflow=workflow,
		held=held or status == "On Hold",
		closed=status == "Closed",
		no_delivery=no_delivery,
		picked=share(picked),
	)


def _load(scope: str, values: Mapping[str, Any]) -> list[Loaded]:
	rows = frappe.db.sql(
		_BASE + workflow_column() + _FROM + scope, values
	)  # built sql: fixed texts and placeholders only
	orders = [_Order(*row) for row in rows]
	around = _Around(orders)
	return [around.loaded(order) for order in orders]


class _Around:
	"""What hangs on some orders: production, packing, deliveries, invoices."""

	def __init__(self, orders: Sequence[_Order]):
		live = [o.name for o in orders if o.docstatus == 1 and o.delivered < 100]
		moved = [o.name for o in orders if o.docstatus == 1 and (o.delivered > 0 or o.billed > 0)]
		self.production = self._read(_PRODUCTION, live, done=DONE_PRODUCTION)
		self.packed = self._read(_PACKED, live)
		self.lines = self._read(_LINES, moved)
		self.arrived = self._read(_ARRIVED, moved)
		self.invoices = self._read(_INVOICES, [o.name for o in orders if o.docstatus == 1 and o.billed > 0])

	@staticmethod
	def _read(query: str, orders: Sequence[str], **values: Any) -> dict[str, tuple[Any, ...]]:
		if not orders:
			return {}
		rows = frappe.db.sql(query, {"orders": tuple(orders), **values})  # built sql: one of the fixed texts above
		return {row[0]: row[1:] for row in rows}

	def loaded(self, order: _Order) -> Loaded:
		"""One order with what hangs on it."""
		moved = [order.modified]
		for around, place in ((self.production, 3), (self.arrived, 2), (self.invoices, 1)):
			if order.name in around:
				moved.append(around[order.name][place])
		progress = self._progress(order)
		shown = (order.name, order.company, order.stage, order.by_hand, order.since, order.due)
		return Loaded(*shown, max(moved), progress)

	def _progress(self, order: _Order) -> Progress:
		if order.docstatus != 1:
			cancelled = order.docstatus == 2
			return Progress(draft=not cancelled, cancelled=cancelled, status=order.status, workflow=order.workflow)
		delivered, billed = share(order.delivered), share(order.billed)
		closed = order.status == "Closed"
		to_make, made, open_orders, _moved = self.production.get(order.name, (0, 0, 0, None))
		outstanding = float(self.invoices.get(order.name, (0,))[0] or 0)
		bare = untouched(order.status, order.workflow, bool(order.held), order.picked, bool(order.no_delivery))
		return bare._replace(
			in_production=bool(open_orders),
			produced=percent(made, to_make),
			packed=order.name in self.packed,
			delivered=delivered,
			all_delivered=delivered >= 100 or (closed and delivered > 0),
			arrived=self._arrived(order),
			returned=self._returned(order),
			billed=billed,
			all_billed=billed >= 100 or (closed and billed > 0 and self._all_billed(order)),
			outstanding=outstanding if abs(outstanding) > NOTHING else 0.0,
		)

	def _arrived(self, order: _Order) -> float:
		sent, there, _moved = self.arrived.get(order.name, (0, 0, None))
		dropped = self.lines[order.name][2] if order.name in self.lines else 0
		return percent((there or 0) + (dropped or 0), (sent or 0) + (dropped or 0))

	def _returned(self, order: _Order) -> float:
		pieces, returned = self.lines.get(order.name, (0, 0))[:2]
		return percent(returned, pieces)

	def _all_billed(self, order: _Order) -> bool:
		worth, billed = self.lines.get(order.name, (0, 0, 0, 0, 0))[3:5]
		return float(billed or 0) >= float(worth or 0) - NOTHING


def share(value: float | None) -> float:
	"""A percentage as it is shown: two decimals, and 100 only where it is whole."""
	value = float(value or 0)
	return 100.0 if value >= 100 else min(round(value, 2), ALL_BUT)


def percent(part: float | None, whole: float | None) -> float:
	"""A part of a whole as a percentage, 0 where there is no whole."""
	return share(float(part or 0) / float(whole) * 100) if whole else 0.0
