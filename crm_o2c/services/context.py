"""All that a score is made with besides the order's facts: policy, tiers, reference figures and working days.

Kept in Redis as one text for each company, so that a document event asks Redis once and the database not at all. The
hash of text and day names the context on every score: the same context and the same facts are the same score.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from hashlib import md5
from time import monotonic

import frappe
from frappe.utils import getdate

from crm_o2c.engine.calendar import DAYS_EACH_SIDE, WorkCalendar
from crm_o2c.engine.policy import PriorityPolicy, Reference
from crm_o2c.engine.priority import PriorityScorer
from crm_o2c.services.policy import active_policy, engine_policy

CACHE_KEY = "o2c_priority_context"
AT_HAND_FOR = 5  # seconds within which one process does not ask Redis again
FRESH_FOR = 3600  # seconds: a change that no event told us about counts after an hour at the latest
OFF, SHADOW, ON = "Off", "Shadow", "On"


@dataclass(frozen=True, slots=True)
class Context:
	"""A company's context for one day. `key` is the same for the same policy, tiers, figures, working days and day."""

	key: str
	scorer: PriorityScorer

	@property
	def policy(self) -> PriorityPolicy:
		return self.scorer.policy


def mode() -> str:
	"""Off, Shadow or On for the priority engine."""
	return frappe.get_cached_doc("O2C Settings").priority_engine or OFF


def get_context(company: str, today: date | None = None) -> Context | None:
	"""The context of a company, or None where no policy is active for it."""
	text = kept_text(f"{CACHE_KEY}::{company}", lambda: _describe(company, "Active"))
	return _make(text, today or getdate()) if text else None


def ranking_context(company: str) -> Context | None:
	"""The context that ranks a company's orders now; None where no policy does, or the engine is off."""
	return get_context(company) if mode() != OFF else None


def shadow_context(company: str, today: date | None = None) -> Context | None:
	"""The context with the company's shadow policy in place of the active one, or None."""
	text = _describe(company, "Shadow")
	return _make(text, today or getdate()) if text else None


def draft_context(policy: PriorityPolicy, company: str, today: date | None = None) -> Context:
	"""The context that a policy would make if it were active."""
	return _make(_as_text(policy, company), today or getdate())


def forget() -> None:
	"""Drop the kept contexts, now and once more when this transaction is committed."""
	_drop()
	frappe.db.after_commit.add(_drop)


def _drop() -> None:
	drop_texts(CACHE_KEY)


def kept_text(key: str, describe: Callable[[], str]) -> str:
	"""A text that Redis keeps for all processes, and this one for some seconds: an order that is entered and submitted asks
	for it five times."""
	texts = _texts()
	text, until = texts.get(key, (None, 0.0))
	if text is None or monotonic() > until:
		text = frappe.cache.get_value(key, expires=True)
		if text is None:
			text = describe()
			frappe.cache.set_value(key, text, expires_in_sec=FRESH_FOR)
		texts[key] = (text, monotonic() + AT_HAND_FOR)
	return text


def drop_texts(prefix: str) -> None:
	"""Forget the texts whose keys begin like this, here and in Redis."""
	frappe.cache.delete_keys(prefix)
	_texts().clear()


def _texts() -> dict[str, tuple[str, float]]:
	if not hasattr(frappe.local, "o2c_texts"):
		frappe.local.o2c_texts = {}
	return frappe.local.o2c_texts


def _describe(company: str, status: str) -> str:
	name = active_policy(company, status)
	return _as_text(engine_policy(frappe.get_doc("O2C Priority Policy", name)), company) if name else ""


def _as_text(policy: PriorityPolicy, company: str) -> str:
	used = {name: policy.fields[name] for name in policy.extra_fields()}
	values = {
		"policy": replace(policy, fields=used).to_dict(),
		"reference": asdict(load_reference(company)),
		"holidays": days_off(company),
	}
	return json.dumps(values, sort_keys=True, default=str)


def load_reference(company: str) -> Reference:
	"""The kept figures of what is usual at a company; all None where it was never measured."""
	row = frappe.db.get_value(
		"O2C Priority Reference", {"company": company}, ["value_median", "lines_average", "units_average"], as_dict=True
	)
	return Reference(**{key: value or None for key, value in row.items()}) if row else Reference()


def days_off(company: str) -> list[str]:
	"""Days off of the company's Holiday List, as far as the calendar looks; without a list every day is worked."""
	holiday_list = frappe.db.get_value("Company", company, "default_holiday_list")
	if not holiday_list:
		return []
	days = frappe.get_all("Holiday", {"parent": holiday_list}, pluck="holiday_date", order_by="holiday_date asc")
	return [str(day) for day in days if abs((day - getdate()).days) <= DAYS_EACH_SIDE]


@lru_cache(maxsize=64)
def _make(text: str, today: date) -> Context:
	"""Pure: the same text and day make the same context, on every site of the process."""
	values = json.loads(text)
	holidays = [date.fromisoformat(day) for day in values["holidays"]]
	scorer = PriorityScorer(
		PriorityPolicy.from_dict(values["policy"]), Reference(**values["reference"]), WorkCalendar(today, holidays)
	)
	return Context(md5(f"{today} {text}".encode()).hexdigest(), scorer)
