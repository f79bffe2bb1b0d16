#!/usr/bin/env python
"""What scoring, checking and holding add to a Sales Order's insert + submit: time inside our handlers and queries, against
stock ERPNext, for ordinary orders and for orders that get an alert.

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
EVENTS = ("before_insert", "validate", "before_submit", "on_update", "on_submit", "on_change")
SLIP = 100  # times the price list: an order with a line at this price gets an alert


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
	figures = Figures(
		f"Scoring, checking and holding inside a Sales Order's insert + submit, {ORDERS} orders, {args.site}"
	)
	frappe_note(figures)
	queries = {}
	for lines in (5, 50):
		shares, counts, stock = measure(meter, lines)
		queries[lines] = max(counts)
		figures.note(f"{lines} lines: stock insert + submit, median", 1000 * median(stock), "ms")
		ours = [share * time_ for share, time_ in zip(shares, stock, strict=True)]
		figures.note(f"{lines} lines: ours inside, median", 1000 * median(ours), "ms")
		figures.at_most(f"{lines} lines: ours of stock, median", 100 * median(shares), 4.0, "%")
		figures.at_most(f"{lines} lines: ours of stock, p95", 100 * p95(shares), 10.0, "%")
		figures.at_most(f"{lines} lines: queries added", queries[lines], 10)
	figures.equal("queries with 50 lines against 5", queries[50], queries[5])
	shares, counts, _stock = measure(meter, 5, alerting=True)
	figures.note("5 lines with an alert: ours of stock, median", 100 * median(shares), "%")
	figures.at_most("5 lines with an alert: queries added", max(counts), 12)
	figures.finish()


def frappe_note(figures: Figures) -> None:
	import frappe

	figures.note("orders of history", frappe.db.count("Sales Order", {"docstatus": 1}))
	figures.note("active rules", frappe.db.count("O2C Anomaly Rule", {"status": "Active"}))


def measure(meter: Meter, lines: int, alerting: bool = False) -> tuple[list[float], list[int], list[float]]:
	"""Per order: our share of stock's time, our queries, stock's seconds."""
	import frappe

	chance = random.Random(lines)
	orders = ORDERS if lines < 20 and not alerting else ORDERS // 4
	shares, counts, stock = [], [], []
	for number in range(WARM + orders):
		doc = new_order(chance, lines, alerting)
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
def quiet_customers() -> list[str]:
	"""Customers whom no rule about credit finds: without a limit, and with nothing overdue."""
	import frappe
	from frappe.utils import nowdate

	late = {"outstanding_amount": (">", 0), "due_date": ("<", nowdate()), "docstatus": 1}
	found = set(frappe.get_all("Sales Invoice", late, pluck="customer", order_by="customer asc"))
	found.update(frappe.get_all("Customer Credit Limit", pluck="parent", order_by="parent asc"))
	every = frappe.get_all("Customer", {"name": ("like", "SEED%")}, pluck="name", order_by="name asc")
	return [name for name in every if name not in found]


@cache
def quiet_items(warehouse: str) -> list[str]:
	"""Items of which nobody waits for stock."""
	import frappe

	here = {"warehouse": warehouse, "projected_qty": (">", 100), "item_code": ("like", "SEED%")}
	return frappe.get_all("Bin", here, pluck="item_code", order_by="item_code asc")


def new_order(chance: random.Random, lines: int, alerting: bool):
	import frappe
	from frappe.utils import add_days, nowdate

	company = frappe.get_all("Company", pluck="name", order_by="name asc")[0]
	abbr = frappe.db.get_value("Company", company, "abbr")
	warehouse = f"Stores - {abbr}"
	items = quiet_items(warehouse)
	rows = [
		{"item_code": item, "qty": 1 + chance.randrange(20), "warehouse": warehouse}
		for item in chance.sample(items, min(lines, len(items)))
	]
	if alerting:
		price = frappe.db.get_value("Item Price", {"item_code": rows[0]["item_code"], "selling": 1}, "price_list_rate")
		rows[0]["rate"] = SLIP * (price or 1)
	return frappe.get_doc(
		{
			"doctype": "Sales Order",
			"company": company,
			"customer": chance.choice(quiet_customers()),
			"transaction_date": nowdate(),
			"delivery_date": add_days(nowdate(), chance.randrange(30)),
			"items": rows,
		}
	)


if __name__ == "__main__":
	main()
