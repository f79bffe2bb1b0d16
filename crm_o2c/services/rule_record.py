"""What came of a rule's alerts: how many there were, how people judged them, and whether it should act more mildly.

An alert is judged when somebody closed it: Fixed (it was right, and the order was corrected), Accepted (it was right, and the
order may stay as it is) or False Alarm. Open and expired alerts say nothing about the rule.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Date, Sum
from frappe.utils import getdate

from crm_o2c.engine.anomaly.rules import BLOCK, HOLD, NOTE, WARN
from crm_o2c.services.versions import ACTIVE

ALERT, HOLD_RECORD = "O2C Order Alert", "O2C Order Hold"
FIXED, ACCEPTED, FALSE_ALARM = JUDGED = ("Fixed", "Accepted", "False Alarm")
MILDER = {BLOCK: HOLD, HOLD: WARN, WARN: NOTE}
WEEKS = 12
ENOUGH = 10  # judged alerts that a proposal needs
SECONDS_IN_HOUR = 3600


def record(doc: Document) -> dict[str, Any]:
	"""The last twelve weeks of a rule, all its versions together, and what this version's own alerts propose.

	`weeks` are {start, alerts, false}, the current one last; `shares` are percent of the judged alerts; `caught` is the
	value at risk of the fixed alerts in each currency.
	"""
	today = getdate()
	starts = _weeks(today)
	days = _days(doc.rule_name, starts[0])
	statuses = Counter[str]()
	for row in days:
		statuses[row.status] += row.alerts
	judged = sum(statuses[status] for status in JUDGED)
	return {
		"weeks": _by_week(starts, days),
		"alerts": statuses.total(),
		"judged": judged,
		"shares": {status: _percent(statuses[status], judged) for status in JUDGED},
		"caught": _caught(days),
		"holds": _holds(doc.rule_name, starts[0]),
		"proposal": proposal(doc),
	}


def _weeks(today: date) -> list[date]:
	"""The Mondays of the last weeks, the oldest first."""
	monday = today - timedelta(days=today.weekday())
	return [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]


def _days(rule: str, since: date) -> list[frappe._dict]:
	"""Alerts by day, outcome and company."""
	alert = frappe.qb.DocType(ALERT)
	day = Date(alert.found_at)
	return (
		frappe.qb.from_(alert)
		.select(
			day.as_("day"),
			alert.status,
			alert.company,
			Count("*").as_("alerts"),
			Sum(alert.value_at_risk).as_("at_risk"),
		)
		.where((alert.rule == rule) & (alert.found_at >= datetime.combine(since, time.min)))
		.groupby(day, alert.status, alert.company)
	).run(as_dict=True)


def _by_week(starts: Sequence[date], days: Iterable[frappe._dict]) -> list[dict[str, Any]]:
	weeks = {start: {"start": start, "alerts": 0, "false": 0} for start in starts}
	for row in days:
		week = weeks.get(row.day - timedelta(days=row.day.weekday()))
		if week:
			week["alerts"] += row.alerts
			week["false"] += row.alerts if row.status == FALSE_ALARM else 0
	return list(weeks.values())


def _caught(days: Iterable[frappe._dict]) -> list[dict[str, Any]]:
	"""Value at risk of the fixed alerts by currency, the largest first."""
	by_company = Counter[str]()
	for row in days:
		if row.status == FIXED:
			by_company[row.company] += row.at_risk or 0.0
	currencies = dict(
		frappe.get_all(
			"Company",
			filters={"name": ("in", list(by_company))},
			fields=["name", "default_currency"],
			order_by="name asc",
			as_list=True,
		)
	)
	by_currency = Counter[str]()
	for company, value in by_company.items():
		by_currency[currencies.get(company) or ""] += value
	return [{"currency": currency, "value": value} for currency, value in by_currency.most_common() if value]


def _holds(rule: str, since: date) -> dict[str, Any]:
	"""How many orders the rule held, how many still wait, and the median time until release in hours."""
	hold = frappe.qb.DocType(HOLD_RECORD)
	rows = (
		frappe.qb.from_(hold)
		.select(hold.held_at, hold.released_at)
		.where((hold.rule == rule) & (hold.held_at >= datetime.combine(since, time.min)))
	).run()
	hours = [(released - held).total_seconds() / SECONDS_IN_HOUR for held, released in rows if released]
	return {
		"holds": len(rows),
		"waiting": len(rows) - len(hours),
		"median_hours": round(median(hours), 1) if hours else None,
	}


def _percent(part: int, whole: int) -> float | None:
	return round(100.0 * part / whole, 1) if whole else None


# -- demotion ----------------------------------------------------------------------------------------------------------


def proposal(doc: Document) -> dict[str, Any] | None:
	"""The milder action that an active version should have, with its reason; None where its alerts are right enough.

	Only this version's own alerts count, so that a rule that was changed is judged anew.
	"""
	if doc.status != ACTIVE or doc.action not in MILDER:
		return None
	alert = frappe.qb.DocType(ALERT)
	counts = dict(
		(
			frappe.qb.from_(alert)
			.select(alert.status, Count("*"))
			.where((alert.rule_version == doc.name) & alert.status.isin(JUDGED))
			.groupby(alert.status)
		).run()
	)
	judged, false = sum(counts.values()), counts.get(FALSE_ALARM, 0)
	if judged < ENOUGH or 100.0 * false <= (doc.false_limit or 0.0) * judged:
		return None
	share = _percent(false, judged)
	return {"action": MILDER[doc.action], "judged": judged, "false": false, "share": share, "limit": doc.false_limit}


def demote(doc: Document) -> Document:
	"""Make and activate a version of an active rule that differs in its action alone: the next milder one."""
	if doc.status != ACTIVE or doc.action not in MILDER:
		frappe.throw(_("{0} can't act more mildly: only an active rule that does more than note can.").format(doc.name))
	milder = doc.new_version(action=MILDER[doc.action])
	milder.activate()
	return milder
