"""The ledger: what happened to the documents of the order-to-cash chain, written once and never changed.

One writer for every feed. `record` compares the states of documents in ERPNext with the ones that their histories end
with, and writes what is missing; whether a document event, the sweep or the back-fill asks makes no difference, so
nothing is missed for good and nothing is written twice: a document's events are numbered, and its number names an event.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import md5
from itertools import chain
from typing import Any, NamedTuple

import frappe
from frappe.utils import get_datetime, now_datetime

from crm_o2c.services import stage_book
from crm_o2c.services.ledger_kinds import (
	BILLED,
	BY_THE_CLOCK,
	CANCELLED,
	DELETED,
	DELIVERED,
	DRAFT,
	KINDS,
	LONG_NAME,
	LONG_NAME_KEPT,
	NUMERIC,
	PICKED,
	PRODUCED,
	SEPARATOR,
	STAGE,
	STATUS,
	Kind,
)
from crm_o2c.services.typed_text import cleaned

DOCTYPE, HEAD = "O2C Event", "O2C Event Head"
DOCUMENT, SWEEP, BACK_FILL, PERSON = ("Document", "Sweep", "Back-fill", "Person")
AT_ONCE = 1000  # documents whose histories are locked at once
ROWS = 1000  # a statement
SAVEPOINT = "o2c_record"

# What the rows of one piece of work share is sent once: escaping values is half of what a large write costs.
_SHARED = ("creation", "modified", "owner", "modified_by", "reference_doctype", "feed", "cause_doctype", "cause_name")
_COLUMNS = (
	"name", "reference_name", "number", "what", "from_state", "to_state", "regression", "happened_at", "actor", "company",
	"customer", "quantity", "amount", "reason",
)  # fmt: skip
_SHARE = "set " + ", ".join(f"@o2c_{column} = %s" for column in _SHARED)
_INSERT = "insert into `tabO2C Event` (" + ", ".join([*_COLUMNS, *_SHARED]) + ") values "
_PLACE = "(" + ", ".join([*["%s"] * len(_COLUMNS), *(f"@o2c_{column}" for column in _SHARED)]) + ")"
_HEADS = (
	"insert into `tabO2C Event Head` (name, reference_name, number, states, creation, modified, owner, modified_by,"
	" reference_doctype) values "
)
_HEAD_PLACE = "(%s, %s, %s, %s, @o2c_creation, @o2c_modified, @o2c_owner, @o2c_modified_by, @o2c_reference_doctype)"


class Document(NamedTuple):
	"""A document's row as `Kind.reading` gives it."""

	name: str
	owner: str
	creation: datetime
	modified_by: str
	modified: datetime
	company: str | None
	dated: datetime | None  # business time of its submission
	ends: datetime | None  # when the clock changes its status
	customer: str | None
	quantity: float | None
	amount: float | None
	vector: str


class Change(NamedTuple):
	"""One state of a document that is not what it was."""

	what: str
	before: str
	after: str


class Head(NamedTuple):
	"""Where a document's history ends."""

	number: int
	states: str


NEW = Head(0, "")


def head_name(doctype: str, name: str) -> str:
	"""The key of a document's history; `ledger_kinds` makes the same in SQL. Sorted as the documents are, so that a comparison
	of all of them reads both in one order."""
	if len(name) > LONG_NAME:
		name = name[:LONG_NAME_KEPT] + md5(name.encode()).hexdigest()
	return f"{doctype}:{name}"


# -- the one writer ------------------------------------------------------------------------------------------------------


def record(doctype: str, names: Iterable[str], feed: str = DOCUMENT, cause: tuple[str, str] | None = None) -> int:
	"""Write what the histories of these documents lack. Returns how many events were written.

	`cause` is the document that brought the change about, where one is known. The transaction must be `reading_committed`:
	a document is read after its history was locked, and must then be at least as new.
	"""
	kind, written, ordered = KINDS[doctype], 0, sorted(set(names))
	for start in range(0, len(ordered), AT_ONCE):
		batch = ordered[start : start + AT_ONCE]
		frappe.db.savepoint(SAVEPOINT)
		try:
			written += _record(kind, batch, feed, cause)
		except Exception as e:
			if not _is_double(e):
				raise
			# another worker began one of these histories at the same moment: now it is there
			frappe.db.rollback(save_point=SAVEPOINT)
			written += _record(kind, batch, feed, cause)
	return written


def _is_double(problem: Exception) -> bool:
	return bool(problem.args) and frappe.db.is_duplicate_entry(problem)


def _record(kind: Kind, names: Sequence[str], feed: str, cause: tuple[str, str] | None) -> int:
	heads = _lock_heads(kind.doctype, names)
	rows = frappe.db.sql(kind.reading(), {"names": tuple(names)})
	documents = {row[0]: Document(*row) for row in rows}
	writer = Writer(kind, feed, cause)
	for name in names:
		head = heads.get(name)
		if name in documents:
			writer.compare(documents[name], head or NEW)
		elif head:
			writer.gone(name, head)
	writer.store()
	return len(writer.events)


def _lock_heads(doctype: str, names: Sequence[str]) -> dict[str, Head]:
	"""Lock the histories of these documents that there are."""
	found = frappe.db.sql(
		"select reference_name, number, states from `tabO2C Event Head` where name in %(keys)s order by name for update",
		{"keys": tuple(head_name(doctype, name) for name in names)},
	)
	return {name: Head(number, states or "") for name, number, states in found}


class Writer:
	"""Collects the events of some documents of one kind, then writes them with their heads."""

	def __init__(self, kind: Kind, feed: str, cause: tuple[str, str] | None):
		self.kind, self.feed, self.cause = kind, feed, cause
		self.names = kind.names
		self.book = stage_book.get_book() if STAGE in self.names else None
		self.events: list[tuple[Any, ...]] = []
		self.heads: list[tuple[Any, ...]] = []
		self.now = now_datetime()

	def compare(self, document: Document, head: Head) -> None:
		"""Note each state that differs from the last one noted."""
		if head.number and head.states == document.vector:
			return
		number = head.number
		for change in self._changes(document, head):
			number += 1
			self._add(document, change, number)
		self._end(document.name, number, document.vector)

	def gone(self, name: str, head: Head) -> None:
		"""The document was deleted."""
		states = self._read(head.states)
		if states.get(STATUS) == DELETED:
			return
		change = Change(STATUS, states.get(STATUS, ""), DELETED)
		self._add(_nobody(name, self.now), change, head.number + 1)
		self._end(name, head.number + 1, SEPARATOR.join(DELETED if what == STATUS else "" for what in self.names))

	def _read(self, states: str) -> dict[str, str]:
		return dict(zip(self.names, states.split(SEPARATOR), strict=False)) if states else {}

	def _changes(self, document: Document, head: Head) -> Iterator[Change]:
		"""What has changed. A new document begins as a draft, whatever it is by now."""
		before, after = self._read(head.states), self._read(document.vector)
		if not head.number:
			yield Change(STATUS, "", DRAFT)
			before = {STATUS: DRAFT}
		for what in self.names:
			if before.get(what, "") != after.get(what, ""):
				yield Change(what, before.get(what, ""), after.get(what, ""))

	def _add(self, document: Document, change: Change, number: int) -> None:
		doctype = self.kind.doctype
		quantity, amount = _figures(document, change)
		self.events.append(
			(
				md5(f"{doctype}|{document.name}|{number}".encode()).hexdigest(),
				document.name, number, change.what, change.before, change.after, int(self._is_step_back(change)),
				_happened_at(document, change, number), _actor(document, change), document.company, document.customer,
				quantity, amount, None,
			)
		)  # fmt: skip

	def _is_step_back(self, change: Change) -> bool:
		if change.what == STAGE and self.book:
			return self.book.is_step_back(change.before, change.after)
		return change.what == DELIVERED and float(change.after or 0) < float(change.before or 0)

	def _end(self, name: str, number: int, states: str) -> None:
		self.heads.append((head_name(self.kind.doctype, name), name, number, states))

	def store(self) -> None:
		"""Write all of it: a few statements. Of two workers that begin the same history, one fails here."""
		if not self.heads:
			return
		_share(self.kind.doctype, self.now, self.feed, self.cause)
		_write(_INSERT, _PLACE, self.events)
		renewed = (
			" on duplicate key update number = values(number), states = values(states), modified = values(modified)"
		)
		_write(_HEADS, _HEAD_PLACE, self.heads, renewed)


def _share(doctype: str, now: datetime, feed: str, cause: tuple[str, str] | None) -> None:
	user = frappe.session.user
	values = (now, now, user, user, doctype, feed, *(cause or (None, None)))
	frappe.db.sql(_SHARE, values)  # built sql: fixed column names and placeholders only


def _write(head: str, place: str, rows: Sequence[tuple[Any, ...]], tail: str = "") -> None:
	for start in range(0, len(rows), ROWS):
		batch = rows[start : start + ROWS]
		query = head + ", ".join([place] * len(batch)) + tail
		frappe.db.sql(query, tuple(chain.from_iterable(batch)))  # built sql: fixed column names and placeholders only


def _nobody(name: str, now: datetime) -> Document:
	"""What is left to say of a document that is gone."""
	user = frappe.session.user
	return Document(name, user, now, user, now, None, None, None, None, None, None, "")


def _happened_at(document: Document, change: Change, number: int) -> datetime:
	"""Business time: a document's own date for its submission, the day for what the clock does, else when it was changed."""
	if number == 1 and change.what == STATUS:
		return document.creation
	if change.what == STATUS:
		if change.after in BY_THE_CLOCK and document.ends:
			return get_datetime(document.ends)
		if change.before == DRAFT and change.after not in (CANCELLED, DELETED) and document.dated:
			return get_datetime(document.dated)
	return document.modified


def _actor(document: Document, change: Change) -> str | None:
	if change.what == STATUS and change.after in BY_THE_CLOCK:
		return None
	return document.owner if change == Change(STATUS, "", DRAFT) else document.modified_by


def _figures(document: Document, change: Change) -> tuple[float, float]:
	"""Quantity and amount that go with a change: the document's own, or what moved; 0 where it has none."""
	if change.what not in NUMERIC:
		return float(document.quantity or 0), float(document.amount or 0)
	moved = float(change.after or 0) - float(change.before or 0)
	if change.what in (DELIVERED, PICKED):
		return moved / 100 * float(document.quantity or 0), 0.0
	if change.what == BILLED:
		return 0.0, moved / 100 * float(document.amount or 0)
	return (moved, 0.0) if change.what == PRODUCED else (0.0, moved)


# -- a document that gets another name -----------------------------------------------------------------------------------

_RENAME_HEAD = "update `tabO2C Event Head` set name = %(to)s where name = %(was)s"
_RENAME_EVENTS = """update `tabO2C Event` set name = md5(concat(reference_doctype, '|', reference_name, '|', number))
	where reference_doctype = %(doctype)s and reference_name = %(name)s and number > 0"""


def renamed(doctype: str, old: str, new: str) -> None:
	"""Its history goes on under the new name, which Frappe has put into it already. The old one is free for another."""
	frappe.db.sql(_RENAME_HEAD, {"was": head_name(doctype, old), "to": head_name(doctype, new)})
	frappe.db.sql(_RENAME_EVENTS, {"doctype": doctype, "name": new})


# -- what people and other parts note ------------------------------------------------------------------------------------


def note(
	doctype: str,
	name: str,
	what: str,
	to_state: str,
	*,
	from_state: str = "",
	reason: str = "",
	quantity: float | None = None,
	amount: float | None = None,
	happened_at: datetime | None = None,
	key: str | None = None,
) -> str:
	"""Write one event that is no state of ERPNext's: a promise, a hand-off, a scan. Amounts are in company currency.

	`key` makes it once: the same document, `what` and key are the same event, and writing it again changes nothing.
	Returns its name. In the current transaction.
	"""
	named = md5(f"{doctype}|{name}|{what}|{key or frappe.generate_hash(length=20)}".encode()).hexdigest()
	company, customer = _belongs_to(doctype, name)
	now = now_datetime()
	row = (
		named, name, 0, what, from_state[:140], to_state[:140], 0, happened_at or now, frappe.session.user, company, customer,
		quantity or 0, amount or 0, cleaned(reason) or None,
	)  # fmt: skip
	_share(doctype, now, PERSON, None)
	_write(_INSERT, _PLACE, [row], " on duplicate key update name = name")
	return named


def _belongs_to(doctype: str, name: str) -> tuple[str | None, str | None]:
	kind = KINDS.get(doctype)
	if kind is None:
		return None, None
	found = frappe.db.sql(kind.belonging(), {"name": name})
	return found[0] if found else (None, None)
