"""Why an order ranks where it does, and what would lift it: codes and values, no words (see `engine.messages`)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NamedTuple

from crm_o2c.engine import policy as p
from crm_o2c.engine.curves import LINEAR, TABLE, parse_curve
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.policy import Factor
from crm_o2c.engine.priority import BOOST, Decision, GateHit, PriorityScorer, Term

WORTH_SAYING = 1.0  # points below which a term is left out of the sentence
PHRASES = 4  # the most terms that a sentence names
LARGEST_VALUE_CHANGE = 4.0  # times: a larger order than this is no advice


class Message(NamedTuple):
	"""A code of `engine.messages` and the values that its words need."""

	code: str
	params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
	"""One single change that lifts the order to `band`. `points` is what it adds."""

	key: str
	message: Message
	band: str
	points: float


@dataclass(frozen=True, slots=True)
class Explanation:
	"""A decision, opened up: terms with the inputs that made them, largest first; one sentence; the changes."""

	decision: Decision
	terms: tuple[Term, ...]
	sentence: tuple[Message, ...]
	changes: tuple[Change, ...] = field(default=())


def explain(
	scorer: PriorityScorer, facts: OrderFacts, decision: Decision | None = None, changes: bool = True
) -> Explanation:
	"""Explain one order; the changes are left out where a caller needs only the sentence."""
	decision = decision or scorer.decide(facts)
	terms = sorted(decision.terms, key=lambda t: (-abs(t.points), t.key))
	opened = tuple(t._replace(inputs=tuple(scorer.inputs(facts, t.key).items())) for t in terms)
	lifts = tuple(counterfactuals(scorer, facts, decision)) if changes else ()
	return Explanation(decision, opened, sentence(decision, opened), lifts)


def sentence(decision: Decision, terms: tuple[Term, ...]) -> tuple[Message, ...]:
	"""The parts of the one plain sentence: the gate or the band, then the terms that weigh most, then what is missing."""
	parts = (
		[gate_message(decision.gate)]
		if decision.gate
		else [Message("rank", {"band": decision.band, "score": decision.score})]
	)
	heavy = [
		t for t in terms if (not t.missing and abs(t.points) >= WORTH_SAYING) or (t.key == p.URGENCY and not t.missing)
	]
	parts += [phrase(term) for term in heavy[:PHRASES]]
	missing = decision.missing
	if missing:
		parts.append(Message("missing", {"inputs": list(missing)}))
	return tuple(parts)


def gate_message(hit: GateHit) -> Message:
	return Message(f"gate.{hit.gate}", {"reason": hit.reason})


def phrase(term: Term) -> Message:
	"""What one term says. `points` is its sign in words: an order can be worth more or less than is usual."""
	inputs = dict(term.inputs)
	if term.key == p.URGENCY:
		days = inputs["days"]
		code = "promise.today" if days == 0 else "promise.ahead" if days > 0 else "promise.past"
		return Message(code, {"days": abs(days), "date": inputs["promise_date"]})
	if term.key == p.VALUE:
		ratio = inputs["value"] / inputs["median"]
		return Message("value.above" if ratio >= 1 else "value.below", {"ratio": ratio, "percent": 100 * ratio})
	if term.key == p.TIER:
		return Message("tier", {"tier": inputs["tier"]})
	if term.key == p.EFFORT:
		return Message("effort.less" if term.points > 0 else "effort.more", {"lines": inputs["lines"]})
	if term.key == BOOST:
		return Message("boost.up" if term.points > 0 else "boost.down", {"points": abs(term.points)})
	return Message("field", {"key": term.key, "value": inputs["value"]})


# -- what would lift it -------------------------------------------------------------------------------------------------


def counterfactuals(scorer: PriorityScorer, facts: OrderFacts, decision: Decision | None = None) -> Iterator[Change]:
	"""For each input, the smallest change of that input alone that lifts the order to the next band.

	Each one was tried: the engine scored the changed facts and found them in that band or above. Nothing for an order
	in the highest band.
	"""
	decision = decision or scorer.decide(facts)
	target = _next_band(scorer, decision)
	if target is None:
		return
	needed = _points_needed(scorer, decision, target)
	for factor in scorer.policy.factors:
		finder = _FINDERS.get(factor.source)
		change = finder(scorer, facts, factor, needed) if finder else None
		if change:
			yield from _proved(scorer, decision, factor.key, change)
	boosted = facts._replace(boost=round(facts.boost + needed, 2))
	yield from _proved(scorer, decision, BOOST, (boosted, Message("change.boost", {"points": needed})))


def _next_band(scorer: PriorityScorer, decision: Decision) -> float | None:
	"""The lowest score of the band above, or None."""
	above = [b.from_score for b in scorer.policy.bands if b.from_score > decision.score]
	return min(above) if above else None


def _points_needed(scorer: PriorityScorer, decision: Decision, target: float) -> float:
	"""Points that are missing to the score `target`, rounded up to 0.01."""
	needed = ceil(100 * (scorer.points_for_score(min(target, 99.9)) - decision.points)) / 100
	while scorer.score(round(decision.points + needed, 2)) < target:
		needed = round(needed + 0.01, 2)
	return needed


def _proved(scorer: PriorityScorer, before: Decision, key: str, change: tuple[OrderFacts, Message]) -> Iterator[Change]:
	facts, message = change
	after = scorer.decide(facts)
	if after.score > before.score and after.band != before.band:
		yield Change(key, message, after.band, round(after.points - before.points, 2))


Found = tuple[OrderFacts, Message] | None


def _earlier_promise(scorer: PriorityScorer, facts: OrderFacts, factor: Factor, needed: float) -> Found:
	days = scorer.days_left(facts)
	if not days or days < 0 or not factor.weight:
		return None
	earlier = min(ceil(needed / factor.weight), days)
	promise = scorer.calendar.date_after(days - earlier)
	return facts._replace(promise_date=promise), Message("change.promise", {"days": earlier, "date": promise})


def _more_value(scorer: PriorityScorer, facts: OrderFacts, factor: Factor, needed: float) -> Found:
	median = scorer.reference.value_median
	if facts.value is None or not median or not factor.weight:
		return None
	base = max(facts.value, median / 1024)
	value = ceil(base * 2 ** ((needed + 0.005) / factor.weight))
	if value > LARGEST_VALUE_CHANGE * base:
		return None
	return facts._replace(value=float(value)), Message("change.value", {"more": value - facts.value, "value": value})


def _higher_tier(scorer: PriorityScorer, facts: OrderFacts, factor: Factor, needed: float) -> Found:
	before = scorer.decide(facts)
	for tier in sorted(scorer.policy.tiers, key=lambda t: t.factor):
		changed = facts._replace(tier=tier.tier)
		if scorer.decide(changed).points >= before.points + needed:
			return changed, Message("change.tier", {"tier": tier.tier})
	return None


def _other_input(scorer: PriorityScorer, facts: OrderFacts, factor: Factor, needed: float) -> Found:
	"""The input nearest to today's that is enough, among the curve's points and, on a line, between them."""
	curve = parse_curve(factor.curve, factor.curve_points)
	now = facts.extra.get(factor.key) if factor.source in p.FIELD_TERMS else getattr(facts, factor.key, None)
	wanted = scorer.decide(facts).points + needed

	def enough(value: Any) -> bool:
		return scorer.decide(_with(facts, factor, value)).points >= wanted

	options = [x for x, _y in curve.points if x != "*" and enough(x)]
	if not options:
		return None
	if curve.kind == TABLE or now is None or isinstance(now, str):
		best = options[0]
	else:
		best = min(options, key=lambda x: abs(x - now))
		if curve.kind == LINEAR:
			best = _nearest_on_line(now, best, enough)
	return _with(facts, factor, best), Message("change.field", {"key": factor.key, "value": best, "was": now})


def _nearest_on_line(now: float, far: float, enough) -> float:
	"""Halve the way from `now` to `far` until the smallest sufficient change is known to a hundredth."""
	near = float(now)
	while abs(far - near) > 0.01:
		middle = (near + far) / 2
		near, far = (near, middle) if enough(middle) else (middle, far)
	outwards = ceil(100 * far) / 100 if far > now else -ceil(-100 * far) / 100
	return outwards if enough(outwards) else far


def _with(facts: OrderFacts, factor: Factor, value: Any) -> OrderFacts:
	if factor.source in p.FIELD_TERMS:
		return facts._replace(extra={**facts.extra, factor.key: value})
	return facts._replace(**{factor.key: value})


_FINDERS = {
	p.VALUE: _more_value,
	p.TIER: _higher_tier,
	p.URGENCY: _earlier_promise,
	p.MARGIN: _other_input,
	p.OVERDUE_AMOUNT: _other_input,
	p.OVERDUE_DAYS: _other_input,
	p.ORDER_FIELD: _other_input,
	p.CUSTOMER_FIELD: _other_input,
}
