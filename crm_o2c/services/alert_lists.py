"""The Order Desk's lanes of alerts and holds: of orders that the user may see, what is most at risk or waits longest first."""

from collections.abc import Mapping
from typing import Any

from pypika.terms import LiteralValue

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Sum
from frappe.utils import fmt_money

from crm_o2c.engine import messages
from crm_o2c.engine.anomaly.rules import SEVERITIES
from crm_o2c.permissions import order_conditions
from crm_o2c.services import alert_rows, alerts, holds
from crm_o2c.services.alert_rows import Rights
from crm_o2c.services.check_context import ON, mode

LONGEST_PAGE = 200
FILTERS = ("company", "customer", "severity", "detector", "search")
FILTERS_OF_HOLDS = ("company", "customer", "detector", "search")


def get_alerts(filters: Mapping[str, Any], start: int, length: int) -> dict[str, Any]:
	"""A page of open alerts: {"rows", "start", "has_more"}. None while the engine is not on: then nothing keeps them true."""
	if mode() != ON:
		return {"rows": [], "start": start, "has_more": False}
	alert, order = frappe.qb.DocType(alerts.DOCTYPE), frappe.qb.DocType("Sales Order")
	query = _alerts(filters).select(*(alert[name] for name in alert_rows.ALERT_FIELDS), order.docstatus, order.o2c_held)
	query = query.orderby(alert.value_at_risk, order=frappe.qb.desc).orderby(alert.found_at).orderby(alert.name)
	length = min(max(length, 1), LONGEST_PAGE)
	rows = query.limit(length + 1).offset(start).run(as_dict=True)
	rights = {draft: Rights.by_role(draft) for draft in (False, True)}
	return {
		"rows": [_alert(row, rights[row.docstatus == 0]) for row in rows[:length]],
		"start": start,
		"has_more": len(rows) > length,
	}


def _alert(row: frappe._dict, rights: Rights) -> dict[str, Any]:
	return {
		**alert_rows.of_row(row, rights),
		**_of_order(row),
		"docstatus": row.docstatus,
		"held": bool(row.o2c_held),
		"found_at": str(row.found_at or "")[:19],
	}


def _of_order(row: frappe._dict) -> dict[str, Any]:
	"""Whose order it is."""
	return {
		"sales_order": row.sales_order,
		"company": row.company,
		"customer": row.customer,
		"customer_name": row.customer_name,
		"currency": _currency(row.company),
	}


def _currency(company: str) -> str:
	return frappe.get_cached_value("Company", company, "default_currency")


def get_holds(filters: Mapping[str, Any], start: int, length: int) -> dict[str, Any]:
	"""A page of active holds, with age, what ends them, and whether the user may."""
	hold = frappe.qb.DocType(holds.DOCTYPE)
	query = _holds(filters).select(*(hold[name] for name in alert_rows.HOLD_FIELDS))
	query = query.orderby(hold.held_at).orderby(hold.name)
	length = min(max(length, 1), LONGEST_PAGE)
	rows = query.limit(length + 1).offset(start).run(as_dict=True)
	return {"rows": [_hold(row) for row in rows[:length]], "start": start, "has_more": len(rows) > length}


def _hold(row: frappe._dict) -> dict[str, Any]:
	order = _of_order(row)
	return {
		**alert_rows.of_hold(row),
		**order,
		"label": messages.render(f"detector.{row.detector}", {}, _),
		"order_total": row.order_total,
		"total_text": fmt_money(row.order_total, currency=order["currency"]),
	}


def get_counts(filters: Mapping[str, Any]) -> dict[str, Any]:
	"""How many alerts are open, by severity and by detector, what is at risk, and how many holds wait.

	The count of a severity heeds all filters but the severity, and so on.
	"""
	severities = {name: {"severity": name, "label": _severity(name), "count": 0} for name in SEVERITIES}
	detectors: dict[str, dict[str, Any]] = {}
	at_risk: dict[str, float] = {}
	total = 0
	for company, severity, detector, count, value in _counts(filters):
		right_severity = not filters.get("severity") or severity == filters["severity"]
		right_detector = not filters.get("detector") or detector == filters["detector"]
		if right_detector and severity in severities:
			severities[severity]["count"] += count
		if right_severity:
			label = messages.render(f"detector.{detector}", {}, _)
			detectors.setdefault(detector, {"detector": detector, "label": label, "count": 0})["count"] += count
		if right_severity and right_detector:
			total += count
			currency = _currency(company)
			at_risk[currency] = at_risk.get(currency, 0.0) + float(value or 0)
	hold = frappe.qb.DocType(holds.DOCTYPE)
	return {
		"mode": mode(),
		"total": total,
		"at_risk": [fmt_money(value, currency=currency) for currency, value in sorted(at_risk.items()) if value],
		"severities": [severities[name] for name in reversed(SEVERITIES)],
		"detectors": sorted(detectors.values(), key=lambda row: (-row["count"], row["label"])),
		"holds": _holds({**filters, "detector": None}).select(Count(hold.name)).run()[0][0],
	}


def _severity(severity: str) -> str:
	return _(severity)  # translated: the options of O2C Anomaly Rule


def _counts(filters: Mapping[str, Any]) -> tuple:
	if mode() != ON:
		return ()
	alert = frappe.qb.DocType(alerts.DOCTYPE)
	query = _alerts({**filters, "severity": None, "detector": None})
	by = alert.company, alert.severity, alert.detector
	return query.select(*by, Count(alert.name), Sum(alert.value_at_risk)).groupby(*by).run()


def _alerts(filters: Mapping[str, Any]):
	alert = frappe.qb.DocType(alerts.DOCTYPE)
	return _selected(alert, filters, FILTERS).where(alert.status == alerts.OPEN)


def _holds(filters: Mapping[str, Any]):
	hold = frappe.qb.DocType(holds.DOCTYPE)
	return _selected(hold, filters, FILTERS_OF_HOLDS).where(hold.status == holds.HELD)


def _selected(table: Any, filters: Mapping[str, Any], known: tuple[str, ...]):
	"""Rows of orders that the user may see, by the filters."""
	order = frappe.qb.DocType("Sales Order")
	query = frappe.qb.from_(table).inner_join(order).on(order.name == table.sales_order)
	for name in known[:-1]:
		if filters.get(name):
			query = query.where(table[name] == str(filters[name]))
	if filters.get("search"):
		like = f"%{_escaped(str(filters['search']).strip())}%"
		found = table.sales_order.like(like) | table.customer_name.like(like) | table.subject.like(like)
		query = query.where(found | order.po_no.like(like))
	allowed = order_conditions()
	if allowed:
		# In Frappe's text a % stands as %%, which the database driver reads where there are parameters: here is one.
		query = query.where(order.name != "").where(LiteralValue(f"({allowed})"))
	return query


def _escaped(text: str) -> str:
	return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
