"""Orders entered twice."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.anomaly.duplicates import (
	Compared,
	Limits,
	duplicates,
	likeness,
	normal_po,
	prepare,
	side_by_side,
)
from crm_o2c.engine.anomaly.facts import RecentOrder

TODAY = date(2026, 3, 20)
FIVE = {"A": 1.0, "B": 2.0, "C": 3.0, "D": 4.0, "E": 5.0}

orders = st.builds(
	lambda lines, days, po: RecentOrder("X", TODAY + timedelta(days), po, 0.0, tuple(lines)),
	st.lists(st.tuples(st.sampled_from("ABCDEF"), st.integers(1, 30).map(float)), max_size=8),
	st.integers(-9, 9),
	st.sampled_from([None, "", "PO 1", "1", "by phone", "2-b"]),
)


def order(lines: dict[str, float], name: str = "SO-1", days: int = 0, po: str | None = None) -> RecentOrder:
	return RecentOrder(name, TODAY + timedelta(days), po, 100.0, tuple(lines.items()))


def alike(a: RecentOrder, b: RecentOrder, limits: Limits | None = None):
	return likeness(prepare(a), prepare(b), limits or Limits())


def test_the_same_order_within_a_week():
	found = alike(order(FIVE), order(FIVE, days=7))
	assert found == (1.0, 1.0, 7, False)
	assert alike(order(FIVE), order(FIVE, days=8)) is None


def test_some_items_may_differ():
	assert alike(order(FIVE), order({**FIVE, "F": 1.0, "G": 1.0})).items == pytest.approx(5 / 7)
	assert alike(order(FIVE), order({**FIVE, "F": 1.0, "G": 1.0, "H": 1.0})) is None  # 5 of 8
	assert alike(order(FIVE), order({"A": 1.0, "B": 2.0, "C": 3.0, "Y": 4.0, "Z": 5.0})) is None


def test_quantities_may_differ_a_little():
	assert alike(order(FIVE), order({**FIVE, "A": 2.0})).quantity == pytest.approx(0.9)
	assert alike(order(FIVE), order({item: qty * 2 for item, qty in FIVE.items()})) is None
	assert alike(order(FIVE), order({item: qty * 2 for item, qty in FIVE.items()}), Limits(quantity=0.5)) is not None


def test_one_giant_line_does_not_decide():
	a = {**FIVE, "A": 1000.0}
	assert alike(order(a), order({item: qty if item == "A" else qty * 3 for item, qty in a.items()})) is None


def test_few_items_must_be_identical_and_nearer():
	two = {"A": 1.0, "B": 2.0}
	assert alike(order(two), order(two, days=2))
	assert alike(order(two), order(two, days=3)) is None
	assert alike(order(two), order({**two, "B": 3.0})) is None
	assert alike(order(two), order({**two, "C": 3.0})) is None


def test_nothing_is_no_duplicate_of_nothing():
	assert alike(order({}), order({})) is None


def test_lines_of_an_item_count_together():
	split = RecentOrder("SO-2", TODAY, None, 0.0, (("A", 1.0), ("B", 1.0), ("B", 1.0), ("C", 3.0)))
	assert alike(order({"A": 1.0, "B": 2.0, "C": 3.0}), split) == (1.0, 1.0, 0, False)


def test_the_same_purchase_order_number_is_enough():
	found = alike(order(FIVE, po="PO-0471"), order({"Z": 1.0}, days=6, po="po 471"))
	assert (found.same_po, found.items) == (True, 0.0)
	assert alike(order(FIVE, po="PO-0471"), order({"Z": 1.0}, po="PO-0472")) is None


@pytest.mark.parametrize(
	("text", "normal"),
	[
		("PO-00471", "471"),
		("  p.o. no. 471 ", "471"),
		("471", "471"),
		("Order 471/b", "471b"),
		("ＰＯ４７１", "471"),
		("2026-0031", "20260031"),
		("by phone", ""),
		("—", ""),
		("", ""),
		(None, ""),
		("000", "0"),
	],
)
def test_ways_to_write_a_purchase_order_number(text, normal):
	assert normal_po(text) == normal


def test_texts_that_number_nothing_are_not_the_same_number():
	assert alike(order({"A": 1.0}, po="by phone"), order({"B": 1.0}, po="by phone")) is None


def test_the_most_alike_comes_first_and_an_order_is_not_its_own_duplicate():
	near, same = order({**FIVE, "E": 4.0}, "SO-2"), order(FIVE, "SO-3", days=-1)
	found = duplicates(order(FIVE), [near, order(FIVE), order({"Z": 1.0}, "SO-4"), same])
	assert [pair.other.order for pair in found] == ["SO-3", "SO-2"]
	assert found[0].likeness.share == 1.0


def test_side_by_side_shows_what_differs_first():
	rows = side_by_side(order({"A": 1.0, "B": 2.0, "C": 3.0}), order({"A": 1.0, "B": 5.0, "D": 4.0}))
	assert rows == (
		Compared("B", 2.0, 5.0),
		Compared("C", 3.0, None),
		Compared("D", None, 4.0),
		Compared("A", 1.0, 1.0),
	)


@given(orders, orders)
def test_whichever_is_asked_the_answer_is_the_same(a, b):
	assert alike(a, b) == alike(b, a)


@given(orders)
def test_an_order_is_a_duplicate_of_its_copy(a):
	found = alike(a, a._replace(order="Y"))
	assert (found is not None) == bool(a.lines or normal_po(a.po_no))


@given(orders, orders, st.floats(0, 1), st.floats(0, 1))
def test_stricter_limits_find_no_more(a, b, items, quantity):
	strict = Limits(items=items, quantity=quantity)
	if alike(a, b, strict):
		assert alike(a, b, strict._replace(items=items / 2, quantity=quantity / 2, days=9, few_days=9))
