"""Remedies clicked as the desk does it, and what they need."""

import json

import frappe
from frappe.utils import add_days, nowdate

from crm_o2c.api import checks as api

import factories as make

ALERT = "O2C Order Alert"
OTHER = f"Finished Goods - {make.ABBR}"


def plain_site() -> None:
	"""Nothing that an order made here would be refused for."""
	frappe.db.set_single_value("Selling Settings", {"allow_multiple_items": 1, "validate_selling_price": 0})


def alert(order, detector: str) -> frappe._dict:
	"""The one open alert of a detector."""
	filters = {"sales_order": order.name, "detector": detector, "status": "Open"}
	rows = frappe.get_all(ALERT, filters, ["name", "remedies", "line"], order_by="line asc")
	assert rows, frappe.get_all(ALERT, {"sales_order": order.name}, ["detector", "status"], order_by="name")
	return rows[0]


def params(row: frappe._dict, code: str) -> dict:
	"""The values that the alert has for a remedy."""
	return next(values for known, values in json.loads(row.remedies) if known == code)


def click(order, detector: str, code: str, **changes) -> dict:
	"""Apply a remedy that the alert offers, and find the alert closed by it."""
	row = alert(order, detector)
	answer = api.apply_remedy(row.name, code, {**params(row, code), **changes})
	assert answer["fixed"], answer
	kept = frappe.db.get_value(ALERT, row.name, ["status", "closed_by", "reason"], as_dict=True)
	assert (kept.status, kept.closed_by) == ("Fixed", frappe.session.user)
	assert kept.reason.startswith("Fixed: ")
	return answer


def now(order):
	return frappe.get_doc("Sales Order", order.name)


def reserved(item: str, warehouse: str = make.WAREHOUSE) -> float:
	return frappe.db.get_value("Bin", {"item_code": item, "warehouse": warehouse}, "reserved_qty") or 0


def bought(item: str, qty: float, days: int) -> None:
	"""Goods that a supplier brings in `days` days."""
	supplier = {
		"doctype": "Supplier",
		"supplier_name": frappe.generate_hash(length=8),
		"supplier_group": "All Supplier Groups",
	}
	row = {
		"item_code": item,
		"qty": qty,
		"rate": 1,
		"warehouse": make.WAREHOUSE,
		"schedule_date": add_days(nowdate(), days),
	}
	order = {"doctype": "Purchase Order", "company": make.COMPANY, "supplier": frappe.get_doc(supplier).insert().name}
	frappe.get_doc({**order, "schedule_date": row["schedule_date"], "items": [row]}).insert().submit()
