"""The priority index: how urgent an order is, in points, with every term shown.

	P = 5·log2(V / V_med) + 10·log2(tier) - 14.4·slack_days - 10·log2(effort / effort_avg) + the admin's own terms + boost

+10 points means twice as urgent. It is the apparent tardiness cost rule of Vepsalainen and Morton (Management Science
33(8), 1987), with a square root on value, written as a sum of logarithms (shared DATA §1). The score that people see
maps P to 0–100 by one fixed rising curve, so that no order's score depends on which other orders wait.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from math import log2
from operator import attrgetter
from typing import Any, NamedTuple

from crm_o2c.engine import policy as p
from crm_o2c.engine.calendar import WorkCalendar, WorkClock
from crm_o2c.engine.curves import TABLE, parse_curve
from crm_o2c.engine.expression import NUMBER, Expression, read_expression
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.policy import BOOST, Factor, Gate, PriorityPolicy, Reference

_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
SMALLEST_VALUE = 1 / 1024  # of the median: an order of no value ranks ten doublings below it, not infinitely low

TermFunction = Callable[[OrderFacts], float | None]
Inputs = tuple[tuple[str, Any], ...]  # name and value, as the explanation shows them


class Term(NamedTuple):
	"""What one factor contributed. `points` is what counted; `missing` says that its input was not known."""

	key: str
	points: float
	missing: bool
	inputs: Inputs = ()


# Makes a Term from one tuple, at half the cost of calling the class: a run over a large book makes a million of them.
_new_term = partial(tuple.__new__, Term)


class GateHit(NamedTuple):
	"""Why an order is out of the queue: the gate's code, and the admin's words where it is his condition."""

	gate: str
	reason: str = ""


class Decision(NamedTuple):
	"""The score of one order with all that made it. Same facts, policy, reference and day: same bytes."""

	order: str
	points: float
	score: float
	band: str
	gate: GateHit | None
	terms: tuple[Term, ...]

	@property
	def missing(self) -> tuple[str, ...]:
		return tuple(term.key for term in self.terms if term.missing)

	def terms_json(self) -> str:
		"""`[[key, points], …]`, and a third element 1 where the input was missing."""
		rows = [[t.key, t.points, 1] if t.missing else [t.key, t.points] for t in self.terms]
		return _ENCODER.encode(rows)


class PriorityScorer:
	"""A policy made ready to score orders on one day."""

	def __init__(self, policy: PriorityPolicy, reference: Reference, calendar: WorkCalendar | WorkClock):
		self.policy, self.reference, self.calendar = policy, reference, calendar
		self._names = policy.names()
		self._base, self._per_line, self._per_unit = policy.effort_base, policy.effort_per_line, policy.effort_per_unit
		self._day_minutes = policy.day_minutes
		self._effort_average = self._minutes(reference.lines_average, reference.units_average)
		self._factors = tuple((f.key, self._term(f), round(f.missing_points, 2)) for f in policy.factors)
		self._inputs = {f.key: self._inputs_of(f) for f in policy.factors}
		self._inputs[BOOST] = lambda facts: (("points", facts.boost),)
		self._conditions: list[Expression] = []
		self._gates = tuple((gate, self._gate_test(gate)) for gate in policy.gates)
		self._midpoint, self._spread = policy.midpoint, policy.spread
		self._bands = tuple((band.from_score, band.band) for band in policy.bands)

	@property
	def today(self) -> date:
		"""The day of the scores."""
		return self.calendar.today

	# -- the kernel -----------------------------------------------------------------------------------------------

	def points(self, facts: OrderFacts) -> float:
		"""The index alone, in points, rounded to 0.01: the sum of the rounded terms."""
		total = round(facts.boost, 2) if facts.boost else 0.0
		for _key, term, missing_points in self._factors:
			value = term(facts)
			total += missing_points if value is None else value
		return round(total, 2)

	def decide(self, facts: OrderFacts) -> Decision:
		"""The index, the score, the band, the gate, and each term."""
		boost = round(facts.boost, 2) if facts.boost else 0.0
		total = boost
		terms = []
		for key, term, missing_points in self._factors:
			value = term(facts)
			if value is None:
				total += missing_points
				terms.append(_new_term((key, missing_points, True, ())))
			else:
				total += value
				terms.append(_new_term((key, value + 0.0, False, ())))  # a sum with 0.0 is never -0.0
		if boost:
			terms.append(Term(BOOST, boost, False))
		total = round(total, 2)
		score = self.score(total)
		return Decision(facts.order, total, score, self.band(score), self.gate(facts), tuple(terms))

	def score(self, points: float) -> float:
		"""Points to 0–100: 50 at the policy's midpoint, 75 at one spread above it, 25 at one below; to 0.1."""
		above = points - self._midpoint
		return round(50 + 50 * above / (abs(above) + self._spread), 1)

	def band(self, score: float) -> str:
		for from_score, band in self._bands:
			if score >= from_score:
				return band
		return self._bands[-1][1]

	def gate(self, facts: OrderFacts) -> GateHit | None:
		"""The first gate that keeps the order out of the queue: not submitted, held, then the policy's in its order."""
		if not facts.submitted:
			return GateHit(p.NOT_SUBMITTED)
		if facts.held:
			return GateHit(p.HELD)
		for gate, shut in self._gates:
			if shut(facts):
				return GateHit(gate.gate, gate.reason)
		return None

	def points_for_score(self, score: float) -> float:
		"""The points at which `score` is reached; the inverse of `score`, for 0 < score < 100."""
		share = (score - 50) / 50
		return self.policy.midpoint + self.policy.spread * share / (1 - abs(share))

	# -- inputs -----------------------------------------------------------------------------------------------------

	def inputs(self, facts: OrderFacts, key: str) -> dict[str, Any]:
		"""What the term `key` was made from, for an explanation."""
		return dict(self._inputs[key](facts))

	def opened(self, facts: OrderFacts, terms: Iterable[Term]) -> tuple[Term, ...]:
		"""The terms with their inputs, the heaviest first."""
		inputs = self._inputs
		heaviest = sorted([(-abs(points), key, points, missing) for key, points, missing, _inputs in terms])
		return tuple(
			[_new_term((key, points, missing, inputs[key](facts))) for _weight, key, points, missing in heaviest]
		)

	def unknown(self, facts: OrderFacts) -> tuple[str, ...]:
		"""The inputs of the admin's gate conditions that are not known, sorted: such a condition shuts no gate."""
		if not self._conditions:
			return ()
		values = self._values(facts)
		return tuple(sorted({name for c in self._conditions for name in c.names if values.get(name) is None}))

	def days_left(self, facts: OrderFacts) -> float | None:
		"""Working days until the promise; negative where it is past."""
		return None if facts.promise_date is None else self.calendar.days_until(facts.promise_date)

	def slack_days(self, facts: OrderFacts) -> float | None:
		"""Working days left after the work itself; not below 0. Effort that is not known takes no time."""
		days = self.days_left(facts)
		return None if days is None else self._slack_after(days, facts)

	def _slack_after(self, days: float, facts: OrderFacts) -> float:
		slack = days - (self._minutes(facts.lines, facts.units) or 0.0) / self._day_minutes
		return slack if slack > 0 else 0.0

	def age_days(self, facts: OrderFacts) -> float | None:
		return None if facts.order_date is None else self.calendar.days_since(facts.order_date)

	def _minutes(self, lines: float | None, units: float | None) -> float | None:
		if lines is None:
			return None
		return self._base + self._per_line * lines + self._per_unit * (units or 0.0)

	def _values(self, facts: OrderFacts) -> dict[str, Any]:
		"""What an expression of the policy sees."""
		values = {**facts._asdict(), **facts.extra}
		values["age_days"] = self.age_days(facts)
		values["slack_days"] = self.slack_days(facts)
		return values

	def value_of(self, facts: OrderFacts, key: str) -> Any:
		"""The input of a term with a curve."""
		if key == p.AGE:
			return self.age_days(facts)
		return facts.extra[key] if key in facts.extra else getattr(facts, key, None)

	def _inputs_of(self, factor: Factor) -> Callable[[OrderFacts], Inputs]:
		"""What shows the inputs of a factor; made once, like its term."""
		makers = {
			p.VALUE: self._value_inputs,
			p.TIER: self._tier_inputs,
			p.URGENCY: self._urgency_inputs,
			p.EFFORT: self._effort_inputs,
			p.FORMULA: self._formula_inputs,
		}
		return makers.get(factor.source, self._curve_inputs)(factor)

	def _value_inputs(self, factor: Factor) -> Callable[[OrderFacts], Inputs]:
		median = ("median", self.reference.value_median)
		return lambda facts: (("value", facts.value), median)

	def _tier_inputs(self, factor: Factor) -> Callable[[OrderFacts], Inputs]:
		known = {tier.tier: (("tier", tier.tier), ("factor", tier.factor)) for tier in self.policy.tiers}
		return lambda facts: known.get(facts.tier) or (("tier", facts.tier), ("factor", None))

	def _urgency_inputs(self, factor: Factor) -> Callable[[OrderFacts], Inputs]:
		days_until, slack_after = self.calendar.days_until, self._slack_after

		def inputs(facts: OrderFacts) -> Inputs:
			promise = facts.promise_date
			days = None if promise is None else days_until(promise)
			slack = None if days is None else slack_after(days, facts)
			return ("promise_date", promise), ("days", days), ("slack_days", slack)

		return inputs

	def _effort_inputs(self, factor: Factor) -> Callable[[OrderFacts], Inputs]:
		average, minutes = ("average", self._effort_average), self._minutes
		return lambda facts: (("lines", facts.lines), ("minutes", minutes(facts.lines, facts.units)), average)

	def _formula_inputs(self, factor: Factor) -> Callable[[OrderFacts], Inputs]:
		names = read_expression(factor.formula, self._names, NUMBER).names

		def inputs(facts: OrderFacts) -> Inputs:
			values = self._values(facts)
			return tuple([(name, values.get(name)) for name in names])

		return inputs

	def _curve_inputs(self, factor: Factor) -> Callable[[OrderFacts], Inputs]:
		key = factor.key
		return lambda facts: (("value", self.value_of(facts, key)),)

	# -- terms: each a function of the facts, made once ---------------------------------------------------------------

	def _term(self, factor: Factor) -> TermFunction:
		builders = {
			p.VALUE: self._value_term,
			p.TIER: self._tier_term,
			p.URGENCY: self._urgency_term,
			p.EFFORT: self._effort_term,
		}
		builder = builders.get(factor.source) or (
			self._formula_term if factor.source == p.FORMULA else self._curve_term
		)
		return builder(factor)

	def _value_term(self, factor: Factor) -> TermFunction:
		weight, median = factor.weight, self.reference.value_median
		if not median or median <= 0:
			return lambda facts: None

		def term(facts: OrderFacts) -> float | None:
			value = facts.value
			return None if value is None else round(weight * log2(max(value / median, SMALLEST_VALUE)), 2)

		return term

	def _tier_term(self, factor: Factor) -> TermFunction:
		points = {tier.tier: round(factor.weight * log2(tier.factor), 2) for tier in self.policy.tiers}
		return lambda facts: points.get(facts.tier)

	def _urgency_term(self, factor: Factor) -> TermFunction:
		weight, days_until = factor.weight, self.calendar.days_until
		base, line, unit = (
			minutes / self.policy.day_minutes
			for minutes in (self.policy.effort_base, self.policy.effort_per_line, self.policy.effort_per_unit)
		)

		def term(facts: OrderFacts) -> float | None:
			promise, lines = facts.promise_date, facts.lines
			if promise is None:
				return None
			slack = days_until(promise)
			if lines is not None:
				slack -= base + line * lines + unit * (facts.units or 0.0)
			return round(-weight * slack, 2) if slack > 0 else 0.0

		return term

	def _effort_term(self, factor: Factor) -> TermFunction:
		weight, average = factor.weight, self._effort_average
		base, line, unit = self.policy.effort_base, self.policy.effort_per_line, self.policy.effort_per_unit
		if not average:
			return lambda facts: None

		def term(facts: OrderFacts) -> float | None:
			lines = facts.lines
			if lines is None:
				return None
			minutes = base + line * lines + unit * (facts.units or 0.0)
			return round(-weight * log2(minutes / average), 2) if minutes > 0 else None

		return term

	def _curve_term(self, factor: Factor) -> TermFunction:
		curve = parse_curve(factor.curve, factor.curve_points)
		output, weight, key = curve.compile(), factor.weight, factor.key
		numeric = curve.kind != TABLE

		def term(facts: OrderFacts) -> float | None:
			value = self.value_of(facts, key)
			if value is None or (numeric and not isinstance(value, int | float)):
				return None
			result = output(value)
			return None if result is None else round(weight * result, 2)

		return term

	def _formula_term(self, factor: Factor) -> TermFunction:
		expression = read_expression(factor.formula, self._names, NUMBER)
		weight = factor.weight

		def term(facts: OrderFacts) -> float | None:
			result = expression.evaluate(self._values(facts))
			return None if result is None else round(weight * result, 2)

		return term

	def _gate_test(self, gate: Gate) -> Callable[[OrderFacts], Any]:
		if gate.gate == p.ON_HOLD:
			return attrgetter("on_hold")
		if gate.gate == p.CUSTOMER_BLOCKED:
			return attrgetter("customer_blocked")
		if gate.gate == p.NO_STOCK:
			return lambda facts: facts.lines_in_stock == 0 and bool(facts.lines)
		condition = read_expression(gate.condition, self._names)
		self._conditions.append(condition)
		return lambda facts: condition.evaluate(self._values(facts))


def sort_key(decision: Decision, promise: date | None) -> tuple:
	"""The order of the queue: most points first, then the earlier promise (none goes first), then the name."""
	return (-decision.points, promise or date.min, decision.order)


def rank(scorer: PriorityScorer, book: Iterable[OrderFacts]) -> list[tuple[OrderFacts, Decision]]:
	"""Score a whole book and put it in the order of the queue, the orders out of the queue included."""
	scored = [(facts, scorer.decide(facts)) for facts in book]
	return sorted(scored, key=lambda pair: sort_key(pair[1], pair[0].promise_date))
