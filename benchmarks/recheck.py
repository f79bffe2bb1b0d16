#!/usr/bin/env python
"""Check a whole order book for what is abnormal: learning what is usual, scanning its lines, and bringing every alert in line.

Run with the bench's Python from its `sites` folder, on a site that `seed_orders.py` has filled:
    ../env/bin/python …/benchmarks/recheck.py --site perf.localhost
It leaves the site learned and checked.
"""

import multiprocessing
import time
from pathlib import Path

from bench_site import Figures, connect, parser, timed

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
	_quiet()
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
	figures.at_most("the same by two workers, as the app runs it", seconds_with_workers(args, 2), 30, "s")
	figures.at_most("more memory than at the start", memory_of_a_run(args), 400, "MB")
	figures.finish()


def _quiet() -> None:
	from crm_o2c.services import tasks

	tasks.enqueue = lambda *_a, **_k: None  # this process is the worker


def learn() -> None:
	from crm_o2c.services import patterns

	patterns.learn_all()


def scan() -> None:
	import frappe

	from crm_o2c.services import pattern_scan

	for company in frappe.get_all("Company", pluck="name", order_by="name asc"):
		pattern_scan.unusual_lines(company)


def check() -> None:
	import frappe

	from crm_o2c.services import check_runs

	run = check_runs.start()
	frappe.db.commit()
	check_runs.work(run)
	frappe.db.commit()


def written_by_the_last_run() -> int:
	import frappe

	return frappe.get_last_doc("O2C Run Log", {"run_type": "Anomaly"}).changed


def _peak_megabytes() -> float:
	"""The most memory this process had so far."""
	return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def _measure(args, queue) -> None:
	connect(args)
	_quiet()
	before = _peak_megabytes()
	check()
	queue.put(_peak_megabytes() - before)


def memory_of_a_run(args) -> float:
	"""Megabytes that a process of its own needs for a run."""
	spawn = multiprocessing.get_context("spawn")
	queue = spawn.Queue()
	process = spawn.Process(target=_measure, args=(args, queue))
	process.start()
	answer = queue.get()
	process.join()
	return answer


def _work(args, run, ready, go) -> None:
	connect(args)
	import frappe

	from crm_o2c.services import check_runs

	_quiet()
	ready.release()
	go.wait()
	check_runs.work(run)
	frappe.db.commit()


def seconds_with_workers(args, workers: int) -> float:
	"""Seconds from the start signal until `workers` processes have worked a run off."""
	import frappe

	from crm_o2c.services import check_runs

	run = check_runs.start()
	frappe.db.commit()
	spawn = multiprocessing.get_context("spawn")
	ready, go = spawn.Semaphore(0), spawn.Event()
	processes = [spawn.Process(target=_work, args=(args, run, ready, go)) for _n in range(workers)]
	for process in processes:
		process.start()
	for _process in processes:
		ready.acquire()
	started = time.perf_counter()
	go.set()
	for process in processes:
		process.join()
	return time.perf_counter() - started


if __name__ == "__main__":
	main()
