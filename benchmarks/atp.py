#!/usr/bin/env python
"""Available to promise: the whole book of open lines, and the promises of one order about to be saved.

Run with the bench's Python from its `sites` folder, on a site that `seed_orders.py` has filled:
    ../env/bin/python …/benchmarks/atp.py --site perf.localhost
The seeded book has no purchases: they are added here, for half of the items. Nothing is left on the site.
"""

import random
import resource
import time
from datetime import timedelta

from bench_site import Figures, connect, count_queries, median, p95, parser, timed

ROUNDS = 3
ORDERS = 40
LINES_ON_TARGET = 300_000
PURCHASES = 3  # for each item and warehouse that has any


def main() -> None:
	args = parser(__doc__).parse_args()
	connect(args)
	import frappe

	company = frappe.get_all("Company", pluck="name", order_by="name asc")[0]
	figures = Figures(f"Available to promise, {args.site}")
	try:
		figures.note("lines of purchase orders added", add_purchases(company))
		whole_book(figures, company)
		for lines in (5, 50):
			one_order(figures, lines)
	finally:
		frappe.db.rollback()
	figures.finish()


def add_purchases(company: str) -> int:
	"""Purchase Orders to come within a month, straight into the tables; rolled back in the end."""
	import frappe
	from frappe.utils import getdate, now

	chance, today, at = random.Random(3), getdate(), now()
	bins = frappe.get_all("Bin", fields=["item_code", "warehouse"], order_by="name asc", as_list=True)
	rows, orders = [], []
	for number, (item, warehouse) in enumerate(chance.sample(bins, len(bins) // 2)):
		orders.append((f"ATP-PO-{number}", company, "To Receive and Bill", 1, at))
		for line in range(PURCHASES):
			on = today + timedelta(days=chance.randrange(-2, 30))
			rows.append(
				(
					f"{number}-{line}",
					orders[-1][0],
					"Purchase Order",
					"items",
					item,
					warehouse,
					on,
					1 + chance.randrange(200),
					1,
					1,
					at,
				)
			)
	frappe.db.bulk_insert("Purchase Order", ["name", "company", "status", "docstatus", "creation"], orders)
	columns = ["name", "parent", "parenttype", "parentfield", "item_code", "warehouse", "schedule_date", "qty"]
	frappe.db.bulk_insert("Purchase Order Item", [*columns, "conversion_factor", "docstatus", "creation"], rows)
	return len(rows)


def whole_book(figures: Figures, company: str) -> None:
	"""Every open line's promise, read and worked out; beside its two halves."""
	from frappe.utils import getdate

	from crm_o2c.services import supply

	today = getdate()
	before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
	with count_queries() as seen:
		missed = sum(1 for _line in supply.book_allocation(company, today))
	memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
	lines = sum(len(queue) for queue in supply.read_queues(company).values())
	figures.note("open lines", lines)
	figures.note("not kept on their date", missed)
	best = min(timed(lambda: sum(1 for _line in supply.book_allocation(company, today))) for _round in range(ROUNDS))
	read = min(timed(lambda: supply.read_queues(company)) for _round in range(ROUNDS))
	figures.note("of it, reading the lines", read, "s")
	figures.at_most("ATP of the whole book", best, 5.0 * max(1.0, lines / LINES_ON_TARGET), "s")
	figures.at_most("more memory than at the start", memory, 300, "MB")
	figures.note("queries", len(seen))


def one_order(figures: Figures, lines: int) -> None:
	"""The promises of orders' lines, for items and quantities as the book has them."""
	import frappe
	from frappe.utils import getdate

	from crm_o2c.services import supply

	chance, today = random.Random(lines), getdate()
	fields = ["item_code", "warehouse", "stock_qty"]
	book = frappe.get_all(
		"Sales Order Item", filters={"docstatus": 1}, fields=fields, limit=20_000, order_by="name asc", as_list=True
	)
	times, counts, dated = [], [], 0
	for number in range(ORDERS + 1):
		asked: dict[tuple[str, str], list] = {}
		for item, warehouse, qty in chance.sample(book, lines):
			on = today + timedelta(days=chance.randrange(30))
			asked.setdefault((item, warehouse), []).append(supply.Asked("", qty, on))
		with count_queries() as seen:
			started = time.perf_counter()
			supply.promises(asked, today=today, order="none")
			took = 1000 * (time.perf_counter() - started)
		if number:  # the first reads settings
			times.append(took)
			counts.append(len(seen))
			dated += len(seen) > 1
	figures.note(f"{lines} lines: promises, median", median(times), "ms")
	figures.note(f"{lines} lines: promises, p95", p95(times), "ms")
	figures.note(f"{lines} lines: orders for which others' lines were read by date", 100 * dated / ORDERS, "%")
	figures.at_most(f"{lines} lines: queries", max(counts), 2)


if __name__ == "__main__":
	main()
