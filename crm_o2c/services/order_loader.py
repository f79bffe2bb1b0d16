"""Loads the facts of many orders at once, with a handful of queries whatever their number."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from pypika.queries import QueryBuilder
from pypika.terms import Criterion, Function, Term

import frappe
from frappe.query_builder import Case, DocType
from frappe.query_builder.functions import Count, Min, Sum

from crm_o2c.engine import policy as p
from crm_o2c.engine.facts import NOTHING, OrderFacts
from crm_o2c.engine.policy import CUSTOMER_PREFIX, PriorityPolicy
from crm_o2c.services.facts import Lines, clean, day, open_value, summed, wants_stock
from crm_o2c.services.order_book import ON_HOLD, active_boosts, is_open, order_ranges, overdue_by_customer

AT_ONCE = 5000  # orders a query: their rows come as one text, which must stay below max_allowed_packet (16 MB)
LONGEST_TEXT = 16 * 1024 * 1024


class LoadedOrder(NamedTuple):
	"""Facts, and what the order's row says besides: its band on the Sales Order, and its kept score."""

	facts: OrderFacts
	territory: str | None
	band: str
	modified: str
	same_lines: bool  # the order has not changed since the lines of the kept score were read
	kept_digest: str | None  # of the kept score's facts; None where it was never scored
	kept_context: str | None
	kept_band: str | None


class OrderLoader:
	"""Loads open orders of one company. Keep one for a whole run: it reads small tables once."""

	def __init__(self, policy: PriorityPolicy, company: str, today: date):
		self.policy, self.company, self.today = policy, company, today
		self.extra = policy.extra_fields()
		needs = policy.needs()
		self._wants_stock = wants_stock(needs)
		self._wants_margin = p.MARGIN in needs
		self._wants_overdue = bool({p.OVERDUE_AMOUNT, p.OVERDUE_DAYS} & needs)
		self._boosts = active_boosts(today)
		self._overdue = overdue_by_customer(company, today) if self._wants_overdue else {}
		self._short: dict[str, int] | None = None
		frappe.db.sql("set session group_concat_max_len = %s", LONGEST_TEXT)

	def all(self) -> Iterator[LoadedOrder]:
		"""Every open order, in the order of their names."""
		for after, to in order_ranges(self.company, AT_ONCE):
			yield from self.range(after, to)

	def range(self, after: str, to: str) -> list[LoadedOrder]:
		"""The open orders with after < name ≤ to."""
		if self._short is None:
			self._short = self._short_lines()
		order, line = DocType("Sales Order"), DocType("Sales Order Item")
		in_range = (line.parent > after) & (line.parent <= to)
		rows = self._orders((order.name > after) & (order.name <= to))
		kept = {} if self._wants_margin else self._kept_lines(rows)
		if len(kept) == len(rows):
			return self._loaded(rows, kept, self._short)
		few = len(rows) - len(kept) < len(rows) / 10
		unread = line.parent.isin([row[0] for row in rows if row[0] not in kept]) if few else in_range
		return self._loaded(rows, {**kept, **self._lines(unread)}, self._short)

	def names(self, names: Iterable[str]) -> list[LoadedOrder]:
		"""Those of the named orders that are open."""
		names, order, line = list(names), DocType("Sales Order"), DocType("Sales Order Item")
		loaded = []
		for start in range(0, len(names), AT_ONCE):
			some = names[start : start + AT_ONCE]
			named = line.parent.isin(some)
			rows = self._orders(order.name.isin(some))
			loaded += self._loaded(rows, self._lines(named), self._short_lines(named))
		return loaded

	def _loaded(self, rows: list[list[Any]], lines: dict[str, Lines], short: dict[str, int]) -> list[LoadedOrder]:
		return [self._order(row, lines.get(row[0], NO_LINES), short.get(row[0], 0)) for row in rows]

	def _kept_lines(self, rows: list[list[Any]]) -> dict[str, Lines]:
		"""Sums over lines that were read today, of orders that have not changed since.

		Every change of lines that ERPNext makes changes the order's `modified`. Should one not, tomorrow's first run sees it.
		"""
		today = self.today.isoformat()
		return {
			row[0]: Lines(count, units, day(promise))
			for row in rows
			for same, scored_for, count, units, promise in [row[KEPT]]
			if same and scored_for == today
		}

	def _orders(self, which: Criterion) -> list[list[Any]]:
		order, customer, score = DocType("Sales Order"), DocType("Customer"), DocType("O2C Order Score")
		extra = [
			customer[name.removeprefix(CUSTOMER_PREFIX)] if name.startswith(CUSTOMER_PREFIX) else order[name]
			for name in self.extra
		]
		query = frappe.qb.from_(order).left_join(customer).on(customer.name == order.customer)
		query = query.left_join(score).on(score.name == order.name)
		query = query.where((order.company == self.company) & is_open(order) & which).orderby(order.name)
		return fetch(
			query,
			order.name, order.customer, order.base_net_total, order.per_delivered, order.transaction_date, order.status,
			order.territory, order.o2c_priority_band, customer.o2c_tier, customer.is_frozen, customer.disabled,
			score.digest, score.context, score.band, order.modified, Case().when(score.lines_seen == order.modified, 1).else_(0),
			score.scored_for, score.lines, score.units, score.promise_date, order.o2c_held, *extra,
		)  # fmt: skip

	def _lines(self, which: Criterion) -> dict[str, Lines]:
		line = DocType("Sales Order Item")
		left = line.qty - line.delivered_qty
		columns = [Count("*"), Sum(left * line.conversion_factor), Min(line.delivery_date)]
		if self._wants_margin:
			columns += [Sum(line.base_net_amount), Sum(line.valuation_rate * line.stock_qty)]
		query = frappe.qb.from_(line).where((line.docstatus == 1) & (left > 0) & which).groupby(line.parent)
		return {name: summed(*sums) for name, *sums in fetch(query, line.parent, *columns)}

	def _short_lines(self, which: Criterion | None = None) -> dict[str, int]:
		"""Lines without any stock on hand, by order. Asked from the empty bins, which are few, and not line by line."""
		if not self._wants_stock:
			return {}
		line, bin_ = DocType("Sales Order Item"), DocType("Bin")
		query = frappe.qb.from_(bin_).inner_join(line)
		query = query.on((line.item_code == bin_.item_code) & (line.warehouse == bin_.warehouse))
		query = query.where((bin_.actual_qty <= 0) & (line.docstatus == 1) & (line.qty - line.delivered_qty > 0))
		query = query.where(line.delivered_by_supplier == 0)
		query = query.where(which) if which else query
		return dict(query.select(line.parent, Count("*")).groupby(line.parent).run())

	def _order(self, row: list[Any], lines: Lines, short: int) -> LoadedOrder:
		(name, customer, net, delivered, ordered, status, territory, band, tier, frozen, disabled, *kept) = row[:14]
		late = self._overdue.get(customer, (0.0, 0)) if self._wants_overdue else (None, None)
		facts = OrderFacts(
			name, customer, self.company, open_value(net, delivered), tier or None, day(ordered), lines.promise_date,
			lines.lines, lines.units, lines.lines - short, True, status == ON_HOLD, bool(frozen or disabled),
			lines.margin_percent if self._wants_margin else None, late[0], late[1], self._boosts.get(name, 0.0),
			bool(row[HELD]), self._extra_values(row[OWN:]) if self.extra else NOTHING,
		)  # fmt: skip
		return LoadedOrder(facts, territory, band or "", row[14], bool(row[15]), *kept)

	def _extra_values(self, values: list[Any]) -> dict[str, Any]:
		return {name: clean(value, self.policy.fields[name]) for name, value in zip(self.extra, values, strict=True)}


NO_LINES = Lines()
KEPT = slice(15, 20)  # of a row of `_orders`: what the kept score knows of the order's lines
HELD = 20
OWN = 21  # from here on a row has the policy's further fields


def fetch(query: QueryBuilder, *columns: Term) -> list[list[Any]]:
	"""The rows of a query as lists; numbers are int or float, dates are text.

	All rows come as one JSON text. The driver reads a result column by column in Python, which is most of what a large
	read costs; the JSON reader is compiled. Needs `group_concat_max_len` as OrderLoader sets it.
	"""
	rows = query.select(Function("json_array", *columns, alias="row_json"))
	text = frappe.qb.from_(rows).select(Function("group_concat", rows.row_json)).run()[0][0]
	return json.loads(f"[{text}]") if text else []
