#!/usr/bin/env python
"""The ledger on a site with the seeded book: what documents pay in their events, the back-fill, and the sweep.

Run with the bench's Python from its `sites` folder:
    ../env/bin/python …/benchmarks/ledger.py --site perf.localhost
It begins the ledger anew, so nobody should need the site. Delivery Notes, invoices and payments are rolled back.
"""

import random
import time
from collections import defaultdict
from functools import wraps

from run_workers import seconds_with_workers

from bench_site import Figures, connect, count_queries, median, parser, timed

RUNS = "ledger_runs"
DOCUMENTS, WARM = 20, 3
WATCHED = ("Delivery Note", "Sales Invoice", "Payment Entry")
MOVED = 0.1  # the share of the orders that change without anybody telling


class Meter:
	"""Seconds and queries inside our own handlers, by the kind of document."""

	def __init__(self) -> None:
		self.seconds: dict[str, float] = defaultdict(float)
		self.queries: dict[str, int] = defaultdict(int)

	def wrap_all(self) -> None:
		import frappe

		from crm_o2c import hooks

		for doctype in WATCHED:
			for paths in hooks.doc_events[doctype].values():
				for path in paths if isinstance(paths, list) else [paths]:
					module, name = path.rsplit(".", 1)
					place = frappe.get_module(module)
					handler = getattr(place, name)
					if not hasattr(handler, "__metered__"):
						setattr(place, name, self.wrap(handler))

	def wrap(self, handler):
		@wraps(handler)
		def metered(doc, *args):
			with count_queries() as seen:
				started = time.perf_counter()
				handler(doc, *args)
				self.seconds[doc.doctype] += time.perf_counter() - started
			self.queries[doc.doctype] += len(seen)

		metered.__metered__ = True
		return metered

	def reset(self) -> None:
		self.seconds.clear()
		self.queries.clear()


def main() -> None:
	args = parser(__doc__).parse_args()
	connect(args)
	import frappe

	figures = Figures(f"The ledger, {args.site}")
	figures.note("Sales Orders", frappe.db.count("Sales Order"))
	measure_back_fill(args, figures)
	measure_sweep(figures)
	measure_hooks(figures)
	figures.finish()


# -- back-fill ----------------------------------------------------------------------------------------------------------


def begin_anew() -> None:
	import frappe

	for doctype in ("O2C Event", "O2C Event Head"):
		frappe.db.sql_ddl(f"truncate `tab{doctype}`")
	runs = frappe.get_all("O2C Run Log", {"run_type": "Ledger"}, pluck="name", order_by="name asc")
	frappe.db.delete("O2C Run Chunk", {"parent": ("in", [*runs, ""])})
	frappe.db.delete("O2C Run Log", {"name": ("in", [*runs, ""])})
	frappe.db.sql("update `tabSales Order` set o2c_stage = null, o2c_stage_since = null, o2c_stage_due = null")
	frappe.db.commit()


def measure_back_fill(args, figures: Figures) -> None:
	import frappe

	begin_anew()
	seconds = seconds_with_workers(args, RUNS, 1)
	frappe.db.commit()
	done = frappe.db.get_value("O2C Run Log", {"run_type": "Ledger"}, ["orders", "changed", "errors"], as_dict=True)
	figures.note("documents", done.orders)
	figures.note("events written", done.changed)
	figures.equal("errors", done.errors, 0)
	figures.at_least("back-fill, one worker", done.orders / seconds, 3000, "documents/s")
	begin_anew()
	two = seconds_with_workers(args, RUNS, 2)
	figures.note("back-fill, two workers as the app runs it", done.orders / two, "documents/s")
	figures.note("the nightly comparison of everything, nothing missed", seconds_with_workers(args, RUNS, 1), "s")
	frappe.db.commit()


# -- sweep --------------------------------------------------------------------------------------------------------------


def measure_sweep(figures: Figures) -> None:
	import frappe

	from crm_o2c.services import events, ledger_sweep

	ledger_sweep.sweep()
	frappe.db.commit()
	before = frappe.db.count(events.DOCTYPE)
	figures.at_most("sweep of the open book, nothing to do", min(timed(sweep) for _round in range(3)), 5, "s")
	figures.equal("events written then", frappe.db.count(events.DOCTYPE) - before, 0)
	names = frappe.get_all("Sales Order", {"docstatus": 1, "per_delivered": 0}, pluck="name", order_by="name asc")
	moved = sorted(random.Random(1).sample(names, int(len(names) * MOVED)))
	move(moved, 40)
	written = []
	seconds = timed(lambda: written.append(sweep()))
	figures.at_most(f"sweep where {len(moved):,} orders were delivered and nobody told", seconds, 15, "s")
	figures.equal(
		"events for each of them: delivered, stage", (frappe.db.count(events.DOCTYPE) - before) / len(moved), 2
	)
	move(moved, 0)
	sweep()


def sweep() -> int:
	import frappe

	from crm_o2c.services import ledger_sweep

	written = ledger_sweep.sweep()
	frappe.db.commit()
	return written


def move(names: list[str], delivered: float) -> None:
	"""Change orders as ERPNext's own SQL does: without an event, and here without `modified` too."""
	import frappe

	query = "update `tabSales Order` set per_delivered = %(delivered)s where name in %(names)s"
	frappe.db.sql(query, {"delivered": delivered, "names": tuple(names)})
	frappe.db.commit()


# -- documents ------------------------------------------------------------------------------------------------------------


def measure_hooks(figures: Figures) -> None:
	import frappe

	meter = Meter()
	meter.wrap_all()
	shares: dict[str, list[float]] = defaultdict(list)
	queries: dict[str, list[int]] = defaultdict(list)
	for number, order in enumerate(orders(DOCUMENTS + WARM)):
		for doctype, make in makers(order):
			doc = make()
			meter.reset()
			seconds = timed(lambda doc=doc: (doc.insert(), doc.submit()))
			ours = meter.seconds[doctype]
			if number >= WARM:
				shares[doctype].append(100 * ours / (seconds - ours))
				queries[doctype].append(meter.queries[doctype])
		frappe.db.rollback()
	for doctype in WATCHED:
		figures.at_most(f"{doctype}: ours of stock insert + submit, median", median(shares[doctype]), 1.0, "%")
		figures.at_most(f"{doctype}: queries of ours, most", max(queries[doctype]), 2)


def orders(count: int) -> list[str]:
	"""Orders of five lines or fewer that can be delivered, billed and paid."""
	import frappe

	return frappe.db.sql(
		"""select o.name from `tabSales Order` o inner join `tabSales Order Item` i on i.parent = o.name
		inner join `tabBin` b on b.item_code = i.item_code and b.warehouse = i.warehouse
		where o.docstatus = 1 and o.per_delivered = 0 and o.per_billed = 0 and o.o2c_held = 0 and o.status <> 'On Hold'
		group by o.name having min(b.actual_qty - i.stock_qty) >= 0 order by o.name limit %(count)s""",
		{"count": count},
		pluck=True,
	)


def makers(order: str):
	"""A Delivery Note, an invoice and a payment of the order, each made when asked for."""
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice

	made = {}

	def invoice():
		made["invoice"] = make_sales_invoice(order)
		return made["invoice"]

	def payment():
		entry = get_payment_entry("Sales Invoice", made["invoice"].name)
		entry.reference_no, entry.reference_date = "benchmark", entry.posting_date
		return entry

	yield "Delivery Note", lambda: make_delivery_note(order)
	yield "Sales Invoice", invoice
	yield "Payment Entry", payment


if __name__ == "__main__":
	main()
