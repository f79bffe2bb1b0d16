"""Business time: hours count while people work, and nowhere else."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.business_time import WorkHours, due_after, hours_between

MONDAY = date(2026, 11, 23)
WEEKENDS = [MONDAY + timedelta(days=week * 7 + day) for week in range(-60, 60) for day in (5, 6)]
OFFICE = WorkHours(holidays=WEEKENDS)


def at(day: int, hour: int, minute: int = 0) -> datetime:
	"""A moment of the week that starts on MONDAY (day 0)."""
	return datetime.combine(MONDAY, time(hour, minute)) + timedelta(days=day)


@pytest.mark.parametrize(
	("start", "hours", "due"),
	[
		(at(0, 10), 2, at(0, 12)),
		(at(0, 9), 8, at(0, 17)),
		(at(0, 10), 7, at(0, 17)),
		(at(0, 10), 7.5, at(1, 9, 30)),
		(at(0, 10), 8, at(1, 10)),
		(at(0, 9), 24, at(2, 17)),
		(at(0, 9), 40, at(4, 17)),
		(at(0, 9), 40.25, at(7, 9, 15)),
	],
)
def test_hours_pass_while_people_work(start, hours, due):
	assert due_after(start, hours, OFFICE) == due


def test_a_weekend_is_passed_over():
	assert due_after(at(4, 16), 2, OFFICE) == at(7, 10)


@pytest.mark.parametrize(
	("start", "begins"),
	[
		(at(0, 6), at(0, 9)),
		(at(0, 18), at(1, 9)),
		(at(4, 17, 1), at(7, 9)),
		(at(5, 12), at(7, 9)),
		(at(6, 0), at(7, 9)),
	],
	ids=["before", "after", "Friday evening", "Saturday", "Sunday"],
)
def test_outside_hours_the_clock_waits_for_the_next_working_day(start, begins):
	assert due_after(start, 0, OFFICE) == begins
	assert due_after(start, 3, OFFICE) == begins + timedelta(hours=3)


def test_at_the_end_of_the_day_nothing_is_left_of_it():
	assert due_after(at(0, 17), 1, OFFICE) == at(1, 10)


@pytest.mark.parametrize("hours", [0, -5])
def test_no_hours_are_due_at_once(hours):
	assert due_after(at(0, 10, 20), hours, OFFICE) == at(0, 10, 20)
	assert due_after(at(0, 17), hours, OFFICE) == at(0, 17)


def test_without_holidays_every_day_is_worked():
	assert due_after(at(4, 16), 2, WorkHours()) == at(5, 10)


def test_a_holiday_in_the_week_counts_once_however_often_it_is_listed():
	calendar = WorkHours(holidays=[*WEEKENDS, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1)])
	assert due_after(at(0, 16), 2, calendar) == at(2, 10)


def test_where_all_days_are_off_it_is_due_after_the_list():
	days = [MONDAY + timedelta(days=day) for day in range(3650)]
	assert due_after(at(3, 12), 2, WorkHours(holidays=days)) == datetime.combine(days[-1], time(11)) + timedelta(days=1)


def test_however_many_hours_there_is_an_answer():
	assert due_after(at(0, 9), 1e9, OFFICE) == datetime.max


def test_other_hours_and_the_whole_day():
	early = WorkHours(time(6, 30), time(14, 30))
	assert due_after(at(0, 13), 2, early) == at(1, 7)
	assert due_after(at(0, 22), 5, WorkHours(time(0), time(0))) == at(1, 3)
	assert due_after(at(0, 22), 3, WorkHours(time(18), time(0))) == at(1, 19)


@pytest.mark.parametrize(("start", "end"), [(time(9), time(9)), (time(22), time(6))])
def test_a_day_that_ends_before_it_starts_is_refused(start, end):
	with pytest.raises(ValueError, match="must end after"):
		WorkHours(start, end)


@pytest.mark.parametrize(
	("start", "end", "hours"),
	[
		(at(0, 10), at(0, 12, 30), 2.5),
		(at(0, 12, 30), at(0, 10), -2.5),
		(at(0, 10), at(1, 10), 8),
		(at(4, 16), at(7, 10), 2),
		(at(5, 1), at(6, 23), 0),
		(at(0, 0), at(7, 0), 40),
		(at(0, 17), at(1, 9), 0),
	],
)
def test_hours_between(start, end, hours):
	assert hours_between(start, end, OFFICE) == hours


def test_which_days_are_worked():
	assert [OFFICE.is_worked(MONDAY + timedelta(days=day)) for day in range(7)] == [True] * 5 + [False] * 2


moments = st.datetimes(datetime(2026, 6, 1), datetime(2027, 3, 1))
spans = st.integers(0, 600 * 60).map(lambda minutes: minutes / 60)
calendars = st.builds(
	WorkHours,
	start=st.times(max_value=time(11)),
	end=st.times(min_value=time(12)),
	holidays=st.lists(st.dates(date(2026, 5, 1), date(2027, 12, 31)), max_size=200),
)


@given(moments, spans, calendars)
def test_between_a_moment_and_its_due_time_lie_those_hours(start, hours, calendar):
	due = due_after(start, hours, calendar)
	assert due >= start
	assert calendar.is_worked(due.date())
	assert hours_between(start, due, calendar) == pytest.approx(hours, abs=1e-6)


@given(moments, spans, spans, calendars)
def test_hours_after_hours_are_their_sum(start, first, second, calendar):
	step_by_step = due_after(due_after(start, first, calendar), second, calendar)
	assert abs(step_by_step - due_after(start, first + second, calendar)) <= timedelta(microseconds=2) or (
		hours_between(step_by_step, due_after(start, first + second, calendar), calendar) == pytest.approx(0, abs=1e-6)
	)


@given(moments, spans, calendars)
def test_a_later_start_is_never_due_earlier(start, hours, calendar):
	later = start + timedelta(minutes=7)
	assert due_after(start, hours, calendar) <= due_after(later, hours, calendar)
