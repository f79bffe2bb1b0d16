"""What a customer is told of an order: the stages that he may see, whether it will be on time, and what is next.

A stage that customers do not see is told as the last visible one that the order had reached before it. Nothing here says
why: no reasons, no names of hidden stages.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from crm_o2c.engine import on_time
from crm_o2c.engine.stages import END, PAUSE, PROGRESS, Progress, Stage, StageBook
from crm_o2c.engine.tracking import DELIVERED, TROUBLE

DONE, CURRENT, OPEN = "done", "current", "open"
KEPT, LATE, ON_TIME, UNKNOWN = "kept", "late", "on_time", "unknown"
# What the answers for the company's own people come to for a customer.
TIME = {
	on_time.KEPT: KEPT,
	on_time.BROKEN: LATE,
	on_time.LATE: LATE,
	on_time.RISK: LATE,  # a parcel that arrives after the promise; doubts about stock are not given
	on_time.ON_TIME: ON_TIME,
	on_time.UNKNOWN: UNKNOWN,
}


class Move(NamedTuple):
	"""An order entered a stage."""

	stage: str
	at: datetime


class Step(NamedTuple):
	"""A step of an order as the customer sees it."""

	stage: Stage
	state: str
	reached: datetime | None


@dataclass(frozen=True, slots=True)
class Journey:
	"""Where an order is for its customer, since when, and the visible steps that it has behind it."""

	shown: Stage | None = None
	since: datetime | None = None
	reached: Mapping[str, datetime] | None = None

	@property
	def waits(self) -> bool:
		"""Whether the customer is told that the order waits."""
		return self.shown is not None and self.shown.kind == PAUSE


def journey(moves: Iterable[Move], book: StageBook) -> Journey:
	"""What the moves of an order are to its customer, the earliest first. Steps that were lost again do not count."""
	shown: Stage | None = None
	since: datetime | None = None
	reached: dict[str, datetime] = {}
	for move in moves:
		stage = book.stages.get(move.stage)
		if stage and stage.kind == PROGRESS:
			reached = {code: at for code, at in reached.items() if book.stages[code].sequence <= stage.sequence}
			if stage.visible:
				reached.setdefault(stage.code, move.at)
		seen = stage if stage and stage.visible else _furthest(reached, book)
		if seen != shown:
			shown = seen
			since = move.at if seen is stage or seen is None else reached[seen.code]
	return Journey(shown, since, reached)


def steps(way: Journey, book: StageBook, ahead: Iterable[Progress]) -> list[Step]:
	"""The steps to show, in their order: those reached, and of those `ahead` the ones still to come.

	`ahead`: how the order will look from now on when all goes well. A stage that only some orders enter is not in it.
	"""
	reached = way.reached or {}
	last = _furthest(reached, book)
	here = last.sequence if last else 0
	ended = way.shown is not None and way.shown.kind == END
	coming = {book.stage_of(progress) for progress in ahead}
	found = []
	for stage in book.stages.values():
		if stage.kind != PROGRESS or not stage.visible:
			continue
		if stage.code in reached:
			found.append(Step(stage, CURRENT if stage is last and not ended else DONE, reached[stage.code]))
		elif stage.code in coming and stage.sequence > here:
			found.append(Step(stage, OPEN, None))
	return found


def ahead(no_delivery: bool) -> Iterator[Progress]:
	"""A submitted order as it looks step by step when all goes well."""
	now = Progress(submitted=True, no_delivery=no_delivery)
	yield now
	if not no_delivery:
		yield now._replace(picked=100)
		now = now._replace(picked=100, delivered=100, all_delivered=True)
		yield now
		now = now._replace(arrived=100)
		yield now
	now = now._replace(billed=100, all_billed=True)
	yield now._replace(outstanding=1)
	yield now


def _furthest(reached: Mapping[str, datetime], book: StageBook) -> Stage | None:
	return max((book.stages[code] for code in reached), key=lambda stage: stage.sequence, default=None)


# -- what is next --------------------------------------------------------------------------------------------------------


class Parcel(NamedTuple):
	"""A delivery that has left, and when it is to arrive."""

	status: str
	eta: date | None


@dataclass(frozen=True, slots=True)
class Facts:
	"""What is known of an order. `promised`: the first date of what is still to be delivered."""

	cancelled: bool = False
	closed: bool = False
	waits: bool = False
	no_delivery: bool = False
	billed: bool = False
	delivered: bool = False
	partly: bool = False
	promised: date | None = None
	parcels: Sequence[Parcel] = ()


class Sentence(NamedTuple):
	"""A code of `engine.messages` with its values."""

	code: str
	params: Mapping[str, Any]


def whats_next(facts: Facts, today: date) -> Sentence:
	"""One calm sentence; it promises nothing that was not promised before."""
	if facts.cancelled:
		return Sentence("customer.next.cancelled", {})
	if any(parcel.status in TROUBLE for parcel in facts.parcels):
		return Sentence("customer.next.trouble", {})
	if facts.closed or facts.delivered:
		return _sent(facts, today)
	if facts.waits:
		return Sentence("customer.next.waits", {})
	if facts.no_delivery:
		return Sentence("customer.next.done" if facts.billed else "customer.next.service", {})
	if facts.promised and facts.promised < today:
		return Sentence("customer.next.overdue", {})
	code = "customer.next.rest" if facts.partly else "customer.next.prepare"
	return Sentence(f"{code}.date", {"date": facts.promised}) if facts.promised else Sentence(code, {})


def _sent(facts: Facts, today: date) -> Sentence:
	"""All that will be delivered has left."""
	under_way = [parcel for parcel in facts.parcels if parcel.status and parcel.status != DELIVERED]
	if under_way:
		expected = max((parcel.eta for parcel in under_way if parcel.eta), default=None)
		if expected and expected >= today:
			return Sentence("customer.next.on_way.date", {"date": expected})
		return Sentence("customer.next.on_way", {})
	if facts.closed:
		return Sentence("customer.next.closed", {})
	arrived = bool(facts.parcels) and all(parcel.status == DELIVERED for parcel in facts.parcels)
	return Sentence("customer.next.arrived" if arrived else "customer.next.sent", {})
