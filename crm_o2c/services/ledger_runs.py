"""The whole ledger against all of ERPNext: the back-fill on installation, and the nightly comparison. The same run.

Resumable, with progress on O2C Run Log: see `chunks`.
"""

from collections.abc import Iterator
from typing import Any

import frappe

from crm_o2c.services import chunks, events, progress, stages, tasks
from crm_o2c.services.chunks import Chunk, Kind
from crm_o2c.services.isolation import reading_committed
from crm_o2c.services.ledger_kinds import KINDS
from crm_o2c.services.ledger_sweep import EVER, differing, sweep_gone

LEDGER = "Ledger"
ORDER = "Sales Order"
_RANGE = "d.name > %(after)s and d.name <= %(to)s"


def start(started_by: str = "Hand") -> str:
	"""Start comparing every document with its history. While a run is going on another is only noted. Returns the run."""
	return chunks.start(_kind(), started_by)


def start_soon(started_by: str = "Hand") -> None:
	"""Start a run after this transaction commits: the stages have changed."""
	tasks.enqueue(start, key="soon", queue="long", started_by=started_by)


def resume() -> None:
	"""Send workers to a run that is going on: theirs may have been killed."""
	chunks.resume(_kind())


def work(run: str) -> None:
	"""Take chunks of a run until none is left; whoever takes the last one closes the run."""
	feed = events.SWEEP if is_filled() else events.BACK_FILL
	with reading_committed():
		chunks.work(_kind(), run, lambda chunk: _do(chunk, feed))


def _kind() -> Kind:
	return Kind(LEDGER, work, _chunks, _note_deleted, _closed, start_soon)


def is_filled() -> bool:
	"""Whether a run was ever finished: what is found before that is history, and no sweep's work."""
	return bool(frappe.db.exists(chunks.LOG, {"run_type": LEDGER, "active_run": ("is", "not set")}))


def _chunks() -> Iterator[Chunk]:
	"""Orders last: the back-fill then knows nothing of them that their documents do not."""
	for doctype in sorted(KINDS, key=lambda name: name == ORDER):
		for after, to in name_ranges(doctype, chunks.chunk_size()):
			yield {"document_type": doctype, "from_order": after, "to_order": to}


def name_ranges(doctype: str, size: int) -> Iterator[tuple[str, str]]:
	"""All documents of a kind as ranges of names, after < name ≤ to, of about `size` each."""
	names = frappe.get_all(doctype, pluck="name", order_by="name asc")
	ends = [names[min(start + size, len(names)) - 1] for start in range(0, len(names), size)]
	yield from zip(["", *ends], ends, strict=False)


def _do(chunk: frappe._dict, feed: str) -> dict[str, Any]:
	kind, scope = KINDS[chunk.document_type], {"after": chunk.from_order, "to": chunk.to_order}
	moved = 0
	if kind.doctype == ORDER:
		loaded = progress.between(chunk.from_order, chunk.to_order)
		changes = stages.apply(loaded)
		moved = len(changes)
		if feed != events.BACK_FILL:
			stages.follow(changes)
	names = differing(kind, _RANGE, **scope)
	written = events.record(kind.doctype, names, feed)
	return {"status": "Done", "orders": _count(kind.doctype, scope), "changed": written, "bands": moved}


def _count(doctype: str, scope: dict[str, str]) -> int:
	filters = [["name", ">", scope["after"]], ["name", "<=", scope["to"]]]
	return frappe.db.count(doctype, filters)


def _note_deleted() -> int:
	return sweep_gone(EVER)


def _closed(run: str) -> None:
	"""Nothing follows."""
