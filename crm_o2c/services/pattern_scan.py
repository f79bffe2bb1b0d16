"""Finds the lines of a whole book that are unusual by what was learned. A run attaches patterns to these alone: all others
are as usual, which a look at price and quantity tells.
"""

from collections.abc import Iterator
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import IfNull

from crm_o2c.engine.anomaly.patterns import LinePatterns, judge
from crm_o2c.services.check_facts import levels_of
from crm_o2c.services.order_book import is_open, order_ranges
from crm_o2c.services.order_loader import AT_ONCE, LONGEST_TEXT, fetch

Habits = dict[str, tuple[float | None, float, int]]  # by customer: ratio, effect, lines


def unusual_lines(company: str) -> set[str]:
	"""The names of the rows of a company's open orders about whose price or quantity the patterns say anything."""
	frappe.db.sql("set session group_concat_max_len = %s", LONGEST_TEXT)
	items, habits = _items(), _habits()
	found: set[str] = set()
	for after, to in order_ranges(company, AT_ONCE):
		for row, item, price_list, customer, qty, rate, factor, last, largest in _lines(company, after, to):
			usual = items.get((item, price_list))
			if usual is None and last is None:
				continue
			if _is_unusual(usual, habits.get(customer), qty, rate, factor, last, largest):
				found.add(row)
	return found


def _is_unusual(
	usual: tuple | None,
	habit: tuple | None,
	qty: float,
	rate: float,
	factor: float,
	last: float | None,
	largest: float | None,
) -> bool:
	levels, lines, mean, sd, rare, whole = usual or ((), 0, None, None, 0, False)
	ratio, effect, count = habit or (None, 0.0, 0)
	patterns = LinePatterns(levels, last, None, ratio, lines, mean, sd, effect, largest, count, rare, whole)
	return judge(qty, rate / factor, patterns, factor) is not None


def _items() -> dict[tuple[str, str], tuple]:
	pattern = DocType("O2C Item Pattern")
	rows = fetch(
		frappe.qb.from_(pattern).where(pattern.name != ""),
		pattern.item_code, IfNull(pattern.price_list, ""), pattern.levels, pattern.line_count, pattern.mean_log,
		pattern.sd_log, pattern.rare, pattern.whole,
	)  # fmt: skip
	return {
		(item, price_list): (levels_of(levels), *figures, bool(whole))
		for item, price_list, levels, *figures, whole in rows
	}


def _habits() -> Habits:
	habit = DocType("O2C Customer Pattern")
	rows = fetch(
		frappe.qb.from_(habit).where(habit.name != ""), habit.customer, habit.ratio, habit.effect, habit.line_count
	)
	return {customer: (ratio or None, effect, count) for customer, ratio, effect, count in rows}


def _lines(company: str, after: str, to: str) -> Iterator[list[Any]]:
	order, line, bought = DocType("Sales Order"), DocType("Sales Order Item"), DocType("O2C Buying Pattern")
	query = frappe.qb.from_(line).inner_join(order).on(order.name == line.parent).left_join(bought)
	query = query.on((bought.customer == order.customer) & (bought.item_code == line.item_code))
	query = query.where((line.parent > after) & (line.parent <= to) & (order.company == company) & is_open(order))
	query = query.where((line.base_net_rate > 0) & (line.stock_qty > 0) & (line.conversion_factor > 0))
	yield from fetch(
		query, line.name, line.item_code, IfNull(order.selling_price_list, ""), order.customer, line.stock_qty,
		line.base_net_rate, line.conversion_factor, bought.last_price, bought.largest,
	)  # fmt: skip
