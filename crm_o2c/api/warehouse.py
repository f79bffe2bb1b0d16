"""What to pick next: Pick Lists for chosen orders, and the figures on the warehouse's home."""

from typing import Any

import frappe

from crm_o2c import permissions
from crm_o2c.services import pick_counts, picking


@frappe.whitelist(methods=["POST"])
def make_pick_list(orders: str | list[str], warehouse: str = "") -> dict[str, Any]:
	"""A draft Pick List for these orders: {"name", "orders", "left_out"}. It takes the right to create one, and to read each
	order."""
	frappe.has_permission("Pick List", "create", throw=True)
	names = frappe.parse_json(orders) if isinstance(orders, str) and orders.startswith("[") else orders
	names = [str(name) for name in names] if isinstance(names, list) else [names]
	for name in names:
		permissions.check_order(name)
	return picking.make_pick_list(names, warehouse)


@frappe.whitelist(methods=["GET", "POST"])
def get_to_pick(filters: str | list[Any] | dict[str, Any] | None = None) -> dict[str, Any]:
	"""A number card: orders of which something can be picked now."""
	permissions.check_orders()
	return pick_counts.card("ready", picking.READY_NOW)


@frappe.whitelist(methods=["GET", "POST"])
def get_due(filters: str | list[Any] | dict[str, Any] | None = None) -> dict[str, Any]:
	"""A number card: of these, the orders that are due today or late."""
	permissions.check_orders()
	return pick_counts.card("due", picking.DUE)


@frappe.whitelist(methods=["GET", "POST"])
def get_waiting(filters: str | list[Any] | dict[str, Any] | None = None) -> dict[str, Any]:
	"""A number card: orders of which nothing is on the shelf."""
	permissions.check_orders()
	return pick_counts.card("waits", picking.WAITING)
