"""Whether an order will be on time, from what is known of it: its promises, its parcels and what stock can keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

KEPT, ON_TIME, RISK, LATE, BROKEN, UNKNOWN = "kept", "on_time", "risk", "late", "broken", "unknown"


class Parcel(NamedTuple):
	"""A delivery that is on its way, and when it is to arrive."""

	name: str
	eta: date


@dataclass(frozen=True, slots=True)
class Facts:
	"""What is known. `promised` is the last promise of all lines, `next_promised` the first of those still to deliver."""

	promised: date | None = None
	next_promised: date | None = None
	delivered: bool = False
	ended: bool = False  # cancelled or closed: nothing more will be delivered
	days_late: int = 0
	parcels: Sequence[Parcel] = ()
	doubt: str = ""  # why stock may not keep it, in the reader's words


class Answer(NamedTuple):
	"""The answer: its state, and the code of its sentence with the values."""

	state: str
	code: str
	params: Mapping[str, Any]


def will_be_on_time(facts: Facts, today: date) -> Answer:
	"""What can be said today."""
	if facts.promised is None:
		return Answer(UNKNOWN, "time.none", {})
	if facts.delivered:
		return _late(BROKEN, "time.broken", facts.days_late) if facts.days_late > 0 else Answer(KEPT, "time.kept", {})
	if facts.ended:
		return Answer(UNKNOWN, "time.ended", {})
	next_day = facts.next_promised or facts.promised
	if next_day < today:
		return _late(LATE, "time.late", (today - next_day).days)
	parcel = next((p for p in sorted(facts.parcels, key=lambda p: (p.eta, p.name)) if p.eta > facts.promised), None)
	if parcel:
		return Answer(RISK, "time.eta", {"name": parcel.name, "date": parcel.eta})
	if facts.doubt:
		return Answer(RISK, "time.risk", {"reason": facts.doubt})
	return Answer(ON_TIME, "time.on_time", {})


def _late(state: str, code: str, days: int) -> Answer:
	return Answer(state, f"{code}.one" if days == 1 else code, {"days": days})
