"""Stages of orders: put in by hand, the board, and what a stage's rule may ask."""

import frappe

from crm_o2c import permissions
from crm_o2c.services import stages


@frappe.whitelist(methods=["POST"])
def put_order(order: str, stage: str, reason: str = "") -> None:
	"""Put an order in a stage that has no rule. It takes the permission to change the order."""
	permissions.check_order(order, "write")
	stages.put(order, stage, reason)


@frappe.whitelist(methods=["POST"])
def take_out(order: str, reason: str = "") -> None:
	"""Take an order out of the stage that it was put in by hand. It takes the permission to change the order."""
	permissions.check_order(order, "write")
	stages.take_out(order, reason)
