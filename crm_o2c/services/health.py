"""How the app is doing, for O2C Settings."""

from typing import Any

from redis.exceptions import RedisError

import frappe
from frappe.utils.background_jobs import get_workers
from frappe.utils.scheduler import is_scheduler_inactive

from crm_o2c.services.guard import recent_failures


def health() -> dict[str, Any]:
	"""Failures of the last days, the last run, how many orders are ranked and by what, and who does background work."""
	runs = frappe.get_all(
		"O2C Run Log",
		fields=["name", "status", "started_at", "finished_at", "orders", "changed", "errors"],
		order_by="creation desc",
		limit=1,
	)
	return {
		"failures": recent_failures(),
		"last_run": runs[0] if runs else None,
		"orders": frappe.db.count("O2C Order Score"),
		"out_of_queue": frappe.db.count("O2C Order Score", {"gate": ("!=", "")}),
		"policies": frappe.get_all(
			"O2C Priority Policy", {"status": "Active"}, ["name", "for_company"], order_by="for_company asc"
		),
		"workers": _workers(),
		"scheduler": not is_scheduler_inactive(),
	}


def _workers() -> int | None:
	"""Workers of this bench that take jobs; None where Redis does not say."""
	try:
		return len(get_workers())
	except RedisError:
		return None
