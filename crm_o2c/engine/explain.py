"""Why an order ranks where it does, and what would lift it: codes and values, no words (see `engine.messages`)."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import ceil, floor
from typing import Any, NamedTuple

from crm_o2c.engine import policy as p
from crm_o2c.engine.curves import ANY_OTHER, STEPS, TABLE, Curve, parse_curve
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.policy import Factor
from crm_o2c.engine.priority import BOOST, SMALLEST_VALUE, Decision, GateHit, PriorityScorer, Term

WORTH_SAYING = 1.0  # points below which a term is left out of the sentence
PHRASES = 4  # the most terms that a sentence names
LARGEST_VALUE_CHANGE = 4.0  # times: a larger order than this is no advice
MOST_CENTS = 10**16  # the largest boost that is looked for, in hundredths of a point: any cut-off is reached below it


class Message(NamedTuple):
	"""A code of `engine.messages` and the values that its words need."""

	code: str
	params: dict[str, Any]


# Makes a Message from one tuple, at half the cost of calling the class.
_message = partial(tuple.__new__, Message)


class Change(NamedTuple):
	"""One single change that lifts the order to `band`. `points` is what it adds."""

	key: str
	message: Message
	band: str
	points: float


class Explanation(NamedTuple):
	"""A decision, opened up: terms with the inputs that made them, largest first; one sentence; the changes."""

	decision: Decision
	terms: tuple[Term, ...]
	sentence: tuple[Message, ...]
	changes: tuple[Change, ...] = ()


def explain(
	scorer: PriorityScorer, facts: OrderFacts, decision: Decision | None = None, changes: bool = True
) -> Explanation:
	"""Explain one order; the changes are left out where a caller needs only the sentence."""
	decision = decision or scorer.decide(facts)
	opened = scorer.opened(facts, decision.terms)
	lifts = tuple(counterfactuals(scorer, facts, decision)) if changes else ()
	return Explanation(decision, opened, sentence(decision, opened, scorer.unknown(facts)), lifts)


def sentence(decision: Decision, terms: Iterable[Term], unknown: tuple[str, ...] = ()) -> tuple[Message, ...]:
	"""The parts of the one plain sentence: the gate or the band, then the terms that weigh most, then what is missing.

	`terms` are opened and sorted; `unknown` are inputs that a gate's condition needs and nobody knows.
	"""
	if decision.gate:
		parts = [gate_message(decision.gate)]
	else:
		parts = [_message(("rank", {"band": decision.band, "score": decision.score}))]
	missing = list(unknown)
	for term in terms:
		key, points, is_missing, _inputs = term
		if is_missing:
			missing.append(key)
		elif len(parts) <= PHRASES and (key == p.URGENCY or abs(points) >= WORTH_SAYING):
			parts.append(_PHRASES.get(key, _field_phrase)(term))
	if missing:
		parts.append(_message(("missing", {"inputs": missing})))
	return tuple(parts)


def gate_message(hit: GateHit) -> Message:
	return _message((f"gate.{hit.gate}", {"reason": hit.reason}))


def phrase(term: Term) -> Message:
	"""What one term says, from its inputs."""
	return _PHRASES.get(term.key, _field_phrase)(term)


def _urgency_phrase(term: Term) -> Message:
	(_, promise), (_, days), _slack = term.inputs
	params = {"days": abs(days), "date": promise}
	if days == 0:
		return _message(("promise.today", params))
	code = "promise.ahead" if days > 0 else "promise.past"
	return _message((f"{code}.one" if params["days"] == 1 else code, params))


def _value_phrase(term: Term) -> Message:
	(_, value), (_, median) = term.inputs
	ratio = value / median
	if ratio >= 1:
		return _message(("value.above", {"ratio": round(ratio, 1)}))
	return _message(("value.below", {"percent": round(100 * ratio)}))


def _tier_phrase(term: Term) -> Message:
	return _message(("tier", {"tier": term.inputs[0][1]}))


def _effort_phrase(term: Term) -> Message:
	return _message(("effort.less" if term.points > 0 else "effort.more", {"minutes": round(term.inputs[1][1], 1)}))


def _boost_phrase(term: Term) -> Message:
	return _message(("boost.up" if term.points > 0 else "boost.down", {"points": abs(term.points)}))


def _field_phrase(term: Term) -> Message:
	if len(term.inputs) == 1 and term.inputs[0][0] == "value":
		return _message(("field", {"key": term.key, "value": term.inputs[0][1]}))
	return _message(
		("formula.up" if term.points > 0 else "formula.down", {"key": term.key, "points": abs(term.points)})
	)


_PHRASES = {
	p.VALUE: _value_phrase,
	p.TIER: _tier_phrase,
	p.URGENCY: _urgency_phrase,
	p.EFFORT: _effort_phrase,
	BOOST: _boost_phrase,
}


# -- what would lift it -------------------------------------------------------------------------------------------------


def counterfactuals(scorer: PriorityScorer, facts: OrderFacts, decision: Decision | None = None) -> Iterator[Change]:
	"""For each input, the smallest change of that input alone that lifts the order to the next band.

	Smallest to one working day, one unit of currency, one tier, 0.01 point of boost, and one step of a curve's input.
	Each change was tried: the engine scored the changed facts and found them in that band or above, and not with a
	change of one step less. Nothing for an order in the highest band.
	"""
	decision = decision or scorer.decide(facts)
	target = _next_band(scorer, decision)
	if target is None:
		return
	rounded = max(target - 0.05, 0.01)  # a score is rounded to 0.1, so this much is enough for the target
	search = _Search(scorer, facts, target, scorer.points_for_score(rounded) - decision.points)
	for factor in scorer.policy.factors:
		finder = _FINDERS.get(factor.source)
		found = finder(search, factor) if finder and factor.weight else None
		if found:
			yield _change(search, decision, factor.key, found)
	boosted = _boost(search)
	if boosted:
		yield _change(search, decision, BOOST, boosted)


def _next_band(scorer: PriorityScorer, decision: Decision) -> float | None:
	"""The lowest score of the band above, or None."""
	above = [b.from_score for b in scorer.policy.bands if b.from_score > decision.score]
	return min(above) if above else None


class _Search(NamedTuple):
	"""What every finder needs. `needed` is about how many points are missing: where to begin, not the answer."""

	scorer: PriorityScorer
	facts: OrderFacts
	target: float
	needed: float

	def enough(self, facts: OrderFacts) -> bool:
		return self.scorer.score(self.scorer.points(facts)) >= self.target


Found = tuple[OrderFacts, Message]


def _change(search: _Search, before: Decision, key: str, found: Found) -> Change:
	facts, message = found
	after = search.scorer.points(facts)
	return Change(key, message, search.scorer.band(search.scorer.score(after)), round(after - before.points, 2))


def smallest(enough: Callable[[int], bool], guess: int, most: int) -> int | None:
	"""The smallest number from 1 to `most` that is enough, or None; searched outwards from `guess`.

	Where being enough is not a matter of one threshold: a number that is enough while the number below it is not.
	"""
	if most < 1:
		return None
	low, high, step = 0, min(max(guess, 1), most), 1
	while not enough(high):
		if high == most:
			return None
		low, high, step = high, min(high + step, most), 2 * step
	step = 1
	while high - step > low and enough(high - step):
		high, step = high - step, 2 * step
	low = max(low, high - step)
	while high - low > 1:
		middle = (low + high) // 2
		low, high = (low, middle) if enough(middle) else (middle, high)
	return high


def _boost(search: _Search) -> Found | None:
	boost = round(search.facts.boost, 2)

	def raised(cents: int) -> OrderFacts:
		return search.facts._replace(boost=round(boost + cents / 100, 2))

	cents = smallest(lambda n: search.enough(raised(n)), ceil(100 * search.needed), MOST_CENTS)
	return cents and (raised(cents), Message("change.boost", {"points": cents / 100}))


def _earlier_promise(search: _Search, factor: Factor) -> Found | None:
	days = search.scorer.days_left(search.facts) or 0
	date_after = search.scorer.calendar.date_after

	def sooner(by: int) -> OrderFacts:
		return search.facts._replace(promise_date=date_after(days - by))

	by = smallest(lambda n: search.enough(sooner(n)), ceil(min(search.needed / factor.weight, days)), int(days))
	if by is None:
		return None
	facts = sooner(by)
	code = "change.promise.one" if by == 1 else "change.promise"
	return facts, Message(code, {"days": by, "date": facts.promise_date})


def _more_value(search: _Search, factor: Factor) -> Found | None:
	value, median = search.facts.value, search.scorer.reference.value_median
	if value is None or not median or median < 0:
		return None
	whole = floor(value)
	base = max(value, median * SMALLEST_VALUE)
	guess = base * 2 ** min(search.needed / factor.weight, 60.0)

	def larger(by: int) -> OrderFacts:
		return search.facts._replace(value=float(whole + by))

	most = floor(LARGEST_VALUE_CHANGE * base) - whole
	by = smallest(lambda n: search.enough(larger(n)), ceil(guess) - whole, most)
	if by is None:
		return None
	return larger(by), Message("change.value", {"more": whole + by - value, "value": whole + by})


def _higher_tier(search: _Search, factor: Factor) -> Found | None:
	for tier in sorted(search.scorer.policy.tiers, key=lambda t: t.factor):
		changed = search.facts._replace(tier=tier.tier)
		if search.enough(changed):
			return changed, Message("change.tier", {"tier": tier.tier})
	return None


def _other_input(search: _Search, factor: Factor) -> Found | None:
	"""The sufficient input nearest to today's; on a table the one that adds least."""
	curve = parse_curve(factor.curve, factor.curve_points)
	now = search.scorer.value_of(search.facts, factor.key)

	def enough(value: Any) -> bool:
		return search.enough(_with(search.facts, factor, value))

	if curve.kind == TABLE or not isinstance(now, int | float):
		options = [x for x, _y in curve.points if x != ANY_OTHER and enough(x)]
		best = min(options, key=lambda x: search.scorer.points(_with(search.facts, factor, x)), default=None)
	else:
		sides = [_nearest(now, stops, unit, enough) for stops, unit in _ways(curve, now)]
		best = min((x for x in sides if x is not None), key=lambda x: abs(x - now), default=None)
	if best is None:
		return None
	return _with(search.facts, factor, best), Message("change.field", {"key": factor.key, "value": best, "was": now})


def _ways(curve: Curve, now: float) -> Iterator[tuple[list[float], float]]:
	"""Upwards and downwards from `now`: the inputs where the curve bends or jumps, in that order, and the signed step.

	Whole inputs go in steps of 1, others of 0.01. Steps jump at a point going up, and one step before it going down.
	"""
	inputs = [x for x, _y in curve.points]
	unit = 1 if isinstance(now, int) and all(x == int(x) for x in inputs) else 0.01
	inputs = [int(x) for x in inputs] if unit == 1 else inputs
	yield [x for x in inputs if x > now], unit
	jump = unit if curve.kind == STEPS else 0
	yield [stop for x in reversed(inputs) if (stop := round(x - jump, 2)) < now], -unit


def _nearest(now: float, stops: list[float], unit: float, enough: Callable[[float], bool]) -> float | None:
	"""The first input that is enough on the way from `now` over the stops. Between two stops a curve only rises or falls,
	so the first stop that is enough bounds the answer."""
	near = now
	for stop in stops:
		if enough(stop):
			steps = ceil(abs((stop - near) / unit)) + 1
			found = smallest(lambda n: enough(_stepped(near, n, unit, stop)), (steps + 1) // 2, steps)  # noqa: B023
			return stop if found is None else _stepped(near, found, unit, stop)
		near = stop
	return None


def _stepped(near: float, steps: int, unit: float, stop: float) -> float:
	"""So many steps from `near` towards `stop` and not beyond it, on whole multiples of the unit."""
	if unit > 0:
		return min(stop, round((floor(near / unit) + steps) * unit, 2))
	return max(stop, round((floor(near / unit) + steps) * unit, 2))


def _with(facts: OrderFacts, factor: Factor, value: Any) -> OrderFacts:
	if factor.source in p.FIELD_TERMS:
		return facts._replace(extra={**facts.extra, factor.key: value})
	return facts._replace(**{factor.key: value})


_FINDERS: dict[str, Callable[[_Search, Factor], Found | None]] = {
	p.VALUE: _more_value,
	p.TIER: _higher_tier,
	p.URGENCY: _earlier_promise,
	p.MARGIN: _other_input,
	p.OVERDUE_AMOUNT: _other_input,
	p.OVERDUE_DAYS: _other_input,
	p.ORDER_FIELD: _other_input,
	p.CUSTOMER_FIELD: _other_input,
}
