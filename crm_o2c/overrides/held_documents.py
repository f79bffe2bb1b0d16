"""Delivery Note, Sales Invoice, Pick List and Work Order: none for a held order. Returns are let through."""

from frappe.model.document import Document

from crm_o2c.services import holds


def delivery_note(doc: Document, method: str | None = None) -> None:
	if not doc.is_return:
		_refuse(doc, (row.against_sales_order for row in doc.items))


def sales_invoice(doc: Document, method: str | None = None) -> None:
	if not doc.is_return:
		_refuse(doc, (row.sales_order for row in doc.items))


def pick_list(doc: Document, method: str | None = None) -> None:
	_refuse(doc, (row.sales_order for row in doc.locations))


def work_order(doc: Document, method: str | None = None) -> None:
	_refuse(doc, (doc.sales_order,))


def _refuse(doc: Document, orders: object) -> None:
	holds.refuse({order for order in orders if order}, doc.doctype)
