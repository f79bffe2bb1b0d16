"""Where an order is, for the customer who placed it."""

from typing import Any

import frappe

from crm_o2c import permissions
from crm_o2c.services import customer_view


@frappe.whitelist(methods=["GET"])
def get_status(order: str) -> dict[str, Any]:
	"""Stage, steps, promise, deliveries and what is next of an order, for its customer and for who may read it."""
	return customer_view.status(permissions.check_as_customer(order))


@frappe.whitelist(methods=["GET"])
def list_orders(start: int = 0) -> dict[str, Any]:
	"""The user's own submitted orders, the newest first, 20 a page; whose they are is found by the user's portal permission."""
	return customer_view.page(start)
