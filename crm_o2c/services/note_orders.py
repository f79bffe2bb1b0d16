"""The orders behind a Delivery Note, or a Sales Invoice that delivers: what of them its checks need, read once a save."""

from typing import Any

import frappe
from frappe.model.document import Document

NOTE, INVOICE = "Delivery Note", "Sales Invoice"
_QUERY = """
	select o.name, o.currency, o.total, o.discount_amount, o.additional_discount_percentage, o.shipping_address_name,
		o.o2c_prices_locked, o.o2c_delivery_policy, o.o2c_most_deliveries, o.o2c_min_delivery_value,
		exists(select 1 from `tabO2C Ship-To Plan` p where p.parent = o.name and p.parenttype = 'Sales Order') planned
	from `tabSales Order` o where o.name in %(orders)s order by o.name
"""


def order_of(row: Document) -> str | None:
	"""The order that a line of a Delivery Note or of an invoice is for."""
	return row.get("against_sales_order") or row.get("sales_order") or None


def read(doc: Document) -> dict[str, frappe._dict]:
	"""Read the orders of a document's lines; `known` gives them again until the next save."""
	names = {name for name in map(order_of, doc.items) if name}
	rows: list[Any] = frappe.db.sql(_QUERY, {"orders": tuple(names)}, as_dict=True) if names else []
	doc.flags.o2c_orders = {row.name: row for row in rows}
	return doc.flags.o2c_orders


def known(doc: Document) -> dict[str, frappe._dict]:
	"""The orders of a document's lines, as they were read when its save began."""
	found = doc.flags.o2c_orders
	return read(doc) if found is None else found


def delivers(doc: Document) -> bool:
	"""Whether goods leave by this document."""
	return not doc.is_return and (doc.doctype == NOTE or bool(doc.get("update_stock")))
