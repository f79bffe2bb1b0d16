"""Tracking: the same state from the same scans, whatever order they come in and however often."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.tracking import (
	ANNOUNCED,
	DELIVERED,
	EXCEPTION,
	IN_TRANSIT,
	LOST,
	OUT_FOR_DELIVERY,
	PICKED_UP,
	RETURNED,
	STATUSES,
	BadScan,
	Event,
	Scan,
	State,
	against_promise,
	event_name,
	fold,
	normalise,
	read_scan,
	state_of,
	together,
)

MONDAY = datetime(2026, 3, 2, 8)
SHANGHAI = timezone(timedelta(hours=8))
NOW = datetime(2026, 3, 6, 12)

events = st.lists(
	st.builds(
		Event,
		st.sampled_from(("", *STATUSES)),
		st.integers(0, 6).map(lambda hours: MONDAY + timedelta(hours=hours)),
		st.none() | st.integers(0, 3).map(lambda days: date(2026, 3, 2) + timedelta(days=days)),
	),
	max_size=8,
)


def at(hours: int, status: str, eta: date | None = None) -> Event:
	return Event(status, MONDAY + timedelta(hours=hours), eta)


# -- one parcel ----------------------------------------------------------------------------------------------------------


@given(events, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(scans, chance):
	shuffled = [*scans, *scans[:3]]
	chance.shuffle(shuffled)
	assert state_of(shuffled) == state_of(scans)


@given(events)
def test_what_is_delivered_stays_so_or_came_back(scans):
	found = {event.status for event in scans}
	assert DELIVERED not in found or state_of(scans).status in (DELIVERED, RETURNED)
	assert RETURNED not in found or state_of(scans).status in (DELIVERED, RETURNED)


@pytest.mark.parametrize(
	("scans", "status"),
	[
		([], ""),
		([at(0, "")], ""),
		([at(0, ANNOUNCED), at(1, "")], ANNOUNCED),
		([at(5, IN_TRANSIT), at(1, PICKED_UP)], IN_TRANSIT),
		([at(5, PICKED_UP), at(1, OUT_FOR_DELIVERY)], PICKED_UP),  # the moment counts, and not how far a status sounds
		([at(5, PICKED_UP), at(5, IN_TRANSIT)], IN_TRANSIT),
		([at(5, EXCEPTION), at(5, IN_TRANSIT)], EXCEPTION),
		([at(1, EXCEPTION), at(5, IN_TRANSIT)], IN_TRANSIT),
		([at(1, LOST), at(5, IN_TRANSIT)], IN_TRANSIT),  # it was found again
		([at(3, DELIVERED), at(5, IN_TRANSIT), at(6, EXCEPTION)], DELIVERED),
		([at(3, DELIVERED), at(3, LOST)], DELIVERED),
		([at(3, DELIVERED), at(4, RETURNED), at(5, IN_TRANSIT)], RETURNED),
		([at(3, RETURNED), at(9, DELIVERED)], RETURNED),
	],
)
def test_the_state_of_a_parcel(scans, status):
	assert state_of(scans).status == status


def test_times_of_a_parcel():
	scans = [at(1, PICKED_UP, date(2026, 3, 4)), at(4, DELIVERED), at(6, DELIVERED), at(8, ""), at(7, RETURNED)]
	state = state_of(scans)
	assert state.since == MONDAY + timedelta(hours=7)
	assert state.delivered_at == MONDAY + timedelta(hours=4)
	assert state.last_scan_at == MONDAY + timedelta(hours=8)
	assert state.eta == date(2026, 3, 4)


# -- several -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("parcels", "status"),
	[
		((), ""),
		((DELIVERED, DELIVERED), DELIVERED),
		((DELIVERED, OUT_FOR_DELIVERY), OUT_FOR_DELIVERY),
		((DELIVERED, ""), ANNOUNCED),
		(("", ""), ""),
		((DELIVERED, LOST, EXCEPTION), LOST),
		((IN_TRANSIT, EXCEPTION), EXCEPTION),
	],
)
def test_the_parcel_that_needs_most_attention_speaks_for_all(parcels, status):
	assert together([State(one) for one in parcels]).status == status


def test_a_delivery_has_arrived_with_its_last_parcel():
	early, late = State(DELIVERED, delivered_at=MONDAY), State(DELIVERED, delivered_at=MONDAY + timedelta(hours=3))
	assert together([early, late]).delivered_at == late.delivered_at
	assert together([early, State(IN_TRANSIT)]).delivered_at is None


# -- words ---------------------------------------------------------------------------------------------------------------


def test_words_of_a_carrier():
	words = {fold("DLV_OK"): DELIVERED}
	assert normalise("  dlv  ok ", words) == DELIVERED
	assert normalise("out for DELIVERY", words) == OUT_FOR_DELIVERY
	assert normalise("weighed", words) == ""


def test_a_scan_has_one_name():
	scan = Scan("A1", "DLV", MONDAY, "Wuhan")
	same = Scan("A1", "DLV", MONDAY, "Wuhan", description="left at the door", eta=date(2026, 3, 3))
	assert event_name("X", "A1", scan) == event_name("X", "A1", same)
	others = [event_name("Y", "A1", scan), event_name("X", "A2", scan)]
	others += [
		event_name("X", "A1", other) for other in (Scan("A1", "DLV", MONDAY, "Beijing"), Scan("A1", "D", MONDAY))
	]
	assert len({event_name("X", "A1", scan), *others}) == 5
	assert event_name("ab", "c", scan) != event_name("a", "bc", scan)


# -- against the promise -------------------------------------------------------------------------------------------------

PROMISED = date(2026, 3, 5)


@pytest.mark.parametrize(
	("eta", "arrived", "today", "verdict"),
	[
		(None, None, date(2026, 3, 4), (None, 0)),
		(date(2026, 3, 5), None, date(2026, 3, 4), (False, 0)),
		(date(2026, 3, 7), None, date(2026, 3, 4), (True, 2)),
		(None, None, date(2026, 3, 6), (True, 1)),
		(date(2026, 3, 4), None, date(2026, 3, 8), (True, 3)),  # an estimate that has passed is none
		(date(2026, 3, 9), date(2026, 3, 4), date(2026, 3, 8), (False, -1)),
		(None, date(2026, 3, 6), date(2026, 3, 8), (True, 1)),
	],
)
def test_late_or_in_time(eta, arrived, today, verdict):
	assert against_promise(PROMISED, eta, arrived, today) == verdict


def test_without_a_promise_nothing_is_late():
	assert against_promise(None, PROMISED, None, NOW.date()).late is None


# -- reading -------------------------------------------------------------------------------------------------------------


def values(**changed):
	return {"number": "A1", "status": "DLV", "happened_at": "2026-03-02 09:30", **changed}


@pytest.mark.parametrize(
	("text", "moment"),
	[
		("2026-03-02 09:30", datetime(2026, 3, 2, 9, 30)),
		("2026/3/2 9:30:05", datetime(2026, 3, 2, 9, 30, 5)),
		("2026-03-02T09:30:05.123456", datetime(2026, 3, 2, 9, 30, 5)),
		("2026-03-02T01:30:00Z", datetime(2026, 3, 2, 9, 30)),
		("2026-03-02T01:30:00+00:00", datetime(2026, 3, 2, 9, 30)),
		("2026-03-01T20:30:00-0500", datetime(2026, 3, 2, 9, 30)),
		("2026-03-02", datetime(2026, 3, 2)),
	],
)
def test_moments(text, moment):
	assert read_scan(values(happened_at=text), SHANGHAI, NOW).happened_at == moment


@pytest.mark.parametrize(
	("wrong", "field", "code"),
	[
		({"happened_at": "02.03.2026 09:30"}, "happened_at", "no_moment"),
		({"happened_at": "2026-02-30 09:30"}, "happened_at", "no_moment"),
		({"happened_at": "2026-03-02 25:00"}, "happened_at", "no_moment"),
		({"happened_at": "0001-01-01T00:00:00+14:00"}, "happened_at", "no_moment"),
		({"happened_at": "2026-03-02T00:00:00+99:99"}, "happened_at", "no_moment"),
		({"happened_at": "1999-12-31"}, "happened_at", "no_moment"),
		({"happened_at": "2026-03-08"}, "happened_at", "future"),
		({"happened_at": ""}, "happened_at", "missing"),
		({"happened_at": 1.5}, "happened_at", "no_text"),
		({"status": " "}, "status", "missing"),
		({"status": {"code": 1}}, "status", "no_text"),
		({"number": "1.23457E+12"}, "number", "rounded"),
		({"number": True}, "number", "no_text"),
		({"eta": "soon"}, "eta", "no_moment"),
	],
)
def test_values_that_are_no_scan(wrong, field, code):
	with pytest.raises(BadScan) as refused:
		read_scan(values(**wrong), SHANGHAI, NOW)
	assert (refused.value.field, refused.value.code) == (field, code)


def test_long_and_odd_texts():
	scan = read_scan(values(number=123456, place="x" * 999, description=None, status="a\x00b"), SHANGHAI, NOW)
	assert (scan.number, len(scan.place), scan.description, scan.raw_status) == ("123456", 140, "", "ab")


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_moment(text):
	try:
		read_scan(values(happened_at=text), SHANGHAI, NOW)
	except BadScan:
		pass
