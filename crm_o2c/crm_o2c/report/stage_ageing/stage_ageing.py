"""How long orders have been in their stages: by stage, or order by order."""

from typing import Any

from frappe import _

from crm_o2c import permissions
from crm_o2c.services import stage_ageing

BY_ORDER = "Order"
Answer = tuple[
	list[dict[str, Any]], list[dict[str, Any]], str | None, dict[str, Any] | None, list[dict[str, Any]] | None
]


def execute(filters: dict[str, Any] | None = None) -> Answer:
	"""Called by Frappe's report view, after a look at the roles of the report."""
	permissions.check_orders()
	given = filters or {}
	if given.get("view") == BY_ORDER:
		rows, more = stage_ageing.by_order(given)
		message = _("The {0} orders that are in their stage longest are shown.").format(len(rows)) if more else None
		return _order_columns(), rows, message, None, None
	rows = stage_ageing.by_stage(given)
	return _stage_columns(), rows, None, _chart(rows), _summary(rows)


def _stage_columns() -> list[dict[str, Any]]:
	return [
		{"fieldname": "stage_label", "label": _("Stage"), "fieldtype": "Data", "width": 160},
		{"fieldname": "orders", "label": _("Orders"), "fieldtype": "Int", "width": 90},
		_value(),
		_hours("median_hours", _("Median Hours")),
		_hours("p90_hours", _("90 % Within (Hours)")),
		{"fieldname": "past_due", "label": _("Past Due"), "fieldtype": "Int", "width": 100},
		{"fieldname": "oldest_since", "label": _("Oldest Since"), "fieldtype": "Datetime", "width": 175},
		_link("oldest_order", _("Oldest Order"), "Sales Order", 190),
		_link("company", _("Company"), "Company", 150),
	]


def _order_columns() -> list[dict[str, Any]]:
	return [
		_link("sales_order", _("Sales Order"), "Sales Order", 190),
		{"fieldname": "customer_name", "label": _("Customer"), "fieldtype": "Data", "width": 180},
		{"fieldname": "stage_label", "label": _("Stage"), "fieldtype": "Data", "width": 140},
		{"fieldname": "since", "label": _("In This Stage Since"), "fieldtype": "Datetime", "width": 175},
		_hours("hours", _("Hours in Stage")),
		{"fieldname": "due", "label": _("Stage Due By"), "fieldtype": "Datetime", "width": 175},
		_hours("hours_late", _("Hours Past Due")),
		_value(),
		{"fieldname": "promised", "label": _("Promised Date"), "fieldtype": "Date", "width": 110},
		_link("territory", _("Territory"), "Territory", 120),
		_link("owner", _("Owner"), "User", 160),
		_link("company", _("Company"), "Company", 150),
	]


def _value() -> dict[str, Any]:
	return {"fieldname": "value", "label": _("Value"), "fieldtype": "Currency", "options": "currency", "width": 130}


def _hours(fieldname: str, label: str) -> dict[str, Any]:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Float", "precision": 1, "width": 150}


def _link(fieldname: str, label: str, doctype: str, width: int) -> dict[str, Any]:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Link", "options": doctype, "width": width}


def _chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
	if not rows:
		return None
	several = len({row["company"] for row in rows}) > 1
	labels = [f"{row['stage_label']} ({row['company']})" if several else row["stage_label"] for row in rows]
	return {
		"type": "bar",
		"data": {
			"labels": labels,
			"datasets": [
				{"name": _("Median Hours"), "values": [row["median_hours"] for row in rows]},
				{"name": _("90 % Within (Hours)"), "values": [row["p90_hours"] for row in rows]},
			],
		},
		"fieldtype": "Float",
	}


def _summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
	late = sum(row["past_due"] for row in rows)
	return [
		{"label": _("Orders"), "value": sum(row["orders"] for row in rows), "datatype": "Int"},
		{"label": _("Past Due"), "value": late, "datatype": "Int", "indicator": "Red" if late else "Green"},
	]
