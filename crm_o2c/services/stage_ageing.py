"""How long orders have been in their stages, in working hours of their companies. What is over, the last stage and those that
end an order's life, is left out.

Working hours grow with time, so the order of the moments is the order of the hours: the hours of a few moments are asked, not of
every order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import flt, now_datetime

from crm_o2c import permissions
from crm_o2c.engine.business_time import hours_between
from crm_o2c.services import stage_book
from crm_o2c.services.work_hours import work_hours

MOST_ORDERS = 2000
FILTERS = ("company", "customer", "territory", "stage")

_FROM = """ from `tabSales Order` where `tabSales Order`.o2c_stage in %(stages)s
	and `tabSales Order`.o2c_stage_since is not null"""
_MOMENTS = """select `tabSales Order`.company, `tabSales Order`.o2c_stage, `tabSales Order`.o2c_stage_since,
	`tabSales Order`.o2c_stage_due < %(now)s, `tabSales Order`.base_grand_total, `tabSales Order`.name"""
_ORDERS = """select `tabSales Order`.name, `tabSales Order`.company, `tabSales Order`.customer, `tabSales Order`.customer_name,
	`tabSales Order`.territory, `tabSales Order`.o2c_stage, `tabSales Order`.o2c_stage_since, `tabSales Order`.o2c_stage_due,
	`tabSales Order`.base_grand_total, `tabSales Order`.delivery_date, `tabSales Order`.owner"""
_OLDEST_FIRST = " order by `tabSales Order`.o2c_stage_since, `tabSales Order`.name limit %(most)s"


class _Order(NamedTuple):
	company: str
	stage: str
	since: datetime
	late: int | None
	value: float | None
	name: str


def by_stage(filters: Mapping[str, Any]) -> list[dict[str, Any]]:
	"""A row for each stage with orders, and company where there are several: orders, value, hours, past due, the oldest."""
	scope, values = _scope(filters)
	rows = frappe.db.sql(_MOMENTS + scope, values)  # built sql: fixed texts, Frappe's own conditions
	groups: dict[tuple[str, str], list[_Order]] = {}
	for row in rows:
		order = _Order(*row)
		groups.setdefault((order.stage, order.company), []).append(order)
	places = {code: place for place, code in enumerate(values["stages"])}
	return [_row(*key, groups[key], values["now"]) for key in sorted(groups, key=lambda key: (places[key[0]], key[1]))]


def _row(stage: str, company: str, orders: Sequence[_Order], now: datetime) -> dict[str, Any]:
	hours = work_hours(company)
	moments = sorted((order.since for order in orders), reverse=True)  # the shortest time in the stage first
	oldest = min(orders, key=lambda order: (order.since, order.name))
	return {
		**_stage(stage),
		"company": company,
		"currency": frappe.get_cached_value("Company", company, "default_currency"),
		"orders": len(orders),
		"value": flt(sum(float(order.value or 0) for order in orders), 2),
		"median_hours": flt(hours_between(_at(moments, 0.5), now, hours), 1),
		"p90_hours": flt(hours_between(_at(moments, 0.9), now, hours), 1),
		"past_due": sum(bool(order.late) for order in orders),
		"oldest_since": oldest.since,
		"oldest_order": oldest.name,
	}


def _at(ordered: Sequence[datetime], share: float) -> datetime:
	"""The nearest rank: the first of the moments that so great a share is not beyond."""
	return ordered[ceil(share * len(ordered)) - 1]


def by_order(filters: Mapping[str, Any]) -> tuple[list[dict[str, Any]], bool]:
	"""The orders that are in their stage longest, and whether there are more."""
	scope, values = _scope(filters)
	values["most"] = MOST_ORDERS + 1
	query = _ORDERS + scope + _OLDEST_FIRST
	rows = frappe.db.sql(query, values, as_dict=True)  # built sql: fixed texts, Frappe's own conditions
	return [_of_order(row, values["now"]) for row in rows[:MOST_ORDERS]], len(rows) > MOST_ORDERS


def _of_order(row: frappe._dict, now: datetime) -> dict[str, Any]:
	hours = work_hours(row.company)
	due = row.o2c_stage_due
	return {
		**_stage(row.o2c_stage),
		"sales_order": row.name,
		"customer": row.customer,
		"customer_name": row.customer_name,
		"territory": row.territory,
		"company": row.company,
		"currency": frappe.get_cached_value("Company", row.company, "default_currency"),
		"value": flt(row.base_grand_total, 2),
		"since": row.o2c_stage_since,
		"hours": flt(hours_between(row.o2c_stage_since, now, hours), 1),
		"due": due,
		"hours_late": flt(hours_between(due, now, hours), 1) if due and due < now else 0.0,
		"promised": row.delivery_date,
		"owner": row.owner,
	}


def _stage(code: str) -> dict[str, Any]:
	stage = stage_book.get_book().stages[code]
	return {"stage": code, "stage_label": _(stage.label), "colour": stage.colour}


def _scope(filters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
	"""SQL for the orders that the user asked for and may see, with its values."""
	given = {name: filters[name] for name in FILTERS if filters.get(name)}
	stages = [code for code in stage_book.get_book().going() if given.get("stage") in (None, code)]
	values: dict[str, Any] = {**given, "now": now_datetime(), "stages": tuple(stages) or ("",)}
	scope = _FROM
	for name in ("company", "customer"):
		scope += f" and `tabSales Order`.{name} = %({name})s" if name in given else ""
	if "territory" in given:
		values["territory"] = (given["territory"], *frappe.db.get_descendants("Territory", given["territory"]))
		scope += " and `tabSales Order`.territory in %(territory)s"
	allowed = permissions.order_conditions()
	return scope + (f" and ({allowed})" if allowed else ""), values
