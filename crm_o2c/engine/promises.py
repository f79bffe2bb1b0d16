"""Whether delivery dates promised to a customer were kept: one line of an order, judged by what was really delivered.

A line has one promise after another. Each is judged against its own day: what was promised first, and what was promised
last. A promise is kept where all that was promised was with the customer at the end of its day. What comes back later does
not break it; what comes back before the line was complete has to be delivered again. A promise that is given up for another
one before its day has passed is superseded; after its day it stays broken, whatever was promised then.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

OPEN, KEPT, BROKEN, SUPERSEDED, CANCELLED = STATUSES = ("Open", "Kept", "Broken", "Superseded", "Cancelled")
SMALLEST = 1e-6  # smaller differences are of rounding


class Delivery(NamedTuple):
	"""Goods that left on a day, in stock units; below 0: they came back."""

	on: date
	qty: float


class Promise(NamedTuple):
	"""What was promised of a line: how much for which day, and the day on which it was. Quantities in stock units."""

	on: date
	given_on: date
	qty: float


class Line(NamedTuple):
	"""What has become of a line of an order."""

	deliveries: tuple[Delivery, ...] = ()
	cancelled_on: date | None = None  # the order was cancelled
	closed_on: date | None = None  # what is not delivered by then will not be: the line or its order was closed


class Verdict(NamedTuple):
	"""What has become of one promise."""

	status: str
	settled_on: date | None = None
	delivered_on: date | None = None  # the day on which what was promised was complete
	days_late: int = 0  # of the line against this promise, up to today where it is still to be delivered


def delivered_on(qty: float, deliveries: Iterable[Delivery]) -> date | None:
	"""The first day at whose end the customer had that much."""
	have = 0.0
	for on, of_the_day in groupby(sorted(deliveries), key=lambda delivery: delivery.on):
		have += sum(delivery.qty for delivery in of_the_day)
		if have >= qty - SMALLEST and have > SMALLEST:
			return on
	return None


def judge(promises: Sequence[Promise], line: Line, today: date) -> Iterator[Verdict]:
	"""What has become of a line's promises, the first one first."""
	followers: Iterable[date | None] = (*(promise.given_on for promise in promises[1:]), None)
	for promise, replaced_on in zip(promises, followers, strict=True):
		yield _judge(promise, replaced_on, line, today)


def _judge(promise: Promise, replaced_on: date | None, line: Line, today: date) -> Verdict:
	promised, complete = promise.on, delivered_on(promise.qty, line.deliveries)
	end = _end(line, complete)
	late = max(0, ((end or today) - promised).days)
	if replaced_on and replaced_on <= promised:
		return Verdict(SUPERSEDED, replaced_on, complete, late)
	if line.cancelled_on:
		return Verdict(CANCELLED, line.cancelled_on)
	if end is None:
		if promised >= today:
			return Verdict(OPEN)
		return Verdict(BROKEN, _day_after(promised), None, late)
	if end > promised:
		return Verdict(BROKEN, _day_after(promised), complete, late)
	if complete is None and not _have(line):
		return Verdict(CANCELLED, end)
	return Verdict(KEPT, end, complete)


def _end(line: Line, complete: date | None) -> date | None:
	"""The day from which nothing more was owed."""
	ends = [day for day in (complete, line.closed_on, line.cancelled_on) if day]
	return min(ends) if ends else None


def _have(line: Line) -> bool:
	"""Whether the customer has any of it."""
	return sum(delivery.qty for delivery in line.deliveries) > SMALLEST


def _day_after(day: date) -> date:
	"""A promise is broken when its day has passed."""
	return day + timedelta(days=1)


# -- an order as a whole ---------------------------------------------------------------------------------------------------


def together(statuses: Iterable[str]) -> str:
	"""What an order's promises are together, given the latest one of each line: what went wrong counts first, then what is
	still to come. Empty where there are none."""
	found = set(statuses)
	return next((status for status in (BROKEN, OPEN, KEPT, CANCELLED) if status in found), "")


def carried_over(lines: Iterable[tuple[str, str]], before: Iterable[tuple[str, str]]) -> dict[str, str]:
	"""Which line of an amended order goes on with which of the order that it amends: {row: row before}. Both are given as
	(row, item) in the order of their lines; the first line of an item goes on with the first one of it, and so on."""
	waiting: dict[str, list[str]] = {}
	for row, item in before:
		waiting.setdefault(item, []).append(row)
	return {row: waiting[item].pop(0) for row, item in lines if waiting.get(item)}
