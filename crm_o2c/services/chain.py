"""The documents of some orders from quotation to payment, each with the orders' part of it, and whether the user may read it.

One query for each kind of document, however many there are. Amounts are in company currency with taxes: a document's
total, by the net worth of the orders' lines in it.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import frappe

from crm_o2c import permissions

ORDER, NOTE, INVOICE, PAYMENT = "Sales Order", "Delivery Note", "Sales Invoice", "Payment Entry"
QUOTATION, WORK_ORDER, PICK_LIST, SHIPMENT = "Quotation", "Work Order", "Pick List", "Shipment"
KINDS = (QUOTATION, ORDER, WORK_ORDER, PICK_LIST, NOTE, SHIPMENT, INVOICE, PAYMENT)
RECEIVED = "Receive"

# Every query gives the columns of Part in their order, a row for each document and order. {may} is the user's right to read.
_GROSS = "part.net * if(d.base_net_total = 0, 0, d.base_grand_total / d.base_net_total)"
_QUERIES: dict[str, str] = {
	QUOTATION: """select part.sales_order, d.name, d.docstatus, d.status, d.transaction_date, d.owner, d.company, 0, part.qty,
		{gross}, 0, null, d.valid_till, {may}
		from (select one.sales_order, one.parent, sum(one.net) as net, sum(one.qty) as qty from (
			select distinct s.parent as sales_order, q.parent, q.name, q.base_net_amount as net, q.stock_qty as qty
				from `tabSales Order Item` s inner join `tabQuotation Item` q on q.name = s.quotation_item
				where s.parent in %(orders)s) one
			group by one.sales_order, one.parent) part
		inner join `tabQuotation` d on d.name = part.parent""",
	# with those that these were amended from
	ORDER: """with recursive line as (
			select o.name as sales_order, o.name, o.amended_from from `tabSales Order` o where o.name in %(orders)s
			union select line.sales_order, o.name, o.amended_from
				from `tabSales Order` o inner join line on o.name = line.amended_from)
		select line.sales_order, d.name, d.docstatus, d.status, d.transaction_date, d.owner, d.company, 0, d.total_qty,
		d.base_grand_total, 0, null, d.delivery_date, {may}
		from line inner join `tabSales Order` d on d.name = line.name""",
	WORK_ORDER: """select d.sales_order, d.name, d.docstatus, d.status, date(d.planned_start_date), d.owner, d.company, 0, d.qty,
		null, 0, d.produced_qty, date(d.expected_delivery_date), {may}
		from `tabWork Order` d where d.sales_order in %(orders)s""",
	PICK_LIST: """select part.sales_order, d.name, d.docstatus, d.status, date(d.creation), d.owner, d.company, 0, part.qty, null,
		0, null, null, {may}
		from (select l.sales_order, l.parent, sum(l.stock_qty) as qty from `tabPick List Item` l
			where l.sales_order in %(orders)s group by l.sales_order, l.parent) part
		inner join `tabPick List` d on d.name = part.parent""",
	NOTE: """select part.sales_order, d.name, d.docstatus, d.status, d.posting_date, d.owner, d.company, d.is_return, part.qty,
		{gross}, 0, null, {eta}, {may}
		from (select i.against_sales_order as sales_order, i.parent, sum(i.base_net_amount) as net, sum(i.stock_qty) as qty
			from `tabDelivery Note Item` i where i.against_sales_order in %(orders)s group by i.against_sales_order, i.parent) part
		inner join `tabDelivery Note` d on d.name = part.parent""",
	SHIPMENT: """select part.sales_order, d.name, d.docstatus, d.status, d.pickup_date, d.owner, d.pickup_company, 0, null, null,
		0, null, null, {may}
		from (select distinct i.against_sales_order as sales_order, s.parent from `tabDelivery Note Item` i
			inner join `tabShipment Delivery Note` s on s.delivery_note = i.parent
			where i.against_sales_order in %(orders)s) part
		inner join `tabShipment` d on d.name = part.parent""",
	INVOICE: """select part.sales_order, d.name, d.docstatus, d.status, d.posting_date, d.owner, d.company, d.is_return, part.qty,
		{gross}, d.outstanding_amount * if(d.party_account_currency = d.currency, d.conversion_rate, 1)
			* if(d.base_net_total = 0, 0, part.net / d.base_net_total),
		if(d.base_net_total = 0, 0, part.net / d.base_net_total), d.due_date, {may}
		from (select i.sales_order, i.parent, sum(i.base_net_amount) as net, sum(i.stock_qty) as qty
			from `tabSales Invoice Item` i where i.sales_order in %(orders)s group by i.sales_order, i.parent) part
		inner join `tabSales Invoice` d on d.name = part.parent""",
}
# A row for each reference: what was paid of an invoice counts by the orders' share of the invoice.
_PAID = """select if(r.reference_doctype = %(order)s, r.reference_name, ''), d.name, d.docstatus, d.status, d.posting_date, d.owner,
	d.company, 0, null,
	r.allocated_amount * if(d.payment_type = %(received)s, d.source_exchange_rate, -d.target_exchange_rate), 0, null, null, {may},
	r.reference_name
	from `tabPayment Entry Reference` r inner join `tabPayment Entry` d on d.name = r.parent
	where (r.reference_doctype = %(order)s and r.reference_name in %(orders)s)
		or (r.reference_doctype = %(invoice)s and r.reference_name in %(invoices)s)"""


class Part(NamedTuple):
	"""A document, and what of it is of an order. `more` is what was made of a Work Order, the order's share of an invoice."""

	order: str
	name: str
	docstatus: int
	status: str
	on: date | None
	owner: str
	company: str
	is_return: int
	quantity: float | None
	amount: float | None
	outstanding: float | None
	more: float | None
	until: date | None
	readable: int

	def with_other(self, other: "Part") -> "Part":
		"""The same document, of the orders of both."""
		return self._replace(
			order="",
			quantity=_sum(self.quantity, other.quantity),
			amount=_sum(self.amount, other.amount),
			outstanding=_sum(self.outstanding, other.outstanding),
		)


class Chain:
	"""The documents of some orders by kind, the oldest first."""

	def __init__(self, orders: Sequence[str]):
		self.orders = tuple(orders)
		self._by_order: dict[str, list[Part]] = {kind: [] for kind in KINDS}
		if self.orders:
			for kind, query in _QUERIES.items():
				self._by_order[kind] = self._read(kind, query)
			self._by_order[PAYMENT] = self._payments()
		self.parts = {kind: _merged(parts) for kind, parts in self._by_order.items()}

	def of_order(self, order: str, kind: str) -> list[Part]:
		"""The documents of one of the orders."""
		return [part for part in self._by_order[kind] if part.order == order]

	def readable(self, kind: str) -> list[Part]:
		"""The documents of a kind that the user may read."""
		return [part for part in self.parts[kind] if part.readable]

	def names(self) -> dict[str, list[str]]:
		"""The names of the documents that the user may read, by kind."""
		return {kind: [part.name for part in self.readable(kind)] for kind in KINDS}

	def _read(self, kind: str, query: str) -> list[Part]:
		rows = frappe.db.sql(
			_filled(kind, query), {"orders": self.orders}
		)  # built sql: fixed texts, Frappe's own conditions
		return _sorted(Part(*row) for row in rows)

	def _payments(self) -> list[Part]:
		billed: dict[str, list[Part]] = {}
		for part in self._by_order[INVOICE]:
			billed.setdefault(part.name, []).append(part)
		values = {
			"orders": self.orders, "order": ORDER, "invoice": INVOICE, "received": RECEIVED, "invoices": tuple(billed) or ("",),
		}  # fmt: skip
		rows = frappe.db.sql(_filled(PAYMENT, _PAID), values)  # built sql: fixed texts, Frappe's own conditions
		found: dict[tuple[str, str], Part] = {}
		for *row, reference in rows:
			part = Part(*row)
			shares = {part.order: 1.0} if part.order else {p.order: float(p.more or 0) for p in billed[reference]}
			for order, share in shares.items():
				mine = part._replace(order=order, amount=float(part.amount or 0) * share)
				before = found.get((order, part.name))
				found[order, part.name] = before.with_other(mine)._replace(order=order) if before else mine
		return _sorted(found.values())


def _merged(parts: Sequence[Part]) -> list[Part]:
	"""A document once, however many of the orders it is of."""
	found: dict[str, Part] = {}
	for part in parts:
		found[part.name] = found[part.name].with_other(part) if part.name in found else part
	return list(found.values())


def _sum(one: float | None, other: float | None) -> float | None:
	return None if one is None and other is None else float(one or 0) + float(other or 0)


def _sorted(parts: Iterable[Part]) -> list[Part]:
	return sorted(parts, key=lambda part: (part.on or date.min, part.name))


def _filled(kind: str, query: str) -> str:
	tracked = kind == NOTE and "o2c_eta" in frappe.db.get_table_columns(NOTE)
	for place, text in (("{gross}", _GROSS), ("{eta}", "d.o2c_eta" if tracked else "null"), ("{may}", _may_read(kind))):
		query = query.replace(place, text)
	return query


def _may_read(kind: str) -> str:
	"""SQL on `d`: 1 where the user may read the document."""
	allowed = permissions.readable(kind)
	if not allowed or allowed == "1=0":
		return "0" if allowed else "1"
	table = "`tab" + kind + "`"
	return (
		"d.name in (select "
		+ table
		+ ".name from "
		+ table
		+ " where "
		+ table
		+ ".name = d.name and ("
		+ allowed
		+ "))"
	)


def orders_that_may_be_read(orders: Iterable[str]) -> list[str]:
	"""Those of these orders that the user may read."""
	names = tuple(sorted(set(orders)))
	if not names:
		return []
	allowed = permissions.order_conditions()
	query = "select `tabSales Order`.name from `tabSales Order` where `tabSales Order`.name in %(names)s"
	if allowed:
		query += " and (" + allowed + ")"
	query += " order by `tabSales Order`.name"
	return [
		row[0] for row in frappe.db.sql(query, {"names": names})
	]  # built sql: a fixed text, Frappe's own conditions
