#!/usr/bin/env python
"""Order Desk's pages as a sales user opens them: the rows and the counts, in one process, without the network.

Run with the bench's Python from its `sites` folder, on a site that `seed_orders.py` has filled:
    ../env/bin/python …/benchmarks/desk_page.py --site perf.localhost
Nothing is left on the site: the user is rolled back.
"""

from collections.abc import Callable

from bench_site import USER, Figures, become_user, connect, in_new_request, median, p95, parser

CALLS, WARM = 30, 5
PAGE_LENGTH = 50  # the desk's own
MOST_MILLISECONDS, MOST_QUERIES = 150, 12


def main() -> None:
	args = parser(__doc__).parse_args()
	connect(args)
	import frappe

	orders = frappe.db.count("O2C Order Score")
	pages = list_pages()
	become_user("Sales User")
	figures = Figures(f"Order Desk's pages of {PAGE_LENGTH} orders for a Sales User, {args.site}")
	try:
		figures.note("ranked orders", orders)
		for name, filters, start in pages:
			measure(figures, name, filters, start)
	finally:
		frappe.db.rollback()
		frappe.clear_cache(user=USER)
	figures.finish()


def list_pages() -> list[tuple[str, dict[str, str], int]]:
	"""(what is shown, filters, first row): without filters as the desk opens, and what users then ask for."""
	import frappe

	company = frappe.get_all("Company", pluck="name", order_by="name asc")[0]
	return [
		("first page", {}, 0),
		("first page of a company", {"company": company}, 0),
		("search for an order", {"search": "SO-0000042"}, 0),
		("search for a customer", {"search": "CUST-00000"}, 0),
		("page 20", {}, 19 * PAGE_LENGTH),
	]


def measure(figures: Figures, name: str, filters: dict[str, str], start: int) -> None:
	open_page = page_opener(filters, start)
	for _call in range(WARM):
		open_page()
	times = [1000 * in_new_request(open_page)[0] for _call in range(CALLS)]
	queries = in_new_request(open_page)[1]
	figures.at_most(f"{name}, median", median(times), MOST_MILLISECONDS, "ms")
	figures.note(f"{name}, p95", p95(times), "ms")
	figures.at_most(f"{name}, queries", queries, MOST_QUERIES)


def page_opener(filters: dict[str, str], start: int) -> Callable[[], None]:
	"""What the desk asks the server for when it shows a page."""
	from crm_o2c.api import order_desk

	def open_page() -> None:
		page = order_desk.get_queue(filters=filters, start=start, page_length=PAGE_LENGTH)
		counts = order_desk.get_summary(filters=filters)
		if not page["rows"] or not counts["queue"]:
			raise SystemExit(f"The desk shows nothing with {filters}: has seed_orders.py filled this site?")

	return open_page


if __name__ == "__main__":
	main()
