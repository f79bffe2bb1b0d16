"""Orders of a file checked one after the other, in the order of their days: each against what was usual before it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from crm_o2c.cli.check_reader import SheetOrder
from crm_o2c.engine.anomaly.check import Checker
from crm_o2c.engine.anomaly.facts import CheckFacts, CustomerFacts, LineFacts, RecentOrder
from crm_o2c.engine.anomaly.pattern_book import PatternBook, Sale
from crm_o2c.engine.anomaly.rules import Finding, Rule, Setting
from crm_o2c.engine.atp import Ledger, Promise
from crm_o2c.engine.calendar import WorkCalendar

NEAR = timedelta(7)  # between an order and another that may be the same
LONG_ENOUGH = timedelta(90)  # of orders learned, after which a customer that is not known is new


class CheckedOrder(NamedTuple):
	facts: CheckFacts
	findings: list[Finding]


class Checked(NamedTuple):
	"""What was found in a book of orders; the orders with findings first, what is most at risk before the rest."""

	today: date
	orders: list[CheckedOrder]
	learned: int  # orders that what is usual was learned from

	@property
	def findings(self) -> list[tuple[CheckFacts, Finding]]:
		"""All findings, those with the most at risk first."""
		found = [(order.facts, finding) for order in self.orders for finding in order.findings]
		return sorted(found, key=lambda pair: (-(pair[1].hit.at_risk or 0.0), pair[0].order, pair[1].key))


def check_book(
	orders: Sequence[SheetOrder],
	history: Sequence[SheetOrder],
	rules: Sequence[Rule],
	today: date,
	calendar: WorkCalendar,
) -> Checked:
	"""Check `orders`, learning from `history` and from the orders before each. An order that is in both is checked."""
	checker = Checker(rules, Setting(today, calendar))
	names = {order.facts.order for order in orders}
	queue = _Queue(orders, today)
	past = _Past()
	checked = []
	events = [(True, order) for order in orders]
	events += [(False, order) for order in history if order.facts.order not in names]
	events.sort(key=lambda event: (event[1].facts.order_date or today, event[0], event[1].facts.order))
	for to_check, order in events:
		day = order.facts.order_date or today
		past.open_day(day)
		if to_check:
			facts = queue.complete(past.complete(order, day))
			checked.append(CheckedOrder(facts, checker.findings(facts)))
		if not order.is_draft:
			past.learn(order, day)
	checked.sort(key=lambda c: (not c.findings, -sum(f.hit.at_risk or 0.0 for f in c.findings), c.facts.order))
	return Checked(today, checked, past.orders)


# -- what came before --------------------------------------------------------------------------------------------------------


class _Buyer:
	"""A customer by his orders so far."""

	__slots__ = ("addresses", "largest", "orders", "recent")

	def __init__(self) -> None:
		self.orders, self.largest = 0, 0.0
		self.addresses: set[str] = set()
		self.recent: list[RecentOrder] = []


class _Past:
	"""What is known of items and customers from the orders before."""

	def __init__(self) -> None:
		self._book = PatternBook()
		self._buyers: dict[str, _Buyer] = {}
		self._since: date | None = None
		self.orders = 0

	def open_day(self, day: date) -> None:
		self._book.open_day(day)
		self._since = self._since or day

	def complete(self, order: SheetOrder, day: date) -> CheckFacts:
		"""An order with what was usual before it."""
		facts, customer = order.facts, order.facts.customer
		buyer = self._buyers.get(customer or "") or _Buyer()
		known = facts.about_customer or CustomerFacts()
		is_known = bool(buyer.orders) or (bool(customer) and day - (self._since or day) >= LONG_ENOUGH)
		lines = tuple(
			line._replace(patterns=self._book.patterns(customer, line.item, order.price_list)) for line in facts.lines
		)
		return facts._replace(
			lines=lines,
			recent=tuple(other for other in buyer.recent if day - other.order_date <= NEAR),
			about_customer=known._replace(
				orders=buyer.orders if is_known else 1,
				largest=buyer.largest,
				addresses=frozenset(buyer.addresses),
			),
		)

	def learn(self, order: SheetOrder, day: date) -> None:
		"""Take an order in."""
		facts = order.facts
		self.orders += 1
		sales = [
			Sale(line.item, line.qty * line.factor, line.rate / line.factor, order.price_list)
			for line in facts.lines
			if line.rate is not None and line.factor > 0
		]
		self._book.learn(day, facts.customer, sales)
		if not facts.customer:
			return
		buyer = self._buyers.setdefault(facts.customer, _Buyer())
		buyer.orders += 1
		buyer.largest = max(buyer.largest, facts.net or 0.0)
		if facts.ship_to:
			buyer.addresses.add(facts.ship_to)
		pairs = tuple((line.item, line.qty * line.factor) for line in facts.lines)
		recent = [other for other in buyer.recent if day - other.order_date <= NEAR]
		buyer.recent = [*recent, RecentOrder(facts.order, day, facts.po_no, facts.net or 0.0, pairs)]


# -- what others take --------------------------------------------------------------------------------------------------------


class _Queue:
	"""Credit and stock go to open orders in turn: credit by the day of the order, stock by the day promised. Where the file
	does not say which orders are open, each order stands alone."""

	def __init__(self, orders: Iterable[SheetOrder], today: date):
		self._promises: dict[tuple[str, int], Promise] = {}
		self._ordered: dict[str, float] = {}
		open_orders = [order for order in orders if order.is_open]
		self._allot_credit(open_orders, today)
		self._allot_stock(open_orders, today)

	def _allot_credit(self, orders: list[SheetOrder], today: date) -> None:
		sums: dict[str, float] = {}
		for order in sorted(orders, key=lambda o: (o.facts.order_date or today, o.facts.order)):
			facts = order.facts
			if order.is_told and facts.customer:
				self._ordered[facts.order] = sums.get(facts.customer, 0.0)
				sums[facts.customer] = sums.get(facts.customer, 0.0) + (facts.total or 0.0)

	def _allot_stock(self, orders: list[SheetOrder], today: date) -> None:
		taken: dict[tuple[str, str | None], float] = {}
		waiting = [
			(line.promise_date or today, order.facts.order_date or today, order.facts.order, line, hand, order.is_told)
			for order in orders
			for line, hand in zip(order.facts.lines, order.on_stock, strict=True)
			if hand is not None and line.open_qty > 0
		]
		waiting.sort(key=lambda row: (*row[:3], row[3].number))
		for _promised, _placed, name, line, hand, is_told in waiting:
			pair = (line.item, line.warehouse) if is_told else (line.item, f"{line.warehouse}|{name}")
			free = hand - taken.get(pair, 0.0)
			self._promises[name, line.number] = Ledger(today, free).promise(line.open_qty, line.promise_date)
			taken[pair] = taken.get(pair, 0.0) + line.open_qty

	def complete(self, facts: CheckFacts) -> CheckFacts:
		"""An order with what the orders before it in the queue leave."""
		lines = tuple(self._with_promise(facts, line) for line in facts.lines)
		credit = facts.credit and facts.credit._replace(ordered=self._ordered.get(facts.order, 0.0))
		return facts._replace(lines=lines, credit=credit)

	def _with_promise(self, facts: CheckFacts, line: LineFacts) -> LineFacts:
		promise = self._promises.get((facts.order, line.number))
		return line._replace(promise=promise) if promise else line
