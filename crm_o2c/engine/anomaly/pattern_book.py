"""Learns what is usual from sales in the order they come: the state that `patterns` defines, kept for `DAYS` days."""

from collections import deque
from collections.abc import Iterable
from datetime import date, timedelta
from math import log, sqrt
from operator import itemgetter
from statistics import median
from typing import Any, NamedTuple

from crm_o2c.engine.anomaly.patterns import (
	DAYS,
	EFFECT_LINES,
	LAST_LINES,
	LEVEL_ORDERS,
	MOST_LEVELS,
	LinePatterns,
	bucket,
)

TINY = 1e-12  # variance that is rounding
UNKNOWN_ITEM: tuple = ((), 0, None, None, 0, False)
_ORDERS = itemgetter(1)


class Sale(NamedTuple):
	"""One line sold. Quantity in stock units, price in company currency for one of them."""

	item: str
	qty: float
	price: float
	price_list: str = ""


class _Item:
	"""An item in a price list."""

	__slots__ = ("broken", "key", "known", "lines", "prices", "squares", "summary", "total")

	def __init__(self, key: tuple[str, str]) -> None:
		self.key = key
		self.lines = 0
		self.total = self.squares = 0.0  # of ln(quantity)
		self.broken = 0  # lines with a fraction
		self.prices: dict[int, list] = {}  # bucket → sum of prices, lines, orders, last day
		self.known: dict[int, tuple[float, int, date]] = {}  # bucket → level
		self.summary: tuple | None = None  # levels, lines, mean, deviation, rare prices, whole; until the next sale

	def add(self, on: date, x: float, qty: float, price: float, at: int, first: bool) -> None:
		"""A line; `first` of its order at this level."""
		self.summary = None
		self.lines += 1
		self.total += x
		self.squares += x * x
		if qty % 1.0:
			self.broken += 1
		level = self.prices.get(at)
		if level is None:
			self.prices[at] = [price, 1, 1, on]
			return
		total, lines, orders, _last = level
		level[:] = total, lines, orders, on = total + price, lines + 1, orders + first, on
		if orders >= LEVEL_ORDERS:
			self.known[at] = (total / lines, orders, on)

	def remove(self, x: float, qty: float, price: float, at: int, first: bool) -> None:
		"""Its oldest line."""
		self.summary = None
		self.lines -= 1
		self.total -= x
		self.squares -= x * x
		if qty % 1.0:
			self.broken -= 1
		total, lines, orders, last = self.prices[at]
		self.prices[at] = [total - price, lines - 1, orders - first, last]
		if lines == 1:
			del self.prices[at]
		if orders - first >= LEVEL_ORDERS:
			self.known[at] = ((total - price) / (lines - 1), orders - first, last)
		else:
			self.known.pop(at, None)

	def summed_up(self) -> tuple:
		"""The state as `LinePatterns` has it."""
		known = self.known
		levels = list(known.values())
		rare = len(self.prices) - len(known)
		if len(levels) > 1:
			levels.sort()
			levels.sort(key=_ORDERS, reverse=True)
		mean = self.total / self.lines
		variance = self.squares / self.lines - mean * mean
		deviation = sqrt(variance) if variance > TINY else 0.0
		self.summary = (tuple(levels[:MOST_LEVELS]), self.lines, mean, deviation, rare, not self.broken)
		return self.summary


class _Bought:
	"""What a customer bought of an item."""

	__slots__ = ("largest", "last_on", "last_price", "quantities")

	def __init__(self, on: date, qty: float, price: float) -> None:
		self.last_on, self.last_price = on, price
		self.quantities = [qty]  # few, so that taking the first is quick
		self.largest = qty


class _Customer:
	__slots__ = ("lines", "recent")

	def __init__(self) -> None:
		self.lines = 0
		self.recent: deque[tuple[_Item, float, float]] = deque(maxlen=LAST_LINES)  # item, price, ln(quantity)


class PatternBook:
	"""Orders come in the order of their days: `open_day`, `patterns` of an order's lines, then `learn` the order."""

	def __init__(self) -> None:
		self._items: dict[tuple[str, str], _Item] = {}
		self._bought: dict[tuple[str, str], _Bought] = {}
		self._customers: dict[str, _Customer] = {}
		self._sales: deque[tuple] = deque()
		self._habits: dict[str, tuple[float | None, float, int]] = {}  # of customers, until the next sale

	def open_day(self, today: date) -> None:
		"""Forget what is too old on this day."""
		last, sales = today - timedelta(days=DAYS), self._sales
		while sales and sales[0][0] <= last:
			self._forget(*sales.popleft()[1:])
			self._habits.clear()

	def patterns(self, customer: str | None, item: str, price_list: str = "") -> LinePatterns:
		"""What is usual for a customer's line of an item."""
		last_price = last_on = ratio = largest = None
		effect, customer_lines = 0.0, 0
		if customer:
			ratio, effect, customer_lines = self._habits.get(customer) or self._habit(customer)
			bought = self._bought.get((customer, item))
			if bought is not None:
				last_price, last_on, largest = bought.last_price, bought.last_on, bought.largest
		state = self._items.get((item, price_list))
		levels, lines, mean, deviation, rare, whole = (state.summary or state.summed_up()) if state else UNKNOWN_ITEM
		return LinePatterns(
			levels, last_price, last_on, ratio, lines, mean, deviation, effect, largest, customer_lines, rare, whole
		)  # fmt: skip

	def learn(self, on: date, customer: str | None, sales: Iterable[Sale]) -> None:
		"""Add an order's lines. Those without quantity or price teach nothing."""
		seen = set()
		for item, qty, price, price_list in sales:
			if qty <= 0 or price <= 0:
				continue
			key = (item, price_list)
			state = self._items.get(key)
			if state is None:
				state = self._items[key] = _Item(key)
			x, at = log(qty), bucket(price)
			first = (key, at) not in seen
			if first:
				seen.add((key, at))
			state.add(on, x, qty, price, at, first)
			if customer:
				self._buy(on, customer, state, item, qty, price, x)
			self._sales.append((on, customer, state.key, x, qty, price, at, first))
		self._habits.clear()

	def _buy(self, on: date, customer: str, state: _Item, item: str, qty: float, price: float, x: float) -> None:
		bought = self._bought.get((customer, item))
		if bought is None:
			self._bought[customer, item] = _Bought(on, qty, price)
		else:
			bought.last_price, bought.last_on = price, on
			bought.quantities.append(qty)
			if qty > bought.largest:
				bought.largest = qty
		buyer = self._customers.get(customer)
		if buyer is None:
			buyer = self._customers[customer] = _Customer()
		buyer.lines += 1
		buyer.recent.append((state, price, x))

	def _forget(self, customer: str | None, key: tuple[str, str], x: float, qty: float, *rest: Any) -> None:
		state = self._items[key]
		state.remove(x, qty, *rest)
		if not state.lines:
			del self._items[key]
		if not customer:
			return
		bought = self._bought[customer, key[0]]
		bought.quantities.pop(0)
		if not bought.quantities:
			del self._bought[customer, key[0]]
		elif qty == bought.largest:
			bought.largest = max(bought.quantities)
		buyer = self._customers[customer]
		if buyer.lines == len(buyer.recent):
			buyer.recent.popleft()
		buyer.lines -= 1
		if not buyer.lines:
			del self._customers[customer]

	def _habit(self, customer: str) -> tuple[float | None, float, int]:
		"""A customer's price ratio, quantity effect and number of lines."""
		buyer = self._customers.get(customer)
		if buyer is None:
			habit = (None, 0.0, 0)
		else:
			ratios, beyond = [], 0.0
			for state, price, x in buyer.recent:
				levels, _lines, mean, *_rest = state.summary or state.summed_up()
				if levels:
					ratios.append(price / levels[0][0])
				beyond += x - mean
			effect = beyond / (len(buyer.recent) + EFFECT_LINES)
			habit = (median(ratios) if ratios else None, effect, buyer.lines)
		self._habits[customer] = habit
		return habit
