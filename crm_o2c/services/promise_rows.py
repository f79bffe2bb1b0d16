"""Keeps promised dates: a row for each, written in bulk and only where something changed. A row's date is never changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any, NamedTuple

import frappe
from frappe.utils import now_datetime

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


_CHANGING = Row._fields[Row._fields.index("qty") :]
_STAMPS = ("creation", "modified", "owner", "modified_by")
_HEAD = "insert into `tabO2C Promise` (" + ", ".join((*Row._fields, *_STAMPS)) + ") values "
_PLACE = "(" + ", ".join(["%s"] * (len(Row._fields) + len(_STAMPS))) + ")"
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


def write(rows: Sequence[Row]) -> None:
	"""Write promises, new ones and what changed of kept ones. One that is there already keeps its date, source and reason."""
	now, user = now_datetime(), frappe.session.user
	stamps = (now, now, user, user)
	for start in range(0, len(rows), BATCH):
		batch = rows[start : start + BATCH]
		values: tuple[Any, ...] = tuple(chain.from_iterable((*row, *stamps) for row in batch))
		query = _HEAD + ", ".join([_PLACE] * len(batch)) + _TAIL
		frappe.db.sql(query, values)  # built sql: fixed column names and placeholders only


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
