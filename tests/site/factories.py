"""Real ERPNext documents for tests, with the fewest words: `sales_order(customer(tier="A"), lines=3, days=5)`.

Everything belongs to the company that the set-up wizard made. Names carry a mark of the run and are counted, so that two of
a kind differ, and from what an earlier run left on a site that is used again.
"""

from itertools import count
from secrets import token_hex

import frappe
from frappe.utils import add_days, nowdate

COMPANY = "O2C Test"
ABBR = "O2C"
WAREHOUSE = f"Stores - {ABBR}"
PRICE = 100.0

_numbers = count(1)
_run = token_hex(2)


def _name(kind: str) -> str:
	return f"{kind} {_run} {next(_numbers):04d}"


def customer(name: str | None = None, tier: str | None = None, **fields):
	"""A customer; `tier` is the name of an O2C Customer Tier."""
	values = {
		"doctype": "Customer",
		"customer_name": name or _name("Customer"),
		"customer_type": "Company",
		"customer_group": "Commercial",
		"territory": "All Territories",
		"o2c_tier": tier,
	}
	return frappe.get_doc({**values, **fields}).insert()


def item(name: str | None = None, stock: float = 0, **fields):
	"""A stock item with, where wanted, that many on hand."""
	code = name or _name("Item")
	values = {
		"doctype": "Item",
		"item_code": code,
		"item_name": code,
		"item_group": "Products",
		"stock_uom": "Nos",
		"is_stock_item": 1,
		"standard_rate": PRICE,
		"valuation_rate": PRICE * 0.6,
	}
	doc = frappe.get_doc({**values, **fields}).insert()
	if stock:
		receipt(doc.name, stock)
	return doc


def receipt(item_code: str, qty: float, rate: float = PRICE * 0.6):
	"""Goods put on the shelf."""
	row = {"item_code": item_code, "qty": qty, "t_warehouse": WAREHOUSE, "basic_rate": rate}
	entry = frappe.get_doc(
		{
			"doctype": "Stock Entry",
			"stock_entry_type": "Material Receipt",
			"purpose": "Material Receipt",
			"company": COMPANY,
			"items": [row],
		}
	)
	entry.insert()
	entry.submit()
	return entry


def sales_order(buyer=None, lines: int | list[dict] = 1, days: int = 7, qty: float = 1, submit: bool = True, **fields):
	"""An order promised in `days` days (past dates are placed before them). `lines`: how many, or their fields."""
	buyer = buyer or customer()
	placed = fields.pop("transaction_date", None) or add_days(nowdate(), min(0, days))
	due = add_days(nowdate(), days)
	rows = lines if isinstance(lines, list) else [{} for _ in range(lines)]
	shared = None
	if any("item_code" not in row for row in rows):
		shared = item().name
	defaults = {"item_code": shared, "qty": qty, "rate": PRICE, "delivery_date": due, "warehouse": WAREHOUSE}
	values = {
		"doctype": "Sales Order",
		"company": COMPANY,
		"customer": buyer if isinstance(buyer, str) else buyer.name,
		"transaction_date": placed,
		"delivery_date": due,
		"items": [{**defaults, **row} for row in rows],
	}
	return _store(frappe.get_doc({**values, **fields}), submit)


def delivery_note(order, qty: float | None = None, submit: bool = True):
	"""The goods of an order leave, all of them or `qty` of each line."""
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	note = make_delivery_note(order.name)
	if qty is not None:
		for row in note.items:
			row.qty = qty
	return _store(note, submit)


def sales_invoice(order, submit: bool = True):
	"""The invoice of an order."""
	from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

	return _store(make_sales_invoice(order.name), submit)


def payment(document, amount: float | None = None, submit: bool = True):
	"""Money received for an invoice or ahead for an order: all that is open, or `amount`."""
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	entry = get_payment_entry(document.doctype, document.name, party_amount=amount)
	entry.reference_no = _name("Transfer")
	entry.reference_date = nowdate()
	return _store(entry, submit)


def user(*roles: str, email: str | None = None, **fields):
	"""A desk user with these roles."""
	values = {
		"doctype": "User",
		"email": email or f"{_name('user').replace(' ', '-')}@example.com",
		"first_name": "Test",
		"send_welcome_email": 0,
		"roles": [{"role": role} for role in roles],
	}
	return frappe.get_doc({**values, **fields}).insert()


def portal_user(buyer):
	"""A user of the customer's, who sees the portal and nothing else."""
	name = buyer if isinstance(buyer, str) else buyer.name
	login = user("Customer", user_type="Website User")
	frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": login.name,
			"user": login.name,
			"email_ids": [{"email_id": login.name, "is_primary": 1}],
			"links": [{"link_doctype": "Customer", "link_name": name}],
		}
	).insert()
	# ERPNext's portal reads this list, the contact serves mails
	doc = frappe.get_doc("Customer", name)
	doc.append("portal_users", {"user": login.name})
	doc.save()
	return login


def _store(doc, submit: bool):
	doc.insert()
	if submit:
		doc.submit()
	return doc
