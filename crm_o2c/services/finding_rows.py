"""Keeps findings: one row for each case. Found again it is the same row; gone, it closes itself; back, it opens again.

Written in bulk, and only where something changed.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import md5
from itertools import chain
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import now_datetime

from crm_o2c.services.finding_queries import ALL_DATES, Found

DOCTYPE = "O2C Finding"
OPEN, FIXED, ACCEPTED = "Open", "Fixed", "Accepted"
BATCH = 500
CENT = 0.01  # an accepted case that is worth more than it was opens again

COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "kind", "severity", "status", "reference_doctype", "reference_name",
	"row_name", "sales_order", "item_code", "company", "customer", "document_date", "expected", "found", "amount", "found_at",
	"seen_at", "closed_at", "closed_by", "reason",
)  # fmt: skip
_LASTING = ("name", "creation", "owner", "kind", "row_name", "found_at")
_HEAD = "insert into `tabO2C Finding` (`" + "`, `".join(COLUMNS) + "`) values "
_PLACE = "(" + ", ".join(["%s"] * len(COLUMNS)) + ")"
_TAIL = " on duplicate key update " + ", ".join(f"`{c}` = values(`{c}`)" for c in COLUMNS if c not in _LASTING)
_KEPT = """select name, status, severity, reference_name, expected, found, amount, document_date from `tabO2C Finding`
	where kind = %(kind)s"""
_CLOSE = """update `tabO2C Finding` set status = %(status)s, reason = %(reason)s, closed_at = %(now)s, closed_by = %(user)s,
	modified = %(now)s, modified_by = %(user)s where name in %(names)s and status = %(from_status)s"""
_REOPEN = """update `tabO2C Finding` set status = 'Open', reason = null, closed_at = null, closed_by = null, modified = %(now)s,
	modified_by = %(user)s where name in %(names)s and status != 'Open'"""


class Kept(NamedTuple):
	"""What a row says of its case."""

	status: str
	severity: str
	reference_name: str
	expected: float
	found: float
	amount: float
	on: date | None


def finding_name(found: Found) -> str:
	"""The unique name of a case: a line of an order, else a document."""
	return md5(f"{found.kind}|{found.row or found.reference_name}".encode()).hexdigest()


def sync(kind: str, cases: Iterable[tuple[Found, str]], since: date) -> int:
	"""Bring the kept findings of a kind in line with what was found, given with its severity. Returns how many rows changed.

	Documents from before `since` were not looked at: what is kept of them stays.
	"""
	kept = {row[0]: Kept(*row[1:]) for row in frappe.db.sql(_KEPT, {"kind": kind})}
	rows, seen = [], set()
	for found, severity in cases:
		name = finding_name(found)
		if name in seen:
			continue
		seen.add(name)
		if _is_news(found, severity, kept.get(name)):
			rows.append(_row(name, found, severity))
	_write(rows)
	looked_at = (name for name, row in kept.items() if kind in ALL_DATES or not row.on or row.on >= since)
	gone = [name for name in looked_at if name not in seen and kept[name].status == OPEN]
	close(gone, FIXED, _("No longer found."))
	return len(rows) + len(gone)


def _is_news(found: Found, severity: str, kept: Kept | None) -> bool:
	if kept is None or kept.status == FIXED:
		return True
	if kept.status == ACCEPTED:
		return found.amount > kept.amount + CENT
	same = (severity, found.reference_name, found.expected, found.found, found.amount)
	return same != (kept.severity, kept.reference_name, kept.expected, kept.found, kept.amount)


def _row(name: str, found: Found, severity: str) -> tuple[Any, ...]:
	now, user = now_datetime(), frappe.session.user
	return (
		name, now, now, user, user, found.kind, severity, OPEN, found.reference_doctype, found.reference_name, found.row or None,
		found.sales_order, found.item, found.company, found.customer, found.on, found.expected, found.found, found.amount,
		now, now, None, None, None,
	)  # fmt: skip


def _write(rows: Sequence[tuple[Any, ...]]) -> None:
	for start in range(0, len(rows), BATCH):
		batch = rows[start : start + BATCH]
		query = _HEAD + ", ".join([_PLACE] * len(batch)) + _TAIL
		frappe.db.sql(query, tuple(chain.from_iterable(batch)))  # built sql: fixed column names and placeholders only


def close(names: Sequence[str], status: str, reason: str) -> None:
	"""Close open findings."""
	for start in range(0, len(names), BATCH):
		batch = tuple(names[start : start + BATCH])
		values = {"status": status, "reason": reason, "from_status": OPEN, "names": batch}
		frappe.db.sql(_CLOSE, {**values, "now": now_datetime(), "user": frappe.session.user})


def reopen(names: Sequence[str]) -> None:
	"""Open findings again that somebody had accepted."""
	if names:
		frappe.db.sql(_REOPEN, {"names": tuple(names), "now": now_datetime(), "user": frappe.session.user})
