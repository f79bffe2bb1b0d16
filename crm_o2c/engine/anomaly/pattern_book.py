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
_UNKNOWN: tuple = ((), 0, None, None, 0, False)
_NOT_BOUGHT: tuple = (None, None, None, ())
_NO_HABIT: tuple = (None, 0.0, 0)
_ORDERS = itemgetter(1)
_new = tuple.__new__  # makes a NamedTuple at a third of the time


class Sale(NamedTuple):
	"""One line sold. Quantity in stock units, price in company currency for one of them."""

	item: str
	qty: float
	price: float
	price_list: str = ""


# What is kept by the hundred thousand is in plain tuples: Python's garbage collector does not look at them again.


class _Item:
	"""An item in a price list."""

	__slots__ = ("broken", "key", "known", "lines", "prices", "squares", "summary", "total")

	def __init__(self, key: tuple[str, str]) -> None:
		self.key = key
		self.lines = 0
		self.total = self.squares = 0.0  # of ln(quantity)
		self.broken = 0  # lines with a fraction
		self.prices: dict[int, tuple] = {}  # bucket → sum of prices, lines, orders, last day, last order
		self.known: dict[int, tuple[float, int, date]] = {}  # bucket → level
		self.summary: tuple | None = None  # levels, lines, mean, deviation, rare prices, whole; until the next sale

	def add(self, on: date, order: int, x: float, qty: float, price: float, at: int) -> bool:
		"""A line; whether it is the first of its order at this level."""
		self.summary = None
		self.lines += 1
		self.total += x
		self.squares += x * x
		if qty % 1.0:
			self.broken += 1
		prices = self.prices
		if at not in prices:
			prices[at] = (price, 1, 1, on, order)
			return True
		total, lines, orders, _last, last_order = prices[at]
		first = last_order != order
		total, lines, orders = total + price, lines + 1, orders + first
		prices[at] = (total, lines, orders, on, order)
		if orders >= LEVEL_ORDERS:
			self.known[at] = (total / lines, orders, on)
		return first

	def remove(self, x: float, qty: float, price: float, at: int, first: bool) -> None:
		"""Its oldest line."""
		self.summary = None
		self.lines -= 1
		self.total -= x
		self.squares -= x * x
		if qty % 1.0:
			self.broken -= 1
		total, lines, orders, last, order = self.prices.pop(at)
		total, lines, orders = total - price, lines - 1, orders - first
		if lines:
			self.prices[at] = (total, lines, orders, last, order)
		if orders >= LEVEL_ORDERS:
			self.known[at] = (total / lines, orders, last)
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
			del levels[MOST_LEVELS:]
		mean = self.total / self.lines
		variance = self.squares / self.lines - mean * mean
		deviation = sqrt(variance) if variance > TINY else 0.0
		self.summary = (tuple(levels), self.lines, mean, deviation, rare, not self.broken)
		return self.summary


class _Customer:
	__slots__ = ("lines", "recent")

	def __init__(self) -> None:
		self.lines = 0
		self.recent: deque[tuple] = deque(maxlen=LAST_LINES)  # item and price list, price, ln(quantity)


class PatternBook:
	"""Orders come in the order of their days: `open_day`, `patterns` of an order's lines, then `learn` the order."""

	def __init__(self) -> None:
		self._items: dict[tuple[str, str], _Item] = {}
		# customer, item → last price, last day, largest quantity, quantities
		self._bought: dict[tuple[str, str], tuple] = {}
		self._customers: dict[str, _Customer] = {}
		self._sales: deque[tuple] = deque()
		self._orders = 0
		self._habits: dict[str, tuple[float | None, float, int]] = {}  # of customers, until the next sale

	def open_day(self, today: date) -> None:
		"""Forget what is too old on this day."""
		last, sales = today - timedelta(days=DAYS), self._sales
		while sales and sales[0][0] <= last:
			self._forget(*sales.popleft()[1:])
			self._habits.clear()

	def patterns(self, customer: str | None, item: str, price_list: str = "") -> LinePatterns:
		"""What is usual for a customer's line of an item."""
		habit, bought = _NO_HABIT, _NOT_BOUGHT
		if customer:
			habit = self._habits.get(customer) or self._habit(customer)
			bought = self._bought.get((customer, item), _NOT_BOUGHT)
		ratio, effect, customer_lines = habit
		last_price, last_on, largest, _quantities = bought
		state = self._items.get((item, price_list))
		levels, lines, mean, deviation, rare, whole = (state.summary or state.summed_up()) if state else _UNKNOWN
		values = (
			levels, last_price, last_on, ratio, lines, mean, deviation, effect, largest, customer_lines, rare, whole,
		)  # fmt: skip
		return _new(LinePatterns, values)

	def learn(self, on: date, customer: str | None, sales: Iterable[Sale]) -> None:
		"""Add an order's lines. Those without quantity or price teach nothing."""
		self._orders += 1
		items, kept, order = self._items, self._sales.append, self._orders
		for item, qty, price, price_list in sales:
			if qty <= 0 or price <= 0:
				continue
			state = items.get((item, price_list))
			if state is None:
				state = items[item, price_list] = _Item((item, price_list))
			x, at = log(qty), bucket(price)
			first = state.add(on, order, x, qty, price, at)
			kept((on, customer, state.key, x, qty, price, at, first))
			if customer:
				self._buy(on, customer, state.key, qty, price, x)
		self._habits.clear()

	def _buy(self, on: date, customer: str, key: tuple[str, str], qty: float, price: float, x: float) -> None:
		pair = (customer, key[0])
		_price, _on, largest, quantities = self._bought.get(pair, _NOT_BOUGHT)
		if largest is None or qty > largest:
			largest = qty
		self._bought[pair] = (price, on, largest, (*quantities, qty))
		buyer = self._customers.get(customer)
		if buyer is None:
			buyer = self._customers[customer] = _Customer()
		buyer.lines += 1
		buyer.recent.append((key, price, x))

	def _forget(self, customer: str | None, key: tuple[str, str], x: float, qty: float, *rest: Any) -> None:
		state = self._items[key]
		state.remove(x, qty, *rest)
		if not state.lines:
			del self._items[key]
		if not customer:
			return
		last_price, last_on, largest, quantities = self._bought.pop((customer, key[0]))
		quantities = quantities[1:]
		if quantities:
			largest = largest if qty < largest else max(quantities)
			self._bought[customer, key[0]] = (last_price, last_on, largest, quantities)
		buyer = self._customers[customer]
		if buyer.lines == len(buyer.recent):
			buyer.recent.popleft()
		buyer.lines -= 1
		if not buyer.lines:
			del self._customers[customer]

	def _habit(self, customer: str) -> tuple[float | None, float, int]:
		"""A customer's price ratio, quantity effect and number of lines."""
		buyer = self._customers.get(customer)
		habit = _NO_HABIT
		if buyer is not None:
			ratios, beyond, items = [], 0.0, self._items
			for key, price, x in buyer.recent:
				state = items[key]
				levels, _lines, mean, *_rest = state.summary or state.summed_up()
				if levels:
					ratios.append(price / levels[0][0])
				beyond += x - mean
			effect = beyond / (len(buyer.recent) + EFFECT_LINES)
			habit = (median(ratios) if ratios else None, effect, buyer.lines)
		self._habits[customer] = habit
		return habit
