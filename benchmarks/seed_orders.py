#!/usr/bin/env python
"""Fill a site with a made-up order book, the same for the same options; 100,000 open orders by default.

Run with the bench's Python from its `sites` folder, on a site with ERPNext that nobody needs:
    ../env/bin/python …/benchmarks/seed_orders.py --site perf.localhost --check
    ../env/bin/python …/benchmarks/seed_orders.py --site perf.localhost --wipe
Every row is a copy of one that ERPNext made itself, and what belongs together adds up: invoices with ledgers and
payments, bins with stock entries and open orders, orders with the invoices that billed them. With crm_o2c on the site
the book is ranked in the end. The hash names the rows: it depends on the options, and on the company's accounts and
warehouses.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import frappe

from bench_site import connect
from seeding import rank
from seeding.check import check
from seeding.maker import Maker, make_customers, make_items
from seeding.plan import PREFIX, Plan, place_of_site
from seeding.sales import Sales
from seeding.stock import Stock
from seeding.stream import Stream, Table, load
from seeding.templates import make_templates
from seeding.wipe import doctypes, wipe

SHOWN = 4_000_000  # bytes: smaller tables are not listed


def main() -> None:
	args = options().parse_args()
	connect(args)
	if args.wipe:
		wipe_site()
	elif not args.only_check:
		seed_site(args)
	if args.only_check or (args.check and not args.wipe and not args.dry):
		with step("check with ERPNext's own functions"):
			check(place_of_site().company, args.today)


def options() -> argparse.ArgumentParser:
	made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	made.add_argument("--site", required=True, help="a site with ERPNext and a company")
	made.add_argument("--sites-path", default=".")
	made.add_argument("--orders", type=int, default=100_000)
	made.add_argument("--invoices", type=int, default=100_000)
	made.add_argument(
		"--linked", type=float, default=0.25, help="share of the orders that an invoice has billed already"
	)
	made.add_argument("--customers", type=int, default=5_000)
	made.add_argument("--items", type=int, default=2_000)
	made.add_argument("--seed", type=int, default=42)
	made.add_argument("--today", type=date.fromisoformat, default="2026-11-23", help="the book's last day")
	made.add_argument("--method", choices=["infile", "executemany"], default="infile", help="how rows are loaded")
	made.add_argument("--chunk", type=int, default=5_000, help="rows of a statement with executemany")
	made.add_argument("--dry", action="store_true", help="make and hash the rows, load nothing")
	made.add_argument("--check", action="store_true", help="ask ERPNext afterwards whether it agrees")
	made.add_argument("--only-check", action="store_true", help="check the book that is there")
	made.add_argument("--wipe", action="store_true", help=f"remove all whose name begins with {PREFIX}")
	return made


@contextmanager
def step(what: str) -> Iterator[None]:
	"""Say what goes on, and afterwards how long it took."""
	print(f"- {what}", flush=True)
	started = time.monotonic()
	yield
	print(f"  {time.monotonic() - started:.1f} s", flush=True)


def wipe_site() -> None:
	with step("wipe"):
		print(f"  {wipe():,} rows")
	if rank.is_installed():
		with step("rank what is left"):
			rank.rank()


def seed_site(args: argparse.Namespace) -> None:
	# customers are loaded first: so a load that broke off is noticed, too
	if not args.dry and frappe.db.exists("Customer", {"name": ("like", f"{PREFIX}%")}):
		raise SystemExit(f"{args.site} has a seeded book already: --wipe takes it away.")
	wanted = {name: getattr(args, name) for name in Plan.__dataclass_fields__}
	with tempfile.TemporaryDirectory(prefix="seed_orders_") as folder:
		tables = make_rows(Plan(**wanted), Path(folder))
		if args.dry:
			return
		with step(f"load by {args.method}"):
			load(tables, frappe.conf, args.method, args.chunk)
	frappe.clear_cache()
	frappe.db.commit()  # begin a transaction that sees the rows
	show_rates(tables)
	if rank.is_installed():
		with step("rank the book"):
			rank.rank()
	show_sizes()


def make_rows(plan: Plan, folder: Path) -> list[Table]:
	place = place_of_site()
	with step("one document of each kind by ERPNext"):
		stream = Stream(folder, make_templates(plan, place))
	with step("make the rows"):
		maker = Maker(plan, place, stream)
		customers, items = make_customers(maker), make_items(maker)
		sales = Sales(maker, customers, items)
		sales.make()
		stock = Stock(maker, items, sales.demand)
		stock.make()
		digest = stream.close()
	print(f"  invoices and lines: {sales.counts}, bins short of stock: {stock.short}")
	print(f"  {sum(table.rows for table in stream.tables):,} rows, sha256 {digest}")
	return stream.tables


def show_rates(tables: list[Table]) -> None:
	"""Rows, seconds and rows a second by DocType, the slowest first."""
	sums: dict[str, tuple[int, float]] = {}
	for table in tables:
		rows, seconds = sums.get(table.doctype, (0, 0.0))
		sums[table.doctype] = rows + table.rows, seconds + table.seconds
	for doctype, (rows, seconds) in sorted(sums.items(), key=lambda entry: -entry[1][1]):
		print(f"  {doctype:26}{rows:10,} rows {seconds:7.2f} s {rows / seconds:10,.0f} rows/s")


def show_sizes() -> None:
	"""The larger tables; counted anew first, so that the database plans its queries for the book it has now."""
	frappe.db.sql("analyze table " + ", ".join(f"`tab{name}`" for name in doctypes()))
	sizes = """select table_name, data_length, index_length from information_schema.tables
		where table_schema = database() and data_length + index_length > %s order by data_length + index_length desc"""
	for name, data, index in frappe.db.sql(sizes, SHOWN):
		print(f"  {name:30} data {data / 1e6:8.1f} MB  indexes {index / 1e6:8.1f} MB")


if __name__ == "__main__":
	main()
