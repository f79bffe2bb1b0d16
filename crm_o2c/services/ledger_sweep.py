"""The ledger's second feed: what ERPNext says now against what the ledger says last, and the difference written.

Documents whose states are others are found by one query for each kind, so where nothing was missed nothing is read.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime

from crm_o2c.services import events, stage_sweep, stages
from crm_o2c.services.chunks import log_failure
from crm_o2c.services.isolation import reading_committed
from crm_o2c.services.ledger_kinds import KINDS, Kind
from crm_o2c.services.order_chain import orders_of

OVERLAP_MINUTES = 10  # what was committed late, after a sweep had begun
SWEPT = "o2c_swept_at"
_LIVE = "(d.docstatus = 0 or (d.docstatus = 1 and (d.per_delivered < 100 or d.per_billed < 100)))"
# Delivered and billed, and a stage that says that something is left: paid for, arrived, returned.
_LEFT = """(d.docstatus = 1 and d.per_delivered >= 100 and d.per_billed >= 100
	and d.o2c_stage in (select s.name from `tabO2C Stage` s where s.sequence <
		(select max(l.sequence) from `tabO2C Stage` l where l.kind = 'Progress' and l.enabled = 1)))"""
_CHANGED = "d.modified >= %(since)s"
# Which histories are looked at for documents that are gone: what people can delete, and every few minutes no more; all.
DELETABLE = "(h.states like 'Draft%%' or h.states like 'Cancelled%%')"
EVER = "h.states not like 'Deleted%%'"


def sweep() -> int:
	"""Repair what the events missed of open documents, and of those that changed since the last sweep.

	Returns how many events were written. Documents that are done and untouched wait for the nightly run.
	"""
	started, since = now_datetime(), _since()
	kinds = (partial(_sweep_kind, kind, since) for kind in KINDS.values())
	parts = [*kinds, partial(sweep_gone, DELETABLE), partial(sweep_stages, since)]
	with reading_committed():
		counts = [_by_itself(part) for part in parts]
	if None not in counts:  # what failed is looked for as far back again
		frappe.db.set_default(SWEPT, str(started))
	return sum(filter(None, counts))


def _by_itself(part: Callable[[], int]) -> int | None:
	"""What a part of the sweep wrote; None where it failed, which takes no other part along."""
	try:
		written = part()
		frappe.db.commit()  # each part is complete in itself  # nosemgrep
		return written
	except frappe.QueryDeadlockError:
		raise  # the job is tried again
	except Exception:
		frappe.db.rollback()  # what the part has left half done  # nosemgrep
		log_failure("a part of the ledger's sweep failed", "O2C Settings", "O2C Settings")
		return None


def _since() -> datetime:
	last = frappe.db.get_default(SWEPT)
	return add_to_date(get_datetime(last or "1900-01-01"), minutes=-OVERLAP_MINUTES)


def _sweep_kind(kind: Kind, since: datetime) -> int:
	names = differing(kind, f"({kind.is_open} or {_CHANGED})", since=since)
	if not names:
		return 0
	written = events.record(kind.doctype, names, events.SWEEP)
	return written + stages.bring_in_line(orders_of(kind.doctype, names), events.SWEEP)


def differing(kind: Kind, scope: str, **values: object) -> list[str]:
	"""Documents of a kind whose states are not those that the ledger ends with. `scope` is a fixed condition on `d`."""
	query = kind.differing(scope)
	return frappe.db.sql(query, {"doctype": kind.doctype, **values}, pluck=True)  # built sql: fixed texts of the kind


def sweep_stages(since: datetime) -> int:
	"""Bring the stages of orders in line that can still move, and of those that changed. How many changed stage."""
	moved = 0
	for orders in stage_sweep.out_of_line(f"({_LIVE} or {_CHANGED} or {_LEFT})", since=since):
		moved += stages.bring_in_line(orders, events.SWEEP)
	return moved


def sweep_gone(scope: str) -> int:
	"""Record of documents that are gone, without anybody having told, that they were deleted. How many events."""
	written = 0
	for kind in KINDS.values():
		query = kind.gone(scope)
		names = frappe.db.sql(query, {"doctype": kind.doctype}, pluck=True)  # one by one: there are eight kinds
		written += events.record(kind.doctype, names, events.SWEEP) if names else 0
	return written
