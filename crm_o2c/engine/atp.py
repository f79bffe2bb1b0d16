"""Available to promise: what stock and dated supply can keep, for one item in one warehouse, in stock units.

Two questions, two ways of counting:

- What can be promised to somebody new? Looking ahead: on a date he may have what is left on that date and on every later
  one, after all that is promised already. So a new promise never makes an earlier one late, and no unit is promised twice.
- When is each line of the book kept? First come, first served, by promise date and then by the moment of the order: each
  line takes its units from the earliest supply that the lines before it have left.

Both say the same of what is late or short. What is set aside for a line (a Stock Reservation Entry) is its own, whatever
its date. Supply that should have come already is expected some days from today, and is never counted as here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple, TypeVar

# What an entry of a ledger is.
ON_HAND, RESERVED, ORDER, PURCHASE, WORK_ORDER, MATERIAL_REQUEST, TRANSFER = KINDS = (
	"on_hand",
	"reserved",
	"order",
	"purchase",
	"work_order",
	"material_request",
	"transfer",
)
SUPPLIES = frozenset((PURCHASE, WORK_ORDER, MATERIAL_REQUEST, TRANSFER))
KEPT_DECIMALS = 9  # as in Frappe's columns: sums of floats are rounded before they are compared
OVERDUE_DAYS = 1  # from today on, overdue supply is expected
BEFORE, OWN, BEHIND, LAST = "1", "2", "3", "~"  # `Demand.placed`, where only the place relative to one order is known

When = TypeVar("When")


class Entry(NamedTuple):
	"""One row of the ledger that explains a promise: what comes or goes, when, by which document, and what is then left."""

	on: date
	kind: str
	document: str | None  # None where several are summed up, or where there is none
	qty: float  # below 0: goes
	balance: float = 0.0
	documents: int = 1  # how many are summed up
	due: date | None = None  # the date on the document, where that has passed and `on` is when it is expected now


class Promise(NamedTuple):
	"""What can be kept of one line. Quantities in stock units."""

	wanted: float = 0.0
	on: date | None = None  # the date wanted
	now: float = 0.0  # available at once
	by_date: float = 0.0  # available on the date wanted
	kept_on: date | None = None  # first date on which the whole is available; None: no known supply covers it
	short: float = 0.0  # what no known supply covers
	ledger: tuple[Entry, ...] = ()
	elsewhere: tuple[
		tuple[str, float], ...
	] = ()  # other warehouses that have some free at once; filled where it was asked

	@property
	def is_kept(self) -> bool:
		"""Whether the whole is there on the date wanted; at any time, where no date is wanted."""
		return self.kept_on is not None and (self.on is None or self.kept_on <= self.on or self.by_date >= self.wanted)


class Demand(NamedTuple):
	"""What an open line, or a request to issue or move goods, takes from stock. They queue in the order of these fields."""

	on: date
	placed: str = ""  # when it was ordered, as text that sorts; the earlier is served first where dates are the same
	document: str = ""  # empty where several are summed up
	line: str = ""
	qty: float = 0.0  # still to deliver
	reserved: float = 0.0  # of `qty`, set aside for it here
	kind: str = ORDER
	documents: int = 1

	@property
	def waits(self) -> float:
		"""What it has to wait for in the queue."""
		return round(max(0.0, self.qty - self.reserved), KEPT_DECIMALS)


class Ledger:
	"""What is on hand, comes and goes of one item in one warehouse, seen from today.

	`taken` is gone from what is on hand, without a date: reserved for production, or for orders that are not seen singly.
	`own` are the lines of the order that asks, as they are kept so far; they are not among the demands.
	"""

	__slots__ = ("_dates", "_free", "demands", "entries", "hand", "own", "supply", "taken", "today")

	def __init__(
		self,
		today: date,
		hand: float = 0.0,
		supply: Iterable[Entry] = (),
		demands: Iterable[Demand] = (),
		taken: Iterable[Entry] = (),
		own: Iterable[Demand] = (),
		overdue_days: int = OVERDUE_DAYS,
	):
		self.today, self.hand, self.own = today, hand, tuple(own)
		expected = today + timedelta(days=overdue_days)
		coming = [entry if entry.on >= today else entry._replace(on=expected, due=entry.on) for entry in supply]
		self.supply = tuple(sorted(coming, key=lambda entry: entry.on))
		self.demands, self.taken = tuple(sorted(demands)), tuple(entry._replace(on=today) for entry in taken)
		self.entries = tuple(self._balanced())
		self._dates, self._free = self._left()

	def _balanced(self) -> Iterator[Entry]:
		"""All entries with what is left after each. Today what is due goes first; later what comes is there for what goes."""
		today = self.today
		aside = [d for d in self.demands if d.reserved]
		reserved = (Entry(today, RESERVED, d.document or None, -d.reserved, 0.0, d.documents) for d in aside)
		dated = [(s.on, s.on <= today, s) for s in self.supply]
		for d in self.demands:
			if d.waits:
				on, due = (today, d.on) if d.on < today else (d.on, None)
				dated.append((on, on > today, Entry(on, d.kind, d.document or None, -d.waits, 0.0, d.documents, due)))
		dated.sort(key=lambda row: row[:2])
		balance = 0.0
		for entry in (Entry(today, ON_HAND, None, self.hand), *self.taken, *reserved, *(row[2] for row in dated)):
			balance = round(balance + entry.qty, KEPT_DECIMALS)
			yield entry._replace(balance=balance)

	def _left(self) -> tuple[list[date], list[float]]:
		"""Moments, and what may be promised then: at once, before anything of today has come; then at the end of each date."""
		at_once, by_date = 0.0, {self.today: 0.0}
		for entry in self.entries:
			if not (entry.kind in SUPPLIES and entry.qty > 0) and entry.on <= self.today:
				at_once = entry.balance
			by_date[entry.on] = entry.balance
		left = [at_once, *by_date.values()]
		lowest = list(accumulate(reversed(left), min))
		return [self.today, *by_date], [max(0.0, qty) for qty in reversed(lowest)]

	def promise(self, wanted: float, on: date | None = None) -> Promise:
		"""What can be promised to somebody new, who wants that much on that date."""
		wanted, free = round(wanted, KEPT_DECIMALS), self._free
		by_date = free[-1] if on is None else free[max(0, bisect_right(self._dates, on) - 1)]
		kept_on = next((day for day, qty in zip(self._dates, free, strict=True) if qty >= wanted), None)
		short = round(max(0.0, wanted - free[-1]), KEPT_DECIMALS)
		return Promise(wanted, on, free[0], by_date, kept_on, short, self.entries)

	def promise_each(self, wanted: Sequence[tuple[float, date | None]]) -> list[Promise]:
		"""The same for several lines of one order: the earliest date first, and none is promised what another takes."""
		found, ledger = {}, self
		for place in sorted(range(len(wanted)), key=lambda place: wanted[place][1] or self.today):
			qty, on = wanted[place]
			found[place] = ledger.promise(qty, on)
			if len(wanted) > 1:
				ledger = ledger.plus(Demand(on or self.today, LAST, "", str(place), qty))
		return [found[place] for place in range(len(wanted))]

	def keep_each(self, wanted: Sequence[tuple[str, float, date | None]]) -> list[Promise]:
		"""What can be kept of lines of an order in the book, given as (row, quantity, date): its place is protected.

		A line that is kept already keeps its moment and what is set aside for it, whatever changes; a new one comes last.
		"""
		kept, lines = {d.line: d for d in self.own}, []
		order = self.own[0].document if self.own else ""
		for place, (row, qty, on) in enumerate(wanted):
			known = kept.get(row)
			placed, reserved = (known.placed, min(known.reserved, qty)) if known else (LAST, 0.0)
			lines.append(Demand(on or self.today, placed, order, row or str(place), qty, reserved))
		return [self.plus(*(d for d in lines if d is not line)).promise_of(line) for line in lines]

	def promise_of(self, demand: Demand) -> Promise:
		"""What can be kept of a line that is in the queue, or would be: only lines before it count against it.

		Its ledger is what those before it leave, and what is set aside for those behind it.
		"""
		ahead = [d if d < demand else d._replace(qty=d.reserved) for d in self.demands if d != demand]
		before = Ledger(self.today, self.hand, self.supply, ahead, self.taken)
		if not demand.reserved:
			return before.promise(demand.qty, demand.on)
		rest = before.plus(demand._replace(qty=demand.reserved)).promise(demand.waits, demand.on)
		aside = demand.qty - demand.waits
		now, by_date = (round(qty + aside, KEPT_DECIMALS) for qty in (rest.now, rest.by_date))
		return rest._replace(wanted=demand.qty, now=now, by_date=by_date, ledger=before.entries)

	def plus(self, *demands: Demand) -> "Ledger":
		"""The same with further demand."""
		return Ledger(self.today, self.hand, self.supply, [*self.demands, *demands], self.taken, self.own)

	def kept(self) -> list["Kept"]:
		"""When each line is kept, first come, first served."""
		free = self.hand + sum(entry.qty for entry in self.taken) - sum(d.reserved for d in self.demands)
		steps = [(self.today, free), *((entry.on, entry.qty) for entry in self.supply)]
		found = first_come(steps, ((d.on, d.waits) for d in self.demands))
		return [Kept(d, *served[2:]) for d, served in zip(self.demands, found, strict=True)]


class Kept(NamedTuple):
	"""When a line of the queue is kept."""

	demand: Demand
	on: date | None  # None: never by known supply
	short: float  # what known supply does not cover

	@property
	def is_late(self) -> bool:
		return self.on is None or self.on > self.demand.on


Served = tuple[float, float, When | None, float]


def first_come(steps: Sequence[tuple[When, float]], queue: Iterable[tuple[When, float]]) -> Iterator[Served[When]]:
	"""Serves a queue of (date wanted, quantity), which is in the order of its dates: for each what it has at once and on its
	date, when it has the whole (None: never), and what it never gets.

	`steps` are what is free today, then what comes, in the order of time. What is free may be below 0: more is gone than
	was there. Dates are of any kind that sorts.
	"""
	today, at_once = steps[0]
	have = list(accumulate((qty for _when, qty in steps), lambda a, b: round(a + b, KEPT_DECIMALS)))
	have[0] = at_once = round(at_once, KEPT_DECIMALS)
	last = len(steps) - 1
	at = by = 0  # the step that covers the queue so far; the last one up to the date wanted
	asked = 0.0
	for on, qty in queue:
		while by < last and steps[by + 1][0] <= on:
			by += 1
		if not qty:
			yield 0.0, 0.0, today, 0.0
			continue
		before, asked = asked, round(asked + qty, KEPT_DECIMALS)
		while at < last and have[at] < asked:
			at += 1
		short = round(asked - have[at], KEPT_DECIMALS)
		now, by_date = at_once - before, have[by] - before
		yield (
			0.0 if now <= 0 else qty if now >= qty else round(now, KEPT_DECIMALS),
			0.0 if by_date <= 0 else qty if by_date >= qty else round(by_date, KEPT_DECIMALS),
			steps[at][0] if short <= 0 else None,
			0.0 if short <= 0 else min(qty, short),
		)


# -- who would wait longer -------------------------------------------------------------------------------------------------


class Displaced(NamedTuple):
	"""An open line that another demand pushes back."""

	demand: Demand
	before: date | None
	after: date | None
	short_before: float
	short_after: float


def displaced(ledger: Ledger, new: Iterable[Demand], instead_of: Iterable[Demand] = ()) -> list[Displaced]:
	"""Lines of others that get a later date, or less, if `new` takes its place in the queue (and `instead_of` leaves it).

	`ledger` is without both. What matters most comes first: lines that then miss their date, then the earliest.
	"""
	new, old = list(new), list(instead_of)
	mine = set(new) | set(old)
	was = {k.demand: k for k in ledger.plus(*old).kept() if k.demand not in mine}
	pushed = []
	for k in ledger.plus(*new).kept():
		before = was.get(k.demand)
		if before is not None and ((k.on or date.max) > (before.on or date.max) or k.short > before.short):
			pushed.append(Displaced(k.demand, before.on, k.on, before.short, k.short))
	return sorted(pushed, key=lambda d: (d.after is not None and d.after <= d.demand.on, d.demand))


# -- product bundles -------------------------------------------------------------------------------------------------------


def together(wanted: float, on: date | None, parts: Sequence[tuple[Promise, float]]) -> Promise:
	"""The promise of a product bundle from those of its parts, each with its units in one bundle.

	There is at least one part. No part of a bundle is delivered. The ledger is that of the part that limits most.
	"""
	worst = max(parts, key=lambda part: (part[0].short / part[1], part[0].kept_on or date.max, -part[0].now / part[1]))
	last = [promise.kept_on for promise, _units in parts]
	short = max(_up(promise.short / units) for promise, units in parts)
	return Promise(
		wanted,
		on,
		min(whole(promise.now / units) for promise, units in parts),
		min(whole(promise.by_date / units) for promise, units in parts),
		None if None in last else max(day for day in last if day),
		min(wanted, short),
		worst[0].ledger,
	)


def whole(qty: float, step: float = 1.0) -> float:
	"""The largest multiple of `step` that is not above; the quantity itself where step is 0."""
	return round(round(qty / step, 6) // 1 * step, KEPT_DECIMALS) if step else qty


def _up(qty: float) -> float:
	return -whole(-qty) or 0.0  # not -0.0
