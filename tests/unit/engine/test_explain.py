"""The explanation: true, smallest, and complete."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm_o2c.engine import policy as p
from crm_o2c.engine.calendar import WorkCalendar
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.explain import Message, counterfactuals, explain, smallest
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.policy import Band, Factor, PriorityPolicy
from crm_o2c.engine.priority import PriorityScorer

from engine.order_strategies import FULL_POLICY, REFERENCE, TODAY, orders, policies, scorer

ORDER = OrderFacts(
	"SO-1", value=900.0, tier="C", promise_date=TODAY + timedelta(4), lines=5, units=0.0, lines_in_stock=5
)


def changes_of(engine: PriorityScorer, facts: OrderFacts) -> dict:
	return {change.key: change for change in counterfactuals(engine, facts)}


def changed(facts: OrderFacts, key: str, params: dict, back: int = 0) -> OrderFacts:
	"""The order with a change made, or with `back` steps less of it."""
	if key == "urgency":
		days = scorer().days_left(facts) - params["days"] + back
		return facts._replace(promise_date=scorer().calendar.date_after(days))
	if key == "value":
		return facts._replace(value=float(params["value"] - back))
	if key == "tier":
		order = "CBA"
		less = order.index(params["tier"]) - back
		return facts._replace(tier=order[less] if less >= 0 else facts.tier)
	if key == "boost":
		return facts._replace(boost=round(facts.boost + params["points"] - 0.01 * back, 2))
	step = (params["was"] > params["value"]) - (params["was"] < params["value"]) if params["was"] is not None else 0
	value = params["value"]
	if not isinstance(value, str) and back:
		value = round(value + step * (1 if isinstance(value, int) else 0.01), 2)
	if key in ("contract", "customer__risk"):
		return facts._replace(extra={**facts.extra, key: value})
	return facts._replace(**{key: value})


@given(orders, policies)
@example(ORDER, DEFAULT_POLICY)
def test_every_change_reaches_the_next_band(facts, policy):
	engine = scorer(policy)
	before = engine.decide(facts)
	bands = [band.band for band in policy.bands]
	for key, change in changes_of(engine, facts).items():
		after = engine.decide(changed(facts, key, change.message.params))
		assert after.band == change.band
		assert bands.index(after.band) < bands.index(before.band)
		assert round(after.points - before.points, 2) == change.points


@given(orders, policies)
@example(ORDER, DEFAULT_POLICY)
def test_one_step_less_is_not_enough(facts, policy):
	engine = scorer(policy)
	band = engine.decide(facts).band
	for key, change in changes_of(engine, facts).items():
		params = change.message.params
		stated = params.get("was", 0) is not None and not isinstance(params.get("value"), str)
		if stated:
			assert engine.decide(changed(facts, key, params, back=1)).band == band, change


@given(orders, policies)
def test_an_order_in_the_highest_band_needs_nothing(facts, policy):
	engine = scorer(policy)
	changes = list(counterfactuals(engine, facts))
	assert bool(changes) == (engine.decide(facts).band != "Critical")


@pytest.mark.parametrize(
	("ahead", "days", "code"), [(4, 4, "change.promise"), (1, 1, "change.promise.one"), (3, 3, "change.promise")]
)
def test_an_earlier_promise_lifts_to_the_next_band(ahead, days, code):
	change = changes_of(scorer(), ORDER._replace(promise_date=TODAY + timedelta(ahead), value=700.0))["urgency"]
	assert (change.band, change.message) == ("High", Message(code, {"days": days, "date": TODAY}))


def test_a_falling_step_is_left_one_unit_below_its_edge():
	policy = PriorityPolicy(
		"Overdue",
		(Factor(p.OVERDUE_DAYS, 40.0, curve="steps", curve_points="0: 0\n30: -1"),),
		DEFAULT_POLICY.bands,
	)
	change = changes_of(scorer(policy), ORDER._replace(overdue_days=45))["overdue_days"]
	assert change.message == Message("change.field", {"key": "overdue_days", "value": 29, "was": 45})


def test_an_input_on_a_line_moves_just_far_enough():
	policy = PriorityPolicy(
		"Margin", (Factor(p.MARGIN, 40.0, curve="linear", curve_points="0: -1\n40: 1"),), DEFAULT_POLICY.bands
	)
	change = changes_of(scorer(policy), ORDER._replace(margin_percent=0.0))["margin_percent"]
	assert change.message.params == {"key": "margin_percent", "value": 16.23, "was": 0.0}


def test_a_cut_off_that_needs_a_giant_boost_is_found_at_once():
	policy = PriorityPolicy(
		"Steep", DEFAULT_POLICY.factors, (Band("Critical", 100), Band("High", 99.9), *DEFAULT_POLICY.bands[2:])
	)
	change = changes_of(scorer(policy), ORDER._replace(boost=15000.0))["boost"]
	assert change.band == "Critical"


@given(st.integers(1, 500), st.integers(-5, 600), st.integers(0, 500))
def test_smallest_finds_the_threshold_from_any_guess(threshold, guess, most):
	found = smallest(lambda n: n >= threshold, guess, most)
	assert found == (threshold if threshold <= most else None)


# -- the sentence ------------------------------------------------------------------------------------------------------


def codes(facts: OrderFacts, policy=DEFAULT_POLICY) -> list[str]:
	return [message.code for message in explain(scorer(policy), facts, changes=False).sentence]


@pytest.mark.parametrize(
	("change", "expected"),
	[
		({}, ["rank", "promise.ahead"]),
		(
			{"promise_date": TODAY - timedelta(3), "value": 9000.0, "tier": "A"},
			["rank", "value.above", "tier", "promise.past"],
		),
		({"promise_date": TODAY}, ["rank", "promise.today"]),
		({"promise_date": TODAY + timedelta(1)}, ["rank", "promise.ahead.one"]),
		({"promise_date": TODAY - timedelta(2), "lines": 1}, ["rank", "effort.less", "promise.past.one"]),
		({"lines": 50, "value": 100.0}, ["rank", "promise.ahead", "effort.more", "value.below"]),
		({"boost": 5.0}, ["rank", "promise.ahead", "boost.up"]),
		({"boost": -5.0, "on_hold": True}, ["gate.on_hold", "promise.ahead", "boost.down"]),
		({"tier": None, "promise_date": None}, ["rank", "missing"]),
	],
)
def test_the_sentence_names_the_band_or_gate_then_what_weighs_most(change, expected):
	assert codes(ORDER._replace(**change)) == expected


def test_the_sentence_speaks_of_the_admins_own_terms():
	facts = ORDER._replace(
		promise_date=TODAY, extra={"contract": "Gold", "customer__risk": 0}, lines=1, units=500.0, margin_percent=20.0,
		overdue_days=0, order_date=TODAY,
	)  # fmt: skip
	assert codes(facts, FULL_POLICY) == ["rank", "field", "formula.up", "effort.more", "promise.today"]


@given(orders, policies)
def test_an_explanation_is_complete_and_sorted_and_every_input_is_shown(facts, policy):
	engine = scorer(policy)
	decision = engine.decide(facts)
	told = explain(engine, facts, decision, changes=False)
	assert [t.key for t in told.terms] == [t.key for t in sorted(decision.terms, key=lambda t: (-abs(t.points), t.key))]
	assert all(dict(term.inputs) == engine.inputs(facts, term.key) for term in told.terms)
	missing = [message.params["inputs"] for message in told.sentence if message.code == "missing"]
	assert set(decision.missing) | set(engine.unknown(facts)) == set(missing[0] if missing else [])


def test_a_scorer_of_another_calendar_counts_its_working_days():
	engine = PriorityScorer(DEFAULT_POLICY, REFERENCE, WorkCalendar(TODAY, [TODAY + timedelta(1)]))
	assert engine.inputs(ORDER, "urgency")["days"] == 3
