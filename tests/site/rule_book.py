"""Anomaly rules for a test, and what they did to orders, read from the database."""

import frappe

from crm_o2c.services import check_context

import factories as make

ALERT, HOLD = "O2C Order Alert", "O2C Order Hold"


def retire_all() -> None:
	"""Only the rules of the test are active."""
	frappe.db.sql("update `tabO2C Anomaly Rule` set status = 'Retired', active_rule = null where status = 'Active'")
	check_context.forget()


def rule(name: str, detector: str, status: str = "Active", fields: dict | None = None, action: str = "Warn", **params):
	"""A rule in use; `params` are the detector's numbers, `fields` further fields of the rule."""
	values = {
		"doctype": "O2C Anomaly Rule",
		"rule_name": name,
		"detector": detector,
		"severity": "High",
		"action": action,
		"parameters": [{"parameter": key, "value": value} for key, value in params.items()],
	}
	doc = frappe.get_doc({**values, **(fields or {})}).insert()
	doc.activate() if status == "Active" else doc.start_shadow()
	return doc


def switch(to: str) -> None:
	"""The switch of the anomaly engine: Off, Shadow or On."""
	settings = frappe.get_doc("O2C Settings")
	settings.anomaly_engine = to
	settings.save()


def alerts(order) -> list[frappe._dict]:
	"""The alerts of an order by line."""
	return frappe.get_all(ALERT, {"sales_order": _name(order)}, ["*"], order_by="line asc, detector asc")


def holds(order) -> list[frappe._dict]:
	"""The holds of an order, the oldest first."""
	return frappe.get_all(HOLD, {"sales_order": _name(order)}, ["*"], order_by="held_at asc, name asc")


def is_held(order) -> bool:
	"""What the order's row says."""
	return bool(frappe.db.get_value("Sales Order", _name(order), "o2c_held"))


def _name(order) -> str:
	return order if isinstance(order, str) else order.name


# -- credit ----------------------------------------------------------------------------------------------------------------


def limited(limit: float = 1000, **fields):
	"""A customer with a credit limit."""
	return make.customer(credit_limits=[{"company": make.COMPANY, "credit_limit": limit}], **fields)


def order_of(buyer, goods, qty: float, submit: bool = True, rate: float = make.PRICE, **fields):
	"""An order of one line."""
	line = {"item_code": goods.name, "qty": qty, "rate": rate}
	return make.sales_order(buyer, lines=[line], submit=submit, **fields)


def over_credit(**fields):
	"""The rule that holds orders over credit."""
	return rule("Over credit", "credit.limit", action="Hold", fields=fields or None)
