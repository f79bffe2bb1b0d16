"""A priority policy: what an admin decides. Built from a DocType, a JSON file or the defaults; checked before it is used."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from crm_o2c.engine.curves import TABLE, CurveError, parse_curve
from crm_o2c.engine.expression import FLAG, NUMBER, TEXT, ExpressionError, compile_expression, read_expression
from crm_o2c.engine.facts import EXPRESSION_FIELDS

# The four terms of the index (shared DATA §1): points for each doubling, or for each working day of slack.
VALUE, TIER, URGENCY, EFFORT = "value", "tier", "urgency", "effort"
INDEX_TERMS = (VALUE, TIER, URGENCY, EFFORT)
# Terms with an admin's curve.
MARGIN, AGE, OVERDUE_AMOUNT, OVERDUE_DAYS = "margin_percent", "age_days", "overdue_amount", "overdue_days"
ORDER_FIELD, CUSTOMER_FIELD, FORMULA = "order_field", "customer_field", "formula"
CUSTOMER_PREFIX = "customer__"  # in front of a field of the customer, where names of both meet
FIELD_TERMS = (ORDER_FIELD, CUSTOMER_FIELD)
CURVE_TERMS = (MARGIN, AGE, OVERDUE_AMOUNT, OVERDUE_DAYS, *FIELD_TERMS)
SOURCES = (*INDEX_TERMS, *CURVE_TERMS, FORMULA)

NOT_SUBMITTED, HELD, ON_HOLD, CUSTOMER_BLOCKED, NO_STOCK, CONDITION = (
	"not_submitted",
	"held",
	"on_hold",
	"customer_blocked",
	"no_stock",
	"condition",
)
GATES = (ON_HOLD, CUSTOMER_BLOCKED, NO_STOCK, CONDITION)

BANDS = ("Critical", "High", "Normal", "Low")
BOOST = "boost"  # the key of the points added by hand
RESERVED = (*INDEX_TERMS, BOOST)  # keys that a field or a formula can't have, so that every key names one term
LARGEST = 1e12  # of a number in a policy; beyond it a sum of terms could overflow


@dataclass(frozen=True, slots=True)
class Factor:
	"""One term of the sum, in points; +10 points means twice as urgent."""

	source: str
	weight: float  # points for each doubling (value, tier, effort), working day (urgency), or unit of the curve
	label: str = ""
	fieldname: str = ""  # for order_field and customer_field
	curve: str = ""
	curve_points: str = ""
	formula: str = ""
	missing_points: float = 0.0  # what a missing input counts; it is reported as missing all the same

	@property
	def key(self) -> str:
		"""Names the term; for a field it is also the name that expressions use: `order_type`, `customer__market_segment`."""
		if self.source == CUSTOMER_FIELD:
			return f"{CUSTOMER_PREFIX}{self.fieldname}"
		if self.source == ORDER_FIELD:
			return self.fieldname
		return self.label or self.source if self.source == FORMULA else self.source


@dataclass(frozen=True, slots=True)
class Band:
	band: str
	from_score: float  # the lowest score (0–100) in this band


@dataclass(frozen=True, slots=True)
class Gate:
	"""What takes an order out of the queue. It keeps its score and says why it waits."""

	gate: str
	condition: str = ""
	reason: str = ""


@dataclass(frozen=True, slots=True)
class Tier:
	tier: str
	factor: float  # how many times as urgent as a customer without a tier


@dataclass(frozen=True, slots=True)
class PriorityPolicy:
	name: str
	factors: tuple[Factor, ...]
	bands: tuple[Band, ...]
	gates: tuple[Gate, ...] = ()
	tiers: tuple[Tier, ...] = ()
	midpoint: float = 0.0  # the points that score 50
	spread: float = 30.0  # points from the midpoint to a score of 75
	lane_every: int = 10  # every n-th release goes to the most overdue order; 0 for never
	effort_base: float = 4.0  # minutes for an order
	effort_per_line: float = 0.8  # minutes
	effort_per_unit: float = 0.01  # minutes
	day_minutes: float = 480.0  # working minutes in a day
	fields: Mapping[str, str] = field(default_factory=dict)  # extra fields → number, text or flag

	def needs(self) -> frozenset[str]:
		"""The inputs that this policy reads, so that a service loads no other."""
		wanted: set[str] = set()
		for factor in self.factors:
			wanted.add(factor.key if factor.source in FIELD_TERMS else factor.source)
			if factor.source == FORMULA:
				wanted.update(read_expression(factor.formula, self.names(), NUMBER).names)
		for gate in self.gates:
			wanted.add(gate.gate)
			if gate.gate == CONDITION:
				wanted.update(read_expression(gate.condition, self.names()).names)
		return frozenset(wanted)

	def extra_fields(self) -> tuple[str, ...]:
		"""Fields beyond OrderFacts' own that factors and expressions name, and that are there, sorted."""
		named = {f.key for f in self.factors if f.source in FIELD_TERMS and f.key in self.fields}
		named.update(name for name in self.needs() if name in self.fields and name not in EXPRESSION_FIELDS)
		return tuple(sorted(named))

	def names(self) -> dict[str, str]:
		"""Everything that an expression of this policy may name, with its type."""
		return {**EXPRESSION_FIELDS, **self.fields}

	def to_dict(self) -> dict[str, Any]:
		return asdict(self)

	@classmethod
	def from_dict(cls, values: Mapping[str, Any]) -> "PriorityPolicy":
		"""Read a policy from JSON. Raises TypeError for a key that no policy has."""
		rows = {"factors": Factor, "bands": Band, "gates": Gate, "tiers": Tier}
		made = {
			key: tuple(rows[key](**row) for row in value) if key in rows else value for key, value in values.items()
		}
		return cls(**made)


@dataclass(frozen=True, slots=True)
class Reference:
	"""What a site calls usual. Kept by the site, not read from the orders being ranked, so that an order's points never
	depend on which other orders wait."""

	value_median: float | None = None  # of orders in the last 365 days, company currency
	lines_average: float | None = None
	units_average: float | None = None


@dataclass(frozen=True, slots=True)
class Problem:
	"""Why a policy can't be used: table and row (from 1; 0 for the policy itself), field, and the reason as a code."""

	table: str
	row: int
	field: str
	code: str
	params: Mapping[str, Any] = field(default_factory=dict)


def check_policy(policy: PriorityPolicy) -> list[Problem]:
	"""Everything that is wrong with a policy, in the order of its rows; empty where it can be used."""
	return [
		*_check_numbers(policy),
		*_check_factors(policy),
		*_check_bands(policy),
		*_check_gates(policy),
		*_check_tiers(policy),
	]


def _check_numbers(policy: PriorityPolicy) -> Iterator[Problem]:
	for name in ("spread", "day_minutes"):
		if not _above_zero(getattr(policy, name)):
			yield Problem("", 0, name, "policy.above_zero")
	efforts = ("effort_base", "effort_per_line", "effort_per_unit")
	for name in efforts:
		if not _not_negative(getattr(policy, name)):
			yield Problem("", 0, name, "policy.not_negative")
	if all(getattr(policy, name) == 0 for name in efforts):
		yield Problem("", 0, "effort_base", "policy.effort")
	if not _is_number(policy.midpoint):
		yield Problem("", 0, "midpoint", "policy.number")
	if not _not_negative(policy.lane_every) or policy.lane_every != int(policy.lane_every):
		yield Problem("", 0, "lane_every", "policy.whole")
	elif policy.lane_every == 1:
		yield Problem("", 0, "lane_every", "policy.lane")


def _check_factors(policy: PriorityPolicy) -> Iterator[Problem]:
	seen: set[str] = set()
	if not policy.factors:
		yield Problem("factors", 0, "source", "policy.no_factors")
	for row, factor in enumerate(policy.factors, 1):
		if factor.source not in SOURCES:
			yield Problem("factors", row, "source", "policy.source", {"source": factor.source})
			continue
		if factor.source not in INDEX_TERMS and factor.key in RESERVED:
			yield Problem("factors", row, "source", "policy.reserved", {"key": factor.key})
		if factor.key in seen:
			yield Problem("factors", row, "source", "policy.twice", {"key": factor.key})
		seen.add(factor.key)
		if not (_not_negative(factor.weight) if factor.source in INDEX_TERMS else _is_number(factor.weight)):
			yield Problem("factors", row, "weight", "policy.weight")
		if not _is_number(factor.missing_points):
			yield Problem("factors", row, "missing_points", "policy.number")
		yield from _check_factor_input(policy, row, factor)


def _check_factor_input(policy: PriorityPolicy, row: int, factor: Factor) -> Iterator[Problem]:
	if factor.source in FIELD_TERMS and not factor.fieldname:
		yield Problem("factors", row, "fieldname", "policy.fieldname")
	if factor.source == FORMULA:
		yield from _check_expression("factors", row, "formula", factor.formula, policy, NUMBER)
	if factor.source in CURVE_TERMS:
		try:
			curve = parse_curve(factor.curve, factor.curve_points)
		except CurveError as e:
			yield Problem("factors", row, "curve_points", e.code, e.params)
			return
		if policy.fields.get(factor.key) == TEXT and curve.kind != TABLE:
			yield Problem("factors", row, "curve", "policy.text_curve", {"key": factor.key})


def _check_bands(policy: PriorityPolicy) -> Iterator[Problem]:
	if [b.band for b in policy.bands] != list(BANDS):
		yield Problem("bands", 0, "band", "policy.bands", {"bands": ", ".join(BANDS)})
		return
	for row, band in enumerate(policy.bands, 1):
		if not (_is_number(band.from_score) and 0 <= band.from_score <= 100):
			yield Problem("bands", row, "from_score", "policy.score_range")
			return
	for row, (above, below) in enumerate(zip(policy.bands, policy.bands[1:], strict=False), 2):
		if not above.from_score > below.from_score:
			yield Problem(
				"bands", row, "from_score", "policy.band_order", {"above": above.band, "score": above.from_score}
			)
	if policy.bands[-1].from_score != 0:
		yield Problem("bands", len(BANDS), "from_score", "policy.lowest_band", {"band": BANDS[-1]})


def _check_gates(policy: PriorityPolicy) -> Iterator[Problem]:
	for row, gate in enumerate(policy.gates, 1):
		if gate.gate not in GATES:
			yield Problem("gates", row, "gate", "policy.gate", {"gate": gate.gate})
		elif gate.gate == CONDITION:
			yield from _check_expression("gates", row, "condition", gate.condition, policy, FLAG)
			if not gate.reason.strip():
				yield Problem("gates", row, "reason", "policy.gate_reason")


def _check_expression(
	table: str, row: int, fieldname: str, text: str, policy: PriorityPolicy, want: str
) -> Iterator[Problem]:
	try:
		compile_expression(text, policy.names(), want)
	except ExpressionError as e:
		yield Problem(table, row, fieldname, e.code, e.params)


def _check_tiers(policy: PriorityPolicy) -> Iterator[Problem]:
	seen: set[str] = set()
	for row, tier in enumerate(policy.tiers, 1):
		if tier.tier in seen:
			yield Problem("tiers", row, "tier", "policy.twice", {"key": tier.tier})
		seen.add(tier.tier)
		if not _above_zero(tier.factor):
			yield Problem("tiers", row, "factor", "policy.above_zero")


def _is_number(value: Any) -> bool:
	return isinstance(value, int | float) and abs(value) <= LARGEST


def _above_zero(value: Any) -> bool:
	return _is_number(value) and value > 0


def _not_negative(value: Any) -> bool:
	return _is_number(value) and value >= 0
