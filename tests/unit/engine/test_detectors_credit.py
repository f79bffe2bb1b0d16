"""What a customer owes: what is found, what is not, and that each way to meet a hold's condition meets it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.anomaly.facts import CreditFacts

from engine.check_book import DAY, TODAY, actions, hit, hits, line, order, said, ways


def owing(*lines, **credit):
	facts = order(*lines)
	return facts._replace(credit=CreditFacts(this_order=facts.total)._replace(**credit))


def test_an_order_beyond_the_limit_is_found_with_what_makes_it_up():
	found = hit("credit.limit", owing(limit=1000.0, billed=700.0, ordered=150.0, delivered=50.0))
	assert said(found) == "over the credit limit by 100: 1,100 of 1,000"
	rows = dict(found.evidence.rows)
	parts = ("word.billed", "word.ordered", "word.delivered", "word.this_order")
	assert sum(rows[part] for part in parts) == rows["word.exposure"] == 1100.0
	assert rows["word.exposure"] - rows["word.limit"] == rows["word.excess"] == found.at_risk == 100.0
	assert actions(found) == [("prepay", {"amount": 100.0})]
	assert ways(found) == [
		("pay", {"amount": 100.0}),
		("reduce_line", {"line": 1, "item": "ITEM-1", "qty": 5.0}),
	]


def test_the_limit_itself_is_not_beyond_it():
	assert not hits("credit.limit", owing(limit=1000.0, billed=800.0))
	assert hits("credit.limit", owing(limit=1000.0, billed=800.01))
	assert not hits("credit.limit", owing(limit=1000.0, billed=1000.0), percent=120)
	assert hits("credit.limit", owing(limit=1000.0, billed=1000.01), percent=120)


@pytest.mark.parametrize("credit", [{}, {"limit": None, "billed": 1e9}])
def test_without_a_limit_nothing_is_beyond_it(credit):
	assert not hits("credit.limit", owing(**credit))
	assert not hits("credit.limit", order(credit=None))


def test_an_order_that_adds_nothing_is_not_to_blame():
	assert not hits("credit.limit", owing(limit=100.0, billed=500.0, this_order=0.0))


def test_who_gets_no_credit_pays_before():
	found = hit("credit.limit", owing(no_credit=True, limit=5000.0))
	assert said(found) == "no credit is given: 200 must be paid before delivery"
	assert not hits("credit.limit", owing(no_credit=True, billed=-200.0))


def test_the_smallest_line_that_is_enough_may_go_or_the_largest_be_cut():
	facts = owing(line(1, qty=1), line(2, qty=6), line(3, qty=50), limit=1000.0, billed=-40.0)
	found = hit("credit.limit", facts)  # 1,100 of 1,000; lines of 20, 120 and 1,000
	assert ways(found)[1:] == [
		("remove_line", {"line": 2, "item": "ITEM-2"}),
		("reduce_line", {"line": 3, "item": "ITEM-3", "qty": 45.0}),
	]
	assert ("remove_line", {"line": 2}) in actions(found)


def test_what_is_delivered_can_neither_go_nor_be_cut():
	facts = owing(line(1, open_qty=4.0), line(2, open_qty=0.0), limit=350.0)
	assert ways(hit("credit.limit", facts)) == [("pay", {"amount": 50.0})]


@given(
	st.lists(st.tuples(st.integers(1, 40), st.floats(0.01, 500)), min_size=1, max_size=5),
	st.floats(-500, 5000),
	st.floats(0, 5000),
	st.floats(1, 200),
)
def test_each_way_is_enough(lines, billed, limit, percent):
	made = [line(n, qty=float(qty), rate=round(rate, 2)) for n, (qty, rate) in enumerate(lines, 1)]
	facts = owing(*made, limit=round(limit, 2), billed=round(billed, 2))
	for found in hits("credit.limit", facts, percent=percent):
		assert found.ways
		for code, values in ways(found):
			credit = facts.credit
			if code == "pay":
				credit = credit._replace(billed=credit.billed - values["amount"])
			else:
				less = made[values["line"] - 1]
				share = 1 - values.get("qty", 0.0) / less.qty
				credit = credit._replace(this_order=credit.this_order - less.total * share)
			assert not hits("credit.limit", facts._replace(credit=credit), percent=percent)


INVOICES = (("SINV-1", date(2026, 2, 1), 300.0), ("SINV-2", date(2026, 2, 20), 200.0))


def test_overdue_by_days_or_by_amount():
	late = owing(overdue=500.0, overdue_days=29, invoices=INVOICES)
	found = hit("credit.overdue", late, days=28)
	assert said(found) == "500 overdue, the oldest for 29 days"
	assert found.evidence.rows == (("SINV-1", INVOICES[0][1], 29, 300.0), ("SINV-2", INVOICES[1][1], 10, 200.0))
	assert sum(row[3] for row in found.evidence.rows) == found.at_risk
	assert not hits("credit.overdue", late, days=29)
	assert hits("credit.overdue", late, days=29, amount=499.99)
	assert not hits("credit.overdue", late, days=29, amount=500)
	assert not hits("credit.overdue", owing(), days=0) and not hits("credit.overdue", order(credit=None), days=0)


def test_no_more_is_asked_for_than_is_needed():
	late = owing(overdue=500.0, overdue_days=29, invoices=INVOICES)
	assert ways(hit("credit.overdue", late, days=28)) == [("settle_overdue", {"amount": 300.0})]
	assert ways(hit("credit.overdue", late, days=5)) == [("settle_overdue", {"amount": 500.0})]
	more = owing(overdue=900.0, overdue_days=29, invoices=INVOICES)  # not all invoices are listed
	assert ways(hit("credit.overdue", more, days=28)) == [("settle_overdue", {"amount": 900.0})]


def test_one_day_is_said_as_one_day():
	facts = owing(overdue=5.0, overdue_days=1, invoices=(("S", TODAY - DAY, 5.0),))
	assert said(hit("credit.overdue", facts, days=0)) == "5 overdue, the oldest for 1 day"


def test_broken_promises_count_from_the_number_of_the_rule():
	assert said(hit("credit.promise", owing(broken_promises=1, broken_amount=80.0))) == "a promise to pay not kept (80)"
	assert hits("credit.promise", owing(broken_promises=2), count=2)
	assert not hits("credit.promise", owing(broken_promises=1), count=2)
	assert not hits("credit.promise", owing()) and not hits("credit.promise", order(credit=None))
