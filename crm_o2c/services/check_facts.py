"""An order as the anomaly engine sees it: from a document about to be saved, with what surrounds it filled in.

`check_loader` makes the same from the database for many orders; a site test holds the two together.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import flt, getdate

from crm_o2c.engine.aging import overdue
from crm_o2c.engine.anomaly.facts import (
	NOTHING,
	CheckFacts,
	CreditFacts,
	CustomerFacts,
	ItemFacts,
	LineFacts,
	RecentOrder,
)
from crm_o2c.engine.anomaly.patterns import LinePatterns
from crm_o2c.services.check_reader import NEAR, Rows

NEVER_ENDS = date(2099, 12, 31)  # ERPNext's end of life for an item that has none
DECIMALS = 9
NEAR_DAYS = timedelta(days=NEAR)
_day = attrgetter("order_date")


class Bare(NamedTuple):
	"""An order without its surroundings, and how far it is in the company's sums already."""

	facts: CheckFacts
	price_list: str | None
	in_sums: float = 0.0  # of its total, what the customer's submitted orders hold
	was_submitted: bool = False  # as the database has it


class KeptHold(NamedTuple):
	"""A hold of an order, past or present."""

	name: str
	order: str
	rule: str
	detector: str
	status: str
	held_at: str
	order_total: float
	released_how: str | None
	release_until: str | None
	ways: str | None
	params: str | None = None


# -- from a document -------------------------------------------------------------------------------------------------------


def bare(doc: Document, fields: Mapping[str, str] = NOTHING, kept: Mapping[str, Any] | None = None) -> Bare:
	"""A Sales Order (or a Quotation to a customer) as it is in memory. `fields` are those that expressions name.

	`kept` is the order's row in the database, where it is not in the course of a save, which knows it.
	"""
	order_date = getdate(doc.transaction_date)
	total = flt(doc.base_grand_total)
	before = kept or doc.get_doc_before_save()
	was_submitted = bool(before and before.docstatus == 1)
	customer = doc.get("customer") or (doc.party_name if doc.get("quotation_to") == "Customer" else None)
	days = [getdate(row.due_date) for row in doc.get("payment_schedule") or () if row.due_date]
	return Bare(
		CheckFacts(
			order=doc.name or "", company=doc.company, currency=doc.currency, customer=customer,
			customer_group=doc.get("customer_group"), order_type=doc.order_type, order_date=order_date,
			net=flt(doc.base_net_total), total=total, order_discount=_order_discount(doc),
			rate_used=flt(doc.conversion_rate) or None, terms=doc.get("payment_terms_template") or None,
			terms_days=(max(days) - order_date).days if days else None, ship_to=doc.shipping_address_name or None,
			po_no=doc.get("po_no") or None, submitted=doc.docstatus == 1,
			credit=CreditFacts(this_order=_open(total, doc)), lines=tuple(_lines(doc)),
			fields={name: doc.get(name) for name in fields} if fields else NOTHING,
		),
		price_list=doc.selling_price_list,
		in_sums=_open(flt(before.base_grand_total), before) if was_submitted and before.status != "Closed" else 0.0,
		was_submitted=was_submitted,
	)  # fmt: skip


def _open(total: float, doc: Mapping[str, Any] | Document) -> float:
	return total * (100 - flt(doc.get("per_billed"))) / 100


def _order_discount(doc: Document) -> float:
	"""Percent taken off the whole order; what a coupon gives is no discount by hand."""
	if doc.get("coupon_code"):
		return 0.0
	base = flt(doc.base_total)
	return round(100 * flt(doc.base_discount_amount) / base, 4) if base else 0.0


def _lines(doc: Document) -> Iterable[LineFacts]:
	net, total = flt(doc.base_net_total), flt(doc.base_grand_total)
	with_tax = total / net if net else 1.0
	without_tax = _without_tax(doc)
	for row in doc.items:
		if row.get("is_free_item") or row.get("is_alternative"):
			continue
		factor = flt(row.conversion_factor) or 1.0
		contract = flt(row.get("blanket_order_rate")) if row.get("blanket_order") else 0.0
		rate_list = flt(row.base_price_list_rate)
		left = flt(row.qty) - flt(row.get("delivered_qty"))
		rules = row.pricing_rules or row.get("o2c_pricing_rules")  # of a locked price
		yield LineFacts(
			number=row.idx, item=row.item_code, row=row.name or "", item_group=row.item_group, warehouse=row.warehouse,
			qty=flt(row.qty), uom=row.uom, factor=factor, open_qty=round(max(left, 0.0) * factor, DECIMALS),
			rate=flt(row.base_net_rate), list_rate=rate_list * without_tax or None,
			contract_rate=contract * flt(doc.conversion_rate) or None, amount=flt(row.base_net_amount),
			total=flt(row.base_net_amount) * with_tax, cost=flt(row.get("valuation_rate")) or None,
			promise_date=_promise(doc, row), pricing_rules=count_rules(rules),
			hand_discount=hand_discount(flt(row.price_list_rate), flt(row.rate), rules, flt(row.discount_percentage)),
			drop_ship=bool(row.get("delivered_by_supplier")),
		)  # fmt: skip


def _promise(doc: Document, row: Document) -> date | None:
	day = row.get("delivery_date") or doc.get("delivery_date")
	return getdate(day) if day else None


def _without_tax(doc: Document) -> float:
	if not any(tax.get("included_in_print_rate") for tax in doc.get("taxes") or ()):
		return 1.0
	return part_without_tax(
		(flt(row.base_amount), flt(row.base_net_amount), flt(row.get("distributed_discount_amount")))
		for row in doc.items
	)


def count_rules(text: str | None) -> int:
	"""How many Pricing Rules made a price, from the text that ERPNext keeps on the line."""
	return 0 if not text else len(json.loads(text)) if text.startswith("[") else text.count(",") + 1


def hand_discount(list_rate: float, rate: float, rules: str | None, percent: float) -> float:
	"""Percent below what list and Pricing Rules (`percent`) give; 0 where the list has no price."""
	given = list_rate * (1 - percent / 100) if rules else list_rate
	return round(max(0.0, 100 * (1 - rate / given)), 4) if given > 0 else 0.0


def part_without_tax(lines: Iterable[tuple[float, float, float]]) -> float:
	"""What of a list price is left where prices include tax and net rates don't, from the lines' amount, net amount and
	share of the order's discount."""
	rows = list(lines)
	gross = sum(amount for amount, _net, _share in rows)
	return sum(net + share for _amount, net, share in rows) / gross if gross else 1.0


# -- what surrounds orders ---------------------------------------------------------------------------------------------------


@dataclass
class Surroundings:
	"""What was read around orders, by customer, item and order. For a run it is filled bit by bit."""

	today: date
	rows: Rows = field(default_factory=dict)
	customers: dict[str, list[Any]] = field(default_factory=dict)
	sums: dict[str, dict[str, float]] = field(default_factory=dict)
	waiting: dict[str, list[list[Any]]] = field(default_factory=dict)
	invoices: dict[str, list[tuple[str, date, float]]] = field(default_factory=dict)
	promises: dict[str, tuple[int, float]] = field(default_factory=dict)
	before: dict[str, tuple[int, float]] = field(default_factory=dict)
	addresses: dict[str, dict[str, int]] = field(default_factory=dict)
	recent: dict[str, list[RecentOrder]] = field(default_factory=dict)
	items: dict[str, ItemFacts] = field(default_factory=dict)
	item_patterns: dict[tuple[str, str], tuple] = field(default_factory=dict)
	buying_patterns: dict[tuple[str, str], tuple] = field(default_factory=dict)
	customer_patterns: dict[str, tuple] = field(default_factory=dict)
	bins: dict[tuple[str, str], list[float]] = field(default_factory=dict)
	places: dict[str, list[str]] = field(default_factory=dict)  # warehouses with a bin of an item
	rates: dict[str, float] = field(default_factory=dict)
	alerts: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
	holds: dict[str, list[KeptHold]] = field(default_factory=dict)
	unusual: set[str] | None = None  # rows that patterns say something about; None: not looked for
	_sorted: set[str] = field(default_factory=set)  # customers whose recent orders are in the order of their days
	submitted: set[str] = field(default_factory=set)  # orders that the sums and the bins know already

	def add(self, rows: Rows) -> "Surroundings":
		"""Take in what `check_reader.ask` answered."""
		for kind, found in rows.items():
			take = getattr(self, f"_take_{kind}")
			for row in found:
				take(row)
		return self

	def _take_customer(self, row: list[Any]) -> None:
		broken, amount = row.pop()
		self.promises[row[0]] = (int(broken), float(amount or 0))
		self.customers[row[0]] = row[1:]

	def _take_sum(self, kind: str, row: list[Any]) -> None:
		self.sums.setdefault(row[0], {})[kind] = float(row[1] or 0)

	def _take_billed(self, row: list[Any]) -> None:
		self._take_sum("billed", row)

	def _take_ordered(self, row: list[Any]) -> None:
		self._take_sum("ordered", row)
		self.before[row[0]] = (int(row[2]), float(row[3] or 0))

	def _take_delivered(self, row: list[Any]) -> None:
		self._take_sum("delivered", row)

	def _take_waiting(self, row: list[Any]) -> None:
		self.waiting.setdefault(row[0], []).append(row[1:])

	def _take_invoice(self, row: list[Any]) -> None:
		customer, name, due, outstanding, parts = row
		instalments = [(date.fromisoformat(day), float(amount)) for day, amount in parts if day]
		instalments = instalments or [(date.fromisoformat(due), float(outstanding))]
		oldest, amount = overdue(instalments, float(outstanding), self.today)
		if oldest:
			self.invoices.setdefault(customer, []).append((name, oldest, amount))

	def _take_address(self, row: list[Any]) -> None:
		self.addresses.setdefault(row[0], {})[row[1]] = int(row[2])

	def _take_recent(self, row: list[Any]) -> None:
		customer, order, day, po_no, value, lines = row
		pairs = tuple((item, float(qty or 0)) for item, qty in lines)
		near = RecentOrder(order, date.fromisoformat(day), po_no or None, float(value or 0), pairs)
		self.recent.setdefault(customer, []).append(near)
		self._sorted.discard(customer)

	def _take_item(self, row: list[Any]) -> None:
		name, title, disabled, ends, stocked, least, discount, lead, units, substitutes = row[:10]
		end = date.fromisoformat(ends) if ends and not ends.startswith("0000") else None
		self.items[name] = ItemFacts(
			name, title or name, bool(disabled), None if end is None or end >= NEVER_ENDS else end, bool(stocked),
			float(least or 0) or None, float(discount or 0) or None, int(lead or 0) or None,
			tuple((unit, float(factor)) for unit, factor in units or ()), tuple(substitutes or ()),
		)  # fmt: skip
		price_list, levels, *figures = row[10:]
		if levels is not None:
			self.item_patterns[name, price_list or ""] = (levels_of(levels), *figures)

	def _take_habit(self, row: list[Any]) -> None:
		customer, ratio, effect, count, item, last, last_on, largest = row
		self.customer_patterns[customer] = (ratio or None, effect, count)
		if item:
			self.buying_patterns[customer, item] = (last, date.fromisoformat(last_on) if last_on else None, largest)

	def _take_bin(self, row: list[Any]) -> None:
		if (row[0], row[1]) not in self.bins:
			self.places.setdefault(row[0], []).append(row[1])
		self.bins[row[0], row[1]] = [float(qty or 0) for qty in row[2:]]

	def _take_rate(self, row: list[Any]) -> None:
		self.rates[row[0]] = float(row[1])

	def _take_alert(self, row: list[Any]) -> None:
		self.alerts.setdefault(row[1], {})[row[0]] = (row[2], row[3])

	def _take_hold(self, row: list[Any]) -> None:
		self.holds.setdefault(row[1], []).append(KeptHold(*row))

	# -- an order completed --------------------------------------------------------------------------------------------

	def complete(self, order: Bare, late_orders: Mapping[str, float] | None = None) -> CheckFacts:
		"""The order's facts with its surroundings. `late_orders` are submitted orders that the sums don't know yet."""
		facts = order.facts
		customer = facts.customer or ""
		if order.was_submitted:
			self.submitted.add(facts.order)
		rate = self.rates.get(facts.currency or "")
		return facts._replace(
			credit=self._credit(order, customer, late_orders) if customer in self.customers else None,
			about_customer=self._customer(order, customer),
			recent=self._near(facts, customer),
			rate_on_file=rate,
			lines=tuple(self._line(line, customer, order.price_list or "") for line in facts.lines),
		)

	def _near(self, facts: CheckFacts, customer: str) -> tuple[RecentOrder, ...]:
		"""The customer's other orders around the day of this one."""
		orders = self.recent.get(customer)
		if not orders or not facts.order_date:
			return ()
		if customer not in self._sorted:
			orders.sort(key=_day)
			self._sorted.add(customer)
		first = bisect_left(orders, facts.order_date - NEAR_DAYS, key=_day)
		last = bisect_right(orders, facts.order_date + NEAR_DAYS, key=_day)
		return tuple([near for near in orders[first:last] if near.order != facts.order])

	def _credit(self, order: Bare, customer: str, late_orders: Mapping[str, float] | None) -> CreditFacts:
		no_credit, own, own_bypass, group, group_bypass, _terms, _days = self.customers[customer]
		limit = own or (None if group_bypass else group) or self._company_limit(order.facts.company)
		sums = self.sums.get(customer, {})
		ordered = sums.get("ordered", 0.0) - order.in_sums + sum((late_orders or {}).values())
		broken, amount = self.promises.get(customer, (0, 0.0))
		invoices = tuple(sorted(self.invoices.get(customer, ()), key=lambda row: (row[1], row[0])))
		return CreditFacts(
			limit=None if own_bypass else float(limit or 0) or None,
			no_credit=bool(no_credit),
			billed=round(sums.get("billed", 0.0), 2),
			ordered=round(ordered - self._after(order, customer), 2),
			delivered=round(sums.get("delivered", 0.0), 2),
			this_order=round(order.facts.credit.this_order, 2),
			overdue=round(sum(amount for _name, _due, amount in invoices), 2),
			overdue_days=(self.today - invoices[0][1]).days if invoices else 0,
			invoices=invoices[:20],
			broken_promises=broken,
			broken_amount=amount,
		)

	def _company_limit(self, company: str | None) -> float:
		return flt(frappe.get_cached_value("Company", company, "credit_limit"))

	def _after(self, order: Bare, customer: str) -> float:
		"""What waits for credit behind this order: who came first is served first, and who was let through came before all."""
		waiting = self.waiting.get(customer, ())
		places: dict[str, tuple[str, str]] = {}  # an order that several rules hold waits once, since the first did
		for name, since, _amount in waiting:
			places[name] = min(places.get(name, (since, name)), (since, name))
		let_through = ("", "") if order.was_submitted else None
		mine = places.get(order.facts.order, let_through)
		if mine is None:
			return 0.0  # a new order comes behind all of them
		amounts = {name: float(amount) for name, _since, amount in waiting}
		return sum(amounts[name] for name, place in places.items() if place > mine)

	def _customer(self, order: Bare, customer: str) -> CustomerFacts | None:
		counts = self.before.get(customer, (0, 0.0))
		used = self.addresses.get(customer, {})
		mine = order.facts.ship_to if order.was_submitted else None
		known = frozenset(a for a, times in used.items() if times > (a == mine))
		master = self.customers.get(customer)
		return CustomerFacts(
			orders=counts[0] - order.was_submitted,
			largest=counts[1],
			addresses=known,
			terms=master[5] if master else None,
			terms_days=master[6] if master else None,
		)

	def _line(self, line: LineFacts, customer: str, price_list: str) -> LineFacts:
		if self.unusual is not None and line.row not in self.unusual:
			return line._replace(about=self.items.get(line.item))
		item, pair = self.item_patterns.get((line.item, price_list)), self.buying_patterns.get((customer, line.item))
		patterns = None
		if item or pair:
			levels, lines, mean, sd, rare, whole = item or ((), 0, None, None, 0, False)
			last, last_on, largest = pair or (None, None, None)
			ratio, effect, count = self.customer_patterns.get(customer, (None, 0.0, 0))
			patterns = LinePatterns(
				levels=levels, last_price=last, last_on=last_on, ratio=ratio,
				lines=lines, mean_log=mean, sd_log=sd, effect=effect, largest=largest, customer_lines=count, rare=rare,
				whole=bool(whole),
			)  # fmt: skip
		return line._replace(about=self.items.get(line.item), patterns=patterns)


def levels_of(text: str | list | None) -> tuple[tuple[float, int, date | None], ...]:
	"""The levels of an item, from the JSON that is kept of them."""
	rows = frappe.parse_json(text) if isinstance(text, str) else text
	return tuple((price, orders, date.fromisoformat(day) if day else None) for price, orders, day in rows or ())
