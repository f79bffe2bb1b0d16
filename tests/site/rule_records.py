"""Anomaly rules made for a test, and alerts and holds of theirs as the app's services write them."""

import frappe
from frappe.utils import add_days, add_to_date, now_datetime

import factories as make

RULE, ALERT, HOLD = "O2C Anomaly Rule", "O2C Order Alert", "O2C Order Hold"


def rule(active: bool = False, **fields):
	"""A draft, or active, rule that looks for low prices."""
	values = {"doctype": RULE, "rule_name": f"Test {frappe.generate_hash(length=8)}", "detector": "price.low"}
	doc = frappe.get_doc({**values, "severity": "Medium", "action": "Warn", **fields}).insert()
	if active:
		doc.activate()
	return doc


def condition(expression: str = "net > 100", **fields):
	return rule(detector="expression", expression=expression, **{"text": "worth a look", **fields})


def alert(order, of, status: str = "Open", days: int = 0, **fields):
	"""An alert as the app's services write it."""
	values = {
		"doctype": ALERT,
		"name": frappe.generate_hash(length=32),
		"sales_order": order if isinstance(order, str) else order.name,
		"company": make.COMPANY,
		"rule": of.rule_name,
		"rule_version": of.name,
		"detector": of.detector,
		"severity": of.severity,
		"action": of.action,
		"subject": "low price",
		"value_at_risk": 100,
		"status": status,
		"found_at": add_days(now_datetime(), -days),
	}
	return frappe.get_doc({**values, **fields}).insert()


def hold(order, of, hours: float | None = None, **fields):
	"""A hold, released after this many hours or still there."""
	held_at = add_to_date(now_datetime(), days=-2)
	values = {
		"doctype": HOLD,
		"sales_order": order if isinstance(order, str) else order.name,
		"active_key": f"{order}::{frappe.generate_hash(length=6)}" if hours is None else None,
		"company": make.COMPANY,
		"rule": of.rule_name,
		"rule_version": of.name,
		"asks": "Payment",
		"status": "Held" if hours is None else "Released",
		"held_at": held_at,
		"released_at": None if hours is None else add_to_date(held_at, hours=hours),
	}
	return frappe.get_doc({**values, **fields}).insert()
