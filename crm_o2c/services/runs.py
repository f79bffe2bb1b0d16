"""Scoring the whole order book: the priority runs."""

from collections.abc import Iterator
from typing import Any

import frappe

from crm_o2c.services import chunks, context, notices, scores, shadow, tasks
from crm_o2c.services.chunks import LONGEST_ERROR, Chunk, Kind, log_failure
from crm_o2c.services.context import Context, get_context
from crm_o2c.services.order_book import companies, order_ranges, orders_between
from crm_o2c.services.order_loader import LoadedOrder, OrderLoader
from crm_o2c.services.priority import Tally, score_loaded

PRIORITY = "Priority"
REMOVE_AT_ONCE = 1000
MOST_LOGGED = 20  # failures of one chunk


def start(started_by: str = "Hand") -> str:
	"""Start scoring every open order. While a run is going on another is only noted, to follow it. Returns the run."""
	context.forget()
	return chunks.start(_kind(), started_by)


def start_soon(started_by: str = "Hand") -> None:
	"""Start a run after this transaction commits: what every score is made with has changed."""
	context.forget()
	tasks.enqueue(start, key="soon", queue="long", started_by=started_by)


def resume() -> None:
	"""Send workers to a run that is going on: theirs may have been killed."""
	chunks.resume(_kind())


def work(run: str) -> None:
	"""Take chunks of a run and score them until none is left; whoever takes the last one closes the run."""
	loaders: dict[str, tuple[Context, OrderLoader]] = {}
	comparison = shadow.Comparison()
	chunks.work(_kind(), run, lambda chunk: _score_part(chunk, loaders, comparison))


def _kind() -> Kind:
	return Kind(PRIORITY, work, _chunks, _remove_closed, _closed, start_soon)


def _chunks() -> Iterator[Chunk]:
	for company in companies():
		if _is_ranked(company):
			for after, to in order_ranges(company, chunks.chunk_size()):
				yield {"company": company, "from_order": after, "to_order": to}


# -- working --------------------------------------------------------------------------------------------------------------


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
	for name in chunks.each(orders_between(chunk.company, chunk.from_order, chunk.to_order)):
		try:
			one = loader.names([name])  # one by one: what they have in common has failed
			tally += score_loaded(one, ready)
			good += one
		except frappe.QueryDeadlockError:
			raise
		except Exception as e:
			frappe.db.rollback(save_point="o2c_order")
			if len(errors) < MOST_LOGGED:  # where all fail alike, a few say it
				log_failure("priority scoring failed", "Sales Order", name)
			errors.append(f"{name}: {e}")
	return good, tally, errors


def _compare_with_shadow(
	comparison: shadow.Comparison, chunk: frappe._dict, loaded: list[LoadedOrder], ready: Context
) -> tuple[int, int]:
	"""What the policy in shadow would do; where it fails, the active one counts all the same."""
	try:
		return comparison.compare(chunk, loaded, ready)
	except Exception:
		log_failure("the policy in shadow failed", chunks.LOG, chunk.parent)
		return 0, 0


# -- closing --------------------------------------------------------------------------------------------------------------


def _closed(run: str) -> None:
	shadow.publish(run)
	notices.queue_changed()


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
