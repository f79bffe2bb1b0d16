"""Loads what the engine knows about orders: from a document in memory, or set-based for many orders at once.

Both ways give the same facts for the same order; a site test holds them together. "Still to deliver" is everywhere
`qty > delivered_qty`, and an order is open while it is submitted, not closed, and has something to deliver.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Min, Sum
from frappe.utils import getdate
from pypika.terms import Criterion

from crm_o2c.engine import policy as p
from crm_o2c.engine.expression import FLAG, NUMBER
from crm_o2c.engine.facts import NOTHING, OrderFacts
from crm_o2c.engine.policy import CUSTOMER_PREFIX, PriorityPolicy

ON_HOLD = "On Hold"
NOT_OPEN = ("Draft", "Closed", "Completed", "To Bill", "Cancelled")


@dataclass(frozen=True, slots=True)
class LoadedOrder:
	"""Facts, and what the order's row says besides: its band on the Sales Order and its kept score."""

	facts: OrderFacts
	territory: str | None
	band: str
	kept: tuple[Any, ...]  # (facts, context, scored_for, band, points, gate) as kept, Nones where never scored


@dataclass(frozen=True, slots=True)
class Lines:
	"""The lines of one order that are still to deliver, summed up."""

	lines: int = 0
	units: float = 0.0
	promise_date: date | None = None
	lines_in_stock: int = 0
	net: float = 0.0
	cost: float = 0.0

	@property
	def margin_percent(self) -> float | None:
		return round(100 * (self.net - self.cost) / self.net, 2) if self.net else None


# -- many orders, set-based ----------------------------------------------------------------------------------------------


class OrderLoader:
	"""Loads the open orders of one company in ranges of names. Keep one for a whole run: it reads small tables once."""

	def __init__(self, policy: PriorityPolicy, company: str, today: date):
		self.policy, self.company, self.today = policy, company, today
		self.needs = policy.needs()
		self.extra = policy.extra_fields()
		self._overdue: dict[str, tuple[float, int]] | None = None

	def range(self, after: str, to: str) -> list[LoadedOrder]:
		"""The open orders with after < name ≤ to, in the order of their names."""
		order = frappe.qb.DocType("Sales Order")
		line = frappe.qb.DocType("Sales Order Item")
		return self._load((order.name > after) & (order.name <= to), (line.parent > after) & (line.parent <= to))

	def names(self, names: Iterable[str]) -> list[LoadedOrder]:
		"""Those of the named orders that are open."""
		names = list(names)
		if not names:
			return []
		order = frappe.qb.DocType("Sales Order")
		line = frappe.qb.DocType("Sales Order Item")
		return self._load(order.name.isin(names), line.parent.isin(names))

	def _load(self, which_orders: Criterion, which_lines: Criterion) -> list[LoadedOrder]:
		rows = self._order_query(which_orders).run()
		lines = self._lines(which_lines)
		boosts = active_boosts(self.today)
		overdue = self._overdue_by_customer() if self._wants_overdue() else {}
		return [self._order(row, lines.get(row[0], Lines()), boosts, overdue) for row in rows]

	def _order_query(self, which: Criterion):
		order, customer = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Customer")
		score = frappe.qb.DocType("O2C Order Score")
		extra = [
			customer[name.removeprefix(CUSTOMER_PREFIX)] if name.startswith(CUSTOMER_PREFIX) else order[name]
			for name in self.extra
		]
		return (
			frappe.qb.from_(order)
			.left_join(customer)
			.on(customer.name == order.customer)
			.left_join(score)
			.on(score.name == order.name)
			.select(
				order.name, order.customer, order.base_net_total, order.per_delivered, order.transaction_date,
				order.status, order.territory, order.o2c_priority_band, customer.o2c_tier, customer.is_frozen,
				customer.disabled, score.facts, score.context, score.scored_for, score.band, score.points, score.gate,
				*extra,
			)  # fmt: skip
			.where((order.company == self.company) & is_open(order) & which)
			.orderby(order.name)
		)

	def _lines(self, which: Criterion) -> dict[str, Lines]:
		line, bin_ = frappe.qb.DocType("Sales Order Item"), frappe.qb.DocType("Bin")
		left = line.qty - line.delivered_qty
		columns = [Count("*"), Sum(left * line.conversion_factor), Min(line.delivery_date)]
		query = frappe.qb.from_(line)
		if p.NO_STOCK in self.needs or "lines_in_stock" in self.needs:
			query = query.left_join(bin_).on((bin_.item_code == line.item_code) & (bin_.warehouse == line.warehouse))
			supplied = bin_.name.isnull() | (bin_.actual_qty > 0) | (line.delivered_by_supplier == 1)
			columns.append(Sum(Case().when(supplied, 1).else_(0)))
		else:
			columns.append(Count("*"))
		if p.MARGIN in self.needs:
			columns += [Sum(line.base_net_amount), Sum(line.valuation_rate * line.stock_qty)]
		query = query.select(line.parent, *columns).where((line.docstatus == 1) & (left > 0) & which)
		rows = query.groupby(line.parent).run()
		return {row[0]: _summed(*row[1:]) for row in rows}

	def _wants_overdue(self) -> bool:
		return bool({p.OVERDUE_AMOUNT, p.OVERDUE_DAYS} & self.needs)

	def _overdue_by_customer(self) -> dict[str, tuple[float, int]]:
		if self._overdue is None:
			self._overdue = overdue_by_customer(self.company, self.today)
		return self._overdue

	def _order(self, row: tuple, lines: Lines, boosts: dict[str, float], overdue: dict) -> LoadedOrder:
		(name, customer, net, per_delivered, ordered, status, territory, band, tier, frozen, disabled) = row[:11]
		late = overdue.get(customer, (0.0, 0)) if self._wants_overdue() else (None, None)
		facts = OrderFacts(
			name, customer, self.company, _open_value(net, per_delivered), tier or None, ordered, lines.promise_date,
			lines.lines, lines.units, lines.lines_in_stock, True, status == ON_HOLD, bool(frozen or disabled),
			lines.margin_percent if p.MARGIN in self.needs else None, late[0], late[1], boosts.get(name, 0.0),
			self._extra_values(row[17:]) if self.extra else NOTHING,
		)  # fmt: skip
		return LoadedOrder(facts, territory, band or "", row[11:17])

	def _extra_values(self, values: tuple) -> dict[str, Any]:
		return {name: _clean(value, self.policy.fields[name]) for name, value in zip(self.extra, values, strict=True)}


def is_open(order) -> Criterion:
	"""The one definition of an open order, for a query on Sales Order."""
	return (order.docstatus == 1) & (order.per_delivered < 100) & order.status.notin(NOT_OPEN)


def active_boosts(today: date) -> dict[str, float]:
	"""Points added by hand that count today, by order."""
	rows = frappe.get_all(
		"O2C Priority Boost",
		filters={"active_order": ("is", "set"), "expires_on": (">=", today)},
		fields=["active_order", "points"],
		order_by="active_order asc",
		as_list=True,
	)
	return {order: points for order, points in rows}


def overdue_by_customer(company: str, today: date, customer: str | None = None) -> dict[str, tuple[float, int]]:
	"""What customers owe past its due date: amount in company currency, and the days of the oldest invoice."""
	invoice, firm = frappe.qb.DocType("Sales Invoice"), frappe.qb.DocType("Company")
	own_currency = invoice.party_account_currency == firm.default_currency
	amount = Case().when(own_currency, invoice.outstanding_amount).else_(
		invoice.outstanding_amount * invoice.conversion_rate
	)
	query = (
		frappe.qb.from_(invoice)
		.inner_join(firm)
		.on(firm.name == invoice.company)
		.select(invoice.customer, Sum(amount), Min(invoice.due_date))
		.where((invoice.docstatus == 1) & (invoice.company == company) & (invoice.is_return == 0))
		.where((invoice.outstanding_amount > 0) & (invoice.due_date < today))
		.groupby(invoice.customer)
	)
	if customer:
		query = query.where(invoice.customer == customer)
	return {name: (round(float(total), 2), (today - due).days) for name, total, due in query.run()}


# -- one order in memory -------------------------------------------------------------------------------------------------


def facts_of(doc: Document, policy: PriorityPolicy, today: date) -> OrderFacts:
	"""The facts of a Sales Order as it is in memory, about to be saved; what is not on it is asked in one query."""
	needs = policy.needs()
	lines = _lines_of(doc, with_stock=doc.docstatus == 1)
	asked = _ask(doc, policy, today)
	late: tuple[Any, Any] = (None, None)
	if {p.OVERDUE_AMOUNT, p.OVERDUE_DAYS} & needs:
		late = overdue_by_customer(doc.company, today, doc.customer).get(doc.customer, (0.0, 0))
	return OrderFacts(
		order=doc.name, customer=doc.customer, company=doc.company,
		value=_open_value(doc.base_net_total, doc.per_delivered), tier=asked.o2c_tier or None,
		order_date=getdate(doc.transaction_date), promise_date=lines.promise_date, lines=lines.lines, units=lines.units,
		lines_in_stock=lines.lines_in_stock, submitted=doc.docstatus == 1, on_hold=doc.status == ON_HOLD,
		customer_blocked=bool(asked.is_frozen or asked.disabled),
		margin_percent=lines.margin_percent if p.MARGIN in needs else None, overdue_amount=late[0], overdue_days=late[1],
		boost=asked.boost or 0.0, extra=_extra_of(doc, asked, policy) or NOTHING,
	)  # fmt: skip


def _ask(doc: Document, policy: PriorityPolicy, today: date) -> frappe._dict:
	"""Customer fields and the boost, in one query."""
	customer, boost = frappe.qb.DocType("Customer"), frappe.qb.DocType("O2C Priority Boost")
	fields = [name.removeprefix(CUSTOMER_PREFIX) for name in policy.extra_fields() if name.startswith(CUSTOMER_PREFIX)]
	rows = (
		frappe.qb.from_(customer)
		.left_join(boost)
		.on((boost.active_order == doc.name) & (boost.expires_on >= today))
		.select(customer.o2c_tier, customer.is_frozen, customer.disabled, boost.points.as_("boost"))
		.select(*(customer[name].as_(CUSTOMER_PREFIX + name) for name in fields))
		.where(customer.name == doc.customer)
	).run(as_dict=True)
	return rows[0] if rows else frappe._dict()


def _extra_of(doc: Document, asked: frappe._dict, policy: PriorityPolicy) -> dict[str, Any]:
	return {
		name: _clean(asked.get(name) if name.startswith(CUSTOMER_PREFIX) else doc.get(name), policy.fields[name])
		for name in policy.extra_fields()
	}


def _lines_of(doc: Document, with_stock: bool) -> Lines:
	rows = [row for row in doc.items if (row.qty or 0) > (row.delivered_qty or 0)]
	if not rows:
		return Lines()
	return _summed(
		len(rows),
		sum((row.qty - (row.delivered_qty or 0)) * (row.conversion_factor or 1) for row in rows),
		min((getdate(row.delivery_date) for row in rows if row.delivery_date), default=None),
		_count_in_stock(rows) if with_stock else len(rows),
		sum(row.base_net_amount or 0 for row in rows),
		sum((row.valuation_rate or 0) * (row.stock_qty or 0) for row in rows),
	)


def _count_in_stock(rows: list[Document]) -> int:
	"""Lines with stock on hand, and those that need none: services, and what the supplier delivers himself."""
	bins = frappe.get_all(
		"Bin",
		filters={"item_code": ("in", {row.item_code for row in rows}), "warehouse": ("in", {row.warehouse for row in rows})},
		fields=["item_code", "warehouse", "actual_qty"],
		order_by="item_code asc",
		as_list=True,
	)
	on_hand = {(item, warehouse): qty for item, warehouse, qty in bins}

	def supplied(row: Document) -> bool:
		if row.delivered_by_supplier:
			return True
		qty = on_hand.get((row.item_code, row.warehouse))
		# ERPNext has asked for the item's kind in this save already, so this answers from memory.
		return not frappe.get_cached_value("Item", row.item_code, "is_stock_item") if qty is None else qty > 0

	return sum(map(supplied, rows))


# -- one form for both ways ------------------------------------------------------------------------------------------------


def _summed(count, units, promise, in_stock, net=0, cost=0) -> Lines:
	return Lines(int(count), round(float(units or 0), 3), promise, int(in_stock), float(net or 0), float(cost or 0))


def _open_value(net: float | None, per_delivered: float | None) -> float | None:
	"""What is still to deliver, in company currency: the net total less the delivered share."""
	return None if net is None else round(net * (100 - (per_delivered or 0)) / 100, 2)


def _clean(value: Any, kind: str) -> Any:
	if kind == FLAG:
		return bool(value)
	if value is None or value == "":
		return None
	return float(value) if kind == NUMBER else str(value)


def companies() -> Iterator[str]:
	"""Companies in the order of their names."""
	yield from frappe.get_all("Company", pluck="name", order_by="name asc")
