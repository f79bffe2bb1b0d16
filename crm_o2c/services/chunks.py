"""Runs over the whole order book, of whatever kind: split into chunks that workers share, counted on O2C Run Log, resumed and
not repeated.

A worker takes a chunk by locking its row and marks it done in the transaction that writes the chunk's results. A killed
worker therefore leaves its chunk pending and nothing half done; whoever comes next takes it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import frappe
from frappe.utils import now_datetime

from crm_o2c import __version__
from crm_o2c.services import tasks
from crm_o2c.services.guard import TITLE

LOG, CHUNK = "O2C Run Log", "O2C Run Chunk"
SCHEDULE = "Schedule"
WORKERS = 2
SMALLEST_CHUNK = 100
LONGEST_ERROR = 1000

Chunk = dict[str, Any]


@dataclass(frozen=True)
class Kind:
	"""One kind of run."""

	name: str
	work: Callable[..., None]  # what a worker calls, with the run's name
	chunks: Callable[[], Iterable[Chunk]]  # company or document_type, from_order, to_order
	closing: Callable[[], int]  # before a run is summed up; how many orders were taken out
	closed: Callable[[str], None]  # after it was
	again: Callable[[], None]  # start the run that follows


# -- starting ------------------------------------------------------------------------------------------------------------


def start(kind: Kind, started_by: str) -> str:
	"""Start a run. While one of its kind is going on another is only noted, to follow it. Returns the run."""
	run = frappe.db.get_value(LOG, {"active_run": kind.name}, "name", for_update=True)
	if not run:
		run = create(kind, started_by)
	elif started_by != SCHEDULE:  # what the clock started does nothing new
		frappe.db.set_value(LOG, run, "again", 1)
	send_workers(kind, run)
	return run


def create(kind: Kind, started_by: str) -> str:
	"""The record of a new run with its chunks, all pending."""
	run = frappe.get_doc(
		{
			"doctype": LOG,
			"run_type": kind.name,
			"active_run": kind.name,
			"started_by": started_by,
			"started_at": now_datetime(),
			"app_version": __version__,
			"chunks": list(kind.chunks()),
		}
	)
	# Started by the schedule or on behalf of a user whose right was checked; nobody writes run logs by hand.
	return run.insert(ignore_permissions=True).name


def chunk_size() -> int:
	"""Orders in a chunk, as the settings say."""
	return max(frappe.get_cached_doc("O2C Settings").rescore_chunk or 0, SMALLEST_CHUNK)


def send_workers(kind: Kind, run: str) -> None:
	"""Queue the jobs that work a run off; a job that is waiting or running is not queued twice."""
	for number in range(WORKERS):
		tasks.enqueue(kind.work, key=f"{run}::{number}", queue="long", run=run)


def resume(kind: Kind) -> None:
	"""Send workers to the run that is going on: its own may have been killed."""
	for run in frappe.get_all(LOG, {"active_run": kind.name}, pluck="name", order_by="creation asc"):
		send_workers(kind, run)


# -- working --------------------------------------------------------------------------------------------------------------


def work(kind: Kind, run: str, do: Callable[[frappe._dict], Chunk]) -> None:
	"""Take chunks of a run and do each until none is left; whoever takes the last one closes the run.

	`do` returns what is to be noted on the chunk.
	"""
	while chunk := take(run):
		_do(chunk, do)
		frappe.db.commit()  # a chunk is a consistent unit: its results and its mark  # nosemgrep
	_close(kind, run)


def take(run: str) -> frappe._dict | None:
	"""Lock the next pending chunk that nobody else holds."""
	chunk = frappe.qb.DocType(CHUNK)
	pending = {"parent": run, "status": "Pending"}
	for name in frappe.get_all(CHUNK, pending, pluck="name", order_by="idx asc"):
		rows = (  # one by one: a locking search would lock every row that it passes, and leave the others none
			frappe.qb.from_(chunk)
			.select(chunk.name, chunk.parent, chunk.company, chunk.document_type, chunk.from_order, chunk.to_order)
			.where((chunk.name == name) & (chunk.status == "Pending"))
			.for_update(skip_locked=True)
		).run(as_dict=True)
		if rows:
			return rows[0]
	return None


def _do(chunk: frappe._dict, do: Callable[[frappe._dict], Chunk]) -> None:
	"""Do a chunk and mark it, whatever happens: a chunk that stayed pending for ever would hold up every later run."""
	started = perf_counter()
	frappe.db.savepoint("o2c_part")
	try:
		done = do(chunk)
	except frappe.QueryDeadlockError:
		raise  # the database has undone the transaction: the job is tried again
	except Exception as e:
		frappe.db.rollback(save_point="o2c_part")
		log_failure("a part of a run failed", LOG, chunk.parent)
		done = {"status": "Failed", "errors": 1, "error": str(e)[:LONGEST_ERROR]}
	done["seconds"] = perf_counter() - started
	frappe.db.set_value(CHUNK, chunk.name, done, update_modified=False)


def log_failure(what: str, doctype: str, name: str) -> None:
	"""Put the exception being handled into the Error Log, where O2C Settings finds it."""
	frappe.log_error(title=TITLE + what, reference_doctype=doctype, reference_name=name)


# -- closing --------------------------------------------------------------------------------------------------------------


def _close(kind: Kind, run: str) -> None:
	"""Sum up a run with no chunk pending, once."""
	if frappe.db.exists(CHUNK, {"parent": run, "status": "Pending"}):
		return
	removed = kind.closing()
	log = frappe.db.get_value(LOG, run, ["active_run", "again"], for_update=True, as_dict=True)
	if not log or not log.active_run:
		return  # the other worker has closed it
	sums = _sums(run)
	values = {
		**sums,
		"removed": removed,
		"status": "Completed with Errors" if sums["errors"] else "Completed",
		"active_run": None,
		"finished_at": now_datetime(),
	}
	frappe.db.set_value(LOG, run, values)
	kind.closed(run)
	if log.again:
		kind.again()


def _sums(run: str) -> dict[str, int]:
	fields = ("orders", "changed", "bands", "errors")
	rows = frappe.get_all(CHUNK, {"parent": run}, fields, order_by="idx asc")
	return {field: sum(row[field] or 0 for row in rows) for field in fields}


def each(names: Iterable[str]) -> Iterator[str]:
	"""The names, each within a savepoint of its own that the caller may roll back to: `o2c_order`."""
	for name in names:
		frappe.db.savepoint("o2c_order")
		yield name
