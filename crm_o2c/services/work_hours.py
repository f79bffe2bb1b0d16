"""The working hours of a company: the day's hours from O2C Settings, the days off from its Holiday List."""

import json
from datetime import date, time
from functools import lru_cache
from typing import Any

import frappe
from frappe.utils import get_timedelta

from crm_o2c.engine.business_time import WorkHours
from crm_o2c.services.context import CACHE_KEY, days_off, kept_text

DEFAULT_START, DEFAULT_END = time(9), time(17)


def work_hours(company: str) -> WorkHours:
	"""When the people of a company work. Kept in Redis with what orders are ranked by, and dropped along with it."""
	return _make(kept_text(f"{CACHE_KEY}::hours::{company}", lambda: _describe(company)))


def day_hours(start: Any, end: Any) -> tuple[time, time]:
	"""The hours of a day as times; the usual ones where they are left empty. Both at midnight is the whole day."""
	return _as_time(start, DEFAULT_START), _as_time(end, DEFAULT_END)


def _as_time(value: Any, default: time) -> time:
	span = None if value in (None, "") else get_timedelta(value)
	if span is None:
		return default
	seconds = int(span.total_seconds())
	return time(seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)


def _describe(company: str) -> str:
	settings = frappe.get_cached_doc("O2C Settings")
	start, end = day_hours(settings.get("workday_start"), settings.get("workday_end"))
	return json.dumps({"start": str(start), "end": str(end), "holidays": days_off(company)})


@lru_cache(maxsize=64)
def _make(text: str) -> WorkHours:
	values = json.loads(text)
	start, end = time.fromisoformat(values["start"]), time.fromisoformat(values["end"])
	return WorkHours(start, end, map(date.fromisoformat, values["holidays"]))
