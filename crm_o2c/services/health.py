"""How the app is doing, for O2C Settings."""

from typing import Any

import frappe

from crm_o2c.services.guard import recent_failures


def health() -> dict[str, Any]:
	"""Failures of the last days, the last run, and how many orders are ranked."""
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
	}
