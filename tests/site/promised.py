"""Orders with promised dates, and what has become of them, with the fewest words."""

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.services import delivery_promises, order_edits

import factories as make

PROMISE = "O2C Promise"


def day(number: int):
	return getdate(add_days(nowdate(), number))


def order_of(buyer, days: int = 5, qty: float = 10, stock: float = 100, **fields):
	"""An order for a line of what is on the shelf, with its promise."""
	item = make.item()
	shelve(item, stock)
	made = make.sales_order(buyer, lines=[{"item_code": item.name, "qty": qty}], days=days, **fields)
	delivery_promises.observe([made.name])
	return made


def shelve(item, qty: float):
	"""Goods that have been on the shelf for long, so that they can leave on days that have passed."""
	row = {"item_code": item.name, "qty": qty, "t_warehouse": make.WAREHOUSE, "basic_rate": 60}
	entry = frappe.new_doc("Stock Entry", stock_entry_type="Material Receipt", purpose="Material Receipt")
	entry.update({"company": make.COMPANY, "set_posting_time": 1, "posting_date": day(-30), "items": [row]})
	entry.insert()
	entry.submit()


def promises(order) -> list[frappe._dict]:
	return frappe.get_all(PROMISE, {"sales_order": order.name}, ["*"], order_by="line asc, number asc")


def states(order) -> list[str]:
	return [row.status for row in promises(order)]


def deliver(order, qty: float | None = None, days: int = 0):
	note = make.delivery_note(order, qty, submit=False)
	note.set_posting_time, note.posting_date = 1, day(days)
	note.save()
	note.submit()
	delivery_promises.observe([order.name])
	return note


def move(order, days: int, line: int = 0):
	"""As somebody does it without telling us: ERPNext's own Update Items."""
	order.reload()
	order_edits.update_items(order, {order.items[line].name: {"delivery_date": str(day(days))}})
