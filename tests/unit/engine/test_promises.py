"""Promised delivery dates: kept or broken by what was really delivered."""

from datetime import date, timedelta

import pytest

from crm_o2c.engine.promises import (
	BROKEN,
	CANCELLED,
	KEPT,
	OPEN,
	SUPERSEDED,
	Delivery,
	Line,
	Promise,
	Verdict,
	carried_over,
	delivered_on,
	judge,
	together,
)  # fmt: skip

TODAY = date(2026, 3, 20)


def day(number: int) -> date:
	"""Days from today."""
	return TODAY + timedelta(days=number)


def line(*deliveries: tuple[int, float], **ends: int) -> Line:
	left = tuple(Delivery(day(on), amount) for on, amount in deliveries)
	return Line(left, **{name: day(number) for name, number in ends.items()})


def judged(of: Line, *promises: tuple[int, int], qty: float = 10) -> list[Verdict]:
	"""Promises as (date promised, day on which it was)."""
	return list(judge([Promise(day(promised), day(given), qty) for promised, given in promises], of, TODAY))


def only(of: Line, promised: int, qty: float = 10) -> Verdict:
	return judged(of, (promised, -30), qty=qty)[0]


def complete(of: Line, qty: float = 10) -> date | None:
	return delivered_on(qty, of.deliveries)


# -- one promise -----------------------------------------------------------------------------------------------------------


def test_it_is_open_up_to_the_end_of_its_day():
	assert only(line(), 3) == only(line(), 0) == Verdict(OPEN)


def test_never_delivered_and_the_day_has_passed():
	assert only(line(), -4) == Verdict(BROKEN, day(-3), None, 4)


def test_delivered_on_its_day():
	assert only(line((-2, 10)), -2) == Verdict(KEPT, day(-2), day(-2))


def test_delivered_early():
	assert only(line((-5, 10)), 8) == Verdict(KEPT, day(-5), day(-5))


def test_delivered_late():
	assert only(line((-2, 10)), -6) == Verdict(BROKEN, day(-5), day(-2), 4)


@pytest.mark.parametrize(("promised", "status"), [(3, OPEN), (-1, BROKEN)])
def test_a_part_is_not_enough(promised, status):
	verdict = only(line((-9, 9.5)), promised)
	assert (verdict.status, verdict.delivered_on) == (status, None)


def test_the_last_part_counts():
	assert only(line((-9, 4), (-3, 6)), -3).status == KEPT
	assert only(line((-9, 4), (-3, 6)), -4) == Verdict(BROKEN, day(-3), day(-3), 1)


def test_more_than_was_ordered_is_enough():
	assert only(line((-3, 12)), -3).status == KEPT


def test_rounding_breaks_nothing():
	assert only(line((-9, 0.1), (-3, 0.2)), -3, qty=0.3).status == KEPT


def test_deliveries_come_in_any_order():
	assert complete(line((-3, 6), (-9, 4))) == day(-3)


# -- returns ---------------------------------------------------------------------------------------------------------------


def test_what_comes_back_later_does_not_break_it():
	assert only(line((-5, 10), (-1, -10)), -5) == Verdict(KEPT, day(-5), day(-5))


def test_what_comes_back_before_it_was_complete_is_owed_again():
	assert only(line((-9, 6), (-8, -6), (-7, 4)), -5).status == BROKEN
	assert complete(line((-9, 6), (-8, -6), (-7, 4), (-2, 6))) == day(-2)


def test_delivered_and_taken_back_on_the_same_day_was_not_delivered():
	assert only(line((-5, 10), (-5, -10)), -5).status == BROKEN


def test_a_return_of_what_never_left_completes_nothing():
	assert complete(line((-5, -3)), qty=0) is None


# -- ends without the whole ------------------------------------------------------------------------------------------------


def test_a_cancelled_order_cancels_it():
	assert only(line(cancelled_on=-1), 4) == Verdict(CANCELLED, day(-1))
	assert only(line(cancelled_on=-1), -4) == Verdict(CANCELLED, day(-1))


def test_closed_in_time_with_nothing_delivered():
	assert only(line(closed_on=-1), 4) == Verdict(CANCELLED, day(-1))


def test_short_closed_in_time_what_was_delivered_is_the_whole():
	assert only(line((-6, 4), closed_on=-1), 4) == Verdict(KEPT, day(-1), None)


def test_short_closed_after_its_day():
	assert only(line((-6, 4), closed_on=-1), -3) == Verdict(BROKEN, day(-2), None, 2)
	assert only(line(closed_on=-1), -3) == Verdict(BROKEN, day(-2), None, 2)


def test_closed_after_it_was_complete_changes_nothing():
	assert only(line((-6, 10), closed_on=-1), -6) == Verdict(KEPT, day(-6), day(-6))


# -- one promise after another ---------------------------------------------------------------------------------------------


def test_moved_later_before_its_day():
	first, latest = judged(line(), (2, -9), (6, -3))
	assert first == Verdict(SUPERSEDED, day(-3))
	assert latest == Verdict(OPEN)


def test_moved_earlier():
	first, latest = judged(line((-2, 10)), (5, -9), (-1, -8))
	assert (first.status, first.days_late, latest.status) == (SUPERSEDED, 0, KEPT)


def test_kept_against_the_latest_and_late_against_the_first():
	first, latest = judged(line((-1, 10)), (-6, -9), (-1, -8))
	assert first == Verdict(SUPERSEDED, day(-8), day(-1), 5)
	assert latest == Verdict(KEPT, day(-1), day(-1))


def test_a_new_date_after_its_day_does_not_mend_it():
	first, latest = judged(line(), (-6, -9), (4, -2))
	assert first == Verdict(BROKEN, day(-5), None, 6)
	assert latest.status == OPEN


def test_a_new_date_on_its_own_day_supersedes_it():
	assert judged(line(), (-3, -9), (4, -3))[0].status == SUPERSEDED


def test_a_line_that_was_delivered_in_time_and_got_a_new_date_later_was_kept():
	first, latest = judged(line((-8, 10)), (-6, -9), (4, -2))
	assert (first.status, latest.status) == (KEPT, KEPT)


def test_of_a_cancelled_order_the_superseded_stay():
	assert [v.status for v in judged(line(cancelled_on=-1), (2, -9), (6, -3))] == [SUPERSEDED, CANCELLED]


def test_more_was_ordered_and_it_is_open_again():
	assert only(line((-3, 10)), 4, qty=12).status == OPEN


def test_each_promise_is_for_its_own_quantity():
	promises = [Promise(day(-6), day(-9), 10), Promise(day(-1), day(-7), 6)]
	assert [v.status for v in judge(promises, line((-2, 6)), TODAY)] == [SUPERSEDED, KEPT]


def test_less_was_ordered_after_its_day_and_it_stays_broken():
	assert only(line((-9, 4), closed_on=-2), -6) == Verdict(BROKEN, day(-5), None, 4)


# -- orders ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("statuses", "whole"),
	[
		([KEPT, OPEN, BROKEN], BROKEN),
		([KEPT, OPEN], OPEN),
		([KEPT, CANCELLED], KEPT),
		([CANCELLED], CANCELLED),
		([], ""),
	],
)
def test_an_order_is_what_its_lines_are(statuses, whole):
	assert together(statuses) == whole


def test_an_amended_order_goes_on_with_the_lines_of_the_same_items():
	before = [("a", "PUMP"), ("b", "VALVE"), ("c", "PUMP")]
	after = [("x", "VALVE"), ("y", "PUMP"), ("z", "PUMP"), ("n", "NEW"), ("m", "PUMP")]
	assert carried_over(after, before) == {"x": "b", "y": "a", "z": "c"}
