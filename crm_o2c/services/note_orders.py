"""The orders behind a Delivery Note or a Sales Invoice: what of them its checks need, read once a save, by one query.

A document that is about to move goods locks them by that query, in one order for everybody. What a locking read says is the
newest; what its inner queries say, `seen`, is what this transaction sees, and ERPNext will add up from.
"""

from typing import Any

import frappe
from frappe.model.document import Document

NOTE, INVOICE = "Delivery Note", "Sales Invoice"
_QUERY = """
	select o.name, o.currency, o.total, o.discount_amount, o.additional_discount_percentage, o.shipping_address_name,
		o.o2c_prices_locked, o.o2c_delivery_policy, o.o2c_most_deliveries, o.o2c_min_delivery_value,
		concat_ws('|', o.per_delivered, o.total, o.o2c_held, o.status in ('Closed', 'On Hold')) state,
		(select concat_ws('|', s.per_delivered, s.total, s.o2c_held, s.status in ('Closed', 'On Hold'))
			from `tabSales Order` s where s.name = o.name) seen,
		exists(select 1 from `tabO2C Ship-To Plan` p where p.parent = o.name and p.parenttype = 'Sales Order') planned,
		exists(select 1 from `tabO2C Order Hold` h where h.sales_order = o.name and h.status = 'Held') held,
		(select count(*) from `tabSales Order Item` i where i.parent = o.name and i.name in %(lines)s) named
	from `tabSales Order` o where o.name in %(orders)s order by o.name
"""
_LOCKING = _QUERY + " for update"


def order_of(row: Document) -> str | None:
	"""The order that a line of a Delivery Note or of an invoice is for."""
	return row.get("against_sales_order") or row.get("sales_order") or None


def read(doc: Document) -> dict[str, frappe._dict]:
	"""Read the orders of a document's lines, locked where it is about to move goods; `known` gives them until the next save.

	ERPNext counts what is delivered by the order's line, and does not ask whether that is of the order that is named.
	"""
	names = {name for name in map(order_of, doc.items) if name}
	lines = {row.get("so_detail") for row in doc.items if row.get("so_detail")}
	rows = _ask(doc, names, lines)
	if sum(row.named for row in rows) < len(lines):
		others = frappe.get_all(
			"Sales Order Item", {"name": ("in", sorted(lines))}, pluck="parent", order_by="name asc"
		)
		rows = _ask(doc, names | set(others), lines)
	doc.flags.o2c_orders = {row.name: row for row in rows}
	return doc.flags.o2c_orders


def _ask(doc: Document, names: set[str], lines: set[str]) -> list[Any]:
	if not names:
		return []
	query = _LOCKING if moves_goods(doc) and getattr(doc, "_action", "") == "submit" else _QUERY
	values = {"orders": tuple(names), "lines": tuple(lines) or ("",)}
	return frappe.db.sql(query, values, as_dict=True)  # built sql: fixed texts


def known(doc: Document) -> dict[str, frappe._dict]:
	"""The orders of a document's lines, as they were read when its save began."""
	found = doc.flags.o2c_orders
	return read(doc) if found is None else found


def moves_goods(doc: Document) -> bool:
	"""Whether goods leave, or come back, by this document."""
	return doc.doctype == NOTE or bool(doc.get("update_stock"))
