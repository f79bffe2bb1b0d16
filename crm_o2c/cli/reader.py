"""Orders and customers out of a table: one row for each order or for each line, in ERPNext's own headings or plain ones.

A cell that can't be read puts its row into the rejects, and the whole order with it: half an order would be ranked by
half its value.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from crm_o2c.cli import values
from crm_o2c.cli.columns import Column, customer_columns, normal, order_columns
from crm_o2c.cli.tables import FileError, Table, read_table
from crm_o2c.cli.values import CellError
from crm_o2c.engine.expression import FLAG, NUMBER
from crm_o2c.engine.facts import OrderFacts

DONE = {"completed", "closed", "cancelled", "to bill", "已完成", "已关闭", "取消", "已取消", "待开票", "待开费用清单"}
HELD = {"on hold", "暂缓处理", "暂停"}
DRAFT = {"draft", "草案", "草稿"}
DOCSTATUS = {"0": "draft", "1": "", "2": "cancelled"}

DATES = {"order_date", "promise_date", "line_promise"}
FLAGS = {"on_hold", "frozen", "disabled"}
TEXTS = {"order", "customer", "customer_name", "company", "tier", "status", "docstatus", "item"}
WHOLE = {"lines", "overdue_days"}


class Reject(NamedTuple):
	"""A row that was left out: where, what stood there, and why (a text to translate and its values)."""

	row: int
	column: str
	value: str
	reason: str
	values: Mapping[str, Any]


class Line(NamedTuple):
	number: int
	cells: dict[str, Any]


class OrderBook(NamedTuple):
	"""What a source gave: the open orders, the rows left out, how many orders were not open, and columns not read."""

	orders: list[OrderFacts]
	rejects: list[Reject]
	not_open: int = 0
	unread: tuple[str, ...] = ()


Customers = Mapping[str, dict[str, Any]]


def read_customers(
	path: Path, fields: Mapping[str, str], encoding: str | None = None
) -> tuple[Customers, list[Reject]]:
	"""Tier, blocks, overdue and the policy's own fields of each customer, by his name."""
	table = read_table(path, lambda row: known_fields(customer_columns(row, fields), "customer"), encoding)
	rows = Rows(table, customer_columns(table.headings, fields), fields, None)
	found: dict[str, dict[str, Any]] = {}
	for line in rows:
		if name := line.cells.get("customer"):
			found[name] = line.cells
	return found, rows.rejects


def read_orders(
	path: Path,
	fields: Mapping[str, str],
	customers: Customers | None = None,
	encoding: str | None = None,
	dates: str | None = None,
) -> OrderBook:
	"""The open orders of a file. `dates` says which comes first in 03/04/2026: `dmy` or `mdy`."""
	table = read_table(path, lambda row: known_fields(order_columns(row, fields), "order"), encoding)
	columns = order_columns(table.headings, fields)
	rows = Rows(table, columns, fields, dates)
	orders, not_open = [], 0
	for name, lines in whole_orders(rows, any(c.of_line and c.field for c in columns)):
		facts = order_facts(name, [line.cells for line in lines], customers or {}, fields)
		if facts:
			orders.append(facts)
		else:
			not_open += 1
	unread = tuple(c.heading for c in columns if not c.field and c.heading)
	return OrderBook(orders, sorted(rows.rejects, key=lambda r: r.row), not_open, unread)


def known_fields(columns: list[Column], needed: str) -> int:
	"""How many fields a heading names; 0 where it lacks the one that is needed."""
	fields = {c.field for c in columns if c.field}
	return len(fields) if needed in fields else 0


class Rows:
	"""The rows of a table with their cells read. What can't be read is in `rejects`, its rows in `bad`."""

	def __init__(self, table: Table, columns: list[Column], fields: Mapping[str, str], dates: str | None):
		self.rejects: list[Reject] = []
		self.bad: set[int] = set()
		self._table, self._fields = table, fields
		self._columns = [c for c in columns if c.field]
		self._orders = {
			c.place: dates or values.date_order(row[c.place] for _n, row in table.rows if c.place < len(row))
			for c in self._columns
			if c.field in DATES
		}

	def __iter__(self) -> Iterator[Line]:
		for number, row in self._table.rows:
			cells: dict[str, Any] = {}
			for column in self._columns:
				cell = row[column.place] if column.place < len(row) else None
				try:
					value = self._read(column, cell)
				except CellError as e:
					self.reject(number, column.heading, cell, e.text, e.values)
				else:
					field = "line_promise" if column.of_line and column.field == "promise_date" else column.field
					if cells.get(field) is None:  # of several columns for one field the first that says something
						cells[field] = value
			yield Line(number, cells)

	def reject(self, number: int, heading: str, cell: Any, text: str, params: Mapping[str, Any]) -> None:
		self.bad.add(number)
		self.rejects.append(Reject(number, heading, values.text_of(cell), text, params))

	def _read(self, column: Column, cell: Any) -> Any:
		field = column.field
		kind = self._fields.get(field)
		if field in DATES:
			return values.day(cell, self._orders[column.place])
		if field in FLAGS or kind == FLAG:
			return values.flag(cell)
		if field in TEXTS or (kind and kind != NUMBER):
			return values.text_of(cell) or None
		value = values.number(cell, self._table.decimal_comma)
		return round(value) if value is not None and field in WHOLE else value


def whole_orders(rows: Rows, by_line: bool) -> Iterator[tuple[str, list[Line]]]:
	"""The rows of each order of which every row could be read. The rows of the others become rejects."""
	found = list(_by_order(rows, by_line).items())
	bad = frozenset(rows.bad)
	for name, lines in found:
		spoiled = next((line.number for line in lines if line.number in bad), None)
		if spoiled is None:
			yield name, lines
			continue
		rows.rejects += [
			Reject(line.number, "", name, "another row of this order can't be read: row {row}", {"row": spoiled})
			for line in lines
			if line.number not in bad
		]


def _by_order(rows: Rows, by_line: bool) -> dict[str, list[Line]]:
	"""The rows of each order. In ERPNext's export only the first row of an order has its number."""
	groups: dict[str, list[Line]] = {}
	name = None
	for line in rows:
		own = line.cells.get("order")
		if own is None and not (by_line and name):
			rows.reject(line.number, "", "", "the row has no order number", {})
			continue
		name = own or name
		if not by_line and name in groups:
			first = groups[name][0].number
			rows.reject(line.number, "", name, "the order is there twice: row {row} has it too", {"row": first})
			continue
		groups.setdefault(name, []).append(line)
	return groups


# -- from cells to facts ---------------------------------------------------------------------------------------------------


def order_facts(
	name: str, rows: list[dict[str, Any]], customers: Customers, fields: Mapping[str, str]
) -> OrderFacts | None:
	"""The facts of one order from its rows; None where nothing is left to deliver."""
	head = first_known(rows)
	state = state_of(head)
	delivered = head.get("delivered_percent") or 0.0
	lines = [_open_line(row, head) for row in rows if "quantity" in row or row.get("item")]
	still_open = [line for line in lines if line]
	if state in DONE or delivered >= 100 or (lines and not still_open):
		return None
	customer = head.get("customer") or head.get("customer_name")
	known = {**customers.get(customer, {}), **{k: v for k, v in head.items() if v is not None}}
	value, units, in_stock, promise = _totals(head, still_open, 1 - delivered / 100)
	return OrderFacts(
		name,
		customer=customer,
		company=head.get("company"),
		value=value,
		tier=known.get("tier"),
		order_date=head.get("order_date"),
		promise_date=promise,
		lines=len(still_open) or head.get("lines"),
		units=units,
		lines_in_stock=in_stock,
		submitted=state not in DRAFT,
		on_hold=state in HELD or bool(head.get("on_hold")),
		customer_blocked=bool(known.get("frozen") or known.get("disabled")),
		margin_percent=head.get("margin_percent"),
		overdue_amount=known.get("overdue_amount"),
		overdue_days=known.get("overdue_days"),
		boost=head.get("boost") or 0.0,
		extra={field: known[field] for field in fields if known.get(field) is not None},
	)


def first_known(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
	"""Of each column the first value that is there."""
	head: dict[str, Any] = {}
	for row in rows:
		for field, value in row.items():
			if head.get(field) is None:
				head[field] = value
	return head


def state_of(head: Mapping[str, Any]) -> str:
	"""The state of an order, as its status or document status has it; empty where neither is there."""
	docstatus = normal(head.get("docstatus"))
	return DOCSTATUS.get(docstatus, "") or (docstatus if docstatus in DONE | DRAFT else normal(head.get("status")))


class _OpenLine(NamedTuple):
	value: float | None
	units: float | None
	in_stock: bool | None
	promise: Any


def _open_line(row: dict[str, Any], head: dict[str, Any]) -> _OpenLine | None:
	"""What is still to deliver of a line, in company currency; None where nothing is."""
	quantity, done = row.get("quantity"), row.get("delivered") or 0.0
	if quantity is not None and quantity - done <= 0:
		return None
	share = 1.0 if quantity is None else (quantity - done) / quantity
	rate = head.get("exchange_rate") or 1.0
	amount = row.get("base_amount")
	if amount is None and row.get("amount") is not None:
		amount = row["amount"] * rate
	if amount is None and row.get("rate") is not None and quantity is not None:
		amount = row["rate"] * quantity * rate
	units = row.get("stock_quantity")
	units = quantity if units is None else units
	stock = row.get("on_stock")
	return _OpenLine(
		None if amount is None else amount * share,
		None if units is None else units * share,
		None if stock is None else stock > 0,
		row.get("line_promise") or row.get("promise_date"),
	)


def _totals(head: dict[str, Any], lines: list[_OpenLine], share: float) -> tuple:
	"""Value, units, lines in stock and promise: from the lines where they know, else from the order."""
	value = head.get("base_total")
	if value is None and head.get("total") is not None:
		value = head["total"] * (head.get("exchange_rate") or 1.0)
	units = head.get("units")
	value, units = (None if x is None else x * share for x in (value, units))
	if lines and all(line.value is not None for line in lines):
		value = sum(line.value for line in lines)
	if lines and all(line.units is not None for line in lines):
		units = sum(line.units for line in lines)
	in_stock = sum(bool(line.in_stock) for line in lines) if any(line.in_stock is not None for line in lines) else None
	promises = [line.promise for line in lines if line.promise]
	value = None if value is None else round(value, 2)
	return value, units, in_stock, min(promises) if promises else head.get("promise_date")


__all__ = ["FileError", "OrderBook", "Reject", "order_facts", "read_customers", "read_orders"]
