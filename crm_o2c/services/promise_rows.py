"""Keeps promised dates: a row for each, written in bulk and only where something changed. A row's date is never changed."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from datetime import date, datetime
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

import frappe
from frappe.utils import now_datetime

from crm_o2c.services.order_book import NOT_OPEN

DOCTYPE = "O2C Promise"
ORDER, BY_HAND, ATP, SPLIT, CUSTOMER = SOURCES = ("Order", "By Hand", "ATP", "Split", "Customer")
BATCH = 500  # rows a statement


class Row(NamedTuple):
	"""A promise as it is kept."""

	name: str
	sales_order: str
	so_detail: str
	line: int
	item_code: str
	customer: str
	company: str
	number: int
	promised_date: date
	previous_date: date | None
	first_promised: date
	amended_from: str | None
	source: str
	cause: str | None
	reason: str | None
	promised_by: str
	promised_at: datetime
	# what may change
	qty: float
	status: str
	settled_on: date | None
	delivered_on: date | None
	days_late: int
	latest: int
	# the line as it was when this was judged
	line_qty: float
	delivered_qty: float
	line_state: int
	ended_on: date | None


_NAMING = ("name", "sales_order", "so_detail", "number")
_CHANGING = Row._fields[Row._fields.index("qty") :]
_STAMPS = "@o2c_now, @o2c_now, @o2c_user, @o2c_user"  # the same for all rows: sent once
_SHARE = "set @o2c_now = %s, @o2c_user = %s"
_TAIL = " on duplicate key update " + ", ".join(
	f"{column} = values({column})" for column in (*_CHANGING, "modified", "modified_by")
)
_KEPT = "select " + ", ".join(Row._fields) + " from `tabO2C Promise` where {0} order by so_detail, number"
_OF_LINES, _OF_ORDERS = _KEPT.format("so_detail in %(names)s"), _KEPT.format("sales_order in %(names)s")
_OLDER = """update `tabO2C Promise` p inner join (select so_detail, max(number) as number from `tabO2C Promise`
	where so_detail in %(lines)s group by so_detail) newest on newest.so_detail = p.so_detail
	set p.latest = 0 where p.number < newest.number and p.latest = 1"""
_REMOVED = """select p.name from `tabO2C Promise` p left join `tabSales Order Item` l on l.name = p.so_detail
	where l.name is null and p.line_state < 2"""
_END = """update `tabO2C Promise` set settled_on = ifnull(settled_on, %(today)s), ended_on = %(today)s, line_state = 2,
	status = if(status = 'Open', 'Cancelled', status), modified = %(now)s where name in %(names)s"""
_BEGIN = """insert ignore into `tabO2C Promise` (name, sales_order, so_detail, line, item_code, customer, company, number,
	promised_date, first_promised, source, promised_by, promised_at, qty, status, days_late, latest, line_qty, delivered_qty,
	line_state, creation, modified, owner, modified_by)
	select concat(l.name, '-1'), o.name, l.name, l.idx, l.item_code, o.customer, o.company, 1,
	coalesce(l.delivery_date, o.delivery_date), coalesce(l.delivery_date, o.delivery_date), %(source)s, l.owner, l.creation,
	l.stock_qty, 'Open', 0, 1, l.stock_qty, 0, 0, @o2c_now, @o2c_now, @o2c_user, @o2c_user
	from `tabSales Order` o inner join `tabSales Order Item` l on l.parent = o.name
	left join `tabO2C Promise` p on p.so_detail = l.name
	where o.company = %(company)s and o.name > %(after)s and o.name <= %(to)s and o.docstatus = 1 and o.per_delivered < 100
	and o.status not in %(not_open)s and o.skip_delivery_note = 0 and ifnull(o.amended_from, '') = '' and l.qty > 0
	and coalesce(l.delivery_date, o.delivery_date) is not null and p.name is null"""
_STILL_LATE = """update `tabO2C Promise` set days_late = datediff(%(today)s, promised_date)
	where status = 'Broken' and delivered_on is null and line_state = 0 and days_late != datediff(%(today)s, promised_date)"""


def row_name(so_detail: str, number: int) -> str:
	"""The unique name of a promise."""
	return f"{so_detail}-{number}"


def of_lines(lines: Iterable[str]) -> dict[str, list[Row]]:
	"""The promises of these lines, the first one first."""
	return _read(_OF_LINES, lines)


def of_orders(orders: Iterable[str]) -> dict[str, list[Row]]:
	"""The promises of these orders by line, the first one first."""
	return _read(_OF_ORDERS, orders)


def _read(query: str, names: Iterable[str]) -> dict[str, list[Row]]:
	found: dict[str, list[Row]] = defaultdict(list)
	wanted = tuple(names)
	for values in frappe.db.sql(query, {"names": wanted}) if wanted else ():  # built sql: fixed column names
		row = Row(*values)
		found[row.so_detail].append(row)
	return found


def write(rows: Sequence[Row], kept: Container[str] = ()) -> None:
	"""Write promises, new ones and what changed of `kept` ones. One that is there already keeps its date, source and reason."""
	if rows:
		frappe.db.sql(_SHARE, (now_datetime(), frappe.session.user))
		_write([row for row in rows if row.name not in kept], Row._fields)
		_write([row for row in rows if row.name in kept], (*_NAMING, *_CHANGING))


def _write(rows: Sequence[Row], columns: Sequence[str]) -> None:
	head = "insert into `tabO2C Promise` (" + ", ".join(columns) + ", creation, modified, owner, modified_by) values "
	place = "(" + "%s, " * len(columns) + _STAMPS + ")"
	values_of = attrgetter(*columns)
	for start in range(0, len(rows), BATCH):
		batch = rows[start : start + BATCH]
		query = head + ", ".join([place] * len(batch)) + _TAIL
		frappe.db.sql(
			query, tuple(chain.from_iterable(map(values_of, batch)))
		)  # built sql: fixed column names, placeholders


def begin(company: str, after: str, to: str) -> int:
	"""The first promises of lines with none, of the open orders with after < name ≤ to, written by the database alone: open,
	as if nothing had been delivered. What else there is to say of a line then differs, and `promise_reader` finds it. Lines
	of amended orders are left to it as well. How many were written.

	Only where the transaction reads what is committed: else the orders read would be locked.
	"""
	values = {"company": company, "after": after, "to": to, "not_open": NOT_OPEN, "source": ORDER}
	frappe.db.sql(_SHARE, (now_datetime(), frappe.session.user))
	frappe.db.sql(_BEGIN, values)
	return frappe.db.sql("select row_count()")[0][0]


def only_the_newest(lines: Sequence[str]) -> None:
	"""Of each of these lines only the last promise is the latest, whoever wrote at the same moment."""
	for start in range(0, len(lines), BATCH):
		frappe.db.sql(_OLDER, {"lines": tuple(lines[start : start + BATCH])})


def end_removed(today: date, orders: Iterable[str] | None = None) -> None:
	"""Lines that were taken out of their order: what was still waited for is cancelled."""
	names = tuple(orders) if orders is not None else ()
	query = _REMOVED if orders is None else _REMOVED + " and p.sales_order in %(orders)s"
	gone = frappe.db.sql(query, {"orders": names}, pluck=True) if orders is None or names else ()  # built sql: fixed
	for start in range(0, len(gone), BATCH):
		frappe.db.sql(_END, {"names": tuple(gone[start : start + BATCH]), "today": today, "now": now_datetime()})


def count_late_days(today: date) -> None:
	"""Another day has passed for lines that are late and still to be delivered."""
	frappe.db.sql(_STILL_LATE, {"today": today})


def forget_order(order: str) -> None:
	"""Delete the promises of an order that is being deleted."""
	frappe.db.delete(DOCTYPE, {"sales_order": order})
