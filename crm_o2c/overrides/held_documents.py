"""Delivery Note, Sales Invoice, Pick List, Work Order, and Purchase Order of goods that the supplier ships to the customer:
none for a held order. Returns are let through.
"""

from collections.abc import Collection, Iterable

import frappe
from frappe.model.document import Document

from crm_o2c.services import checks, holds, note_orders
from crm_o2c.services.guard import never_stops_saving


def delivery_note(doc: Document, method: str | None = None) -> None:
	if not doc.is_return:
		_refuse_held(doc, _held_of(doc))


def sales_invoice(doc: Document, method: str | None = None) -> None:
	"""Lines of an invoice may leave the order out and still count for it, by the line of a Delivery Note."""
	if doc.is_return:
		return
	bare = (row.get("dn_detail") for row in doc.items if not row.sales_order)
	others = _orders("Delivery Note Item", "against_sales_order", bare)
	_refuse_held(doc, [*_held_of(doc), *holds.held_among(others)])


def pick_list(doc: Document, method: str | None = None) -> None:
	"""What is picked counts for the line, whatever order is named."""
	others = _orders("Sales Order Item", "parent", (row.sales_order_item for row in doc.locations))
	_refuse(doc, {*others, *(row.sales_order for row in doc.locations)})


def work_order(doc: Document, method: str | None = None) -> None:
	_refuse(doc, (doc.sales_order,))


def purchase_order(doc: Document, method: str | None = None) -> None:
	"""What goes to our own warehouse is no delivery. What is ordered counts for the line, whatever order is named."""
	dropped = [row for row in doc.items if row.delivered_by_supplier]
	others = _orders("Sales Order Item", "parent", (row.sales_order_item for row in dropped))
	_refuse(doc, {*others, *(row.sales_order for row in dropped)})


def _orders(doctype: str, field: str, names: Iterable[str | None]) -> set[str]:
	wanted = sorted({name for name in names if name})
	return set(frappe.get_all(doctype, {"name": ("in", wanted)}, pluck=field, order_by="name asc")) if wanted else set()


def _held_of(doc: Document) -> list[str]:
	"""The held ones among the orders of a Delivery Note's or invoice's lines."""
	return [name for name, order in note_orders.known(doc).items() if order.held]


def _refuse(doc: Document, orders: Iterable[str | None]) -> None:
	_refuse_held(doc, holds.held_among({order for order in orders if order}))


def _refuse_held(doc: Document, held: Collection[str]) -> None:
	for order in held:
		look_once_more(frappe.get_doc("Sales Order", order))  # one by one: each is locked, and one is the rule
	holds.refuse(held, doc.doctype)


@never_stops_saving
def look_once_more(order: Document) -> None:
	"""The job that releases may still be on its way, or what meets the condition be a part of this very transaction."""
	checks.release_if_met(order)
