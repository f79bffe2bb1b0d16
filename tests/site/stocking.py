"""Documents that bring, ask for and move stock; and its ledger, with the fewest words."""

from datetime import date

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.engine import atp
from crm_o2c.services import supply

import factories as make

SECOND = f"Finished Goods - {make.ABBR}"
TRANSIT = f"Goods In Transit - {make.ABBR}"


def day(number: int) -> date:
	return getdate(add_days(nowdate(), number))


def today() -> date:
	return getdate(nowdate())


def ledger(item, warehouse: str = make.WAREHOUSE, **options) -> atp.Ledger:
	pair = (item.name, warehouse)
	return supply.ledgers([pair], today=today(), **options)[pair]


def rows(book: atp.Ledger) -> list[tuple]:
	return [(entry.kind, entry.document, entry.on, entry.qty) for entry in book.entries[1:]]


def supplier() -> str:
	name = "ATP Supplier"
	if not frappe.db.exists("Supplier", name):
		values = {"doctype": "Supplier", "supplier_name": name, "supplier_group": "All Supplier Groups"}
		frappe.get_doc(values).insert()
	return name


def purchase(item, qty: float, days: int, **row):
	"""A Purchase Order for one line."""
	fields = {"item_code": item.name, "qty": qty, "rate": 10, "schedule_date": day(days), "warehouse": make.WAREHOUSE}
	return stored(
		{
			"doctype": "Purchase Order",
			"company": make.COMPANY,
			"supplier": supplier(),
			"transaction_date": add_days(nowdate(), min(days, 0)),
			"schedule_date": day(days),
			"items": [{**fields, **row}],
		}
	)


def request(item, qty: float, days: int, kind: str = "Purchase", **row):
	"""A Material Request for one line."""
	fields = {"item_code": item.name, "qty": qty, "schedule_date": day(days), "warehouse": make.WAREHOUSE}
	return stored(
		{
			"doctype": "Material Request",
			"company": make.COMPANY,
			"material_request_type": kind,
			"schedule_date": day(days),
			"items": [{**fields, **row}],
		}
	)


def stored(values: dict):
	doc = frappe.get_doc(values)
	doc.insert()
	doc.submit()
	return doc


def bundle(*parts: tuple[str, float]):
	"""An item that stands for others, given as (item, quantity)."""
	item = make.item(is_stock_item=0)
	rows_ = [{"item_code": code, "qty": qty} for code, qty in parts]
	frappe.get_doc({"doctype": "Product Bundle", "new_item_code": item.name, "items": rows_}).insert()
	return item


def reserving(on: int = 1) -> None:
	"""Switch ERPNext's stock reservation."""
	frappe.db.set_single_value("Stock Settings", {"enable_stock_reservation": on, "allow_partial_reservation": 1})
	frappe.clear_document_cache("Stock Settings", "Stock Settings")
