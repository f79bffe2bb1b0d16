"""Delivery dates promised to customers: each one that an order's line ever had, and whether it was kept.

ERPNext tells nobody when a date is changed: by Update Items, by a save after submission, by the API. So the line's date is
compared with its last promise, after an event for speed and by a sweep for truth, and both write through `record`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import frappe
from frappe.utils import getdate, now_datetime

from crm_o2c.engine import promises as engine
from crm_o2c.services import events, promise_reader, promise_rows
from crm_o2c.services.promise_reader import CANCELLED, CLOSED, LIVE, OrderLine
from crm_o2c.services.promise_rows import BY_HAND, ORDER, Row

AT_ONCE = 5000  # lines a transaction


class Why(NamedTuple):
	"""Who changed the date of a line, and why, where somebody has said so."""

	source: str
	reason: str
	cause: str | None
	user: str


# -- two feeds, one writer -----------------------------------------------------------------------------------------------


def observe(names: Sequence[str]) -> int:
	"""After an event: bring the promises of these orders in line with their lines. Returns how many rows were written."""
	promise_rows.end_removed(getdate(), names)
	return record(promise_reader.of_orders(names, getdate()))


def sweep() -> int:
	"""The same for all orders, should an event have been lost, and for days that have passed. Returns how many rows were written."""
	lines, written = promise_reader.of_book(getdate(), now_datetime()), 0
	promise_rows.end_removed(getdate())
	for start in range(0, len(lines), AT_ONCE):
		written += record(lines[start : start + AT_ONCE], missed=True)
		frappe.db.commit()  # each part is complete in itself  # nosemgrep
	return written


def count_late_days() -> None:
	"""Every night: lines that are late and still to be delivered are a day later."""
	promise_rows.count_late_days(getdate())


def record(lines: Sequence[OrderLine], why: Mapping[str, Why] | None = None, missed: bool = False) -> int:
	"""Write what the promises of these lines lack: new dates, and what has become of them. Returns how many rows were written.

	`why`: by row, where somebody said so; else it was who changed the line last. `missed`: nobody told of these lines at
	the time, so that deliveries may have changed them since; a first promise then counts as given when the line was made.
	"""
	if not lines:
		return 0
	writer = _Writer(lines, why or {}, missed)
	rows = [row for line in lines for row in writer.changed(line)]
	promise_rows.write(rows, {row.name for kept in writer.kept.values() for row in kept})
	if writer.replaced:
		promise_rows.only_the_newest(writer.replaced)
	for row in writer.noted:
		_note(row)
	return len(rows)


def _note(row: Row) -> None:
	events.note(
		"Sales Order",
		row.sales_order,
		"promise",
		str(row.promised_date),
		from_state=str(row.previous_date or ""),
		reason=row.reason or "",
		quantity=row.qty,
		happened_at=row.promised_at,
		key=row.name,
	)


class _Writer:
	"""What the promises of some lines are to be."""

	def __init__(self, lines: Sequence[OrderLine], why: Mapping[str, Why], missed: bool):
		self.why, self.missed, self.today = why, missed, getdate()
		self.kept = promise_rows.of_lines(line.row for line in lines if line.promised)
		self.deliveries = promise_reader.deliveries(lines)
		self.before = _before_amendment([line for line in lines if line.amended_from and not line.promised])
		self.replaced: list[str] = []  # lines that have a newer promise
		self.noted: list[Row] = []

	def changed(self, line: OrderLine) -> Iterator[Row]:
		"""The line's promises that are new or not what they were."""
		kept = self.kept.get(line.row, [])
		rows = [*kept, *self._new(line, kept)]
		if rows and (rows[-1].promised_date >= self.today or not kept):
			rows[-1] = rows[-1]._replace(qty=line.qty)  # once its day has passed it stays what was promised for it
		ended_on = self._ended_on(line, kept)
		before = {row.name: row for row in kept}
		for row, verdict in zip(rows, self._verdicts(line, rows, ended_on), strict=True):
			now = row._replace(
				**verdict._asdict(),
				latest=int(row is rows[-1]),
				line_qty=line.qty,
				delivered_qty=line.delivered,
				line_state=line.state,
				ended_on=ended_on,
			)
			if now != before.get(row.name):
				yield now

	def _verdicts(self, line: OrderLine, rows: Sequence[Row], ended_on: date | None) -> Iterator[engine.Verdict]:
		cancelled = line.state == CANCELLED
		return engine.judge(
			[engine.Promise(row.promised_date, getdate(row.promised_at), row.qty) for row in rows],
			engine.Line(
				tuple(self.deliveries.get(line.row, ())),
				cancelled_on=ended_on if cancelled else None,
				closed_on=None if cancelled else ended_on,
			),
			self.today,
		)

	def _new(self, line: OrderLine, kept: Sequence[Row]) -> Iterator[Row]:
		"""The promise that the line's date makes, where it is not its last one."""
		last = kept[-1] if kept else self.before.get(line.row)
		if line.on is None or line.state == CANCELLED or (kept and last.promised_date == line.on):
			return
		row = self._row(line, last, kept[-1].number + 1 if kept else 1)
		if kept:
			self.replaced.append(line.row)
			self.noted.append(row)
		yield row

	def _row(self, line: OrderLine, last: Row | None, number: int) -> Row:
		by, at = (line.owner, line.creation) if number == 1 and self.missed else (line.modified_by, line.modified)
		why = self.why.get(line.row) or Why(BY_HAND if number > 1 else ORDER, "", None, by)
		return Row(
			name=promise_rows.row_name(line.row, number),
			sales_order=line.order,
			so_detail=line.row,
			line=line.number,
			item_code=line.item,
			customer=line.customer,
			company=line.company,
			number=number,
			promised_date=line.on,
			previous_date=last.promised_date if last else None,
			first_promised=last.first_promised if last else line.on,
			amended_from=line.amended_from,
			source=why.source,
			cause=why.cause,
			reason=why.reason or None,
			promised_by=why.user,
			promised_at=at,
			qty=line.qty,
			status=engine.OPEN,
			settled_on=None,
			delivered_on=None,
			days_late=0,
			latest=1,
			line_qty=line.qty,
			delivered_qty=0.0,
			line_state=LIVE,
			ended_on=None,
		)

	def _ended_on(self, line: OrderLine, kept: Sequence[Row]) -> date | None:
		"""When it was seen first that nothing more will be delivered: the line was cancelled or closed, or less was ordered
		and the customer had that much already."""
		last = kept[-1] if kept else None
		if line.state in (CLOSED, CANCELLED):
			return last.ended_on if last and last.line_state == line.state else getdate(line.order_modified)
		if not last or line.delivered < line.qty - engine.SMALLEST:
			return None
		shortened = line.qty < last.line_qty - engine.SMALLEST and last.delivered_qty < last.line_qty - engine.SMALLEST
		return getdate(line.modified) if shortened else last.ended_on if last.line_state == LIVE else None


def _before_amendment(lines: Sequence[OrderLine]) -> dict[str, Row]:
	"""For new lines of amended orders the last promise of the line that each goes on with."""
	if not lines:
		return {}
	by_order: dict[str, list[Row]] = {}
	for rows in promise_rows.of_orders({line.amended_from for line in lines}).values():
		by_order.setdefault(rows[-1].sales_order, []).append(rows[-1])
	found: dict[str, Row] = {}
	for order, amended in {line.order: line.amended_from for line in lines}.items():
		new = [(line.row, line.item) for line in lines if line.order == order]
		old = sorted(by_order.get(amended, ()), key=lambda row: row.line)
		last = {row.so_detail: row for row in old}
		pairs = engine.carried_over(new, [(row.so_detail, row.item_code) for row in old])
		found.update((row, last[before]) for row, before in pairs.items())
	return found


# -- for others ----------------------------------------------------------------------------------------------------------


def summary(order: str) -> dict[str, Any]:
	"""An order's promises together: {first, latest, status, days_late, days_late_first, changes}; empty where it has none.

	First and latest are when the last of its lines was promised. Days late are those of the latest promises of its lines,
	and of the first ones, up to today where something is still to come.
	"""
	lines = promise_rows.of_orders([order])
	if not lines:
		return {}
	today = getdate()
	latest = [rows[-1] for rows in lines.values()]
	return {
		"first": max(row.first_promised for row in latest),
		"latest": max(row.promised_date for row in latest),
		"status": engine.together(row.status for row in latest),
		"days_late": max(late_by(row, row.promised_date, today) for row in latest),
		"days_late_first": max(late_by(row, row.first_promised, today) for row in latest),
		"changes": sum(row.number > 1 for rows in lines.values() for row in rows),
	}


def late_by(row: Row, promised: date, today: date) -> int:
	"""Days by which the line of a promise is, or was, late against a date."""
	if row.line_state == CANCELLED:
		return 0
	end = row.delivered_on or row.ended_on or today
	return max(0, (end - promised).days)


def forget_order(order: str) -> None:
	"""Delete the promises of an order that is being deleted."""
	promise_rows.forget_order(order)
