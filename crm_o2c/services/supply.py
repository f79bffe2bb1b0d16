"""What can be promised of items in warehouses, from the database: ledgers for a few of them, or the whole book of orders."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from crm_o2c.engine.atp import (
	LAST,
	ORDER,
	OVERDUE_DAYS,
	RESERVED,
	Demand,
	Displaced,
	Entry,
	Ledger,
	Promise,
	displaced,
	first_come,
)
from crm_o2c.services import stock_reader as reader
from crm_o2c.services.order_book import order_ranges
from crm_o2c.services.order_loader import AT_ONCE
from crm_o2c.services.stock_reader import Pair, day

SMALLEST = 1e-6  # smaller differences are of rounding
NO_BIN = (0.0, 0.0, 0.0, 0.0, 0.0)
Bins = Mapping[Pair, Sequence[float]]  # on hand, reserved for orders, and for production in three kinds


@dataclass(slots=True)
class Sheet:
	"""What was read of one pair."""

	bin: Sequence[float] = NO_BIN
	ordered: float = 0.0  # by the orders that this transaction sees, the one that asks included
	lines: dict[tuple[str, ...], Demand] = field(default_factory=dict)  # by date, placed, order and line
	aside: list[Demand] = field(default_factory=list)
	leaves: list[Demand] = field(default_factory=list)
	supply: list[Entry] = field(default_factory=list)
	own: dict[str, Demand] = field(default_factory=dict)
	moved: float = (
		0.0  # set aside here for lines of other warehouses, less what is set aside elsewhere for lines of this one
	)

	def rough(self, today: date, overdue_days: int) -> Ledger:
		"""As if all that others have ordered were gone now: never more than can be promised, and just that where nothing comes."""
		hand, reserved, *production = self.bin
		ordered = reserved - sum(d.qty for d in self.own.values()) + self.moved
		taken = [Entry(today, RESERVED, None, -sum(production))] if sum(production) else []
		taken += [Entry(today, ORDER, None, -ordered)] if ordered > SMALLEST else []
		return Ledger(today, hand, self.supply, self.leaves, taken, self.own.values(), overdue_days)

	def ledger(self, today: date, overdue_days: int) -> Ledger:
		hand, reserved, *production = self.bin
		unseen = reserved - self.ordered  # somebody has just submitted an order, which this transaction does not see
		taken = [Entry(today, RESERVED, None, -sum(production))] if sum(production) else []
		taken += [Entry(today, ORDER, None, -unseen)] if unseen > SMALLEST else []
		demands = [*self.lines.values(), *self.aside, *self.leaves]
		return Ledger(today, hand, self.supply, demands, taken, self.own.values(), overdue_days)


def ledgers(
	pairs: Iterable[Pair],
	*,
	today: date,
	without_order: str | None = None,
	bins: Bins | None = None,
	single: bool = False,
	overdue_days: int = OVERDUE_DAYS,
) -> dict[Pair, Ledger]:
	"""The ledger of each pair, in one query.

	`without_order`: the order that asks; its lines are the ledgers' `own` and not among the demands. `bins`: the rows of Bin
	where the caller has them, read under lock; a pair that is not in them has none. Demand is summed up by date unless
	`single`, which is for who wants to know whose it is.
	"""
	asked = list(dict.fromkeys(pairs))
	if not asked:
		return {}
	ordered = reader.SINGLE if single else reader.LISTED
	rows = reader.read([*ordered, *_around(without_order, bins)], asked, without_order, single)
	sheets = _sheets(asked, rows, without_order, bins)
	return {pair: sheet.ledger(today, overdue_days) for pair, sheet in sheets.items()}


class Asked(NamedTuple):
	"""A line that asks for a promise, in stock units."""

	row: str  # name of its row; empty where it was never saved
	qty: float
	on: date | None


def promises(
	asked: Mapping[Pair, Sequence[Asked]],
	*,
	today: date,
	order: str | None = None,
	in_book: bool = False,
	bins: Bins | None = None,
	overdue_days: int = OVERDUE_DAYS,
) -> dict[Pair, list[Promise]]:
	"""What can be kept of the lines of one order, with as little reading as will do: one query, or two.

	What others have ordered is read line by line only where it matters when they want it: where supply comes, and all they
	have ordered together, taken away now, would leave too little on the date. `in_book`: the order is submitted already, so
	that its place in the queue is protected; else it comes behind all that is promised. `bins` as in `ledgers`.
	"""
	if not asked:
		return {}
	rows = reader.read(_around(order, bins), asked, order)
	sheets, found = _sheets(asked, rows, order, bins), {}
	for pair, sheet in sheets.items():
		found[pair] = _promises_of(sheet.rough(today, overdue_days), asked[pair], in_book)
	unsure = [pair for pair, sheet in sheets.items() if (sheet.supply or in_book) and not _kept(found[pair])]
	if unsure:
		if bins is None:
			bins = {pair: sheets[pair].bin for pair in unsure}
		rows += reader.read(reader.LISTED, unsure, order)
		for pair, sheet in _sheets(unsure, rows, order, bins).items():
			found[pair] = _promises_of(sheet.ledger(today, overdue_days), asked[pair], in_book)
	return found


def pushed_back(
	asked: Mapping[Pair, Sequence[Asked]], *, today: date, order: str | None = None
) -> dict[Pair, list[Displaced]]:
	"""Lines of other orders that would get theirs later, or less, if these lines took their place in the queue. One query.

	`order`, where it is in the book, leaves the place that it has now.
	"""
	found = {}
	for pair, ledger in ledgers(asked, today=today, without_order=order, single=True).items():
		kept = {d.line: d for d in ledger.own}
		lines = [
			Demand(on or today, kept[row].placed if row in kept else LAST, order or "", row or str(n), qty)
			for n, (row, qty, on) in enumerate(asked[pair])
		]
		lines = [d._replace(reserved=min(kept[d.line].reserved, d.qty)) if d.line in kept else d for d in lines]
		found[pair] = displaced(ledger, lines, ledger.own)
	return found


def _kept(found: Iterable[Promise]) -> bool:
	return all(promise.is_kept for promise in found)


def _promises_of(ledger: Ledger, lines: Sequence[Asked], in_book: bool) -> list[Promise]:
	if in_book:
		return ledger.keep_each(lines)
	return ledger.promise_each([(line.qty, line.on) for line in lines])


def _around(order: str | None, bins: Bins | None) -> list[str]:
	"""The branches that are read whatever is asked, but for what others have ordered."""
	return [
		reader.SET_ASIDE,
		*reader.COMES,
		reader.LEAVES,
		*(reader.OWN if order else ()),
		*((reader.BINS,) if bins is None else ()),
	]


def _sheets(pairs: Iterable[Pair], rows: Iterable[list[Any]], own: str | None, bins: Bins | None) -> dict[Pair, Sheet]:
	sheets = {pair: Sheet(bin=(bins or {}).get(pair, NO_BIN)) for pair in pairs}
	for kind, item, warehouse, *values in sorted(rows, key=lambda row: row[0] == "set_aside"):  # lines first
		_enter(sheets, kind, (item, warehouse), values, own)
	return sheets


def _enter(sheets: dict[Pair, Sheet], kind: str, pair: Pair, values: list[Any], own: str | None) -> None:
	if kind == "set_aside":
		_set_aside(sheets, pair, values, own)
		return
	sheet = sheets.get(pair)
	if sheet is None:
		return
	if kind == "bin":
		if sheet.bin is NO_BIN:
			sheet.bin = values
	elif kind == "ordered":
		_sum_up(sheet, values[0])
	elif kind == "order":
		_add(sheet.lines, *values)
		sheet.ordered += values[-1]
	elif kind == "own":
		_add(sheet.own, *values, key=values[3])
		sheet.ordered += values[-1]
	elif kind == "leaves":
		on, document, qty, kind = values
		sheet.leaves.append(Demand(day(on), "", document, "", qty, 0.0, kind))
	else:
		on, document, qty = values
		sheet.supply.append(Entry(day(on), kind, document, qty))


def _sum_up(sheet: Sheet, lines: list[list[Any]]) -> None:
	"""Lines of others, by date and place relative to the order that asks."""
	sums: dict[tuple[str, str], list[Any]] = {}
	for on, placed, order, qty in lines:
		found = sums.setdefault((on, placed), [0.0, 0, order])
		found[0] += qty
		found[1] += 1
	for key, (qty, count, order) in sums.items():
		before = sheet.lines.get(key)  # parts of bundles come after lines
		if before:
			qty, count = qty + before.qty, count + before.documents
		document = order if count == 1 else ""
		sheet.lines[key] = Demand(day(key[0]), key[1], document, "", qty, 0.0, ORDER, count)
		sheet.ordered += qty - (before.qty if before else 0.0)


def _add(lines: dict, on: str, placed: str, order: str, line: str, qty: float, key: Any = None) -> None:
	"""A line; two parts of its bundle may be the same item."""
	key = key or (on, placed, order, line)
	before = lines.get(key)
	lines[key] = Demand(day(on), placed, order, line, qty + (before.qty if before else 0.0))


def _set_aside(sheets: dict[Pair, Sheet], pair: Pair, values: list[Any], own: str | None) -> None:
	"""A reservation is gone from its warehouse now, and its line waits for that much less, in whichever warehouse that is."""
	order, line, qty, on, placed, warehouse, counted = values
	here = sheets.get(pair)
	there = sheets.get((pair[0], warehouse))
	if order == own:
		if there and line in there.own:
			there.own[line] = there.own[line]._replace(reserved=there.own[line].reserved + qty)
		return
	if here:
		here.moved += qty
		here.aside.append(Demand(day(on), placed, order, line, qty, qty))
	if there:
		there.moved -= min(qty, counted)
	key = next((k for k in ((on, placed, order, line), (on, placed)) if there and k in there.lines), None)
	if key and counted:
		waiting = there.lines.pop(key)
		left = waiting.qty - min(qty, counted)
		if left > SMALLEST:
			served = qty >= counted - SMALLEST and waiting.documents > 1
			there.lines[key] = waiting._replace(qty=left, documents=waiting.documents - served)


# -- the whole book --------------------------------------------------------------------------------------------------------


class BookLine(NamedTuple):
	"""A line of an open order, or a part of its bundle, and what can be kept of it, first come, first served."""

	order: str
	line: str  # name of its row
	item: str
	warehouse: str
	promise: Promise  # without its ledger


Row = list[Any]  # date, placed, order, line, quantity, item, warehouse


def book_allocation(
	company: str, today: date, *, missed_only: bool = True, overdue_days: int = OVERDUE_DAYS
) -> Iterator[BookLine]:
	"""What can be kept of every open line of a company, by promise date and then by the moment of the line.

	`missed_only`: leaves out the lines that are kept on their date.
	"""
	queues = read_queues(company)
	stock = _stock(today, overdue_days, queues)
	parse = _Days()
	for pair, queue in queues.items():
		steps, aside = stock[pair].steps, stock[pair].aside
		queue += stock[pair].leaves
		queue.sort()
		waiting = ((r[0], max(0.0, r[4] - aside.get(r[3], 0.0)) if aside else r[4]) for r in queue)
		served = first_come(steps, waiting)
		for row, (now, by_date, kept_on, short) in zip(queue, served, strict=True):
			on, _placed, order, line, qty, item, warehouse = row
			already = min(aside.get(line, 0.0), qty) if aside else 0.0
			if (missed_only and kept_on and (kept_on <= on or now + already >= qty)) or not line:
				continue
			promise = Promise(qty, parse[on], now + already, by_date + already, parse[kept_on], short)
			yield BookLine(order, line, item, warehouse, promise)


class _Days(dict):
	"""Dates by their text; None stays None."""

	def __missing__(self, text: str | None) -> date | None:
		self[text] = found = day(text) if text else None
		return found


@dataclass(slots=True)
class BookStock:
	"""What the book's lines of one pair are served from."""

	bin: Sequence[float] = NO_BIN
	supply: list[tuple[str, float]] = field(default_factory=list)
	leaves: list[Row] = field(default_factory=list)
	aside: dict[str, float] = field(default_factory=dict)  # by line, in whichever warehouse
	gone: float = 0.0  # set aside here
	steps: list[tuple[str, float]] = field(default_factory=list)


def read_queues(company: str) -> dict[Pair, list[Row]]:
	"""The open lines of a company by item and warehouse."""
	queues: dict[Pair, list[Row]] = defaultdict(list)
	for row in reader.read_book(company, order_ranges(company, AT_ONCE)):
		queues[row[5], row[6]].append(row)
	for _kind, item, warehouse, day_, placed, order_, line_, qty_ in reader.read(reader.PARTS, None):
		queues[item, warehouse].append([day_, str(placed), order_, line_, qty_, item, warehouse])
	return queues


def _stock(today: date, overdue_days: int, queues: Mapping[Pair, list[Row]]) -> dict[Pair, BookStock]:
	"""What there is for these queues, and comes."""
	stock = {pair: BookStock() for pair in queues}
	first, expected = today.isoformat(), (today + timedelta(days=overdue_days)).isoformat()
	branches = (reader.BINS, reader.SET_ASIDE, *reader.COMES, reader.LEAVES)
	for kind, item, warehouse, *values in reader.read(branches, None, single=True):
		here = stock.get((item, warehouse))
		if kind == "set_aside":
			_order, line, qty, _on, _placed, line_warehouse, _counted = values
			if here:
				here.gone += qty
			if there := stock.get((item, line_warehouse)):
				there.aside[line] = there.aside.get(line, 0.0) + qty
		elif here is None:
			continue
		elif kind == "bin":
			here.bin = values
		elif kind == "leaves":
			on, document, qty, _kind = values
			here.leaves.append([on, "", document, "", qty, item, warehouse])
		else:
			on, _document, qty = values
			here.supply.append((on if on >= first else expected, qty))
	for pair, queue in queues.items():
		here = stock[pair]
		hand, reserved, *production = here.bin
		unseen = reserved - sum(row[4] for row in queue)
		free = hand - sum(production) - here.gone - (unseen if unseen > SMALLEST else 0.0)
		here.steps = [(first, free), *sorted(here.supply)]
	return stock
