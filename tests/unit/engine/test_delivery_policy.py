"""Delivery policy: what may leave, and what is said of it where it may not."""

from decimal import Decimal

import pytest

from crm_o2c.engine.delivery_policy import (
	AT_MOST,
	INCOMPLETE,
	LAST_INCOMPLETE,
	MIN_VALUE,
	SHIP_COMPLETE,
	TOO_MANY,
	TOO_SMALL,
	Delivery,
	Line,
	Terms,
	judge,
	problems,
)

COMPLETE = Terms(SHIP_COMPLETE)
VALUE = Terms(MIN_VALUE, least=Decimal(500))


def delivery(*now: float, of: float = 10, **values) -> Delivery:
	"""A delivery of so much of each line, of which so much is left."""
	return Delivery(tuple(Line(f"line {n}", of, qty) for n, qty in enumerate(now, 1)), **values)


def code(terms: Terms, given: Delivery) -> str:
	breach = judge(terms, given)
	return breach.code if breach else ""


@pytest.mark.parametrize("given", [delivery(1), delivery(10), delivery(1, before=99), delivery(0.1, value=Decimal(1))])
def test_without_a_policy_anything_goes(given):
	assert judge(Terms(), given) is None


# -- ship complete -------------------------------------------------------------------------------------------------------


def test_ship_complete_takes_all_that_is_left():
	assert code(COMPLETE, delivery(10, 10)) == ""
	assert code(COMPLETE, delivery(10, 9)) == INCOMPLETE
	assert code(COMPLETE, delivery(10, 0)) == INCOMPLETE


def test_ship_complete_says_what_would_stay_behind():
	breach = judge(COMPLETE, delivery(10, 4, 10))
	assert [(line.key, line.rest) for line in breach.rest] == [("line 2", 6)]


def test_more_than_is_left_is_complete_too():
	assert code(COMPLETE, delivery(12)) == ""


def test_what_was_delivered_before_counts_as_delivered():
	assert code(COMPLETE, Delivery((Line("a", 0, 0), Line("b", 3, 3)), before=2)) == ""


def test_thirds_leave_nothing_behind():
	assert code(COMPLETE, Delivery((Line("a", 10 - 1.1 * 3, 6.7),))) == ""


# -- at most n -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("before", "now", "expected"),
	[
		(0, 1, ""),
		(1, 1, ""),
		(2, 1, LAST_INCOMPLETE),
		(2, 10, ""),
		(3, 1, TOO_MANY),
		(3, 10, TOO_MANY),
	],
)
def test_at_most_three(before, now, expected):
	assert code(Terms(AT_MOST, most=3), delivery(now, before=before)) == expected


def test_at_most_one_is_ship_complete():
	for now in (1, 9, 10):
		assert bool(judge(Terms(AT_MOST, most=1), delivery(now))) == bool(judge(COMPLETE, delivery(now)))


def test_what_replaces_returned_goods_may_go_if_it_is_the_last():
	terms = Terms(AT_MOST, most=1)
	assert code(terms, delivery(10, before=1, replaces=True)) == ""
	assert code(terms, delivery(9, before=1, replaces=True)) == TOO_MANY


def test_the_number_of_the_delivery_is_said():
	assert judge(Terms(AT_MOST, most=2), delivery(1, before=2)).number == 3


# -- minimum value -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "expected"), [("500", ""), ("499.99", TOO_SMALL), ("500.01", ""), ("0", TOO_SMALL)])
def test_a_delivery_is_worth_at_least_so_much(value, expected):
	assert code(VALUE, delivery(1, value=Decimal(value))) == expected


def test_what_is_left_at_last_may_be_worth_less():
	assert code(VALUE, delivery(10, value=Decimal(1))) == ""


# -- odd cases -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("terms", [COMPLETE, VALUE, Terms(AT_MOST, most=1)])
def test_a_document_without_goods_is_no_delivery(terms):
	assert judge(terms, delivery(0, 0, before=5)) is None
	assert judge(terms, Delivery(())) is None


def test_terms_that_say_too_little_bind_nobody():
	assert problems(Terms(AT_MOST)) == ["most"]
	assert problems(Terms(MIN_VALUE)) == ["least"]
	assert not problems(COMPLETE) and not problems(VALUE) and not problems(Terms())
	assert judge(Terms(AT_MOST), delivery(1)) is None
	assert judge(Terms(MIN_VALUE), delivery(1)) is None
