"""What happened to the documents of an order's chain, newest first, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, fmt_money, formatdate, get_datetime

from crm_o2c.engine import messages
from crm_o2c.engine.messages import MESSAGES
from crm_o2c.services import events, stage_book
from crm_o2c.services.ledger_kinds import CANCELLED, DELETED, DRAFT, STAGE, STATUS, TRACKING, WORKFLOW

PAGE, LONGEST_PAGE = 50, 200
MONEY = ("amount", "outstanding", "unallocated")
PERCENT = ("picked", "delivered", "billed")
STAGES = (STAGE, "stage_by_hand")
STATES = (STATUS, WORKFLOW, TRACKING, "handoff")  # words that ERPNext or the app has translated
_FIELDS = (
	"name", "reference_doctype", "reference_name", "number", "what", "from_state", "to_state", "regression", "happened_at",
	"creation", "actor", "feed", "company", "cause_doctype", "cause_name", "reason",
)  # fmt: skip


class Page:
	"""A page of the events of these documents, by kind. Causes that are not among them are left out: the reader may not see
	them."""

	def __init__(self, names: Mapping[str, Sequence[str]], start: int = 0, length: int = PAGE):
		self.names, self.start = names, max(start, 0)
		length = min(max(length, 1), LONGEST_PAGE)
		found = _read(names, self.start, length + 1)
		self.rows, self.has_more = found[:length], len(found) > length
		self.actors = {row.actor for row in self.rows}

	def shown(self, people: Mapping[str, str]) -> dict[str, Any]:
		"""{"rows", "start", "has_more"}; `people` is what users are called."""
		words = Words()
		rows = [_shown(row, words, people, self.names) for row in self.rows]
		return {"rows": rows, "start": self.start, "has_more": self.has_more}


def _read(names: Mapping[str, Sequence[str]], start: int, length: int) -> list[frappe._dict]:
	event = frappe.qb.DocType(events.DOCTYPE)
	wanted = [name for of_kind in names.values() for name in of_kind]
	if not wanted:
		return []
	these = None
	for doctype, of_kind in names.items():
		if of_kind:
			part = (event.reference_doctype == doctype) & event.reference_name.isin(list(of_kind))
			these = part if these is None else these | part
	query = frappe.qb.from_(event).select(*(event[name] for name in _FIELDS))
	query = query.where(event.reference_name.isin(wanted)).where(these)
	for column in (event.happened_at, event.creation, event.number, event.name):
		query = query.orderby(column, order=frappe.qb.desc)
	return query.limit(length).offset(start).run(as_dict=True)


def full_names(users: set[str | None]) -> dict[str, str]:
	"""What these users are called."""
	wanted = sorted(filter(None, users))
	if not wanted:
		return {}
	rows = frappe.get_all("User", {"name": ("in", wanted)}, ["name", "full_name"], order_by="name asc")
	return {row.name: row.full_name or row.name for row in rows}


def _shown(
	row: frappe._dict, words: "Words", people: Mapping[str, str], names: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
	cause_is_seen = row.cause_name and row.cause_name in names.get(row.cause_doctype, ())
	return {
		"name": row.name,
		"doctype": row.reference_doctype,
		"document": row.reference_name,
		"what": row.what,
		"text": words.event(row),
		"step_back": bool(row.regression),
		"happened_at": str(row.happened_at)[:19],
		"recorded_at": str(row.creation)[:19],
		"who": people.get(row.actor, row.actor or ""),
		"feed": row.feed,
		"feed_label": messages.render(f"feed.{row.feed}", {}, _) if f"feed.{row.feed}" in MESSAGES else row.feed,
		"cause": {"doctype": row.cause_doctype, "name": row.cause_name} if cause_is_seen else None,
		"reason": row.reason or "",
	}


class Words:
	"""Says what an event tells, in the reader's language."""

	def __init__(self) -> None:
		self.stages = stage_book.get_book().stages

	def event(self, row: Mapping[str, Any]) -> str:
		"""One event as a sentence about its document."""
		code = self._code(row)
		before, to = self._state(row, row["from_state"]), self._state(row, row["to_state"])
		return messages.render(code, {"before": before, "to": to, "what": row["what"]}, _)

	def _code(self, row: Mapping[str, Any]) -> str:
		what, before, to = row["what"], row["from_state"] or "", row["to_state"] or ""
		if what == STATUS:
			return _status_code(before, to)
		if what == "stage_by_hand":
			chosen = self.stages.get(to)
			return "event.stage_by_hand" if chosen and not chosen.rule else "event.stage_by_hand.out"
		if what == STAGE and row["regression"] and to:
			return "event.stage.back"
		known = f"event.{what}"
		ending = "" if not before else ".changed" if to else ".gone"
		return next((code for code in (known + ending, known) if code in MESSAGES), _other(before))

	def _state(self, row: Mapping[str, Any], state: str | None) -> str:
		"""A state as it is read: money, percentages, days, stages and words."""
		what, text = row["what"], state or ""
		if not text:
			return "–"
		if what in MONEY:
			return money(flt(text), row["company"])
		if what in PERCENT:
			return f"{messages.plain(flt(text))} %"
		if what == "produced":
			return messages.plain(flt(text))
		if what == "promise":
			return formatdate(text)
		if what in STAGES:
			return self.stage(text)
		return _(text) if what in STATES else text  # translated: options of ERPNext's and of our DocTypes

	def stage(self, code: str) -> str:
		"""What people read of a stage; one that is gone or switched off by its code."""
		found = self.stages.get(code)
		return _(found.label) if found else code


def _status_code(before: str, to: str) -> str:
	if to == DRAFT and not before:
		return "event.made"
	if to in (CANCELLED, DELETED):
		return f"event.{to.lower()}"
	if before == DRAFT:
		return "event.submitted" if to == "Submitted" else "event.submitted.changed"
	return "event.status"


def _other(before: str) -> str:
	return "event.other.changed" if before else "event.other"


def money(value: float, company: str | None) -> str:
	"""An amount in the currency of its company."""
	currency = frappe.get_cached_value("Company", company, "default_currency") if company else None
	return fmt_money(value, currency=currency)


def moment(value: Any) -> str | None:
	"""A moment as JSON has it."""
	return str(get_datetime(value))[:19] if value else None
