"""What detectors share: keys of cases, facts with one thing changed, and the proof that a way meets the condition."""

from collections.abc import Callable, Iterable
from math import ceil, floor
from typing import Any

from crm_o2c.engine.anomaly.facts import CheckFacts, LineFacts
from crm_o2c.engine.anomaly.rules import Way

SMALLEST = 1e-9  # below that a quantity is none
CENT = 0.005  # below that an amount is none


def key_of(line: LineFacts) -> str:
	"""Names a case of a line. A row keeps its name when lines are moved; without one its place must do."""
	return line.row or str(line.number)


def named(line: LineFacts) -> dict[str, Any]:
	"""How a sentence calls a line."""
	return {"line": line.number, "item": line.item}


def stock_qty(line: LineFacts) -> float:
	"""Ordered quantity in stock units."""
	return line.qty * line.factor


def amount_of(line: LineFacts) -> float | None:
	"""Net amount of a line."""
	if line.amount is not None:
		return line.amount
	return None if line.rate is None else line.rate * line.qty


def changed_line(facts: CheckFacts, line: LineFacts, **values: Any) -> CheckFacts:
	"""The facts with one line changed."""
	lines = tuple(other._replace(**values) if other is line else other for other in facts.lines)
	return facts._replace(lines=lines)


def without_line(facts: CheckFacts, line: LineFacts) -> CheckFacts:
	"""The facts without one line."""
	return facts._replace(lines=tuple(other for other in facts.lines if other is not line))


def proved(found: Callable[[CheckFacts], Any], tries: Iterable[tuple[Way, CheckFacts]]) -> tuple[Way, ...]:
	"""The ways with which the test finds nothing any more."""
	return tuple(way for way, facts in tries if not found(facts))


def proved_for(
	line: LineFacts, found: Callable[[CheckFacts, LineFacts], Any], tries: Iterable[tuple[Way, CheckFacts]]
) -> tuple[Way, ...]:
	"""The ways with which the test finds nothing any more of this line."""
	number = line.number

	def of_line(facts: CheckFacts) -> bool:
		return any(found(facts, other) for other in facts.lines if other.number == number)

	return proved(of_line, tries)


def money_up(value: float) -> float:
	"""The next amount in cents that is not below the value."""
	return ceil(round(value * 100, 6)) / 100


def qty_down(value: float, like: float) -> float:
	"""The next quantity not above the value: whole where `like` is whole, else with three decimals."""
	if like == int(like):
		return float(floor(value + SMALLEST))
	return floor(value * 1000 + SMALLEST) / 1000


def qty_up(value: float, like: float) -> float:
	"""The next quantity not below the value: whole where `like` is whole, else with three decimals."""
	return -qty_down(-value, like)


def strength(distance: float, usual: float, history: int) -> float:
	"""How sure statistics are: more the further off, and the more is known. Never as sure as a fact."""
	return round(distance / (distance + usual / 2) * history / (history + 2), 2)
