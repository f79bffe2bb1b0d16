"""How far each line of some orders is: the facts of `progress`, of a line's own deliveries, invoices and production."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import frappe

from crm_o2c.engine.stages import Progress
from crm_o2c.services.progress import DONE_PRODUCTION, NOTHING, percent

NONE = (0, 0, 0)
_LINES = """select i.parent, i.name, i.idx, i.item_code, i.item_name, i.delivery_date, i.uom, i.qty, i.stock_uom, i.stock_qty,
	i.conversion_factor, i.delivered_qty, i.returned_qty, i.picked_qty, i.amount, i.billed_amt, i.base_net_amount,
	i.delivered_by_supplier, o.docstatus, ifnull(o.status, ''), o.o2c_held, o.skip_delivery_note,
	if(o.base_net_total = 0, 1, o.base_grand_total / o.base_net_total), ifnull(o.o2c_manual_stage, ''), """
_FROM = """ from `tabSales Order Item` i inner join `tabSales Order` o on o.name = i.parent
	where i.parenttype = 'Sales Order' and i.parent in %(orders)s order by i.parent, i.idx"""
# What became of lines, in one go: of production to make, made and open orders; sent by Delivery Notes, arrived of it, and
# whether a draft of them is packed; quantity and outstanding of its invoices.
_AROUND = """select 'made', w.sales_order_item, sum(w.qty), sum(w.produced_qty), sum(w.status not in %(done)s)
		from `tabWork Order` w where w.docstatus = 1 and w.sales_order in %(orders)s group by w.sales_order_item
	union all select 'sent', i.so_detail, sum(if(n.docstatus = 1 and n.is_return = 0, i.stock_qty, 0)),
		sum(if(n.docstatus = 1 and n.is_return = 0 and {status} = 'Delivered', i.stock_qty, 0)),
		max(n.docstatus = 0
			and exists (select 1 from `tabPacking Slip` p where p.delivery_note = n.name and p.docstatus = 1))
		from `tabDelivery Note Item` i inner join `tabDelivery Note` n on n.name = i.parent
		where n.docstatus < 2 and i.against_sales_order in %(orders)s group by i.so_detail
	union all select 'billed', one.so_detail, sum(one.qty), sum(one.outstanding_amount), 0 from (
		select i.so_detail, s.name, sum(i.stock_qty) as qty, s.outstanding_amount
		from `tabSales Invoice Item` i inner join `tabSales Invoice` s on s.name = i.parent
		where s.docstatus = 1 and i.sales_order in %(orders)s group by i.so_detail, s.name) one group by one.so_detail"""


class Line(NamedTuple):
	"""A line of an order. `qty` is in its own unit, quantities in stock units are called so; money is in company currency."""

	order: str
	row: str
	number: int
	item_code: str
	item_name: str
	delivery_date: date | None
	uom: str
	qty: float
	stock_uom: str
	stock_qty: float
	conversion_factor: float
	delivered_qty: float
	returned_qty: float
	picked_stock_qty: float
	amount: float  # in the order's currency, as what was billed of it
	billed_amount: float
	net_amount: float
	by_supplier: int
	docstatus: int
	status: str
	held: int
	no_delivery: int
	gross_per_net: float  # what taxes and charges make of a net amount
	by_hand: str  # the stage that a person put the order in
	workflow: str

	@property
	def closed(self) -> bool:
		return self.status == "Closed"

	@property
	def delivered_share(self) -> float:
		return min(1.0, self.delivered_qty / self.qty) if self.qty else 0.0

	@property
	def billed_share(self) -> float:
		return self.billed_amount / self.amount if self.amount else 0.0

	@property
	def gross_amount(self) -> float:
		return self.net_amount * self.gross_per_net


def of_orders(orders: Sequence[str]) -> list[tuple[Line, Progress]]:
	"""The lines of these orders with their progress, in their order. Two queries, however many lines."""
	if not orders:
		return []
	values = {"orders": tuple(orders), "done": DONE_PRODUCTION}
	there = "workflow_state" in frappe.db.get_table_columns("Sales Order")
	query = _LINES + ("ifnull(o.workflow_state, '')" if there else "''") + _FROM
	lines = [Line(*row) for row in frappe.db.sql(query, values)]  # built sql: fixed texts and placeholders only
	tracked = "o2c_tracking_status" in frappe.db.get_table_columns("Delivery Note")
	query = _AROUND.replace("{status}", "n.o2c_tracking_status" if tracked else "''")
	around = {(row[0], row[1]): row[2:] for row in frappe.db.sql(query, values)}  # built sql: the fixed text above
	return [
		(line, line_progress(line, *(around.get((what, line.row)) for what in ("made", "sent", "billed"))))
		for line in lines
	]


def line_progress(
	line: Line,
	made: Sequence[Any] | None = None,
	sent: Sequence[Any] | None = None,
	billed: Sequence[Any] | None = None,
) -> Progress:
	"""The facts of a line as the rules of the stages ask for them.

	`made`: to make, made, open Work Orders; `sent`: sent, arrived, packed; `billed`: quantity, outstanding of its invoices.
	"""
	if line.docstatus != 1:
		cancelled = line.docstatus == 2
		return Progress(draft=not cancelled, cancelled=cancelled, status=line.status, workflow=line.workflow)
	to_make, produced, open_orders = made or NONE
	gone, arrived, packed = sent or NONE
	billed_qty, outstanding = (billed or NONE)[:2]
	delivered = percent(min(line.delivered_qty, line.qty), line.qty)
	share = percent(line.billed_amount, line.amount) if line.amount else percent(billed_qty, line.stock_qty)
	dropped = line.delivered_qty * line.conversion_factor if line.by_supplier else 0.0
	return Progress(
		submitted=True,
		status=line.status,
		workflow=line.workflow,
		held=bool(line.held) or line.status == "On Hold",
		closed=line.closed,
		no_delivery=bool(line.no_delivery),
		in_production=bool(open_orders),
		produced=percent(produced, to_make),
		picked=percent(line.picked_stock_qty, line.stock_qty),
		packed=bool(packed),
		delivered=delivered,
		all_delivered=delivered >= 100 or (line.closed and delivered > 0),
		arrived=percent(float(arrived or 0) + dropped, float(gone or 0) + dropped),
		returned=percent(line.returned_qty, line.qty),
		billed=share,
		all_billed=share >= 100 or (line.closed and share > 0 and line.billed_share >= line.delivered_share - 1e-6),
		outstanding=float(outstanding or 0) if abs(float(outstanding or 0)) > NOTHING else 0.0,
	)
