"""The figures on the warehouse's home. They take the whole book of open orders, so they are kept for a short while."""

from typing import Any

import frappe
from frappe.utils import getdate
from frappe.utils.synchronization import filelock

from crm_o2c.services import pick_reader, picking

KEPT_SECONDS = 120
LONGEST_WAIT = 60
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
		with filelock(frappe.scrub(key), timeout=LONGEST_WAIT):  # the cards ask at the same moment: one of them counts
			kept = frappe.cache.get_value(key, expires=True)
			if kept is None:
				kept = _count()
				frappe.cache.set_value(key, kept, expires_in_sec=KEPT_SECONDS)
	return kept


def _count() -> dict[str, int]:
	allowed, today = pick_reader.warehouses(), getdate()
	ready, due = set(), set()
	for pick in picking.picks(on_shelf_only=True):
		if pick.line.warehouse in allowed and picking.is_ready(pick, today):
			ready.add(pick.line.order)
			if picking.is_due(pick, today):
				due.add(pick.line.order)
	drafted = {listed.order for listed in pick_reader.on_pick_lists() if not listed.submitted}
	waits = set(pick_reader.orders_to_pick(allowed)) - ready - drafted
	return {"ready": len(ready), "due": len(due), "waits": len(waits)}
