"""The policy that a new site starts with, and the command line uses: the index of shared DATA §1, as measured there."""

from crm_o2c.engine import policy as p
from crm_o2c.engine.policy import Band, Factor, Gate, PriorityPolicy, Tier

URGENCY_POINTS = 14.4  # for each working day of slack: 10/ln 2, so that e-fold urgency has the index's unit

DEFAULT_TIERS = (Tier("A", 2.0), Tier("B", 1.3), Tier("C", 1.0))

DEFAULT_POLICY = PriorityPolicy(
	name="Standard",
	factors=(
		Factor(p.URGENCY, URGENCY_POINTS, missing_points=-5 * URGENCY_POINTS),  # no promise: as if due in five days
		Factor(p.VALUE, 5.0),
		Factor(p.TIER, 10.0),
		Factor(p.EFFORT, 10.0),
	),
	bands=(Band("Critical", 60), Band("High", 40), Band("Normal", 15), Band("Low", 0)),
	gates=(Gate(p.ON_HOLD), Gate(p.CUSTOMER_BLOCKED), Gate(p.NO_STOCK)),
	tiers=DEFAULT_TIERS,
)
