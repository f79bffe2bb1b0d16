"""Delivery dates promised to customers: their history, a new date with its reason, what stock could keep."""

from datetime import date
from typing import Any

import frappe
from frappe.utils import getdate

from crm_o2c import permissions
from crm_o2c.services import promise_changes
from crm_o2c.services.promise_rows import BY_HAND


@frappe.whitelist(methods=["GET"])
def get_promises(order: str) -> dict[str, Any]:
	"""Every promise of an order by line, and what the order's promises are together."""
	permissions.check_order(order)
	return promise_changes.history(order)


@frappe.whitelist(methods=["GET"])
def propose_dates(order: str) -> dict[str, date | None]:
	"""For each line that waits for stock the first day on which it can be kept; None where no known supply covers it."""
	permissions.check_order(order)
	return promise_changes.propose_dates(order)


@frappe.whitelist(methods=["POST"])
def change_date(
	order: str, line: str, date: str, reason: str, source: str = BY_HAND, cause: str | None = None
) -> dict[str, Any]:
	"""Promise a line of a submitted order for another day. It takes the permission to change the order."""
	permissions.check_order(order, "write")
	return promise_changes.change_date(order, line, getdate(date), reason, source, cause)
