"""The index: what must hold for every order and every policy."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine import policy as p
from crm_o2c.engine.calendar import WorkClock
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.policy import Factor, Gate, PriorityPolicy, Reference
from crm_o2c.engine.priority import GateHit, PriorityScorer, rank, sort_key

from engine.order_strategies import FULL_POLICY, REFERENCE, TODAY, days, money, orders, policies, scorer

ORDER = OrderFacts("SO-1", value=1000.0, tier="C", promise_date=TODAY, lines=5, units=0.0, lines_in_stock=5)


def test_the_usual_order_due_today_has_no_points_and_scores_50():
	decision = scorer().decide(ORDER)
	assert (decision.points, decision.score, decision.band, decision.gate) == (0.0, 50.0, "High", None)


@pytest.mark.parametrize(
	("change", "points"),
	[
		({"value": 2000.0}, 5.0),
		({"value": 500.0}, -5.0),
		({"tier": "A"}, 10.0),
		({"lines": 15}, -10.0),
		({"boost": 7.25}, 7.25),
		({"promise_date": TODAY + timedelta(1)}, -14.16),  # 14.4 · (1 day less the work of 8 minutes)
		({"promise_date": TODAY - timedelta(30)}, 0.0),
		({"value": 0.0}, -50.0),
	],
)
def test_points_follow_the_published_formula(change, points):
	assert scorer().points(ORDER._replace(**change)) == pytest.approx(points, abs=0.001)


@given(orders, policies, money, money)
def test_more_value_never_lowers_points_or_score(facts, policy, one, two):
	low, high = (scorer(policy).decide(facts._replace(value=value)) for value in sorted((one, two)))
	assert low.points <= high.points and low.score <= high.score


@given(orders, policies, st.sampled_from("CBA"), st.sampled_from("CBA"))
def test_a_higher_tier_never_lowers_points_or_score(facts, policy, one, two):
	low, high = (scorer(policy).decide(facts._replace(tier=tier)) for tier in sorted((one, two), reverse=True))
	assert low.points <= high.points and low.score <= high.score


@given(orders, policies, days, days)
def test_less_slack_never_lowers_points_or_score(facts, policy, one, two):
	early, late = (scorer(policy).decide(facts._replace(promise_date=day)) for day in sorted((one, two)))
	assert early.points >= late.points and early.score >= late.score


@given(st.lists(orders, max_size=12, unique_by=lambda f: f.order), policies, st.randoms())
def test_the_queue_does_not_depend_on_the_order_of_input(book, policy, chance):
	ranked = rank(scorer(policy), book)
	shuffled = list(book)
	chance.shuffle(shuffled)
	assert rank(scorer(policy), shuffled) == ranked


@given(st.lists(orders, min_size=1, max_size=12), policies)
def test_other_orders_do_not_change_an_order(book, policy):
	together = scorer(policy)
	decisions = [together.decide(facts) for facts in book]
	assert decisions == [scorer(policy).decide(facts) for facts in book]


@given(orders, policies)
def test_same_inputs_give_the_same_bytes(facts, policy):
	again = OrderFacts.from_json(facts.to_json())
	one, two = scorer(policy).decide(facts), scorer(policy).decide(again)
	assert (repr(one), one.terms_json()) == (repr(two), two.terms_json())


@given(orders, policies)
def test_the_terms_add_up_to_the_points_and_points_agrees_with_decide(facts, policy):
	engine = scorer(policy)
	decision = engine.decide(facts)
	assert round(sum(term.points for term in decision.terms), 2) == decision.points
	assert engine.points(facts) == decision.points
	assert all(str(term.points) != "-0.0" for term in decision.terms)


@given(st.floats(-5000, 5000), st.floats(-5000, 5000), policies)
def test_the_score_rises_with_the_points_between_0_and_100(one, two, policy):
	engine = scorer(policy)
	low, high = (engine.score(points) for points in sorted((one, two)))
	assert 0 <= low <= high <= 100


@pytest.mark.parametrize("target", [1, 15, 40, 50, 60, 99])
def test_points_for_score_is_the_inverse_of_score(target):
	engine = scorer()
	assert engine.score(engine.points_for_score(target)) == target


# -- what is not known -------------------------------------------------------------------------------------------------


def test_a_missing_input_is_reported_and_never_read_as_zero():
	known = scorer(FULL_POLICY).decide(OrderFacts("SO-1"))
	assert known.missing == (
		"urgency", "value", "tier", "effort", "margin_percent", "age_days", "overdue_days", "contract", "customer__risk",
		"Bulk",
	)  # fmt: skip
	zero = scorer(FULL_POLICY).decide(OrderFacts("SO-1", value=0.0, overdue_days=0))
	assert {"value", "overdue_days"}.isdisjoint(zero.missing)


def test_a_missing_input_counts_what_its_row_says():
	terms = {t.key: t for t in scorer(FULL_POLICY).decide(OrderFacts("SO-1")).terms}
	assert (terms["urgency"].points, terms["overdue_days"].points, terms["value"].points) == (-72.0, -1.0, 0.0)


@pytest.mark.parametrize("reference", [Reference(), Reference(0.0, None, None), Reference(-5.0, 1.0, 1.0)])
def test_without_a_usual_value_the_value_term_is_missing(reference):
	assert "value" in scorer(reference=reference).decide(ORDER).missing


def test_an_input_of_the_wrong_type_is_missing_and_stops_no_run():
	facts = ORDER._replace(extra={"customer__risk": "high", "contract": "Gold"}, order_date=TODAY, overdue_days=0)
	decision = scorer(FULL_POLICY).decide(facts)
	assert "customer__risk" in decision.missing and decision.gate is None


def test_arithmetic_without_an_answer_is_missing():
	policy = PriorityPolicy(
		"Division",
		(
			Factor(p.FORMULA, 1.0, label="Each", formula="value / units"),
			Factor(p.FORMULA, 1.0, label="Huge", formula="value" + " * 99999999999999" * 28),
		),
		DEFAULT_POLICY.bands,
	)
	assert scorer(policy).decide(ORDER._replace(value=1e12)).missing == ("Each", "Huge")


# -- out of the queue --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("change", "gate"),
	[
		({"submitted": False, "on_hold": True}, "not_submitted"),
		({"on_hold": True, "customer_blocked": True}, "on_hold"),
		({"customer_blocked": True}, "customer_blocked"),
		({"lines_in_stock": 0}, "no_stock"),
	],
)
def test_the_first_gate_that_shuts_is_named_and_the_score_stays(change, gate):
	decision = scorer().decide(ORDER._replace(**change))
	assert decision.gate == GateHit(gate)
	assert decision.points == scorer().points(ORDER)


@pytest.mark.parametrize(
	"change", [{"lines_in_stock": None}, {"lines_in_stock": 0, "lines": None}, {"lines_in_stock": 1}]
)
def test_unknown_or_partial_stock_shuts_no_gate(change):
	assert scorer().decide(ORDER._replace(**change)).gate is None


def test_an_admins_condition_shuts_with_his_reason_and_only_when_all_is_known():
	engine = scorer(FULL_POLICY)
	risky = ORDER._replace(extra={"customer__risk": 10, "contract": "Gold"})
	assert engine.decide(risky).gate == GateHit("condition", "credit review")
	assert engine.decide(risky._replace(extra={})).gate is None
	assert engine.unknown(risky._replace(extra={})) == ("customer__risk",)
	assert engine.unknown(risky) == ()


# -- the queue ----------------------------------------------------------------------------------------------------------


def test_ties_go_to_no_promise_then_the_earlier_one_then_the_name():
	engine = scorer()
	book = [
		ORDER._replace(order="SO-2", promise_date=TODAY - timedelta(1)),
		ORDER._replace(order="SO-3", promise_date=TODAY - timedelta(2)),
		ORDER._replace(order="SO-1", promise_date=TODAY - timedelta(1)),
	]
	assert [facts.order for facts, _ in rank(engine, book)] == ["SO-3", "SO-1", "SO-2"]
	assert sort_key(engine.decide(ORDER), None) < sort_key(engine.decide(ORDER), TODAY)


def test_on_a_fine_clock_urgency_rises_within_the_day():
	clock = WorkClock(0.0)
	engine = PriorityScorer(DEFAULT_POLICY, REFERENCE, clock)
	facts = ORDER._replace(promise_date=1.0, lines=5)
	assert engine.points(facts) == pytest.approx(-14.16)
	clock.today = 0.5
	assert engine.points(facts) == pytest.approx(-6.96)
	clock.today = 2.0
	assert engine.points(facts) == 0.0
	assert engine.age_days(facts._replace(order_date=0.5)) == 1.5


# -- what a policy reads -----------------------------------------------------------------------------------------------


def test_a_policy_names_what_it_needs_so_that_nothing_else_is_loaded():
	assert DEFAULT_POLICY.needs() == {"urgency", "value", "tier", "effort", "on_hold", "customer_blocked", "no_stock"}
	assert FULL_POLICY.extra_fields() == ("contract", "customer__risk")
	assert FULL_POLICY.needs() >= {"units", "lines", "customer__risk", "condition", "margin_percent"}


@given(policies)
def test_a_policy_survives_its_way_through_json(policy):
	assert PriorityPolicy.from_dict(policy.to_dict()) == policy


def test_a_boost_below_a_hundredth_of_a_point_is_no_term():
	assert (
		scorer(PriorityPolicy("P", DEFAULT_POLICY.factors, DEFAULT_POLICY.bands, (Gate(p.ON_HOLD),)))
		.decide(ORDER._replace(boost=0.004))
		.terms[-1]
		.key
		== "effort"
	)  # below 0.01 it is nothing, and no term


def test_a_policy_in_use_outlives_a_field_that_it_names():
	"""A custom field was deleted: what read it is missing, and everything else counts as before."""
	policy = PriorityPolicy(
		name="names a field that is gone",
		factors=(
			*DEFAULT_POLICY.factors,
			Factor(p.ORDER_FIELD, 5.0, fieldname="gone", curve="table", curve_points="*: 1"),
			Factor(p.FORMULA, 5.0, label="Bonus", formula="gone * 2"),
		),
		bands=DEFAULT_POLICY.bands,
		gates=(Gate(p.CONDITION, "gone > 1", "never"),),
		tiers=DEFAULT_POLICY.tiers,
	)
	decision = PriorityScorer(policy, REFERENCE, scorer().calendar).decide(ORDER)
	assert policy.extra_fields() == ()
	assert decision.points == scorer().decide(ORDER).points
	assert decision.gate is None
	assert {"gone", "Bonus"} <= set(decision.missing)
