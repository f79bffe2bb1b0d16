"""Quantities: unusual ones, wrong units, and less than may be ordered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.anomaly.facts import ItemFacts

from engine.check_book import actions, hit, hits, line, order, patterns, said, ways

BOXES = ItemFacts("ITEM-1", units=(("Nos", 1.0), ("Box", 12.0), ("Pallet", 480.0)))


def test_far_more_than_usual():
	found = hit("qty.outlier", order(line(qty=1000.0, patterns=patterns())))
	assert said(found) == "line 1, ITEM-1: quantity 1,000 is 100 times the usual 10"
	assert found.at_risk == pytest.approx(19_800.0, rel=1e-3) and 0 < found.confidence < 1
	assert actions(found) == [("set_qty", {"line": 1, "qty": 10.0})]
	assert ways(found) == [("reduce_line", {"line": 1, "item": "ITEM-1", "qty": 21.0})]  # 1.5 times his largest
	assert found.evidence.rows[0] == ("word.entered", 1000.0, "Nos", 1000.0)


def test_what_the_customer_bought_before_is_usual():
	assert not hits("qty.outlier", order(line(qty=1000.0, patterns=patterns(largest=700.0))))
	assert not hits("qty.outlier", order(line(qty=10.0, patterns=patterns())))
	assert not hits("qty.outlier", order(line(qty=1.0, patterns=patterns())))


def test_without_history_nothing_is_unusual():
	assert not hits("qty.outlier", order(line(qty=1000.0, patterns=None)))
	assert not hits("qty.outlier", order(line(qty=1000.0, patterns=patterns(lines=2))))
	assert not hits("qty.outlier", order(line(qty=1000.0, patterns=patterns(mean_log=None, sd_log=None))))


def test_how_unusual_is_for_the_rule_to_say():
	facts = order(line(qty=1000.0, patterns=patterns(largest=None)))
	assert hits("qty.outlier", facts, deviations=2) and not hits("qty.outlier", facts, deviations=8)
	assert ways(hit("qty.outlier", facts, deviations=2)) == [("any_edit", {})]


def test_a_wrong_unit_is_found_once_and_named():
	wrong = line(qty=10.0, uom="Box", factor=12.0, about=BOXES, patterns=patterns(largest=10.0))
	found = hit("uom.slip", order(wrong))
	assert said(found) == "line 1, ITEM-1: 10 Box is far more than usual; 10 Nos would be as usual"
	assert actions(found) == [("set_uom", {"line": 1, "uom": "Nos"})]
	assert found.evidence.rows[:2] == (("word.entered", 10.0, "Box", 120.0), ("word.if_other", 10.0, "Nos", 10.0))
	assert not hits("qty.outlier", order(wrong), deviations=1)


def test_a_wrong_unit_that_is_whole_boxes_can_also_be_corrected_by_quantity():
	wrong = line(qty=24.0, uom="Box", factor=12.0, about=BOXES, patterns=patterns(largest=24.0))
	assert ("set_qty", {"line": 1, "qty": 2.0}) in actions(hit("uom.slip", order(wrong)))


@pytest.mark.parametrize(
	"values",
	[
		{"qty": 13.0},  # 13 pieces are not near the usual ten
		{"about": ItemFacts("ITEM-1", units=(("Box", 12.0),))},
		{"about": None},
		{"patterns": patterns(largest=120.0)},
		{"patterns": None},
	],
)
def test_what_is_no_wrong_unit(values):
	usual = {"qty": 10.0, "uom": "Box", "factor": 12.0, "about": BOXES, "patterns": patterns(largest=10.0)}
	assert not hits("uom.slip", order(line(**{**usual, **values})))


def test_the_tolerance_of_a_wrong_unit():
	off = line(qty=10.8, uom="Box", factor=12.0, about=BOXES, patterns=patterns(largest=10.0))
	assert hits("uom.slip", order(off)) and not hits("uom.slip", order(off), tolerance=5)


def test_less_than_may_be_ordered():
	about = ItemFacts("ITEM-1", min_qty=24.0)
	found = hit("moq.broken", order(line(qty=10.0, about=about)))
	assert said(found) == "line 1, ITEM-1: 10 ordered, where 24 is the least"
	assert actions(found) == [("set_qty", {"line": 1, "qty": 24.0})]
	assert actions(hit("moq.broken", order(line(qty=1.0, factor=12.0, about=about)))) == [
		("set_qty", {"line": 1, "qty": 2.0})
	]
	assert not hits("moq.broken", order(line(qty=24.0, about=about)))
	assert not hits("moq.broken", order(line(qty=2.0, factor=12.0, about=about)))
	assert not hits("moq.broken", order(line(qty=1.0))) and not hits("moq.broken", order(line(about=None)))


@given(st.floats(0.1, 1e6), st.floats(0, 8), st.floats(0, 2), st.one_of(st.none(), st.floats(0.1, 1e5)))
def test_the_correct_quantity_is_never_found(qty, mean, deviation, largest):
	known = patterns(mean_log=mean, sd_log=deviation, largest=largest)
	for found in hits("qty.outlier", order(line(qty=round(qty, 2), patterns=known))):
		((_code, values),) = actions(found)
		assert values["qty"] < found.params["qty"]
		assert not hits("qty.outlier", order(line(qty=values["qty"], patterns=known)))
