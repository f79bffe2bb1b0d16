"""Runs over the whole order book: split into chunks that workers share, counted on O2C Run Log, resumed and not repeated.

A worker takes a chunk by locking its row and marks it done in the transaction that writes the chunk's scores. A killed
worker therefore leaves its chunk pending and nothing half done; whoever comes next takes it.
"""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import frappe
from frappe.utils import now_datetime

from crm_o2c import __version__
from crm_o2c.services import context, notices, scores, shadow, tasks
from crm_o2c.services.context import Context, get_context
from crm_o2c.services.guard import TITLE
from crm_o2c.services.order_book import companies, order_ranges, orders_between
from crm_o2c.services.order_loader import LoadedOrder, OrderLoader
from crm_o2c.services.priority import Tally, score_loaded
from crm_o2c.services.shadow import CHUNK_DOCTYPE

PRIORITY = "Priority"
SCHEDULE = "Schedule"
WORKERS = 2
REMOVE_AT_ONCE = 1000
SMALLEST_CHUNK = 100
MOST_LOGGED = 20  # failures of one chunk
LONGEST_ERROR = 1000


# -- starting ------------------------------------------------------------------------------------------------------------


def start(started_by: str = "Hand") -> str:
	"""Start scoring every open order. While a run is going on another is only noted, to follow it. Returns the run."""
	context.forget()
	run = frappe.db.get_value("O2C Run Log", {"active_run": PRIORITY}, "name", for_update=True)
	if not run:
		run = _create(started_by)
	elif started_by != SCHEDULE:  # what the clock started does nothing new
		frappe.db.set_value("O2C Run Log", run, "again", 1)
	send_workers(run)
	return run


def start_soon(started_by: str = "Hand") -> None:
	"""Start a run after this transaction commits: what every score is made with has changed."""
	context.forget()
	tasks.enqueue(start, key="soon", queue="long", started_by=started_by)


def _create(started_by: str) -> str:
	run = frappe.get_doc(
		{
			"doctype": "O2C Run Log",
			"run_type": PRIORITY,
			"active_run": PRIORITY,
			"started_by": started_by,
			"started_at": now_datetime(),
			"app_version": __version__,
			"chunks": list(_chunks()),
		}
	)
	# Started by the schedule or on behalf of a user whose right was checked; nobody writes run logs by hand.
	return run.insert(ignore_permissions=True).name


def _chunks() -> Iterator[dict]:
	size = max(frappe.get_cached_doc("O2C Settings").rescore_chunk or 0, SMALLEST_CHUNK)
	for company in companies():
		if _is_ranked(company):
			for after, to in order_ranges(company, size):
				yield {"company": company, "from_order": after, "to_order": to}


def send_workers(run: str) -> None:
	"""Queue the jobs that work a run off; a job that is waiting or running is not queued twice."""
	for number in range(WORKERS):
		tasks.enqueue(work, key=f"{run}::{number}", queue="long", run=run)


def resume() -> None:
	"""Send workers to runs that are going on: theirs may have been killed."""
	for run in frappe.get_all("O2C Run Log", {"active_run": ("is", "set")}, pluck="name", order_by="creation asc"):
		send_workers(run)


# -- working --------------------------------------------------------------------------------------------------------------


def work(run: str) -> None:
	"""Take chunks of a run and score them until none is left; whoever takes the last one closes the run."""
	loaders: dict[str, tuple[Context, OrderLoader]] = {}
	comparison = shadow.Comparison()
	while chunk := _take(run):
		_score_chunk(chunk, loaders, comparison)
		frappe.db.commit()  # a chunk is a consistent unit: its scores and its mark  # nosemgrep
	_close(run)


def _take(run: str) -> frappe._dict | None:
	"""Lock the next pending chunk that nobody else holds."""
	chunk = frappe.qb.DocType(CHUNK_DOCTYPE)
	pending = {"parent": run, "status": "Pending"}
	for name in frappe.get_all(CHUNK_DOCTYPE, pending, pluck="name", order_by="idx asc"):
		rows = (  # one by one: a locking search would lock every row that it passes, and leave the others none
			frappe.qb.from_(chunk)
			.select(chunk.name, chunk.parent, chunk.company, chunk.from_order, chunk.to_order)
			.where((chunk.name == name) & (chunk.status == "Pending"))
			.for_update(skip_locked=True)
		).run(as_dict=True)
		if rows:
			return rows[0]
	return None


def _score_chunk(
	chunk: frappe._dict, loaders: dict[str, tuple[Context, OrderLoader]], comparison: shadow.Comparison
) -> None:
	"""Score a chunk and mark it, whatever happens: a chunk that stayed pending for ever would hold up every later run."""
	started = perf_counter()
	frappe.db.savepoint("o2c_part")
	try:
		done = _score_part(chunk, loaders, comparison)
	except frappe.QueryDeadlockError:
		raise  # the database has undone the transaction: the job is tried again
	except Exception as e:
		frappe.db.rollback(save_point="o2c_part")
		_log("a part of a run failed", "O2C Run Log", chunk.parent)
		done = {"status": "Failed", "errors": 1, "error": str(e)[:LONGEST_ERROR]}
	done["seconds"] = perf_counter() - started
	frappe.db.set_value(CHUNK_DOCTYPE, chunk.name, done, update_modified=False)


def _score_part(
	chunk: frappe._dict, loaders: dict[str, tuple[Context, OrderLoader]], comparison: shadow.Comparison
) -> dict[str, Any]:
	"""Score the orders of a chunk; what is to be noted on it."""
	if chunk.company not in loaders:
		ready = get_context(chunk.company)
		if ready is None:  # nothing ranks this company any more; closing the run takes its orders out of the book
			return {"status": "Done"}
		loaders[chunk.company] = (ready, OrderLoader(ready.policy, chunk.company, ready.scorer.today))
	ready, loader = loaders[chunk.company]
	loaded, tally, errors = _score_all_or_each(chunk, loader, ready)
	up, down = _compare_with_shadow(comparison, chunk, loaded, ready)
	return {
		"status": "Failed" if errors else "Done",
		"orders": tally.orders,
		"changed": tally.changed,
		"bands": tally.bands,
		"shadow_up": up,
		"shadow_down": down,
		"errors": len(errors),
		"error": "\n".join(errors)[:LONGEST_ERROR],
	}


def _score_all_or_each(
	chunk: frappe._dict, loader: OrderLoader, ready: Context
) -> tuple[list[LoadedOrder], Tally, list[str]]:
	"""Score a chunk at once; where that fails, each order by itself, so that one bad order costs only itself."""
	frappe.db.savepoint("o2c_chunk")
	try:
		loaded = loader.range(chunk.from_order, chunk.to_order)
		return loaded, score_loaded(loaded, ready), []
	except frappe.QueryDeadlockError:
		raise
	except Exception:
		frappe.db.rollback(save_point="o2c_chunk")
	good: list[LoadedOrder] = []
	tally, errors = Tally(), []
	for name in orders_between(chunk.company, chunk.from_order, chunk.to_order):
		frappe.db.savepoint("o2c_order")
		try:
			one = loader.names([name])  # one by one: what they have in common has failed
			tally += score_loaded(one, ready)
			good += one
		except frappe.QueryDeadlockError:
			raise
		except Exception as e:
			frappe.db.rollback(save_point="o2c_order")
			if len(errors) < MOST_LOGGED:  # where all fail alike, a few say it
				_log("priority scoring failed", "Sales Order", name)
			errors.append(f"{name}: {e}")
	return good, tally, errors


def _compare_with_shadow(
	comparison: shadow.Comparison, chunk: frappe._dict, loaded: list[LoadedOrder], ready: Context
) -> tuple[int, int]:
	"""What the policy in shadow would do; where it fails, the active one counts all the same."""
	try:
		return comparison.compare(chunk, loaded, ready)
	except Exception:
		_log("the policy in shadow failed", "O2C Run Log", chunk.parent)
		return 0, 0


def _log(what: str, doctype: str, name: str) -> None:
	frappe.log_error(title=TITLE + what, reference_doctype=doctype, reference_name=name)


# -- closing --------------------------------------------------------------------------------------------------------------


def _close(run: str) -> None:
	"""Sum up a run with no chunk pending, once, and take out of the book what does not belong there."""
	if _has_pending(run):
		return
	removed = _remove_closed()
	log = frappe.db.get_value("O2C Run Log", run, ["active_run", "again"], for_update=True, as_dict=True)
	if not log or not log.active_run:
		return  # the other worker has closed it
	sums = _sums(run)
	frappe.db.set_value(
		"O2C Run Log",
		run,
		{
			**sums,
			"removed": removed,
			"status": "Completed with Errors" if sums["errors"] else "Completed",
			"active_run": None,
			"finished_at": now_datetime(),
		},
	)
	shadow.publish(run)
	notices.queue_changed()
	if log.again:
		start_soon()


def _has_pending(run: str) -> bool:
	return bool(frappe.db.exists(CHUNK_DOCTYPE, {"parent": run, "status": "Pending"}))


def _sums(run: str) -> dict[str, int]:
	fields = ("orders", "changed", "bands", "errors")
	rows = frappe.get_all(CHUNK_DOCTYPE, {"parent": run}, fields, order_by="idx asc")
	return {field: sum(row[field] or 0 for row in rows) for field in fields}


def _remove_closed() -> int:
	"""Take out of the book what does not belong there: orders no more open, and those that no policy ranks."""
	ranked = [company for company in companies() if _is_ranked(company)]
	removed = 0
	while orders := scores.scores_out_of_place(ranked, REMOVE_AT_ONCE):
		taken_out = scores.remove_scores(orders)
		removed += taken_out
		frappe.db.commit()  # short locks: each batch is complete in itself  # nosemgrep
		if not taken_out:  # all of them are being saved by somebody right now: they go next time
			break
	if context.mode() != context.ON:
		_clear_bands()
	return removed


def _clear_bands() -> None:
	"""Off and in shadow no order shows a band, drafts included."""
	while orders := scores.orders_with_a_band(REMOVE_AT_ONCE):
		cleared = scores.write_bands(dict.fromkeys(orders, ""))
		frappe.db.commit()  # short locks: each batch is complete in itself  # nosemgrep
		if not cleared:  # all of them are being saved by somebody right now; saving clears them too
			return


def _is_ranked(company: str) -> bool:
	return context.ranking_context(company) is not None
