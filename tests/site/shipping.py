"""Addresses, Ship-To Plans and deliveries for tests, with the fewest words."""

import frappe
from frappe.utils import add_days, getdate, nowdate

import factories as make

PLAN = "o2c_ship_to"


def day(number: int):
	return getdate(add_days(nowdate(), number))


def address(buyer=None, city: str | None = None) -> str:
	"""An address of a customer's, or of nobody."""
	values = {
		"doctype": "Address",
		"address_title": city or frappe.generate_hash(length=8),
		"address_type": "Shipping",
		"address_line1": "1 Quay",
		"city": city or "Harbour",
		"country": "Germany",
		"links": [{"link_doctype": "Customer", "link_name": buyer.name}] if buyer else [],
	}
	return frappe.get_doc(values).insert().name


def contact(buyer, name: str = "Ann") -> str:
	values = {
		"doctype": "Contact",
		"first_name": name,
		"email_ids": [{"email_id": f"{name.lower()}@example.com", "is_primary": 1}],
		"links": [{"link_doctype": "Customer", "link_name": buyer.name}],
	}
	return frappe.get_doc(values).insert().name


def row(line: int, qty: float, place: str, days: int = 7, **fields) -> dict:
	"""A row of a plan."""
	return {"line": line, "qty": qty, "address": place, "date": day(days), **fields}


def order(buyer=None, rows: list[dict] | None = None, qty: float = 10, stock: float = 100, submit=True, **fields):
	"""An order for one item that is on the shelf, with a plan."""
	lines = fields.pop("lines", None) or [{"item_code": make.item(stock=stock).name, "qty": qty}]
	return make.sales_order(buyer, lines=lines, submit=submit, **{PLAN: rows or []}, **fields)


def plan(order_name: str) -> list[frappe._dict]:
	"""The rows of an order's plan as they are stored."""
	fields = ["name", "idx", "line", "item_code", "qty", "address", "one_off", "delivered_qty", "noted_qty"]
	return frappe.get_all("O2C Ship-To Plan", {"parent": order_name}, [*fields, "delivery_notes"], order_by="idx asc")


def notes(order_name: str) -> list[frappe._dict]:
	"""(address, quantity) of the Delivery Notes of an order."""
	lines = frappe.get_all(
		"Delivery Note Item",
		{"against_sales_order": order_name, "docstatus": ("<", 2)},
		["parent", "qty", "o2c_ship_to_row", "rate"],
		order_by="creation asc, idx asc",
	)
	return [{**line, "note": frappe.get_doc("Delivery Note", line.parent)} for line in lines]


def total(order_name: str) -> float:
	return sum(line["qty"] for line in notes(order_name))


def without_trace(doctype: str, names: list[str]) -> None:
	"""Cancel what was really submitted, and take its ledger entries away, which ERPNext keeps."""
	for name in names:
		doc = frappe.get_doc(doctype, name)
		if doc.docstatus == 1:
			doc.cancel()
	for ledger in ("GL Entry", "Stock Ledger Entry"):
		frappe.db.delete(ledger, {"voucher_type": doctype, "voucher_no": ("in", names)})
	frappe.db.commit()
