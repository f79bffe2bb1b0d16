"""What is usual for a line, learned from sales, and how far a line is from it."""

from datetime import date, timedelta
from math import exp, log
from statistics import fmean, median, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.anomaly.pattern_book import PatternBook, Sale
from crm_o2c.engine.anomaly.patterns import (
	DAYS,
	EFFECT_LINES,
	FAR,
	LAST_LINES,
	LIKELY,
	MOST_LEVELS,
	NO_PATTERNS,
	OWN_LARGEST,
	SAME,
	LinePatterns,
	bucket,
	decimal_slip,
	expected_quantity,
	judge,
	price_distance,
	quantity_score,
	swapped_price,
)

TODAY = date(2026, 3, 20)
DAY = timedelta(1)
USUAL = LinePatterns(
	levels=((20.0, 40, TODAY), (18.0, 9, TODAY)),
	last_price=19.0,
	ratio=0.75,
	lines=60,
	mean_log=log(10.0),
	sd_log=0.5,
	customer_lines=30,
	rare=1,
	whole=True,
)

prices = st.floats(0.01, 10_000.0)


def sell(book: PatternBook, *orders: tuple[date, str | None, list[Sale]]) -> PatternBook:
	for on, customer, sales in orders:
		book.open_day(on)
		book.learn(on, customer, sales)
	return book


# -- prices ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("price", "usual", "by"),
	[(20.0, 20.0, "level"), (20.4, 20.0, "level"), (17.9, 18.0, "level"), (19.05, 19.0, "last"), (15.1, 15.0, "ratio")],
)
def test_the_nearest_of_levels_last_price_and_ratio(price, usual, by):
	found = price_distance(price, USUAL)
	assert (found.usual, found.by) == (usual, by)
	assert found.distance == pytest.approx(abs(log(price / usual)))


def test_nothing_is_said_where_no_price_is_known():
	assert price_distance(20.0, NO_PATTERNS) is None
	assert price_distance(20.0, LinePatterns(ratio=0.75, lines=3, mean_log=1.0, sd_log=1.0)) is None
	assert price_distance(0.0, USUAL) is None
	assert judge(5.0, 20.0, NO_PATTERNS) is None


@given(prices, prices, st.floats(0.001, 1000.0))
def test_a_distance_does_not_depend_on_the_currency(price, level, rate):
	here = price_distance(price, LinePatterns(levels=((level, 5, None),)))
	there = price_distance(price * rate, LinePatterns(levels=((level * rate, 5, None),)))
	assert there.distance == pytest.approx(here.distance, abs=1e-9)


@given(prices, st.lists(prices, min_size=1, max_size=5), prices)
def test_another_known_price_never_makes_a_price_stranger(price, levels, more):
	known = LinePatterns(levels=tuple((level, 3, None) for level in levels))
	wider = known._replace(levels=(*known.levels, (more, 2, None)))
	assert price_distance(price, wider).distance <= price_distance(price, known).distance
	assert price_distance(price, known._replace(last_price=more)).distance <= price_distance(price, known).distance


@pytest.mark.parametrize("times", [10.0, 100.0, 0.1, 0.01])
def test_decimal_slips(times):
	assert decimal_slip(20.0 * times * 1.02, USUAL) == (times, 20.0)
	assert decimal_slip(18.0 * times * 0.98, USUAL) == (times, 18.0)
	assert decimal_slip(20.0 * times * 1.05, USUAL) is None
	assert decimal_slip(19.0 * times, LinePatterns(last_price=19.0)) == (times, 19.0)
	assert judge(10.0, 20.0 * times, USUAL).slip == (times, 20.0)


def test_a_usual_price_is_no_slip_of_another():
	both = USUAL._replace(levels=((20.0, 40, None), (2.0, 9, None)))
	assert judge(10.0, 2.0, both) is None


def test_a_quantity_that_is_a_known_price_is_a_swap():
	known = USUAL._replace(levels=((2.55, 40, None),), last_price=None, ratio=None)
	verdict = judge(2.55, 12.0, known)
	assert (verdict.swap, verdict.confidence > 0.9) == (2.55, True)
	assert judge(3.0, 12.0, known).swap is None
	near = judge(2.55, 3.0, known)  # the price alone would not be far enough
	assert (near.swap, near.confidence > LIKELY) == (2.55, True)
	assert judge(2.55, 2.55, known._replace(whole=False)) is None


def test_a_swap_is_seen_in_the_unit_that_was_typed():
	assert swapped_price(30.6 * 12, LinePatterns(levels=((2.55, 4, None),)), 12.0) == 2.55
	assert swapped_price(30.6 * 12, LinePatterns(levels=((2.55, 4, None),))) is None
	assert swapped_price(19.0, LinePatterns(last_price=19.0)) == 19.0


# -- quantities ------------------------------------------------------------------------------------------------------------


def test_a_quantity_beyond_what_is_usual():
	assert quantity_score(10.0, USUAL) == 0.0
	assert quantity_score(9.0, USUAL) == 0.0
	assert 1.0 < quantity_score(50.0, USUAL) < quantity_score(100.0, USUAL) < quantity_score(1000.0, USUAL)
	assert quantity_score(100.0, NO_PATTERNS) == 0.0
	assert expected_quantity(NO_PATTERNS) is None


def test_a_customer_of_large_quantities_is_expected_to_order_them():
	large = USUAL._replace(effect=1.5)
	assert expected_quantity(large) == pytest.approx(10.0 * exp(1.5))
	assert quantity_score(40.0, large) == 0.0
	assert quantity_score(400.0, large) < quantity_score(400.0, USUAL)


@given(st.floats(1.0, 1e6), st.floats(0.0, OWN_LARGEST))
def test_the_customers_own_past_explains_a_quantity(largest, times):
	assert quantity_score(largest * times, USUAL._replace(largest=largest)) == 0.0


def test_ten_times_the_customers_largest_is_stranger_than_ten_times_an_average():
	assert quantity_score(200.0, USUAL._replace(largest=20.0)) > quantity_score(200.0, USUAL._replace(largest=130.0))
	assert quantity_score(200.0, USUAL._replace(largest=10.0)) > quantity_score(200.0, USUAL)


@given(st.integers(1, 500), st.floats(0.0, 3.0), st.floats(2.0, 1e5))
def test_the_more_is_known_of_an_even_item_the_stranger_a_quantity(lines, deviation, qty):
	known = USUAL._replace(lines=lines, sd_log=min(deviation, 1.0))
	assert quantity_score(qty, known) <= quantity_score(qty, known._replace(lines=lines + 100)) + 1e-9


# -- both ------------------------------------------------------------------------------------------------------------------


def test_an_ordinary_line_has_no_verdict():
	assert judge(10.0, 20.0, USUAL) is None
	assert judge(10.0, 20.0 * (1 + SAME / 2), USUAL) is None
	assert judge(10.0, 19.0, USUAL) is None  # his last price
	assert judge(10.0, 15.0, USUAL) is None  # his ratio


def test_confidence_follows_what_is_odd():
	low = judge(10.0, 9.0, USUAL)
	assert low.price.distance > FAR and low.confidence > LIKELY
	assert judge(10.0, 9.0, USUAL._replace(rare=40)).confidence < low.confidence  # often sold at a new price
	assert judge(10.0, 200.0, USUAL).confidence > judge(10.0, 160.0, USUAL).confidence  # a slip
	assert judge(5000.0, 20.0, USUAL).confidence > LIKELY > judge(40.0, 20.0, USUAL).confidence
	assert judge(10.0, 20.4, USUAL).confidence < LIKELY  # 2 %


def test_a_large_order_may_be_cheaper_but_not_ten_times():
	assert judge(60.0, 9.0, USUAL).confidence < judge(10.0, 9.0, USUAL).confidence
	assert judge(60.0, 32.0, USUAL).confidence > judge(10.0, 32.0, USUAL).confidence  # dearer: no reason
	assert judge(60.0, 2.0, USUAL).confidence > 0.9


@given(st.floats(0.1, 1e5), prices, st.booleans())
def test_no_verdict_is_the_same_as_nothing_odd(qty, price, whole):
	known = USUAL._replace(whole=whole)
	if judge(qty, price, known) is None:
		assert price_distance(price, known).distance <= SAME
		assert quantity_score(qty, known) == 0.0


# -- learning --------------------------------------------------------------------------------------------------------------


def test_a_price_on_two_orders_is_a_level():
	book = sell(PatternBook(), (TODAY, "C", [Sale("A", 1, 5.0), Sale("A", 2, 5.0)]))
	assert book.patterns("C", "A").levels == ()  # two lines of one order
	assert book.patterns("C", "A").rare == 1
	sell(book, (TODAY + DAY, "D", [Sale("A", 1, 5.01)]), (TODAY + DAY, "D", [Sale("A", 1, 9.0)]))
	known = book.patterns("C", "A")
	assert known.levels == ((pytest.approx((5.0 + 5.0 + 5.01) / 3), 2, TODAY + DAY),)
	assert (known.rare, known.lines) == (1, 4)


def test_the_level_on_most_orders_comes_first_then_the_cheaper():
	orders = [(TODAY, None, [Sale("A", 1, price)]) for price in (9.0, 9.0, 7.0, 7.0, 8.0, 8.0, 8.0)]
	assert [level[:2] for level in sell(PatternBook(), *orders).patterns(None, "A").levels] == [
		(8.0, 3),
		(7.0, 2),
		(9.0, 2),
	]


def test_so_many_levels_are_kept():
	orders = [(TODAY, None, [Sale("A", 1, 1.05**n)]) for n in range(MOST_LEVELS + 5) for _twice in range(2)]
	known = sell(PatternBook(), *orders).patterns(None, "A")
	assert (len(known.levels), known.rare) == (MOST_LEVELS, 0)


def test_a_year_later_all_is_forgotten():
	sales = [Sale("A", 2.5, 5.0, "Retail")]
	book = sell(PatternBook(), (TODAY, "C", sales), (TODAY + DAY, "C", [Sale("A", 1, 5.0, "Retail")]))
	book.open_day(TODAY + (DAYS - 1) * DAY)
	assert book.patterns("C", "A", "Retail").lines == 2
	assert not book.patterns("C", "A", "Retail").whole
	book.open_day(TODAY + DAYS * DAY)
	known = book.patterns("C", "A", "Retail")
	assert (known.lines, known.levels, known.rare, known.largest, known.whole) == (1, (), 1, 1.0, True)
	book.open_day(TODAY + (DAYS + 1) * DAY)
	assert book.patterns("C", "A", "Retail") == NO_PATTERNS


def test_price_lists_and_customers_are_apart():
	book = sell(PatternBook(), *[(TODAY, "C", [Sale("A", 3, 5.0, "Retail")])] * 2)
	assert book.patterns("C", "A", "Wholesale")._replace(ratio=None) == LinePatterns(
		last_price=5.0, last_on=TODAY, largest=3.0, customer_lines=2
	)
	other = book.patterns("D", "A", "Retail")
	assert (other.last_price, other.largest, other.ratio, other.lines) == (None, None, None, 2)


def test_lines_without_price_or_quantity_teach_nothing():
	book = sell(PatternBook(), (TODAY, "C", [Sale("A", 1, 0.0), Sale("A", 0, 5.0), Sale("A", -1, 5.0)]))
	assert book.patterns("C", "A") == NO_PATTERNS


def test_the_ratio_is_of_the_last_lines():
	usual = [(TODAY, None, [Sale("A", 1, 10.0)])] * 9
	book = sell(PatternBook(), *usual, *[(TODAY, "C", [Sale("A", 1, 8.0)])] * 3)
	assert book.patterns("C", "B").ratio == pytest.approx(0.8)
	sell(book, *[(TODAY + DAY, "C", [Sale("A", 1, 9.0)])] * LAST_LINES)
	assert book.patterns("C", "B").ratio == pytest.approx(1.0)  # 9.0 is on most orders by now


# -- by definition ---------------------------------------------------------------------------------------------------------

sales = st.lists(
	st.builds(
		Sale,
		st.sampled_from("AB"),
		st.sampled_from([1.0, 2.0, 2.5, 12.0, 40.0]),
		st.sampled_from([1.0, 1.002, 1.5, 2.0, 10.0]),
		st.sampled_from(["", "Retail"]),
	),
	min_size=1,
	max_size=6,
)
histories = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["C", "D", None]), sales), max_size=25)


def by_definition(lines: list[tuple], customer: str, item: str, price_list: str) -> LinePatterns:
	"""The definitions of `patterns`, as a query would apply them to all lines of a year: (order, day, customer, sale)."""
	of_item = item_state(lines, item, price_list)
	own = [(on, sale) for _order, on, who, sale in lines if who == customer and sale.item == item]
	his = [sale for _order, _on, who, sale in lines if who == customer]
	ratios, beyond = [], 0.0
	for sale in his[-LAST_LINES:]:
		state = item_state(lines, sale.item, sale.price_list)
		beyond += log(sale.qty) - state["mean_log"]
		ratios += [sale.price / level[0] for level in state["levels"][:1]]
	return LinePatterns(
		**of_item,
		last_price=own[-1][1].price if own else None,
		last_on=own[-1][0] if own else None,
		ratio=median(ratios) if ratios else None,
		effect=beyond / (len(his[-LAST_LINES:]) + EFFECT_LINES),
		largest=max(sale.qty for _on, sale in own) if own else None,
		customer_lines=len(his),
	)


def item_state(lines: list[tuple], item: str, price_list: str) -> dict:
	mine = [line for line in lines if (line[3].item, line[3].price_list) == (item, price_list)]
	if not mine:
		return {"levels": ()}
	groups: dict[int, list] = {}
	for line in mine:
		groups.setdefault(bucket(line[3].price), []).append(line)
	all_levels = [
		(fmean(ln[3].price for ln in g), len({ln[0] for ln in g}), max(ln[1] for ln in g)) for g in groups.values()
	]
	levels = sorted((level for level in all_levels if level[1] > 1), key=lambda level: (-level[1], level[0]))
	logs = [log(line[3].qty) for line in mine]
	return {
		"levels": tuple(levels),
		"rare": len(all_levels) - len(levels),
		"lines": len(mine),
		"mean_log": fmean(logs),
		"sd_log": pstdev(logs),
		"whole": all(line[3].qty == int(line[3].qty) for line in mine),
	}


@given(histories, st.integers(0, 40))
def test_the_book_knows_what_the_definitions_say(history, later):
	book, lines, on = PatternBook(), [], TODAY
	for number, (days, customer, order) in enumerate(history):
		on += days * DAY
		sell(book, (on, customer, order))
		lines += [(number, on, customer, sale) for sale in order]
	today = on + later * DAY
	book.open_day(today)
	lines = [line for line in lines if line[1] > today - DAYS * DAY]
	for item, price_list in (("A", ""), ("A", "Retail"), ("B", "")):
		for customer in ("C", "D"):
			learned, expected = (
				book.patterns(customer, item, price_list),
				by_definition(lines, customer, item, price_list),
			)
			assert flat(learned) == pytest.approx(flat(expected), abs=1e-6)


def flat(known: LinePatterns) -> dict:
	"""One number for each value, so that they can be compared with a tolerance."""
	values = {
		**known._asdict(),
		**{f"level {n} {m}": value for n, row in enumerate(known.levels) for m, value in enumerate(row)},
	}
	values.pop("levels")
	return {key: value.toordinal() if isinstance(value, date) else value for key, value in values.items()}
