"""Asks ERPNext's own code whether it agrees with a seeded book. Samples, but for the ledgers; nothing is changed."""

from datetime import date
from random import Random

import frappe

from seeding import rank
from seeding.plan import PREFIX

SAMPLE = 10
DELIVERIES = 3
CENT, UNIT = 0.01, 1e-6  # differences that are none, of money and of stock


def check(company: str, today: date) -> None:
	"""Raises AssertionError at the first disagreement."""
	chance = Random(1)
	_ledgers_balance()
	for customer in _some(chance, "Customer", "name"):
		_customer_agrees(customer, company)
	for name in _some(chance, "Bin", "item_code"):
		_bin_agrees(name)
	orders = _names("Sales Order", "name")
	for name in chance.sample(orders, min(SAMPLE, len(orders))):
		_order_agrees(name)
	if rank.is_installed():
		_equal("open orders without a score, scores without an order", rank.unranked(), 0)
	_can_be_delivered(orders, today)
	frappe.db.rollback()


def _names(doctype: str, column: str) -> list[str]:
	return frappe.get_all(doctype, {column: ("like", f"{PREFIX}%")}, pluck="name", order_by=f"{column} asc, name asc")


def _some(chance: Random, doctype: str, column: str) -> list[str]:
	names = _names(doctype, column)
	return chance.sample(names, min(SAMPLE, len(names)))


def _equal(what: str, ours: float, theirs: float, tolerance: float = CENT) -> None:
	if abs((ours or 0) - (theirs or 0)) >= tolerance:
		raise AssertionError(f"{what}: {ours} here, {theirs} there")


def _ledgers_balance() -> None:
	balance = "select sum(debit) - sum(credit) from `tabGL Entry` where voucher_no like %s"
	_equal("debit and credit", frappe.db.sql(balance, f"{PREFIX}%")[0][0], 0)
	different = """select count(*) from `tabSales Invoice` si left join (
			select against_voucher_no, sum(amount) owed from `tabPayment Ledger Entry` where delinked = 0 group by 1
		) ledger on ledger.against_voucher_no = si.name
		where si.name like %s and abs(si.outstanding_amount - coalesce(ledger.owed, 0)) > 0.005"""
	_equal("invoices that differ from the payment ledger", frappe.db.sql(different, f"{PREFIX}%")[0][0], 0)


def _customer_agrees(customer: str, company: str) -> None:
	from erpnext.accounts.utils import get_outstanding_invoices
	from erpnext.selling.doctype.customer.customer import get_customer_outstanding

	owed = "select name, outstanding_amount from `tabSales Invoice` where customer = %s and outstanding_amount > 0.005"
	ours = dict(frappe.db.sql(owed + " and docstatus = 1", customer))
	unbilled = """select coalesce(sum(base_grand_total * (100 - per_billed) / 100), 0) from `tabSales Order`
		where customer = %s and docstatus = 1 and status != 'Closed'"""
	exposure = sum(ours.values()) + frappe.db.sql(unbilled, customer)[0][0]
	_equal(f"{customer}, outstanding", exposure, get_customer_outstanding(customer, company))
	debtors = frappe.db.get_value("Company", company, "default_receivable_account")
	theirs = {
		row.voucher_no: row.outstanding_amount for row in get_outstanding_invoices("Customer", customer, [debtors])
	}
	for invoice in {*ours, *theirs}:
		_equal(invoice, ours.get(invoice), theirs.get(invoice))


def _bin_agrees(name: str) -> None:
	from erpnext.stock.stock_balance import get_reserved_qty

	fields = ["item_code", "warehouse", "reserved_qty", "actual_qty"]
	item, warehouse, reserved, actual = frappe.db.get_value("Bin", name, fields)
	_equal(f"{item}, reserved", reserved, get_reserved_qty(item, warehouse), UNIT)
	moved = """select sum(actual_qty) from `tabStock Ledger Entry`
		where item_code = %s and warehouse = %s and is_cancelled = 0"""
	_equal(f"{item}, in stock", actual, frappe.db.sql(moved, (item, warehouse))[0][0], UNIT)


def _order_agrees(name: str) -> None:
	order = frappe.get_doc("Sales Order", name)
	total, status = order.grand_total, order.status
	order.calculate_taxes_and_totals()
	_equal(f"{name}, total", total, order.grand_total)
	order.set_status()
	if order.status != status:
		raise AssertionError(f"{name}: {status} here, {order.status} by ERPNext")


def _can_be_delivered(orders: list[str], today: date) -> None:
	"""Submit delivery notes of the first orders that are in stock, each rolled back."""
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	short = """select distinct line.parent from `tabSales Order Item` line
		join `tabBin` bin on bin.item_code = line.item_code and bin.warehouse = line.warehouse
		where line.parent like %s and bin.actual_qty < line.qty"""
	waiting = set(frappe.db.sql(short, f"{PREFIX}%", pluck=True))
	for name in [name for name in orders if name not in waiting][:DELIVERIES]:
		note = make_delivery_note(name)
		note.update({"set_posting_time": 1, "posting_date": today})
		note.insert()
		note.submit()
		_equal(f"{name}, delivered", frappe.db.get_value("Sales Order", name, "per_delivered"), 100)
		frappe.db.rollback()
