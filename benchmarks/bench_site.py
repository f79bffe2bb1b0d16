"""What the benchmarks on a real site share: connecting, counting queries, timing, and the table of figures.

They run with the bench's Python from its `sites` folder: `../env/bin/python <this repo>/benchmarks/rescore.py --site S`.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).resolve().parent))

from figures import Figures

__all__ = [
	"USER",
	"Figures",
	"become_user",
	"connect",
	"count_queries",
	"in_new_request",
	"median",
	"p95",
	"parser",
	"timed",
]
USER = "o2c-benchmark@example.com"


def parser(description: str) -> argparse.ArgumentParser:
	made = argparse.ArgumentParser(description=description)
	made.add_argument("--site", required=True, help="a site with ERPNext, crm_o2c and the seeded book (seed_orders.py)")
	made.add_argument("--sites-path", default=".")
	return made


def connect(args: argparse.Namespace) -> None:
	frappe.init(site=args.site, sites_path=args.sites_path)
	frappe.connect()
	frappe.set_user("Administrator")
	frappe.flags.mute_emails = True


def timed(work: Callable[[], object]) -> float:
	"""Seconds that `work` took."""
	started = time.perf_counter()
	work()
	return time.perf_counter() - started


@contextmanager
def count_queries() -> Iterator[list[str]]:
	"""Collects every statement that goes to the database while the block runs."""
	seen: list[str] = []
	original = frappe.db.sql

	def counted(query, *args, **kwargs):
		seen.append(str(query))
		return original(query, *args, **kwargs)

	frappe.db.sql = counted
	try:
		yield seen
	finally:
		del frappe.db.sql


def become_user(*roles: str) -> None:
	"""A desk user with these roles alone, written without events: they would send a mail and queue jobs."""
	user = frappe.get_doc(
		{
			"doctype": "User",
			"name": USER,
			"email": USER,
			"first_name": "Benchmark",
			"enabled": 1,
			"user_type": "System User",
			"roles": [{"role": role} for role in roles],
		}
	)
	user.db_insert()
	for row in user.roles:
		row.update({"parent": USER, "parenttype": "User", "parentfield": "roles"})
		row.db_insert()
	frappe.clear_cache(user=USER)
	frappe.set_user(USER)


def in_new_request(work: Callable[[], object]) -> tuple[float, int]:
	"""Seconds and queries as that user, with nothing in this process remembered of the request before: Redis still has it."""
	connection = frappe.local.db
	frappe.init(site=frappe.local.site, sites_path=frappe.local.sites_path, force=True)
	frappe.local.db = connection
	frappe.set_user(USER)
	with count_queries() as seen:
		seconds = timed(work)
	return seconds, len(seen)


def median(values: list[float]) -> float:
	return statistics.median(values)


def p95(values: list[float]) -> float:
	return sorted(values)[max(0, round(0.95 * len(values)) - 1)]
