"""One document of each kind, made and submitted by ERPNext itself, read back as rows and rolled back.

Every seeded row is a copy of such a row, so it fills the same columns and meets the same indexes; only the columns that
vary are put over it.
"""

from datetime import timedelta
from typing import Any

import frappe

from seeding.plan import Place, Plan, at_nine

Template = dict[str, Any]
NOT_COPIED = ("_seen", "_user_tags", "_comments", "_assign", "_liked_by", "_default")
# ledgers hold several rows of a document; each is a template of its own
LEDGERS = {"Sales Invoice": "of invoice", "Payment Entry": "of payment", "Stock Entry": "of receipt"}


def make_templates(plan: Plan, place: Place) -> dict[str, Template]:
	"""Rows by DocType; those of ledgers and payment schedules by what they belong to, too: "GL Entry of invoice, debit"."""
	year = "select name from `tabFiscal Year` where %s between year_start_date and year_end_date"
	if not frappe.db.sql(year, plan.today):
		raise SystemExit(f"No fiscal year of the site covers {plan.today}: name another day with --today.")
	try:
		return {key: _as_template(row, plan) for key, row in _rows(plan, place).items()}
	finally:
		frappe.db.rollback()
		frappe.clear_cache()


def _as_template(row: Template, plan: Plan) -> Template:
	"""The row without what users and the app put on it later, and without the time of day it was made at."""
	kept = {k: v for k, v in row.items() if k not in NOT_COPIED and not k.startswith("o2c_") and v is not None}
	kept["creation"] = kept["modified"] = at_nine(plan.masters_made)
	if "posting_time" in kept:
		kept["posting_time"] = timedelta(hours=9)
	return kept


def _rows(plan: Plan, place: Place) -> dict[str, Template]:
	customer, item, receipt = _masters(place)
	order = _sale("Sales Order", plan, place, transaction_date=plan.today, delivery_date=plan.today + timedelta(10))
	dates = {"posting_date": plan.today, "set_posting_time": 1, "due_date": plan.today + timedelta(30)}
	invoice = _sale("Sales Invoice", plan, place, **dates)
	rows = {
		"Payment Schedule of order": _row("Payment Schedule", parent=order.name),
		"Payment Schedule of invoice": _row("Payment Schedule", parent=invoice.name),
		"Stock Ledger Entry": _row("Stock Ledger Entry", voucher_no=receipt.name),
		"Item Price": _row("Item Price", item_code=item.name),
		"Bin": _row("Bin", item_code=item.name),
		**_with_children(customer, "Customer Credit Limit"),
		**_with_children(item, "Item Default", "UOM Conversion Detail"),
		**_with_children(receipt, "Stock Entry Detail"),
		**_with_children(order, "Sales Order Item"),
		**_with_children(invoice, "Sales Invoice Item"),
	}
	payment = _payment(invoice.name, plan, place)  # after the invoice is read: it changes it
	rows.update(_with_children(payment, "Payment Entry Reference"))
	for doc in (invoice, payment, receipt):
		rows.update(_ledger_rows(doc))
	return rows


def _masters(place: Place) -> tuple:
	warehouse = place.warehouses[0]
	customer = _insert(
		"Customer",
		customer_name="TMPL Customer",
		customer_group="Commercial",
		customer_type="Company",
		territory=place.territories[0],
		credit_limits=[{"company": place.company, "credit_limit": 1e9}],
	)
	item = _insert(
		"Item",
		item_code="TMPL-ITEM",
		item_name="TMPL",
		item_group="Products",
		stock_uom="Nos",
		is_stock_item=1,
		valuation_rate=10,
		item_defaults=[{"company": place.company, "default_warehouse": warehouse}],
	)
	price = {"price_list": "Standard Selling", "price_list_rate": 25, "valid_from": "2025-01-01"}
	_insert("Item Price", item_code=item.name, **price)
	stock = [{"item_code": item.name, "t_warehouse": warehouse, "qty": 1000, "basic_rate": 10}]
	receipt = _insert("Stock Entry", stock_entry_type="Material Receipt", company=place.company, items=stock)
	receipt.submit()
	return customer, item, receipt


def _sale(doctype: str, plan: Plan, place: Place, **dates: Any):
	line = {"item_code": "TMPL-ITEM", "qty": 4, "warehouse": place.warehouses[0]}
	doc = _insert(doctype, customer="TMPL Customer", company=place.company, items=[line], **dates)
	doc.submit()
	return doc


def _payment(invoice: str, plan: Plan, place: Place):
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	payment = get_payment_entry("Sales Invoice", invoice, bank_account=place.cash)
	payment.update({"reference_no": "x", "reference_date": plan.today})
	payment.insert()
	payment.submit()
	return payment


def _insert(doctype: str, **values: Any):
	return frappe.get_doc({"doctype": doctype, **values}).insert()


def _with_children(doc, *children: str) -> dict[str, Template]:
	rows = {child: _row(child, parent=doc.name) for child in children}
	return {doc.doctype: _row(doc.doctype, name=doc.name), **rows}


def _row(doctype: str, **filters: str) -> Template:
	return _all_rows(doctype, **filters)[0]


def _all_rows(doctype: str, **filters: str) -> list[Template]:
	return frappe.get_all(doctype, filters, ["*"], order_by="creation asc")


def _ledger_rows(doc) -> dict[str, Template]:
	owner = LEDGERS[doc.doctype]
	rows = {
		f"GL Entry {owner}, {'debit' if row.debit else 'credit'}": row
		for row in _all_rows("GL Entry", voucher_no=doc.name)
	}
	rows.update({f"Payment Ledger Entry {owner}": r for r in _all_rows("Payment Ledger Entry", voucher_no=doc.name)})
	return rows
