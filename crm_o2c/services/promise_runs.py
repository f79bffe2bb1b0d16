"""The promises of the whole book against its open orders: the back-fill on installation, and the nightly comparison. The
same run, resumed and not repeated: see `chunks`."""

from collections.abc import Iterator
from typing import Any

import frappe
from frappe.utils import getdate

from crm_o2c.services import chunks, delivery_promises, promise_reader, promise_rows, tasks
from crm_o2c.services.chunks import Chunk, Kind
from crm_o2c.services.isolation import reading_committed
from crm_o2c.services.order_book import companies, order_ranges, orders_between

PROMISES = "Promises"


def start(started_by: str = "Hand") -> str:
	"""Start comparing the open orders with their promises. While a run is going on another is only noted. Returns the run."""
	return chunks.start(_kind(), started_by)


def start_soon(started_by: str = "Hand") -> None:
	"""Start a run after this transaction commits."""
	tasks.enqueue(start, key="promises", queue="long", started_by=started_by)


def resume() -> None:
	"""Send workers to a run that is going on: theirs may have been killed."""
	chunks.resume(_kind())


def work(run: str) -> None:
	"""Take chunks of a run until none is left; whoever takes the last one closes the run."""
	with reading_committed():
		chunks.work(_kind(), run, _do)


def _kind() -> Kind:
	return Kind(PROMISES, work, _chunks, delivery_promises.sweep, _closed, start_soon)


def _chunks() -> Iterator[Chunk]:
	for company in companies():
		for after, to in order_ranges(company, chunks.chunk_size()):
			yield {"company": company, "from_order": after, "to_order": to}


def _do(chunk: frappe._dict) -> dict[str, Any]:
	written = promise_rows.begin(chunk.company, chunk.from_order, chunk.to_order)
	lines = promise_reader.of_range(chunk.company, chunk.from_order, chunk.to_order, getdate())
	written += sum(
		delivery_promises.record(lines[start : start + delivery_promises.AT_ONCE], missed=True)
		for start in range(0, len(lines), delivery_promises.AT_ONCE)
	)
	orders = len(orders_between(chunk.company, chunk.from_order, chunk.to_order))
	return {"status": "Done", "orders": orders, "changed": written}


def _closed(run: str) -> None:
	"""Nothing follows."""
