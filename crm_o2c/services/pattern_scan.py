"""Finds the lines of a whole book that are unusual by what was learned. A run attaches patterns to these alone: all others
are as usual, which a look at price and quantity tells.
"""

from collections.abc import Collection, Iterator
from math import exp
from typing import Any, NamedTuple

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import IfNull

from crm_o2c.engine.anomaly.patterns import HIGH, LOW, SAME, LinePatterns, LineVerdict, judge
from crm_o2c.services.check_facts import levels_of
from crm_o2c.services.order_book import is_open, order_ranges
from crm_o2c.services.order_loader import AT_ONCE, LONGEST_TEXT, fetch

NO_HABIT = (None, 0.0, 0, 1.0)
WORTH_A_LOOK = 2.0  # deviations above the expected quantity from which what the customer bought before is asked

Habits = dict[str, tuple[float | None, float, int, float]]


class Line(NamedTuple):
	"""What a line is judged by."""

	qty: float  # stock units
	rate: float  # net, company currency, for one unit of the line
	factor: float  # stock units in one unit of the line
	usual: tuple | None  # of the item: levels, lines, mean, deviation, rare, whole
	habit: tuple  # of the customer, see `_habits`

	def verdict(self, last: float | None = None, largest: float | None = None) -> LineVerdict | None:
		"""What is unusual about it; `last` and `largest` are the customer's own for the item, where they are known."""
		levels, lines, mean, sd, rare, whole = self.usual or ((), 0, None, None, 0, False)
		ratio, effect, count, _times = self.habit
		patterns = LinePatterns(levels, last, None, ratio, lines, mean, sd, effect, largest, count, rare, whole)
		return judge(self.qty, self.rate / self.factor, patterns, self.factor)


def unusual_lines(company: str) -> set[str]:
	"""The names of the rows of a company's open orders about whose price or quantity the patterns say anything.

	Two passes: most lines are as usual by what is known of item and customer alone; what the customer bought of the item
	before is read for the others.
	"""
	frappe.db.sql("set session group_concat_max_len = %s", LONGEST_TEXT)
	items, habits = _items(), _habits()
	suspects: dict[str, Line] = {}
	for after, to in order_ranges(company, AT_ONCE):
		for row, item, price_list, customer, qty, rate, factor in _lines(company, after, to):
			known, habit = items.get((item, price_list)), habits.get(customer, NO_HABIT)
			if known:
				price, level, calm, whole, usual = rate / factor, *known
				# nearly every line: at the usual price, no more than could be expected, and no broken number
				if LOW * level <= price <= HIGH * level and qty <= calm * habit[3] and not (whole and qty % factor):
					continue
				line = Line(qty, rate, factor, usual, habit)
				if _is_suspect(line.verdict()):
					suspects[row] = line
			else:
				suspects[row] = Line(qty, rate, factor, None, habit)
	bought = _bought(suspects)
	return {row for row, line in suspects.items() if line.verdict(*bought.get(row, (None, None))) is not None}


def _is_suspect(verdict: LineVerdict | None) -> bool:
	if verdict is None:
		return False
	off_level = verdict.price is None or verdict.price.distance > SAME
	return verdict.z >= WORTH_A_LOOK or off_level or verdict.swap is not None


def _bought(rows: Collection[str]) -> dict[str, tuple[float, float]]:
	"""Last price and largest quantity of the customer for the item, by row."""
	names, found = sorted(rows), {}
	order, line, bought = DocType("Sales Order"), DocType("Sales Order Item"), DocType("O2C Buying Pattern")
	for start in range(0, len(names), AT_ONCE):
		query = frappe.qb.from_(line).inner_join(order).on(order.name == line.parent).inner_join(bought)
		query = query.on((bought.customer == order.customer) & (bought.item_code == line.item_code))
		query = query.where(line.name.isin(names[start : start + AT_ONCE]))
		found.update(
			{row: (last, most) for row, last, most in fetch(query, line.name, bought.last_price, bought.largest)}
		)
	return found


def _items() -> dict[tuple[str, str], tuple]:
	"""By item and price list: the first level, the quantity up to which nothing is worth a look, whether it is sold whole
	only, and all that is known."""
	pattern = DocType("O2C Item Pattern")
	rows = fetch(
		frappe.qb.from_(pattern).where(pattern.name != ""),
		pattern.item_code, IfNull(pattern.price_list, ""), pattern.levels, pattern.line_count, pattern.mean_log,
		pattern.sd_log, pattern.rare, pattern.whole,
	)  # fmt: skip
	items = {}
	for item, price_list, text, lines, mean, sd, rare, whole in rows:
		levels = levels_of(text)
		usual = (levels, lines, mean, sd, rare, bool(whole))
		first = levels[0][0] if levels else 0.0
		items[item, price_list] = (first, exp(mean + WORTH_A_LOOK * sd), bool(whole), usual)
	return items


def _habits() -> Habits:
	"""By customer: ratio, effect, lines, and how many times the usual quantity he is expected to order."""
	habit = DocType("O2C Customer Pattern")
	rows = fetch(
		frappe.qb.from_(habit).where(habit.name != ""), habit.customer, habit.ratio, habit.effect, habit.line_count
	)
	return {customer: (ratio or None, effect, count, exp(effect)) for customer, ratio, effect, count in rows}


def _lines(company: str, after: str, to: str) -> Iterator[list[Any]]:
	order, line = DocType("Sales Order"), DocType("Sales Order Item")
	query = frappe.qb.from_(line).inner_join(order).on(order.name == line.parent)
	query = query.where((line.parent > after) & (line.parent <= to) & (order.company == company) & is_open(order))
	query = query.where((line.base_net_rate > 0) & (line.stock_qty > 0) & (line.conversion_factor > 0))
	yield from fetch(
		query, line.name, line.item_code, IfNull(order.selling_price_list, ""), order.customer, line.stock_qty,
		line.base_net_rate, line.conversion_factor,
	)  # fmt: skip
