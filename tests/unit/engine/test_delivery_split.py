"""What can go now and what later."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.delivery_policy import AT_MOST, INCOMPLETE, MIN_VALUE, SHIP_COMPLETE, Terms
from crm_o2c.engine.delivery_split import Open, propose

TODAY, LATER, LATEST = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 20)


ANY = Terms()


def split(*lines: Open, terms: Terms = ANY, **values):
	return propose(terms, lines, TODAY, **values)


def parts(found) -> list[tuple]:
	return [(part.now, part.later, part.on) for part in found.parts]


def test_what_is_there_goes_and_the_rest_has_its_date():
	found = split(Open("a", 10, 10), Open("b", 10, 4, LATER), Open("c", 5, 0, None))
	assert parts(found) == [(10, 0, None), (4, 6, LATER), (0, 5, None)]
	assert (found.goes_now, found.is_all, found.complete_on) == (True, False, None)


def test_all_of_it_can_leave_on_the_latest_date():
	found = split(Open("a", 10, 4, LATER), Open("b", 1, 0, LATEST), Open("c", 1, 1))
	assert found.complete_on == LATEST
	assert split(Open("a", 1, 1)).complete_on == TODAY


def test_units_that_can_t_be_divided():
	assert parts(split(Open("a", 10, 4.9, LATER, step=1.0))) == [(4, 6, LATER)]
	assert parts(split(Open("a", 2.5, 2.5, step=1.0))) == [(2.5, 0, None)]


def test_a_date_that_has_passed_is_today():
	assert parts(split(Open("a", 1, 0, date(2020, 1, 1)))) == [(0, 1, TODAY)]


def test_what_is_on_drafts_goes_with_them():
	assert parts(split(Open("a", 10, 10, drafted=4))) == [(6, 0, None)]
	assert parts(split(Open("a", 10, 6, LATER, drafted=4))) == [(2, 4, LATER)]
	assert not split(Open("a", 10, 10, drafted=10)).goes_now


@pytest.mark.parametrize("available", [0, 4, 10])
def test_ship_complete_waits_for_all(available):
	found = split(Open("a", 10, available, LATER), Open("b", 1, 1), terms=Terms(SHIP_COMPLETE))
	assert (found.breach.code if found.breach else "") == ("" if available == 10 else INCOMPLETE)


def test_a_service_alone_is_no_delivery():
	found = split(Open("a", 10, 0, LATER), Open("s", 1, 1, is_goods=False), terms=Terms(SHIP_COMPLETE))
	assert found.goes_now and not found.breach


def test_the_value_of_what_goes_now():
	terms = Terms(MIN_VALUE, least=Decimal(50))
	found = split(Open("a", 10, 4, LATER, price=Decimal("12.5")), terms=terms)
	assert (found.value, found.breach) == (Decimal(50), None)
	assert split(Open("a", 10, 3, LATER, price=Decimal("12.5")), terms=terms).breach


def test_the_number_of_the_delivery():
	terms = Terms(AT_MOST, most=2)
	line = Open("a", 10, 4, LATER)
	assert not split(line, terms=terms).breach
	assert split(line, terms=terms, before=1).breach


quantities = st.integers(0, 1000).map(lambda n: n / 8)


@given(left=quantities, available=quantities, drafted=quantities, step=st.sampled_from([0.0, 1.0]))
def test_nothing_is_lost_and_nothing_goes_twice(left, available, drafted, step):
	(part,) = split(Open("a", left, available, LATER, step=step, drafted=drafted)).parts
	assert part.now >= 0 and part.later >= 0
	assert part.now + part.later == max(0.0, left - drafted)
	assert part.now == 0 or part.now + drafted <= max(available, left)
	assert part.now <= max(0.0, available - drafted)
