"""Carrier tracking: what scans say together, whatever order they arrive in.

A scan is what a carrier or a person reports. It is kept once, under a name made of what it says; the state of a parcel
is worked out from all its scans each time, by the moment they tell of and never by the moment they came.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from hashlib import md5
from typing import Any, NamedTuple

STATUSES = (
	"Announced", "Picked Up", "In Transit", "Out for Delivery", "Delivered", "Exception", "Returned", "Lost",
)  # fmt: skip
ANNOUNCED, PICKED_UP, IN_TRANSIT, OUT_FOR_DELIVERY, DELIVERED, EXCEPTION, RETURNED, LOST = STATUSES
UNDER_WAY = (ANNOUNCED, PICKED_UP, IN_TRANSIT, OUT_FOR_DELIVERY, EXCEPTION)
TROUBLE = (EXCEPTION, RETURNED, LOST)
FINAL = (DELIVERED, RETURNED)
# Of scans of the same moment the one further on counts.
_RANK = {
	status: rank
	for rank, status in enumerate(
		("", ANNOUNCED, PICKED_UP, IN_TRANSIT, OUT_FOR_DELIVERY, EXCEPTION, LOST, DELIVERED, RETURNED)
	)
}
# Of several parcels the one that needs most attention speaks for all; without trouble the one that is furthest behind.
_WORST_FIRST = (LOST, RETURNED, EXCEPTION, "", ANNOUNCED, PICKED_UP, IN_TRANSIT, OUT_FOR_DELIVERY, DELIVERED)

LONGEST = 140  # of a text that a carrier gives
CLOCKS_DIFFER = timedelta(days=1)  # a carrier's local time may be ahead of ours
OLDEST_YEAR = 2000
_MOMENT = re.compile(
	r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_ROUNDED_BY_A_SPREADSHEET = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scan:
	"""What a carrier or a person reports of a parcel, in the site's own time."""

	number: str
	raw_status: str
	happened_at: datetime
	place: str = ""
	description: str = ""
	eta: date | None = None


class Event(NamedTuple):
	"""A kept scan, with its normalised status; "" where the carrier's word is not known."""

	status: str
	happened_at: datetime
	eta: date | None = None


class State(NamedTuple):
	"""Where a parcel, or a delivery of several, is."""

	status: str = ""
	since: datetime | None = None
	delivered_at: datetime | None = None
	last_scan_at: datetime | None = None
	eta: date | None = None


class Verdict(NamedTuple):
	"""An arrival, or when it is expected, against what the customer was promised. `late` is None where nothing can be said."""

	late: bool | None
	days: int = 0  # above 0 after the promised day, below 0 before it


class BadScan(ValueError):
	"""Values that are no scan: the field, what is wrong with it as a code, and its value."""

	def __init__(self, field: str, code: str, value: str = ""):
		super().__init__(f"{field}: {code}")
		self.field, self.code, self.value = field, code, value[:LONGEST]


# -- what scans say together ---------------------------------------------------------------------------------------------


def state_of(events: Iterable[Event]) -> State:
	"""The state of one parcel. Delivered is final except for Returned, and Returned is final: a later "delivered" of a parcel
	that turned back is its arrival at home."""
	ordered = sorted(events, key=lambda event: (event.happened_at, _RANK[event.status], event.eta or date.min))
	status, since, delivered_at, eta = "", None, None, None
	for event in ordered:
		eta = event.eta or eta
		if not event.status or status == RETURNED or (status == DELIVERED and event.status != RETURNED):
			continue
		if event.status != status:
			status, since = event.status, event.happened_at
		if status == DELIVERED:
			delivered_at = delivered_at or event.happened_at
	return State(status, since, delivered_at, ordered[-1].happened_at if ordered else None, eta)


def together(parcels: Sequence[State]) -> State:
	"""The state of a delivery in several parcels."""
	if len(parcels) <= 1:
		return parcels[0] if parcels else State()
	speaks = min(parcels, key=lambda parcel: _WORST_FIRST.index(parcel.status))
	moved = any(parcel.status for parcel in parcels)
	delivered = [parcel.delivered_at for parcel in parcels]
	scans = [parcel.last_scan_at for parcel in parcels if parcel.last_scan_at]
	expected = [parcel.eta for parcel in parcels if parcel.eta]
	return State(
		speaks.status or (ANNOUNCED if moved else ""),
		speaks.since,
		max(moment for moment in delivered if moment) if all(delivered) else None,
		max(scans, default=None),
		max(expected, default=None),
	)


def normalise(raw_status: str, words: Mapping[str, str]) -> str:
	"""A carrier's word for a status as one of ours; "" where it is not known. `words` has its keys folded by `fold`."""
	folded = fold(raw_status)
	return words.get(folded) or _OURS.get(folded, "")


def fold(text: str) -> str:
	"""A status word so that spelling by case and spaces does not matter."""
	return " ".join(text.replace("_", " ").split()).casefold()


_OURS = {fold(status): status for status in STATUSES}


def against_promise(promised: date | None, eta: date | None, arrived: date | None, today: date) -> Verdict:
	"""Late or in time, by the arrival; before it by what is expected, and by the day itself once it has passed."""
	if promised is None:
		return Verdict(None)
	expected = arrived or max((day for day in (eta, today if today > promised else None) if day), default=None)
	if expected is None:
		return Verdict(None)
	return Verdict(expected > promised, (expected - promised).days)


# -- names ---------------------------------------------------------------------------------------------------------------


def event_name(carrier: str, parcel: str, scan: Scan) -> str:
	"""The name under which a scan is kept once. `parcel`: its number, or the document that has none."""
	parts = (carrier, parcel, scan.raw_status, scan.happened_at.isoformat(sep=" "), scan.place)
	return md5("\x1f".join(parts).encode()).hexdigest()


# -- reading -------------------------------------------------------------------------------------------------------------


def read_scan(values: Mapping[str, Any], zone: tzinfo, now: datetime, ahead: timedelta = CLOCKS_DIFFER) -> Scan:
	"""A scan of the values that a carrier or a file gives; raises BadScan. A time with an offset is converted to `zone`,
	one without is taken as it stands."""
	happened_at = _moment("happened_at", _text(values, "happened_at", needed=True), zone)
	if happened_at > now + ahead:
		raise BadScan("happened_at", "future", _text(values, "happened_at"))
	return Scan(
		number=read_number(values),
		raw_status=_text(values, "status", needed=True),
		happened_at=happened_at,
		place=_text(values, "place"),
		description=_text(values, "description", longest=1000),
		eta=_day(_text(values, "eta"), zone),
	)


def read_number(values: Mapping[str, Any]) -> str:
	"""The tracking number, where there is one."""
	number = _text(values, "number")
	if _ROUNDED_BY_A_SPREADSHEET.fullmatch(number):
		raise BadScan("number", "rounded", number)
	return number


def _text(values: Mapping[str, Any], field: str, needed: bool = False, longest: int = LONGEST) -> str:
	value = values.get(field)
	if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
		raise BadScan(field, "no_text", str(value))
	text = "" if value is None else str(value).replace("\x00", "").strip()
	text = text.encode("utf-8", "replace").decode()  # JSON may hold halves of characters, which no database takes
	if needed and not text:
		raise BadScan(field, "missing")
	return text[:longest].rstrip()


def _moment(field: str, text: str, zone: tzinfo) -> datetime:
	match = _MOMENT.fullmatch(text)
	if not match:
		raise BadScan(field, "no_moment", text)
	*parts, offset = match.groups()
	try:
		moment = datetime(*(int(part or 0) for part in parts))
		if moment.year < OLDEST_YEAR:
			raise BadScan(field, "no_moment", text)
		return moment.replace(tzinfo=_offset(offset)).astimezone(zone).replace(tzinfo=None) if offset else moment
	except (ValueError, OverflowError) as problem:
		raise BadScan(field, "no_moment", text) from problem


def _offset(text: str) -> tzinfo:
	if text == "Z":
		return timezone.utc
	digits = text[1:].replace(":", "")
	minutes = int(digits[:2]) * 60 + int(digits[2:])
	return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _day(text: str, zone: tzinfo) -> date | None:
	return _moment("eta", text, zone).date() if text else None
