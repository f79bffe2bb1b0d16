#!/usr/bin/env python
"""Check a whole order book for what is abnormal: learning what is usual, scanning its lines, and bringing every alert in line.

Run with the bench's Python from its `sites` folder, on a site that `seed_orders.py` has filled:
    ../env/bin/python …/benchmarks/recheck.py --site perf.localhost
It leaves the site learned and checked.
"""

from run_workers import memory_of_a_run, run_book, seconds_with_workers

from bench_site import Figures, connect, parser, timed

CHECKS = "check_runs"

# What a scan is measured against: a mean and a standard deviation of each item's prices.
MEAN_AND_DEVIATION = """select item_code, avg(base_net_rate), stddev(base_net_rate), count(*) from `tabSales Order Item`
	where docstatus = 1 group by item_code"""


def main() -> None:
	args = parser(__doc__).parse_args()
	connect(args)
	import frappe

	figures = Figures(f"Check of the order book of {args.site}")
	figures.note("open orders", frappe.db.count("Sales Order", {"docstatus": 1}))
	figures.note("lines", frappe.db.count("Sales Order Item", {"docstatus": 1}))
	figures.note("active rules", frappe.db.count("O2C Anomaly Rule", {"status": "Active"}))
	figures.at_most("learn what is usual, all of it", timed(learn), 15, "s")
	bare = min(timed(lambda: frappe.db.sql(MEAN_AND_DEVIATION)) for _round in range(3))
	scans = [timed(scan) for _round in range(2)]
	figures.note("mean and deviation by item", bare, "s")
	figures.at_most("scan of all lines", min(scans), 5, "s")
	figures.at_most("scan of all lines, of mean and deviation", min(scans) / bare, 2, "×")
	figures.note("first check, everything written", timed(check), "s")
	figures.note("open alerts", frappe.db.count("O2C Order Alert", {"status": "Open"}))
	figures.at_most("check of every open order again, one worker", min(timed(check) for _round in range(2)), 30, "s")
	figures.equal("alerts written where nothing changed", written_by_the_last_run(), 0)
	figures.at_most("the same by two workers, as the app runs it", seconds_with_workers(args, CHECKS, 2), 30, "s")
	figures.at_most("more memory than at the start", memory_of_a_run(args, CHECKS), 400, "MB")
	figures.finish()


def learn() -> None:
	from crm_o2c.services import patterns

	patterns.learn_all()


def scan() -> None:
	import frappe

	from crm_o2c.services import pattern_scan

	for company in frappe.get_all("Company", pluck="name", order_by="name asc"):
		pattern_scan.unusual_lines(company)


def check() -> None:
	run_book(CHECKS)


def written_by_the_last_run() -> int:
	import frappe

	return frappe.get_last_doc("O2C Run Log", {"run_type": "Anomaly"}).changed


if __name__ == "__main__":
	main()
