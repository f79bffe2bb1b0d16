#!/usr/bin/env python
"""Re-score a whole order book, against a bare read of the same columns in the same run.

Run with the bench's Python from its `sites` folder, on a site that `seed_orders.py` has filled:
    ../env/bin/python …/benchmarks/rescore.py --site perf.localhost
It restores what it changes and leaves the site ranked.
"""

import multiprocessing
import time

from run_workers import memory_of_a_run, run_book, seconds_with_workers

from bench_site import Figures, connect, parser, timed

SCORES = "runs"

# The columns that a run reads, as the driver hands them out: orders with their customer and kept score, then lines.
BARE_ORDERS = """select o.name, o.customer, o.base_net_total, o.per_delivered, o.transaction_date, o.status, o.territory,
	o.o2c_priority_band, c.o2c_tier, c.is_frozen, c.disabled, s.digest, s.context, s.band
	from `tabSales Order` o left join `tabCustomer` c on c.name = o.customer
	left join `tabO2C Order Score` s on s.name = o.name where o.docstatus = 1 order by o.name"""
BARE_LINES = """select parent, item_code, warehouse, qty, delivered_qty, conversion_factor, delivery_date,
	delivered_by_supplier from `tabSales Order Item` where docstatus = 1"""
ROUNDS = 3


def main() -> None:
	args = parser(__doc__).parse_args()
	connect(args)
	import frappe

	from crm_o2c.services import reference, tasks

	tasks.enqueue = lambda *_a, **_k: None  # this process is the worker
	if not frappe.db.count("O2C Priority Reference"):
		reference.measure_all()
		frappe.db.commit()
	figures = Figures(f"Re-score of the order book of {args.site}")
	orders = frappe.db.count("Sales Order", {"docstatus": 1})
	figures.note("open orders", orders)
	run_book(SCORES)  # warm, and everything ranked
	rounds = [one_round() for _round in range(ROUNDS)]
	best = {key: min(r[key] for r in rounds) for key in ("bare", "all", "none")}
	figures.note("bare read of orders and lines as tuples", best["bare"], "s")
	figures.note("every score changed", best["all"], "s")
	figures.note("nothing changed", best["none"], "s")
	figures.at_most("every score changed, of bare read", min(r["all"] / r["bare"] for r in rounds), 2.0, "×")
	figures.at_most("every score changed", best["all"], 10.0, "s")
	figures.at_most("nothing changed, of bare read", min(r["none"] / r["bare"] for r in rounds), 1.3, "×")
	figures.equal("rows written with nothing changed", max(r["written"] for r in rounds), 0)
	shift_policy()
	figures.at_most("more memory than at the start", memory_of_a_run(args, SCORES), 300, "MB")
	figures.at_most("longest update of an order by another user meanwhile", longest_block(), 100, "ms")
	figures.equal("orders that differ from scoring one by one", differences(), 0)
	one, two = seconds(args, 1), seconds(args, 2)
	figures.note("one worker, own process", one, "s")
	figures.at_least("two workers against one", one / two, 1.8, "×")
	figures.finish()


# -- runs --------------------------------------------------------------------------------------------------------------


def one_round() -> dict[str, float]:
	import frappe

	bare = timed(lambda: (frappe.db.sql(BARE_ORDERS), frappe.db.sql(BARE_LINES)))
	shift_policy()
	everything = timed(lambda: run_book(SCORES))
	result: dict = {}
	nothing = timed(lambda: result.update(run_book(SCORES)))
	return {"bare": bare, "all": everything, "none": nothing, "written": result["changed"] + result["bands"]}


def shift_policy() -> None:
	"""Move every order's points: the median that values are measured by goes up and down by a tenth."""
	import frappe

	for name, value in frappe.get_all("O2C Priority Reference", fields=["name", "value_median"], as_list=True):
		factor = 1.1 if int(value * 100) % 2 else 1 / 1.1
		cents = int(value * factor * 100)
		wanted_parity = 0 if int(value * 100) % 2 else 1
		cents += (cents % 2) != wanted_parity
		frappe.db.set_value("O2C Priority Reference", name, "value_median", cents / 100)
	frappe.db.commit()


# -- beside it -----------------------------------------------------------------------------------------------------------


def _other_user(conf: dict, names: list[str], stop, queue) -> None:
	"""Somebody else who updates one order after another, in a process of his own; reports his slowest update."""
	import pymysql

	connection = pymysql.connect(**conf)
	cursor, slowest, step = connection.cursor(), 0.0, 0
	while not stop.wait(0.005):
		step += 1
		started = time.perf_counter()
		cursor.execute("update `tabSales Order` set po_no = po_no where name = %s", (names[step * 7919 % len(names)],))
		connection.commit()
		slowest = max(slowest, time.perf_counter() - started)
	queue.put(slowest)


def longest_block() -> float:
	"""Milliseconds that the slowest single-order update of another connection took during a full re-score."""
	import frappe

	db = frappe.conf
	conf = {"host": db.db_host or "127.0.0.1", "user": db.db_name, "password": db.db_password, "database": db.db_name}
	names = frappe.get_all("Sales Order", {"docstatus": 1}, pluck="name", order_by="name asc")
	spawn = multiprocessing.get_context("spawn")
	stop, queue = spawn.Event(), spawn.Queue()
	other = spawn.Process(target=_other_user, args=(conf, names, stop, queue))
	shift_policy()
	other.start()
	run_book(SCORES)
	stop.set()
	slowest = queue.get()
	other.join()
	return 1000 * slowest


def differences() -> int:
	"""Orders, of a sample, whose kept row differs from what a save of the document itself would keep."""
	import frappe
	from frappe.utils import getdate

	from crm_o2c.services.context import get_context
	from crm_o2c.services.facts import facts_of

	different = 0
	names = frappe.get_all("O2C Order Score", pluck="name", order_by="name asc")
	for name in names[:: max(1, len(names) // 500)]:
		doc = frappe.get_doc("Sales Order", name)
		context = get_context(doc.company)
		facts = facts_of(doc, context.policy, getdate())
		decision = context.scorer.decide(facts)
		kept = frappe.db.get_value("O2C Order Score", name, ["facts", "terms", "points", "band"])
		different += kept != (facts.to_json(), decision.terms_json(), decision.points, decision.band)
	return different


def seconds(args, workers: int) -> float:
	"""Seconds that `workers` processes need to change every score."""
	shift_policy()
	return seconds_with_workers(args, SCORES, workers)


if __name__ == "__main__":
	main()
