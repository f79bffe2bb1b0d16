"""A policy that can't be used is refused with its table, row and field."""

from dataclasses import replace

import pytest

from crm_o2c.engine import policy as p
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.messages import render
from crm_o2c.engine.policy import Band, Factor, Gate, PriorityPolicy, Tier, check_policy

from engine.order_strategies import FULL_POLICY

URGENCY = DEFAULT_POLICY.factors[0]
BANDS = DEFAULT_POLICY.bands
NAN = float("nan")


@pytest.mark.parametrize(
	"policy", [DEFAULT_POLICY, FULL_POLICY, replace(DEFAULT_POLICY, lane_every=0, gates=(), tiers=())]
)
def test_a_sound_policy_has_no_problem(policy):
	assert check_policy(policy) == []


def factors(*rows: Factor, **policy) -> PriorityPolicy:
	return replace(DEFAULT_POLICY, factors=(URGENCY, *rows), **policy)


MISTAKES = [
	(replace(DEFAULT_POLICY, spread=0.0), ("", 0, "spread", "policy.above_zero")),
	(replace(DEFAULT_POLICY, spread="wide"), ("", 0, "spread", "policy.above_zero")),
	(replace(DEFAULT_POLICY, day_minutes=-1), ("", 0, "day_minutes", "policy.above_zero")),
	(replace(DEFAULT_POLICY, effort_per_line=-1.0), ("", 0, "effort_per_line", "policy.not_negative")),
	(replace(DEFAULT_POLICY, effort_base=None), ("", 0, "effort_base", "policy.not_negative")),
	(
		replace(DEFAULT_POLICY, effort_base=0, effort_per_line=0, effort_per_unit=0),
		("", 0, "effort_base", "policy.effort"),
	),
	(replace(DEFAULT_POLICY, midpoint=NAN), ("", 0, "midpoint", "policy.number")),
	(replace(DEFAULT_POLICY, lane_every=1), ("", 0, "lane_every", "policy.lane")),
	(replace(DEFAULT_POLICY, lane_every=2.5), ("", 0, "lane_every", "policy.whole")),
	(replace(DEFAULT_POLICY, lane_every=-10), ("", 0, "lane_every", "policy.whole")),
	(replace(DEFAULT_POLICY, factors=()), ("factors", 0, "source", "policy.no_factors")),
	(factors(Factor("weather", 1)), ("factors", 2, "source", "policy.source")),
	(factors(URGENCY), ("factors", 2, "source", "policy.twice")),
	(factors(Factor(p.VALUE, -1)), ("factors", 2, "weight", "policy.weight")),
	(factors(Factor(p.VALUE, "much")), ("factors", 2, "weight", "policy.weight")),
	(factors(Factor(p.VALUE, 1e13)), ("factors", 2, "weight", "policy.weight")),
	(factors(Factor(p.VALUE, 1, missing_points=NAN)), ("factors", 2, "missing_points", "policy.number")),
	(
		factors(Factor(p.ORDER_FIELD, 1, curve="linear", curve_points="0: 0")),
		("factors", 2, "fieldname", "policy.fieldname"),
	),
	(
		factors(Factor(p.ORDER_FIELD, 1, fieldname="tier", curve="table", curve_points="*: 0")),
		("factors", 2, "source", "policy.reserved"),
	),
	(factors(Factor(p.FORMULA, 1, label="boost", formula="1")), ("factors", 2, "source", "policy.reserved")),
	(factors(Factor(p.FORMULA, 1, formula="tier")), ("factors", 2, "formula", "expression.result")),
	(factors(Factor(p.FORMULA, 1, formula="profit")), ("factors", 2, "formula", "expression.unknown")),
	(factors(Factor(p.MARGIN, 1, curve="linear", curve_points="0")), ("factors", 2, "curve_points", "curve.line")),
	(factors(Factor(p.MARGIN, 1)), ("factors", 2, "curve_points", "curve.kind")),
	(
		factors(
			Factor(p.ORDER_FIELD, 1, fieldname="contract", curve="steps", curve_points="0: 1"), fields={"contract": "text"}
		),
		("factors", 2, "curve", "policy.text_curve"),
	),
	(replace(DEFAULT_POLICY, bands=BANDS[:3]), ("bands", 0, "band", "policy.bands")),
	(replace(DEFAULT_POLICY, bands=BANDS[::-1]), ("bands", 0, "band", "policy.bands")),
	(replace(DEFAULT_POLICY, bands=(BANDS[0], Band("High", 60), *BANDS[2:])), ("bands", 2, "from_score", "policy.band_order")),
	(replace(DEFAULT_POLICY, bands=(Band("Critical", 101), *BANDS[1:])), ("bands", 1, "from_score", "policy.score_range")),
	(replace(DEFAULT_POLICY, bands=(Band("Critical", None), *BANDS[1:])), ("bands", 1, "from_score", "policy.score_range")),
	(replace(DEFAULT_POLICY, bands=(*BANDS[:3], Band("Low", 5))), ("bands", 4, "from_score", "policy.lowest_band")),
	(replace(DEFAULT_POLICY, gates=(Gate("rain"),)), ("gates", 1, "gate", "policy.gate")),
	(replace(DEFAULT_POLICY, gates=(Gate(p.ON_HOLD), Gate(p.CONDITION, "", "x"))), ("gates", 2, "condition", "expression.empty")),
	(replace(DEFAULT_POLICY, gates=(Gate(p.CONDITION, "value > 1", " "),)), ("gates", 1, "reason", "policy.gate_reason")),
	(replace(DEFAULT_POLICY, tiers=(Tier("A", 2), Tier("B", 0))), ("tiers", 2, "factor", "policy.above_zero")),
	(replace(DEFAULT_POLICY, tiers=(Tier("A", 2), Tier("A", 3))), ("tiers", 2, "tier", "policy.twice")),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "expected"), MISTAKES)
def test_a_mistake_is_named_with_its_table_row_and_field(policy, expected):
	problems = check_policy(policy)
	assert expected in [(q.table, q.row, q.field, q.code) for q in problems]
	assert all(render(q.code, q.params) for q in problems)


def test_every_mistake_of_a_policy_is_named_at_once():
	policy = replace(factors(Factor("weather", 1), Factor(p.VALUE, -1)), spread=0, tiers=(Tier("A", 0),))
	assert [(q.table, q.row) for q in check_policy(policy)] == [("", 0), ("factors", 2), ("factors", 3), ("tiers", 1)]


def test_a_key_that_no_policy_has_is_refused():
	with pytest.raises(TypeError):
		PriorityPolicy.from_dict({**DEFAULT_POLICY.to_dict(), "weights": []})
