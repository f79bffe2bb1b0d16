"""The order as a whole: new customers and addresses, terms, dates, exchange rates and items not sold any more."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.anomaly.facts import CustomerFacts, ItemFacts, RecentOrder
from crm_o2c.engine.atp import Promise

from engine.check_book import DAY, SETTING, TODAY, actions, hit, hits, line, order, said, ways

NEW = CustomerFacts(orders=0)
AGREED = CustomerFacts(orders=3, terms="Net 30", terms_days=30)


# -- the customer ------------------------------------------------------------------------------------------------------------


def test_a_large_first_order():
	facts = order(line(qty=1000.0), about_customer=NEW)
	assert said(hit("cust.new_large", facts)) == "the first order of this customer, worth 20,000"
	assert not hits("cust.new_large", facts, amount=20_000)
	assert not hits("cust.new_large", order(line(qty=1000.0)))
	assert not hits("cust.new_large", order(line(qty=1000.0), about_customer=None))


def test_a_large_order_to_a_new_address():
	facts = order(line(qty=500.0), ship_to="Elsewhere")
	assert said(hit("addr.new", facts)).startswith("goods worth 10,000 to an address")
	assert not hits("addr.new", facts, amount=10_000)
	assert not hits("addr.new", order(line(qty=500.0)))
	assert not hits("addr.new", order(line(qty=500.0), ship_to=None))
	assert not hits("addr.new", order(line(qty=500.0), ship_to="Elsewhere", about_customer=NEW))  # none is known
	assert not hits("addr.new", order(line(qty=500.0), ship_to="Elsewhere", about_customer=None))


def test_more_time_to_pay_than_agreed():
	facts = order(about_customer=AGREED, terms="Net 60", terms_days=60)
	found = hit("terms.changed", facts)
	assert said(found) == "60 days to pay, where 30 are agreed"
	assert found.evidence.rows == (("word.agreed", "Net 30", 30), ("word.used", "Net 60", 60))
	assert actions(found) == [("set_terms", {"terms": "Net 30"})]
	assert hits("terms.changed", facts, days=29) and not hits("terms.changed", facts, days=30)


@pytest.mark.parametrize(
	"values",
	[
		{"about_customer": AGREED, "terms_days": 30},
		{"about_customer": AGREED, "terms_days": 14},
		{"about_customer": AGREED, "terms_days": None},
		{"about_customer": NEW, "terms_days": 90},
		{"about_customer": None, "terms_days": 90},
	],
)
def test_the_same_or_stricter_or_unknown_terms(values):
	assert not hits("terms.changed", order(**values))


# -- entered twice -----------------------------------------------------------------------------------------------------------

BEFORE = RecentOrder("SO-0", TODAY - DAY, None, 400.0, (("ITEM-1", 10.0), ("ITEM-2", 8.0)))
TWICE = order(line(1), line(2, qty=8.0), recent=(BEFORE,))


def test_the_same_again_is_found_side_by_side():
	found = hit("dup.order", TWICE)
	assert said(found) == "100 % the same as SO-0 of 2026-03-01" and found.key == "SO-0"
	assert found.evidence.rows == (("ITEM-1", 10.0, 10.0), ("ITEM-2", 8.0, 8.0)) and found.at_risk == 360.0
	assert actions(found) == [("cancel_order", {})]


def test_of_two_submitted_orders_the_later_one_is_the_duplicate():
	late = BEFORE._replace(order_date=TODAY + DAY)
	assert hits("dup.order", TWICE._replace(submitted=True)) and not actions(
		hit("dup.order", TWICE._replace(submitted=True))
	)
	assert not hits("dup.order", TWICE._replace(submitted=True, recent=(late,)))
	assert hits("dup.order", TWICE._replace(recent=(late,)))


def test_the_same_number_of_the_customer_is_enough():
	numbered = BEFORE._replace(po_no="PO-00471", lines=(("ITEM-9", 1.0),))
	found = hit("dup.order", TWICE._replace(po_no="po 471", recent=(numbered,)))
	assert said(found) == "the customer's order number po 471 is also on SO-0 of 2026-03-01"
	assert found.confidence == 0.9


def test_how_alike_and_how_near_is_for_the_rule_to_say():
	three = tuple((f"ITEM-{n}", 10.0) for n in (1, 2, 3))
	other = BEFORE._replace(lines=(*three, ("ITEM-4", 1.0)), order_date=TODAY - 5 * DAY)
	facts = order(line(1), line(2), line(3), recent=(other,))  # three of four items
	assert hits("dup.order", facts) and not hits("dup.order", facts, items=0.8)
	assert not hits("dup.order", facts, days=4)
	more = facts._replace(lines=tuple(one._replace(qty=14.0) for one in facts.lines))
	assert hits("dup.order", more) and not hits("dup.order", more, quantity=0.8)


def test_nothing_near_is_nothing_twice():
	assert not hits("dup.order", order()) and not hits("dup.order", TWICE._replace(order_date=None))
	assert not hits("dup.order", TWICE._replace(recent=(BEFORE._replace(lines=(("ITEM-9", 1.0),)),)))


# -- dates -------------------------------------------------------------------------------------------------------------------


def promised(days, **values):
	return line(promise_date=TODAY + days * DAY, **values)


@pytest.mark.parametrize(
	("facts", "code"),
	[
		(order(promised(-1), order_date=TODAY - 5 * DAY), "past"),
		(order(promised(3), order_date=TODAY + 4 * DAY), "before_order"),
		(order(promised(5)), "day_off"),
		(order(line(promise_date=date(2026, 3, 18))), "day_off"),
	],
)
def test_a_date_that_cannot_be(facts, code):
	found = hit("date.impossible", facts)
	assert found.code == f"date.impossible.{code}"
	((_code, values),) = actions(found)
	assert ways(found) == [("new_date", values)] and values["date"] >= TODAY
	assert not hits("date.impossible", order(line(promise_date=values["date"]), order_date=facts.order_date))


def test_dates_that_can_be():
	assert not hits("date.impossible", order(promised(0)))
	assert not hits("date.impossible", order(line(promise_date=None)))


def test_sooner_than_the_item_can_be_got():
	about, nothing = ItemFacts("ITEM-1", lead_days=10), Promise(10.0, TODAY + 4 * DAY, short=10.0)
	found = hit("date.impossible", order(promised(4, about=about, promise=nothing)))
	assert said(found) == "line 1, ITEM-1: promised for 2026-03-06, none is there and more takes until 2026-03-12"
	assert ways(found) == [("new_date", {"line": 1, "date": TODAY + 10 * DAY})]
	assert not hits("date.impossible", order(promised(10, about=about, promise=nothing)))
	assert not hits("date.impossible", order(promised(4, about=about, promise=nothing._replace(now=1.0))))
	assert not hits("date.impossible", order(promised(4, about=about, promise=nothing._replace(kept_on=TODAY + DAY))))
	assert not hits("date.impossible", order(promised(4, about=about, promise=None)))
	assert not hits("date.impossible", order(promised(4, promise=nothing)))


def test_a_submitted_order_whose_date_passed_is_late_and_was_not_impossible():
	facts = order(promised(-1), order_date=TODAY - 5 * DAY, submitted=True)
	assert not hits("date.impossible", facts)
	assert hits("date.impossible", facts._replace(order_date=TODAY))
	assert not hits("date.impossible", order(promised(5, open_qty=0.0), submitted=True))


@given(st.integers(-30, 60), st.integers(-30, 10), st.one_of(st.none(), st.integers(1, 40)), st.booleans())
def test_the_date_that_is_offered_is_possible(days, ordered, lead, submitted):
	about, promise = ItemFacts("ITEM-1", lead_days=lead), Promise(10.0, short=10.0)
	values = {"order_date": TODAY + ordered * DAY, "submitted": submitted}
	for found in hits("date.impossible", order(promised(days, about=about, promise=promise), **values)):
		((_code, right),) = actions(found)
		assert ways(found) == [("new_date", right)]
		better = line(about=about, promise=promise, promise_date=right["date"])
		assert not hits("date.impossible", order(better, **values))
		assert SETTING.calendar.days_until(right["date"]) >= 0


# -- exchange rate and item --------------------------------------------------------------------------------------------------


def test_an_exchange_rate_that_moved():
	facts = order(rate_used=1.2, rate_on_file=1.1)
	found = hit("fx.moved", facts)
	assert said(found) == "exchange rate 1.2, where 1.1 is on file (9.09 % apart)"
	assert found.at_risk == pytest.approx(200 - 200 / 1.2 * 1.1) and actions(found) == [("set_fx", {"rate": 1.1})]
	assert hits("fx.moved", order(rate_used=0.94, rate_on_file=1.0))
	assert not hits("fx.moved", order(rate_used=1.05, rate_on_file=1.0))


@pytest.mark.parametrize(("used", "filed"), [(None, 1.1), (1.2, None), (0.0, 1.1), (1.2, 0.0)])
def test_without_both_rates_none_moved(used, filed):
	assert not hits("fx.moved", order(rate_used=used, rate_on_file=filed))


def test_an_item_that_is_not_sold_any_more():
	gone = line(about=ItemFacts("ITEM-1", end_of_life=TODAY + 4 * DAY, substitutes=("A", "B", "C")))
	found = hit("item.discontinued", order(gone, line(2)))
	assert said(found) == "line 1, ITEM-1: sold until 2026-03-06 only"
	assert actions(found) == [
		("substitute", {"line": 1, "item": "A"}),
		("substitute", {"line": 1, "item": "B"}),
		("remove_line", {"line": 1}),
	]
	assert ways(found) == [("remove_line", {"line": 1, "item": "ITEM-1"})]
	assert ways(hit("item.discontinued", order(gone))) == [("any_edit", {})]
	assert said(hit("item.discontinued", order(line(about=ItemFacts("ITEM-1", disabled=True))))).endswith("disabled")


def test_an_item_that_is_sold_long_enough():
	assert not hits("item.discontinued", order(line(about=ItemFacts("ITEM-1", end_of_life=TODAY + 5 * DAY))))
	assert not hits("item.discontinued", order(line(about=None)))
	delivered = line(about=ItemFacts("ITEM-1", disabled=True), open_qty=0.0)
	assert not hits("item.discontinued", order(delivered, submitted=True))
