"""Order Desk: the ranked queue, for what the user may see of Sales Orders."""

from typing import Any

import frappe

from crm_o2c import permissions
from crm_o2c.services import desk
from crm_o2c.services.context import mode


@frappe.whitelist(methods=["GET"])
def get_queue(
	view: str = desk.QUEUE, filters: str | dict[str, Any] | None = None, start: int = 0, page_length: int = 50
) -> dict[str, Any]:
	"""A page of the queue, or with `view="out"` of the orders that a gate keeps out of it.

	`filters` may hold company, band, customer, territory (with its children), gate, from_date, to_date, search.
	"""
	permissions.check_orders()
	if not permissions.sees_scores():
		return {"rows": [], "start": 0, "has_more": False}
	return desk.get_page(view, frappe.parse_json(filters) or {}, max(start, 0), page_length)


@frappe.whitelist(methods=["GET"])
def get_summary(filters: str | dict[str, Any] | None = None) -> dict[str, Any]:
	"""Counts by band and by gate, whether orders are ranked at all, and what the user may see and do here."""
	permissions.check_orders()
	wanted = frappe.parse_json(filters) or {}
	return {
		**(desk.get_counts(wanted) if permissions.sees_scores() else {}),
		"visible": permissions.sees_scores(),
		"mode": mode(),
		"has_policy": desk.has_policy(wanted.get("company")),
		"may_boost": permissions.may_boost(),
	}


@frappe.whitelist(methods=["GET", "POST"])  # Frappe's number cards ask by POST
def get_card(filters: str | dict[str, Any] | None = None) -> dict[str, Any]:
	"""A number card's count of orders, for its filters: those of the desk, and `view`. A click leads to the desk."""
	permissions.check_orders()
	wanted = frappe.parse_json(filters) or {}
	view = desk.OUT if wanted.get("view") == desk.OUT else desk.QUEUE
	count = desk.get_counts(wanted)[view] if permissions.sees_scores() else 0
	return {"value": count, "fieldtype": "Int", "route": ["order-desk"], "route_options": wanted}
