"""The figures on the warehouse's home. They take the whole book of open orders, so they are kept for a short while."""

from typing import Any

import frappe
from frappe.utils import getdate

from crm_o2c.services import pick_reader, picking

KEPT_SECONDS = 120
REPORT = ["query-report", "Pick Next"]


def card(figure: str, show: str) -> dict[str, Any]:
	"""A number card: the figure, and the report that shows the same."""
	return {"value": counts()[figure], "fieldtype": "Int", "route": REPORT, "route_options": {"show": show}}


def counts() -> dict[str, int]:
	"""Orders with something to pick now, those of them due today or late, and orders of which nothing is on the shelf; of those
	that the user may read."""
	key = f"o2c_pick_counts::{frappe.session.user}"
	kept = frappe.cache.get_value(key, expires=True)
	if kept is None:
		kept = _count()
		frappe.cache.set_value(key, kept, expires_in_sec=KEPT_SECONDS)
	return kept


def _count() -> dict[str, int]:
	allowed, today = pick_reader.warehouses(), getdate()
	found: dict[str, set[str]] = {"ready": set(), "due": set(), "waits": set()}
	tests = {"ready": picking.is_ready, "due": picking.is_due, "waits": picking.waits}
	for pick in picking.picks():
		if pick.line.warehouse in allowed:
			for figure, is_so in tests.items():
				if is_so(pick, today):
					found[figure].add(pick.line.order)
	found["waits"] -= found["ready"]
	return {figure: len(orders) for figure, orders in found.items()}
