"""What an admin writes himself: an expression over the order's figures, or a Server Script that a site runs.

These two need the rule's own text, so they are made for each rule: `expression_finder` and `script_finder`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

from crm_o2c.engine.anomaly.detectors.order import value_of
from crm_o2c.engine.anomaly.facts import NOTHING, CheckFacts, LineFacts
from crm_o2c.engine.anomaly.rules import (
	CREDIT,
	CUSTOMER,
	PROMISES,
	STOCK,
	Detector,
	Evidence,
	Find,
	Hit,
	Rule,
	Setting,
	Way,
)
from crm_o2c.engine.expression import FLAG, NUMBER, TEXT, Expression, read_expression

LONGEST_TEXT = 500  # of a script's message
EXPRESSION, SCRIPT = "expression", "script"
Script = Callable[[CheckFacts], Iterable[Mapping[str, Any]]]
Read = Callable[[CheckFacts, Setting], Any]


def _sum(values: Iterable[float | None]) -> float | None:
	"""The sum, where all are known."""
	known = list(values)
	return None if None in known else sum(known)


def _discount(facts: CheckFacts, setting: Setting) -> float:
	"""The largest discount by hand of a line, with what is taken off the whole order."""
	largest = max((line.hand_discount for line in facts.lines), default=0.0)
	return 100 - (100 - largest) * (100 - facts.order_discount) / 100


def _headroom(facts: CheckFacts, setting: Setting) -> float | None:
	credit = facts.credit
	if credit is None or (credit.limit is None and not credit.no_credit):
		return None
	return (0.0 if credit.no_credit else credit.limit) - credit.exposure


def _line_margin(line: LineFacts) -> float | None:
	if not line.cost or not line.rate or line.factor <= 0:
		return None
	return 100 * (1 - line.cost * line.factor / line.rate)


def _margin(facts: CheckFacts, setting: Setting) -> float | None:
	"""Of the lines whose cost is known, in percent of their price."""
	known = [line for line in facts.lines if line.cost and line.rate and line.factor > 0]
	sold = sum(line.rate * line.qty for line in known)
	return 100 * (1 - sum(line.cost * line.factor * line.qty for line in known) / sold) if sold else None


def _days_to_promise(facts: CheckFacts, setting: Setting) -> int | None:
	days = [line.promise_date for line in facts.lines if line.promise_date]
	return (min(days) - setting.today).days if days else None


def _least(values: Iterable[float | None]) -> float | None:
	return min((value for value in values if value is not None), default=None)


def _credit(name: str) -> Read:
	return lambda facts, setting: getattr(facts.credit, name) if facts.credit else None


def _customer(name: str) -> Read:
	return lambda facts, setting: getattr(facts.about_customer, name) if facts.about_customer else None


def _order(name: str) -> Read:
	return lambda facts, setting: getattr(facts, name)


# What an expression may name: its type, what must be loaded for it, and how it is read.
CHECK_FIELDS: dict[str, tuple[str, str | None, Read]] = {
	"net": (NUMBER, None, _order("net")),
	"total": (NUMBER, None, lambda facts, setting: value_of(facts)),
	"lines": (NUMBER, None, lambda facts, setting: len(facts.lines)),
	"units": (NUMBER, None, lambda facts, setting: sum(line.qty * line.factor for line in facts.lines)),
	"discount": (NUMBER, None, _discount),
	"order_discount": (NUMBER, None, _order("order_discount")),
	"margin_percent": (NUMBER, None, _margin),
	"smallest_margin_percent": (NUMBER, None, lambda facts, setting: _least(map(_line_margin, facts.lines))),
	"largest_line": (
		NUMBER,
		None,
		lambda facts, setting: max((line.amount for line in facts.lines if line.amount is not None), default=None),
	),
	"days_to_promise": (NUMBER, None, _days_to_promise),
	"terms_days": (NUMBER, None, _order("terms_days")),
	"customer": (TEXT, None, _order("customer")),
	"customer_group": (TEXT, None, _order("customer_group")),
	"order_type": (TEXT, None, _order("order_type")),
	"currency": (TEXT, None, _order("currency")),
	"submitted": (FLAG, None, _order("submitted")),
	"credit_limit": (NUMBER, CREDIT, _credit("limit")),
	"credit_exposure": (NUMBER, CREDIT, _credit("exposure")),
	"credit_headroom": (NUMBER, CREDIT, _headroom),
	"overdue_amount": (NUMBER, CREDIT, _credit("overdue")),
	"overdue_days": (NUMBER, CREDIT, _credit("overdue_days")),
	"broken_promises": (NUMBER, PROMISES, _credit("broken_promises")),
	"orders_before": (NUMBER, CUSTOMER, _customer("orders")),
	"largest_before": (NUMBER, CUSTOMER, _customer("largest")),
	"short_units": (
		NUMBER,
		STOCK,
		lambda facts, setting: _sum(line.promise.short for line in facts.lines if line.promise),
	),
}


def expression_names(fields: Mapping[str, str] = NOTHING) -> dict[str, str]:
	"""Everything that an expression may name, with its type. `fields` are those of the order that a site lets it name."""
	return {**fields, **{name: kind for name, (kind, _need, _read) in CHECK_FIELDS.items()}}


def read_rule(rule: Rule, fields: Mapping[str, str] = NOTHING) -> Expression:
	"""The expression of a rule in use."""
	return read_expression(rule.expression, expression_names(fields))


def needs_of(expression: Expression) -> frozenset[str]:
	"""What must be loaded for an expression."""
	needs = (CHECK_FIELDS[name][1] for name in expression.names if name in CHECK_FIELDS)
	return frozenset(need for need in needs if need)


def own_fields(expression: Expression, fields: Mapping[str, str]) -> frozenset[str]:
	"""The fields of the order that an expression names."""
	return frozenset(name for name in expression.names if name in fields and name not in CHECK_FIELDS)


def expression_finder(rule: Rule, fields: Mapping[str, str] = NOTHING) -> Find:
	"""The test of one rule's expression. Where a name has no value there is no answer, and nothing is found."""
	expression = read_rule(rule, fields)
	reads = {name: CHECK_FIELDS[name][2] for name in expression.names if name in CHECK_FIELDS}
	words, ways = {"text": rule.text or rule.expression}, (Way("any_edit", {}),)

	def find(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
		if expression.code is None:
			return
		values = {n: reads[n](facts, setting) if n in reads else facts.fields.get(n) for n in expression.names}
		if not expression.evaluate(values):
			return
		rows = tuple(values.items())
		evidence = Evidence(("col.name", "col.value"), rows) if rows else None
		yield Hit("expression", "expression", words, evidence=evidence, at_risk=value_of(facts), ways=ways)

	return find


def script_finder(rule: Rule, script: Script | None) -> Find:
	"""The test of one rule's script: each row that it gives is a hit. Its keys, all but the first optional: `message`,
	`line`, `at_risk`, `key`."""
	ways = (Way("any_edit", {}),)

	def find(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
		for row in script(facts) if script else ():
			number = _whole(row.get("line"))
			line = next((line for line in facts.lines if line.number == number), None)
			text = str(row.get("message") or rule.text or rule.rule)[:LONGEST_TEXT]
			yield Hit(
				str(row.get("key") or (line.row or line.number if line else "script")),
				"expression",
				{"text": text},
				line=line.number if line else 0,
				item=line.item if line else None,
				at_risk=_number(row.get("at_risk")),
				ways=ways,
			)

	return find


def _whole(value: Any) -> int:
	return int(value) if isinstance(value, int | float) and isfinite(value) else 0


def _number(value: Any) -> float | None:
	known = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
	return float(value) if known else None


def find_nothing(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""Stands in the catalogue for the two detectors that are made for each rule."""
	yield from ()


DETECTORS = (
	Detector(EXPRESSION, find_nothing),
	Detector(SCRIPT, find_nothing, needs=frozenset((CREDIT, CUSTOMER))),
)
