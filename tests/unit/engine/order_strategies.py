"""What the tests of the engine share: a day, a reference, and hypothesis strategies for orders and policies."""

from datetime import date, timedelta

from hypothesis import strategies as st

from crm_o2c.engine import policy as p
from crm_o2c.engine.calendar import WorkCalendar
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.policy import Factor, Gate, PriorityPolicy, Reference
from crm_o2c.engine.priority import PriorityScorer

TODAY = date(2026, 3, 2)  # a Monday
SUNDAYS = frozenset(date(2026, 3, 1) + timedelta(7 * week) for week in range(-60, 60))
REFERENCE = Reference(value_median=1000.0, lines_average=5.0, units_average=0.0)

FULL_POLICY = PriorityPolicy(
	name="Everything",
	factors=(
		*DEFAULT_POLICY.factors,
		Factor(p.MARGIN, 8.0, curve="linear", curve_points="0: -1\n20: 0\n60: 1"),
		Factor(p.AGE, 3.0, curve="steps", curve_points="0: 0\n14: 1\n30: 2"),
		Factor(p.OVERDUE_DAYS, 5.0, curve="steps", curve_points="0: 0\n30: -1\n90: -3", missing_points=-1.0),
		Factor(p.ORDER_FIELD, 10.0, fieldname="contract", curve="table", curve_points="Gold: 1\nSilver: 0.5\n*: 0"),
		Factor(p.CUSTOMER_FIELD, 2.0, fieldname="risk", curve="linear", curve_points="0: 0\n10: -5"),
		Factor(p.FORMULA, 1.0, label="Bulk", formula="min(units / 100, 5) if lines <= 3 else 0"),
	),
	bands=DEFAULT_POLICY.bands,
	gates=(*DEFAULT_POLICY.gates, Gate(p.CONDITION, "customer__risk > 9 and value > 100", "credit review")),
	tiers=DEFAULT_POLICY.tiers,
	fields={"contract": "text", "customer__risk": "number"},
)


def scorer(
	policy: PriorityPolicy = DEFAULT_POLICY, holidays=SUNDAYS, reference: Reference = REFERENCE
) -> PriorityScorer:
	return PriorityScorer(policy, reference, WorkCalendar(TODAY, holidays))


def maybe(strategy):
	return st.none() | strategy


money = st.floats(0, 1e7).map(lambda x: round(x, 2))
days = st.integers(-400, 400).map(lambda n: TODAY + timedelta(n))
extras = st.fixed_dictionaries(
	{"contract": maybe(st.sampled_from(["Gold", "Silver", "None"])), "customer__risk": maybe(st.integers(0, 12))}
)
orders = st.builds(
	OrderFacts,
	order=st.text(min_size=1, max_size=12),
	customer=maybe(st.text(max_size=8)),
	company=maybe(st.just("Company")),
	value=maybe(money),
	tier=maybe(st.sampled_from("ABCX")),
	order_date=maybe(days),
	promise_date=maybe(days),
	lines=maybe(st.integers(1, 200)),
	units=maybe(st.floats(0, 1e5)),
	lines_in_stock=maybe(st.integers(0, 200)),
	submitted=st.booleans(),
	on_hold=st.booleans(),
	customer_blocked=st.booleans(),
	margin_percent=maybe(st.floats(-100, 100)),
	overdue_amount=maybe(money),
	overdue_days=maybe(st.integers(0, 400)),
	boost=st.just(0.0) | st.floats(-50, 50).map(lambda x: round(x, 2)),
	extra=extras,
)
policies = st.sampled_from([DEFAULT_POLICY, FULL_POLICY])
