"""The smaller parts: the reserved lane, working days, what is usual, facts as text, and the words for codes."""

import ast
import string
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import crm_o2c.engine
from crm_o2c.engine.calendar import DAYS_EACH_SIDE, WorkCalendar
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.lane import interleave
from crm_o2c.engine.messages import MESSAGES, plain, render
from crm_o2c.engine.policy import SOURCES, Reference
from crm_o2c.engine.reference import measure, moved

from engine.order_strategies import SUNDAYS, TODAY, orders

# -- the reserved lane -------------------------------------------------------------------------------------------------


def test_every_third_release_goes_to_the_most_overdue():
	released = list(interleave("abcdefg", "gfe", 3))
	assert released == [(k, k in "gf") for k in "abgcdfe"]


def test_without_a_lane_the_queue_stays_as_it_is():
	assert [key for key, _ in interleave("abc", "cba", 0)] == ["a", "b", "c"]


@given(st.lists(st.integers(), unique=True, max_size=60), st.integers(0, 12), st.data())
def test_each_key_is_released_once_and_none_is_lost(queue, every, data):
	overdue = data.draw(st.permutations(queue).map(lambda keys: keys[: len(keys) // 2]))
	released = list(interleave(queue, overdue, every))
	assert sorted(key for key, _ in released) == sorted(queue)
	by_lane = [place for place, (_key, lane) in enumerate(released, 1) if lane]
	assert all(place % every == 0 for place in by_lane)
	waiting_until = max((released.index(pair) for pair in released if pair[0] in overdue), default=-1)
	if every:
		assert set(range(every, waiting_until + 1, every)) <= set(by_lane)


@given(st.lists(st.integers(), unique=True, max_size=30), st.integers(0, 5), st.integers(0, 40))
def test_at_most_so_many_are_released(queue, every, most):
	assert list(interleave(queue, queue[::-1], every, most)) == list(interleave(queue, queue[::-1], every))[:most]


# -- working days ------------------------------------------------------------------------------------------------------


@given(st.integers(-2000, 2000), st.integers(-2000, 2000))
def test_a_later_day_is_never_fewer_working_days_away(one, two):
	calendar = WorkCalendar(TODAY, SUNDAYS)
	early, late = sorted((TODAY + timedelta(one), TODAY + timedelta(two)))
	assert calendar.days_until(early) <= calendar.days_until(late)


@given(st.integers(-2 * DAYS_EACH_SIDE, 2 * DAYS_EACH_SIDE))
def test_date_after_is_the_inverse_of_days_until(working_days):
	calendar = WorkCalendar(TODAY, SUNDAYS)
	assert calendar.days_until(calendar.date_after(working_days)) == working_days


def test_days_off_do_not_count_and_a_mistyped_year_costs_nothing():
	calendar = WorkCalendar(TODAY, SUNDAYS)
	assert calendar.days_until(TODAY + timedelta(7)) == 6
	assert calendar.days_until(TODAY - timedelta(1)) == -1
	assert calendar.days_since(TODAY - timedelta(7)) == 7
	assert calendar.date_after(calendar.days_until(date(9999, 12, 31)) - 1) == date(9999, 12, 30)


# -- what is usual -----------------------------------------------------------------------------------------------------


def test_what_is_usual_is_measured_and_kept_until_it_moves():
	usual = measure([(100.0, 2, 10.0), (0.0, 4, 20.0), (300.0, 6, 60.0)])
	assert usual == Reference(200.0, 4.0, 30.0)
	assert measure([]) == Reference()
	assert measure([(0.0, 2, 1.0)]) == Reference(None, 2.0, 1.0)
	assert not moved(usual, Reference(209.0, 4.1, 31.0))
	assert moved(usual, Reference(211.0, 4.0, 30.0))
	assert moved(Reference(), usual) and not moved(Reference(), Reference())


# -- facts as text -----------------------------------------------------------------------------------------------------


@given(orders)
def test_facts_survive_their_way_through_text(facts):
	again = OrderFacts.from_json(facts.to_json())
	assert again._replace(extra={}) == facts._replace(extra={})
	assert again.extra == facts.extra and again.to_json() == facts.to_json()


def test_what_is_not_known_stays_apart_from_zero_in_the_text():
	unknown, zero = OrderFacts("SO-1"), OrderFacts("SO-1", value=0.0)
	assert unknown.to_json() != zero.to_json()
	assert OrderFacts.from_json(unknown.to_json()).value is None


# -- words -------------------------------------------------------------------------------------------------------------


def engine_codes() -> set[str]:
	"""Every text in the engine's source that has the form of a code: `family.name`."""
	families = {code.partition(".")[0] for code in MESSAGES if "." in code}
	texts = set()
	for path in Path(crm_o2c.engine.__path__[0]).glob("*.py"):
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "messages.py":
				family, dot, name = node.value.partition(".")
				if dot and family in families and name.replace("_", "").replace(".", "").isalpha():
					texts.add(node.value)
	return texts


def test_every_code_of_the_engine_has_words():
	assert len(engine_codes()) > 40
	assert engine_codes() <= set(MESSAGES)


@pytest.mark.parametrize("code", MESSAGES)
def test_every_message_renders_with_its_values(code):
	names = {name for _text, name, _spec, _conversion in string.Formatter().parse(MESSAGES[code]) if name}
	text = render(code, dict.fromkeys(names, 1234.5))
	assert "{" not in text and text.count("1,234.5") >= len(names)


def test_every_term_of_the_index_and_of_a_curve_has_a_name():
	assert {f"term.{s}" for s in SOURCES if s not in ("order_field", "customer_field", "formula")} <= set(MESSAGES)


@pytest.mark.parametrize(
	("value", "text"),
	[
		(None, "–"), (1234.5, "1,234.5"), (1234567, "1,234,567"), (0.0, "0"), (-0.004, "0"), (True, "True"),
		([1, "a"], "1, a"), (date(2026, 3, 2), "2026-03-02"), (100.0, "100"),
	],
)  # fmt: skip
def test_values_are_shown_plainly(value, text):
	assert plain(value) == text
