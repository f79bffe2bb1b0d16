"""All that a check is made with besides the order's facts: the company's active rules and its working days.

Kept in Redis as one text for each company, like the context of a score.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import frappe
from frappe.utils import getdate

from crm_o2c.engine.anomaly import rules as r
from crm_o2c.engine.anomaly.check import Checker
from crm_o2c.engine.anomaly.rules import Setting
from crm_o2c.engine.calendar import WorkCalendar
from crm_o2c.services import rules, scripts
from crm_o2c.services.context import OFF, ON, days_off, drop_texts, kept_text
from crm_o2c.services.policy import named_fields
from crm_o2c.services.rules import SiteRule

CACHE_KEY = "o2c_check_context"
WORD = re.compile(r"[A-Za-z_]\w*")
__all__ = ["OFF", "ON", "CheckContext", "forget", "get_check_context", "make_context", "mode", "shadow_check_context"]

STOPPING = (r.HOLD, r.BLOCK)


@dataclass(frozen=True, slots=True)
class CheckContext:
	"""A company's rules for one day, ready to check orders."""

	checker: Checker
	rules: Mapping[str, SiteRule]  # by the name that all versions share
	fields: Mapping[str, str]  # fields of the order that expressions name
	locks_credit: bool  # a rule stops orders over credit
	locks_stock: bool  # a rule stops orders short of stock

	@property
	def today(self) -> date:
		return self.checker.setting.today


def mode() -> str:
	"""Off, Shadow or On for the anomaly engine."""
	return frappe.get_cached_doc("O2C Settings").anomaly_engine or OFF


def get_check_context(company: str, today: date | None = None) -> CheckContext | None:
	"""The context of a company, or None where it has no active rule."""
	text = kept_text(f"{CACHE_KEY}::{company}", lambda: _describe(company, rules.ACTIVE))
	return make_context(text, today or getdate()) if text else None


def shadow_check_context(company: str, today: date | None = None) -> CheckContext | None:
	"""The context with the company's rules in shadow alone, or None where there is none."""
	text = _describe(company, rules.SHADOW)
	return make_context(text, today or getdate()) if text else None


def forget() -> None:
	"""Drop the kept contexts, now and once more when this transaction is committed."""
	_drop()
	frappe.db.after_commit.add(_drop)


def _drop() -> None:
	drop_texts(CACHE_KEY)


def _describe(company: str, status: str) -> str:
	found = rules.rules_of(company, status)
	if not found:
		return ""
	values = {"rules": rules.to_json(found), "fields": _named(found), "holidays": days_off(company)}
	return json.dumps(values, sort_keys=True, default=str)


def _named(found: list[SiteRule]) -> dict[str, str]:
	"""The fields of the order that expressions name, with their types."""
	words = {word for site_rule in found for word in WORD.findall(site_rule.rule.expression)}
	return {name: kind for name, kind in named_fields().items() if name in words} if words else {}


@lru_cache(maxsize=64)
def make_context(text: str, today: date) -> CheckContext:
	"""Pure but for the scripts, which run when they are asked: the same text and day make the same context."""
	values = json.loads(text)
	found = rules.from_json(values["rules"])
	calendar = WorkCalendar(today, [date.fromisoformat(day) for day in values["holidays"]])
	engine_rules = [site_rule.rule for site_rule in found]
	runners = scripts.runners(engine_rules)
	checker = Checker(engine_rules, Setting(today, calendar), runners, values["fields"])
	stopping = {rule.detector for rule in engine_rules if rule.action in STOPPING}
	return CheckContext(
		checker,
		{site_rule.rule.rule: site_rule for site_rule in found},
		{name: kind for name, kind in values["fields"].items() if name in checker.fields_used},
		locks_credit="credit.limit" in stopping,
		locks_stock=bool({"stock.short", "stock.late"} & stopping),
	)
