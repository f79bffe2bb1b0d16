#!/usr/bin/env python
"""What scoring adds to a Sales Order's insert + submit: time inside our handlers and queries, against stock ERPNext.

Totals with and without the app can't resolve a few per cent on a shared machine, so our handlers are timed from inside,
in the same run. Run with the bench's Python from its `sites` folder:
    ../env/bin/python …/benchmarks/order_hook.py --site perf.localhost
Nothing is left on the site: every order is rolled back.
"""

import random
import time
from functools import cache, wraps

from bench_site import Figures, connect, count_queries, median, p95, parser

ORDERS, WARM = 40, 5
EVENTS = ("validate", "on_update", "before_update_after_submit", "on_update_after_submit", "on_change")


class Meter:
	"""Adds up the seconds and the queries spent inside our Sales Order handlers."""

	def __init__(self) -> None:
		self.seconds, self.queries = 0.0, 0

	def wrap(self, handler):
		@wraps(handler)
		def metered(doc, method=None):
			with count_queries() as seen:
				started = time.perf_counter()
				handler(doc, method)
				self.seconds += time.perf_counter() - started
			self.queries += len(seen)

		return metered


def main() -> None:
	args = parser(__doc__).parse_args()
	connect(args)
	from crm_o2c.overrides import sales_order

	meter = Meter()
	for event in EVENTS:
		setattr(sales_order, event, meter.wrap(getattr(sales_order, event)))
	figures = Figures(f"Scoring inside a Sales Order's insert + submit, {ORDERS} orders, {args.site}")
	queries = {}
	for lines in (5, 50):
		shares, counts, stock = measure(meter, lines)
		queries[lines] = max(counts)
		figures.note(f"{lines} lines: stock insert + submit, median", 1000 * median(stock), "ms")
		figures.note(
			f"{lines} lines: ours inside, median",
			1000 * median([s * t for s, t in zip(shares, stock, strict=True)]),
			"ms",
		)
		figures.at_most(f"{lines} lines: ours of stock, median", 100 * median(shares), 2.0, "%")
		figures.at_most(f"{lines} lines: ours of stock, p95", 100 * p95(shares), 5.0, "%")
		figures.at_most(f"{lines} lines: queries added", queries[lines], 5)
	figures.equal("queries with 50 lines against 5", queries[50], queries[5])
	figures.finish()


def measure(meter: Meter, lines: int) -> tuple[list[float], list[int], list[float]]:
	"""Per order: our share of stock's time, our queries, stock's seconds."""
	import frappe

	chance = random.Random(lines)
	orders = ORDERS if lines < 20 else ORDERS // 4
	shares, counts, stock = [], [], []
	for number in range(WARM + orders):
		doc = new_order(chance, lines)
		meter.seconds, meter.queries = 0.0, 0
		started = time.perf_counter()
		doc.insert()
		doc.submit()
		total = time.perf_counter() - started
		frappe.db.rollback()
		if number >= WARM:
			shares.append(meter.seconds / (total - meter.seconds))
			counts.append(meter.queries)
			stock.append(total - meter.seconds)
	return shares, counts, stock


@cache
def unlimited_customers() -> list[str]:
	"""Customers whom no credit limit can stop."""
	import frappe

	limited = set(frappe.get_all("Customer Credit Limit", pluck="parent", order_by="parent asc"))
	return [name for name in frappe.get_all("Customer", pluck="name", order_by="name asc") if name not in limited]


def new_order(chance: random.Random, lines: int):
	import frappe
	from frappe.utils import add_days, nowdate

	company = frappe.get_all("Company", pluck="name", order_by="name asc")[0]
	abbr = frappe.db.get_value("Company", company, "abbr")
	rows = [
		{
			"item_code": f"SEED-ITEM-{int(2000 * chance.random() ** 1.7):05d}",
			"qty": 1 + chance.randrange(20),
			"warehouse": f"Stores - {abbr}",
		}
		for _line in range(lines)
	]
	return frappe.get_doc(
		{
			"doctype": "Sales Order",
			"company": company,
			"customer": chance.choice(unlimited_customers()),
			"transaction_date": nowdate(),
			"delivery_date": add_days(nowdate(), chance.randrange(30)),
			"items": rows,
		}
	)


if __name__ == "__main__":
	main()
