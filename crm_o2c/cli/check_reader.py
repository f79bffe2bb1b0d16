"""Orders to check out of a table with one row for each line: each order's own facts, before anything else is known."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from crm_o2c.cli.check_columns import FIELDS, check_columns
from crm_o2c.cli.reader import DONE, DRAFT, Reject, Rows, first_known, known_fields, state_of, whole_orders
from crm_o2c.cli.tables import read_table
from crm_o2c.engine.anomaly.facts import CheckFacts, CreditFacts, CustomerFacts, ItemFacts, LineFacts

DECIMALS = 9
CANCELLED = {"cancelled", "取消", "已取消"}


class SheetOrder(NamedTuple):
	"""An order as a file has it."""

	facts: CheckFacts
	price_list: str = ""
	on_stock: tuple[float | None, ...] = ()  # for each line, in stock units
	is_draft: bool = False
	is_open: bool = True  # still to be delivered
	is_told: bool = False  # whether the file says so itself


class Sheet(NamedTuple):
	"""What a file gave."""

	orders: list[SheetOrder]
	rejects: list[Reject]
	unread: tuple[str, ...] = ()


def read_sheet(path: Path, today: date, encoding: str | None = None, dates: str | None = None) -> Sheet:
	"""The orders of a file, cancelled ones left aside. `dates` says which comes first in 03/04/2026: `dmy` or `mdy`."""
	table = read_table(path, lambda row: known_fields(check_columns(row), "item"), encoding)
	columns = check_columns(table.headings)
	rows = Rows(table, columns, FIELDS, dates)
	orders = []
	for name, lines in whole_orders(rows, True):
		bare = [line.number for line in lines if not line.cells.get("item")]
		if bare:
			for line in lines:
				if line.number in bare:
					rows.reject(line.number, "", name, "the row has no item", {})
				else:
					text = "another row of this order can't be read: row {row}"
					rows.reject(line.number, "", name, text, {"row": bare[0]})
			continue
		order = sheet_order(name, [line.cells for line in lines], today)
		if order:
			orders.append(order)
	unread = tuple(c.heading for c in columns if not c.field and c.heading)
	return Sheet(orders, sorted(rows.rejects, key=lambda r: r.row), unread)


def sheet_order(name: str, rows: Sequence[Mapping[str, Any]], today: date) -> SheetOrder | None:
	"""An order from its rows; None where it is cancelled."""
	head = first_known(rows)
	state = state_of(head)
	if state in CANCELLED:
		return None
	exchange = head.get("exchange_rate") or 1.0
	lines = tuple(_lines(rows, head, exchange))
	amounts = [line.amount for line in lines]
	net = None if None in amounts else round(sum(amounts), 2)
	total = _known(head, "base_grand_total", "grand_total", exchange)
	total = net if total is None else total
	if net and total is not None:
		lines = tuple(line._replace(total=line.amount * total / net) for line in lines)
	last = max((line.promise_date for line in lines if line.promise_date), default=head.get("order_date"))
	is_open = state not in DONE and (head.get("delivered_percent") or 0.0) < 100
	if not state:
		is_open = is_open and (last is None or last >= today)
	facts = CheckFacts(
		order=name,
		company=head.get("company"),
		currency=head.get("currency"),
		customer=head.get("customer") or head.get("customer_name"),
		customer_group=head.get("customer_group"),
		order_type=head.get("order_type"),
		order_date=head.get("order_date"),
		net=net,
		total=total,
		rate_used=exchange if head.get("exchange_rate") else None,
		rate_on_file=head.get("rate_on_file"),
		terms_days=_whole(head.get("terms_days")),
		ship_to=head.get("ship_to"),
		po_no=head.get("po_no"),
		submitted=state not in DRAFT,
		lines=lines,
		credit=_credit(head, total if is_open else 0.0),
		about_customer=CustomerFacts(terms_days=_whole(head.get("agreed_days"))),
	)
	on_stock = tuple(row.get("on_stock") for row in rows)
	return SheetOrder(facts, head.get("price_list") or "", on_stock, state in DRAFT, is_open, bool(state))


def _known(row: Mapping[str, Any], base: str, own: str, exchange: float) -> float | None:
	"""A value in company currency, from the column that has it so or from the one in the order's currency."""
	if row.get(base) is not None:
		return row[base]
	return None if row.get(own) is None else round(row[own] * exchange, DECIMALS)


def _whole(value: float | None) -> int | None:
	return None if value is None else round(value)


def _credit(head: Mapping[str, Any], this_order: float | None) -> CreditFacts | None:
	"""What the file says of the customer's credit; None where it says nothing."""
	names = ("credit_limit", "outstanding", "overdue_amount", "overdue_days")
	if this_order is None or all(head.get(name) is None for name in names):
		return None
	return CreditFacts(
		limit=head.get("credit_limit") or None,
		billed=head.get("outstanding") or 0.0,
		this_order=this_order,
		overdue=head.get("overdue_amount") or 0.0,
		overdue_days=head.get("overdue_days") or 0,
	)


def _lines(rows: Sequence[Mapping[str, Any]], head: Mapping[str, Any], exchange: float) -> Iterator[LineFacts]:
	for number, row in enumerate(rows, 1):
		qty = row.get("quantity") or 0.0
		factor = row.get("factor") or (row.get("stock_quantity") or qty) / qty if qty else 1.0
		amount = _known(row, "base_amount", "amount", exchange)
		rate = _rate(row, qty, amount, exchange)
		if amount is None and rate is not None:
			amount = rate * qty
		list_rate = _known(row, "base_list_rate", "list_rate", exchange) or None
		item = row["item"]
		yield LineFacts(
			number,
			item,
			item_group=row.get("item_group"),
			warehouse=row.get("warehouse"),
			qty=qty,
			uom=row.get("uom"),
			factor=factor,
			open_qty=max(0.0, qty - (row.get("delivered") or 0.0)) * factor,
			rate=rate,
			list_rate=list_rate,
			contract_rate=(row.get("contract_rate") or 0.0) * exchange or None,
			amount=None if amount is None else round(amount, 2),
			cost=row.get("cost") or None,
			promise_date=row.get("line_promise") or row.get("promise_date") or head.get("promise_date"),
			hand_discount=max(0.0, 100 * (1 - rate / list_rate)) if list_rate and rate is not None else 0.0,
			about=ItemFacts(
				item,
				min_qty=row.get("min_qty") or None,
				max_discount=row.get("max_discount") or None,
				lead_days=_whole(row.get("lead_days")),
			),
		)


def _rate(row: Mapping[str, Any], qty: float, amount: float | None, exchange: float) -> float | None:
	"""The net price of one unit in company currency."""
	rate = _known(row, "base_rate", "net_rate", exchange)
	if rate is None and row.get("rate") is not None:
		rate = round(row["rate"] * exchange, DECIMALS)
	return amount / qty if rate is None and amount is not None and qty else rate
