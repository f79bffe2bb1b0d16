"""Reads order lines whose kept promises do not say what ERPNext says, and what was delivered of them.

The comparison is the database's: where nothing differs, nothing is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import frappe

from crm_o2c.engine.promises import Delivery
from crm_o2c.services.order_book import NOT_OPEN
from crm_o2c.services.stock_reader import returns_are_free

LIVE, CLOSED, CANCELLED = 0, 1, 2  # the state of a line
MOST = 50000  # lines that are read at once; what is left comes the next time
RECENT = timedelta(days=2)  # an order that opened and was done within it may have been missed altogether

_DAY = "coalesce(l.delivery_date, o.delivery_date)"
_DELIVERED = "l.delivered_qty * l.conversion_factor"
_STATE = "if(o.docstatus = 2, 2, if(o.status = 'Closed', 1, 0))"
_FIELDS = (
	f"select l.name, l.parent, l.idx, l.item_code, o.company, o.customer, l.stock_qty, {_DAY}, {_DELIVERED}, {_STATE}, "
	"l.delivered_by_supplier, l.modified, l.modified_by, l.creation, l.owner, o.modified, o.amended_from, p.name is not null "
)
_FROM = """from `tabSales Order` o inner join `tabSales Order Item` l on l.parent = o.name
	left join `tabO2C Promise` p on p.so_detail = l.name and p.latest = 1 where """
_PROMISED = f"o.skip_delivery_note = 0 and {_DAY} is not null and l.qty > 0"
_MISSING = f"(p.name is null and o.docstatus = 1 and {_PROMISED})"
_DIFFERS = (
	f"(p.name is not null and (p.line_state != {_STATE} or abs(p.delivered_qty - {_DELIVERED}) > 0.000001 "
	f"or (o.docstatus = 1 and (abs(p.line_qty - l.stock_qty) > 0.000001 or p.promised_date != {_DAY}))))"
)
_OPEN = "o.docstatus = 1 and o.per_delivered < 100 and o.status not in %(not_open)s"
_PASSED = "(p.status = 'Open' and p.promised_date < %(today)s)"
_OF_ORDERS = f"o.name in %(orders)s and o.docstatus > 0 and ({_MISSING} or {_DIFFERS} or {_PASSED})"
_OF_RANGE = (
	f"o.company = %(company)s and o.name > %(after)s and o.name <= %(to)s and {_OPEN} "
	f"and ({_MISSING} or {_DIFFERS} or {_PASSED})"
)
_OF_BOOK = f"{_OPEN} and ({_MISSING} or {_DIFFERS})"
_OF_LATELY = f"o.docstatus > 0 and o.modified > %(recent)s and ({_MISSING} or {_DIFFERS})"
_BY_PROMISE = """from `tabO2C Promise` p inner join `tabSales Order` o on o.name = p.sales_order
	inner join `tabSales Order Item` l on l.name = p.so_detail where p.latest = 1 and """
# still waited for, and its order is done, closed or cancelled
_LEFT_OPEN = (
	f"p.status in ('Open', 'Broken') and p.delivered_on is null and p.line_state = 0 and not ({_OPEN}) and {_DIFFERS}"
)
_SORTED = " order by l.parent, l.idx limit %(most)s"

# What left for lines of orders, the three ways: on its own note, with its invoice, or straight from the supplier.
_DELIVERIES = """select i.so_detail, n.posting_date, sum(i.stock_qty) from `tabDelivery Note Item` i
	inner join `tabDelivery Note` n on n.name = i.parent
	where n.docstatus = 1 and i.so_detail in %(lines)s and (%(returns)s or i.stock_qty > 0) group by i.so_detail, n.posting_date
	union all
	select i.so_detail, n.posting_date, sum(i.stock_qty) from `tabSales Invoice Item` i
	inner join `tabSales Invoice` n on n.name = i.parent
	where n.docstatus = 1 and n.update_stock = 1 and i.so_detail in %(lines)s and (%(returns)s or i.stock_qty > 0)
	group by i.so_detail, n.posting_date
	union all
	select i.sales_order_item, date(n.modified), sum(i.stock_qty) from `tabPurchase Order Item` i
	inner join `tabPurchase Order` n on n.name = i.parent
	where n.docstatus = 1 and n.status = 'Delivered' and i.delivered_by_supplier = 1 and i.sales_order_item in %(lines)s
	group by i.sales_order_item, date(n.modified)"""


class OrderLine(NamedTuple):
	"""A line of an order as ERPNext has it. Quantities in stock units."""

	row: str
	order: str
	number: int
	item: str
	company: str
	customer: str
	qty: float
	on: date | None
	delivered: float
	state: int
	drop_ship: int
	modified: datetime
	modified_by: str
	creation: datetime
	owner: str
	order_modified: datetime
	amended_from: str | None
	promised: int  # whether it has a promise already


def of_orders(orders: Iterable[str], today: date) -> list[OrderLine]:
	"""The lines of these orders whose promises do not say what the orders say, or whose day has passed."""
	names = tuple(orders)
	return _lines(_FROM + _OF_ORDERS, {"orders": names, "today": today}) if names else []


def of_range(company: str, after: str, to: str, today: date) -> list[OrderLine]:
	"""The same of the open orders with after < name ≤ to."""
	return _lines(_FROM + _OF_RANGE, {"company": company, "after": after, "to": to, "today": today})


def of_book(today: date, now: datetime) -> list[OrderLine]:
	"""The same of all orders: the open ones, those that were changed lately, and those that are done and are still waited for."""
	found: dict[str, OrderLine] = {}
	for query in (_FROM + _OF_BOOK, _FROM + _OF_LATELY, _BY_PROMISE + _PASSED, _BY_PROMISE + _LEFT_OPEN):
		lines = _lines(query, {"today": today, "recent": now - RECENT})
		found.update((line.row, line) for line in lines)
	return list(found.values())


def _lines(query: str, values: Mapping[str, Any]) -> list[OrderLine]:
	of_this = {**values, "not_open": NOT_OPEN, "most": MOST}
	rows = frappe.db.sql(_FIELDS + query + _SORTED, of_this)  # built sql: the fixed texts above
	return [OrderLine(*row) for row in rows]


def deliveries(lines: Sequence[OrderLine]) -> dict[str, list[Delivery]]:
	"""What left for these lines, and came back, by row. Where ERPNext does not ask for returned goods again, it does not count.

	A supplier's delivery has no date of its own: the day counts on which his Purchase Order was last changed.
	"""
	rows = tuple(line.row for line in lines if line.delivered or line.promised)
	found: dict[str, list[Delivery]] = defaultdict(list)
	if rows:
		values = {"lines": rows, "returns": int(not returns_are_free())}
		for row, on, qty in frappe.db.sql(_DELIVERIES, values):
			found[row].append(Delivery(on, qty))
	return found
