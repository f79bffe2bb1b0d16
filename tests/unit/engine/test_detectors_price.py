"""Prices and discounts: what is on file comes first, statistics only where nothing is, and no line is found twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.anomaly.facts import ItemFacts

from engine.check_book import actions, hit, hits, line, order, patterns, said, ways

OFF = ("price.low", "price.high", "price.slip", "price.swap")


def found_by(facts, **params):
	return [code for code in OFF if hits(code, facts, **(params if code in OFF[:2] else {}))]


# -- against a price on file -------------------------------------------------------------------------------------------------


def test_below_the_list_price():
	found = hit("price.low", order(line(rate=14.0, list_rate=20.0)))
	assert said(found) == "line 1, ITEM-1: price 14 is 30 % below the list price 20"
	assert found.confidence == 1.0 and found.at_risk == 60.0
	assert found.evidence.rows == (("word.list", 20.0), ("word.entered", 14.0))
	assert actions(found) == ways(found) == [("set_rate", {"line": 1, "rate": 20.0})]


def test_the_percentage_itself_is_allowed():
	assert not hits("price.low", order(line(rate=15.0, list_rate=20.0)))  # 25 %
	assert hits("price.low", order(line(rate=14.99, list_rate=20.0)))
	assert not hits("price.high", order(line(rate=25.0, list_rate=20.0)))
	assert hits("price.high", order(line(rate=25.01, list_rate=20.0)))
	assert hits("price.low", order(line(rate=17.9, list_rate=20.0)), percent=10)


def test_a_contract_comes_before_the_list():
	agreed = line(rate=14.0, list_rate=20.0, contract_rate=14.0)
	assert not found_by(order(agreed))
	found = hit("price.high", order(agreed._replace(rate=15.0)))
	assert said(found) == "line 1, ITEM-1: price 15 is 7.1 % above the agreed 14"
	assert [row[0] for row in found.evidence.rows] == ["word.contract", "word.list", "word.entered"]


def test_what_pricing_rules_give_is_no_deviation():
	assert not found_by(order(line(rate=10.0, list_rate=20.0, pricing_rules=1)))
	assert not found_by(order(line(rate=2.0, list_rate=20.0, pricing_rules=1)))  # a tenth, but by a rule
	by_hand = line(rate=6.0, list_rate=20.0, pricing_rules=1, hand_discount=40.0)
	found = hit("price.low", order(by_hand))
	assert said(found) == "line 1, ITEM-1: price 6 is 40 % below 10, which the pricing rules give"
	assert ways(found) == [("set_rate", {"line": 1, "rate": 10.0})]


def test_a_discount_of_the_whole_order_counts_as_given_by_hand():
	facts = order(line(rate=7.0, list_rate=20.0, pricing_rules=1), order_discount=30.0)
	assert hit("price.low", facts).params["usual"] == 10.0


def test_where_a_list_price_is_on_file_statistics_say_nothing():
	assert not found_by(order(line(rate=20.0, list_rate=20.0, patterns=patterns(99.0))))


# -- against what is usual ---------------------------------------------------------------------------------------------------


def test_below_every_usual_price():
	found = hit("price.low", order(line(rate=13.0, patterns=patterns())))
	assert said(found) == "line 1, ITEM-1: price 13 is 35 % below the usual 20"
	assert 0.2 <= found.confidence < 1.0
	assert [row[:2] for row in found.evidence.rows] == [
		("word.usual", 20.0),
		("word.last", 20.0),
		("word.own", 20.0),
		("word.entered", 13.0),
	]


def test_any_usual_price_will_do():
	some = patterns(levels=((20.0, 40, None), (13.0, 3, None)))
	assert not found_by(order(line(rate=13.0, patterns=some)))
	assert not found_by(order(line(rate=13.0, patterns=patterns(last_price=13.0))))
	assert not found_by(order(line(rate=13.0, patterns=patterns(ratio=0.65))))


def test_statistics_are_of_one_stock_unit():
	box = line(qty=2.0, uom="Box", factor=12.0, rate=240.0, patterns=patterns())
	assert not found_by(order(box))
	found = hit("price.high", order(box._replace(rate=390.0)))
	assert found.params["usual"] == pytest.approx(240.0) and found.at_risk == pytest.approx(300.0)


def test_few_sales_say_nothing():
	assert not hits("price.low", order(line(rate=13.0, patterns=patterns(lines=2))))
	assert hits("price.low", order(line(rate=13.0, patterns=patterns(lines=2))), lines=2)


@pytest.mark.parametrize("values", [{"rate": None}, {"rate": 0.0}, {"rate": 13.0, "patterns": None}])
def test_what_is_not_known_or_given_away_is_not_judged(values):
	assert not found_by(order(line(**{"patterns": patterns(), **values})))


# -- slips and swaps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "times", "code"), [(200.0, 10.0, "price.slip"), (0.2, 100.0, "price.slip.low")])
@pytest.mark.parametrize("known", [{"list_rate": 20.0}, {"patterns": patterns()}])
def test_a_misplaced_decimal_point_is_found_once(rate, times, code, known):
	facts = order(line(rate=rate, **known))
	assert found_by(facts) == ["price.slip"]
	found = hit("price.slip", facts)
	assert (found.code, found.params["times"], found.params["usual"]) == (code, times, 20.0)
	assert actions(found) == ways(found) == [("set_rate", {"line": 1, "rate": 20.0})]


def test_how_near_a_slip_must_be():
	assert found_by(order(line(rate=205.9, list_rate=20.0))) == ["price.slip"]
	assert found_by(order(line(rate=206.2, list_rate=20.0))) == ["price.high"]
	assert hits("price.slip", order(line(rate=206.2, list_rate=20.0)), tolerance=5)


@pytest.mark.parametrize("known", [{"list_rate": 2.55}, {"patterns": patterns(2.55)}])
def test_price_and_quantity_in_each_others_place_are_found_once(known):
	facts = order(line(qty=2.55, rate=12.0, **known))
	assert found_by(facts) == ["price.swap"]
	found = hit("price.swap", facts)
	assert said(found) == "line 1, ITEM-1: quantity 2.55 is a usual price and 12 is not; the two look swapped"
	assert actions(found) == [("set_qty", {"line": 1, "qty": 12.0})]
	assert found_by(order(line(qty=12.0, rate=12.0, **known))) == ["price.high"]  # until the price is right too
	assert ways(found) == [("set_rate", {"line": 1, "rate": 2.55})]


def test_a_price_that_is_no_quantity_is_not_swapped():
	assert found_by(order(line(qty=20.0, rate=5.3, list_rate=20.0))) == ["price.low"]
	assert found_by(order(line(qty=20.0, rate=12.0, list_rate=20.0))) == ["price.low"]  # a discount, by chance
	assert found_by(order(line(qty=20.0, rate=5.0, list_rate=20.0))) == ["price.swap"]


@given(st.floats(0.5, 500), st.floats(1.5, 60), st.integers(1, 50), st.sampled_from(["list_rate", "patterns"]))
def test_a_line_is_found_by_one_price_detector_at_most(usual, ratio, qty, known):
	value = usual if known == "list_rate" else patterns(usual)
	facts = order(line(qty=float(qty), rate=usual * ratio, **{known: value}))
	assert len(found_by(facts)) == 1
	assert all(found.ways for code in OFF for found in hits(code, facts))


# -- discounts ---------------------------------------------------------------------------------------------------------------


def test_a_discount_by_hand_on_top_of_pricing_rules():
	stacked = line(rate=14.4, list_rate=20.0, pricing_rules=2, hand_discount=10.0)
	found = hit("disc.stacked", order(stacked))
	assert said(found) == "line 1, ITEM-1: 10 % off by hand on top of 2 pricing rules"
	assert found.evidence.rows == (("word.list", 20.0), ("word.rules", 16.0), ("word.entered", 14.4))
	assert found.at_risk == pytest.approx(16.0)
	assert actions(found) == [("drop_discount", {"line": 1})]
	assert ways(found) == [("set_rate", {"line": 1, "rate": 16.0})]
	assert not hits("disc.stacked", order(stacked), rules=3)
	assert not hits("disc.stacked", order(stacked._replace(hand_discount=0.2)))


def test_more_off_than_the_item_allows():
	about = ItemFacts("ITEM-1", max_discount=15.0)
	found = hit("disc.stacked", order(line(rate=16.0, list_rate=20.0, hand_discount=20.0, about=about)))
	assert said(found) == "line 1, ITEM-1: 20 % off by hand, where 15 % is the most"
	assert not hits("disc.stacked", order(line(rate=17.0, list_rate=20.0, hand_discount=15.0, about=about)))
	assert not hits("disc.stacked", order(line(rate=10.0, list_rate=20.0, hand_discount=50.0)))
	whole = order(line(rate=16.0, list_rate=20.0, about=about), order_discount=20.0)
	assert hits("disc.stacked", whole) and not actions(hit("disc.stacked", whole))


# -- cost --------------------------------------------------------------------------------------------------------------------


def test_below_cost():
	found = hit("margin.negative", order(line(rate=11.0, list_rate=20.0)))
	assert said(found) == "line 1, ITEM-1: price 11 is below the cost of 12"
	assert found.at_risk == 10.0 and ways(found) == [("set_rate", {"line": 1, "rate": 20.0})]
	assert not hits("margin.negative", order(line(rate=12.0)))
	assert hits("margin.negative", order(line(rate=13.19)), percent=10)
	assert not hits("margin.negative", order(line(rate=13.2)), percent=10)


def test_cost_is_of_one_stock_unit():
	assert not hits("margin.negative", order(line(rate=150.0, factor=12.0)))
	assert hits("margin.negative", order(line(rate=140.0, factor=12.0)))


@pytest.mark.parametrize("values", [{"cost": None}, {"cost": 0.0}, {"rate": None}, {"rate": 0.0, "pricing_rules": 1}])
def test_without_cost_or_for_what_a_rule_gives_away_there_is_no_margin(values):
	assert not hits("margin.negative", order(line(**{"rate": 1.0, **values})))
