"""Checking the whole order book: alerts of all open orders brought in line, and rules in shadow counted."""

from collections.abc import Iterator, Sequence
from typing import Any

import frappe

from crm_o2c.services import check_context, check_loader, chunks, notices, recheck, shadow_rules, tasks
from crm_o2c.services.check_book import Book
from crm_o2c.services.check_loader import Loaded
from crm_o2c.services.chunks import LONGEST_ERROR, Chunk, Kind, log_failure
from crm_o2c.services.order_book import companies, order_ranges

ANOMALY = "Anomaly"
MOST_LOGGED = 20  # failures of one chunk


def start(started_by: str = "Hand") -> str:
	"""Start checking every open order. While a run is going on another is only noted, to follow it. Returns the run."""
	check_context.forget()
	return chunks.start(_kind(), started_by)


def start_soon(started_by: str = "Hand") -> None:
	"""Start a run after this transaction commits: rules have changed."""
	check_context.forget()
	tasks.enqueue(start, key="soon", queue="long", started_by=started_by)


def resume() -> None:
	"""Send workers to a run that is going on: theirs may have been killed."""
	chunks.resume(_kind())


def work(run: str) -> None:
	"""Take chunks of a run and check their orders until none is left; whoever takes the last one closes the run."""
	books: dict[str, Book] = {}
	chunks.work(_kind(), run, lambda chunk: _check_part(chunk, books))


def _kind() -> Kind:
	return Kind(ANOMALY, work, _chunks, _nothing_to_close, _closed, start_soon)


def _chunks() -> Iterator[Chunk]:
	if check_context.mode() == check_context.OFF:
		return
	for company in companies():
		for after, to in order_ranges(company, chunks.chunk_size()):
			yield {"company": company, "from_order": after, "to_order": to}


def _check_part(chunk: frappe._dict, books: dict[str, Book]) -> dict[str, Any]:
	"""Check the orders of a chunk; what is to be noted on it."""
	if chunk.company not in books:
		books[chunk.company] = Book(chunk.company)
	book = books[chunk.company]
	loaded = check_loader.between(chunk.company, chunk.from_order, chunk.to_order, book.fields)
	written, errors = _check_all_or_each(book, loaded)
	return {
		"status": "Failed" if errors else "Done",
		"orders": len(loaded),
		"changed": written,
		"errors": len(errors),
		"error": "\n".join(errors)[:LONGEST_ERROR],
		"shadow": frappe.as_json(shadow_rules.count(book, loaded), indent=None),
	}


def _check_all_or_each(book: Book, loaded: Sequence[Loaded]) -> tuple[int, list[str]]:
	"""Check orders at once; where that fails, each by itself, so that one bad order costs only itself."""
	frappe.db.savepoint("o2c_chunk")
	try:
		return book.check(loaded), []
	except frappe.QueryDeadlockError:
		raise
	except Exception:
		frappe.db.rollback(save_point="o2c_chunk")
	written, errors = 0, []
	by_name = {order.name: order for order in loaded}
	for name in chunks.each(by_name):
		try:
			written += book.check([by_name[name]])
		except frappe.QueryDeadlockError:
			raise
		except Exception as e:
			frappe.db.rollback(save_point="o2c_order")
			if len(errors) < MOST_LOGGED:  # where all fail alike, a few say it
				log_failure("checking failed", "Sales Order", name)
			errors.append(f"{name}: {e}")
	return written, errors


def _nothing_to_close() -> int:
	return 0


def _closed(run: str) -> None:
	shadow_rules.publish(run)
	recheck.close_alerts_of_done_orders()
	notices.queue_changed()
