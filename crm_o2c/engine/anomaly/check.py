"""Rules applied to orders: what is found, what comes of it, and whether a rule can be used at all."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from crm_o2c.engine.anomaly.catalogue import DETECTORS
from crm_o2c.engine.anomaly.detectors import custom
from crm_o2c.engine.anomaly.detectors.custom import EXPRESSION, SCRIPT, Script
from crm_o2c.engine.anomaly.facts import NOTHING, CheckFacts
from crm_o2c.engine.anomaly.rules import (
	ACTIONS,
	EVERYWHERE,
	HOLD,
	SEVERITIES,
	Detector,
	Find,
	Finding,
	Hit,
	Rule,
	Scope,
	Setting,
)
from crm_o2c.engine.expression import FLAG, ExpressionError, compile_expression
from crm_o2c.engine.policy import Problem

_ACTION_RANK = {action: rank for rank, action in enumerate(ACTIONS)}
_SEVERITY_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
_COUNTED = ("count",)  # units of parameters that are whole numbers

Narrow = Callable[[CheckFacts], CheckFacts | None]


class Checker:
	"""Rules made ready, to be used for one order or for many.

	`scripts` are what to call for the Server Scripts that rules name: facts → rows. `fields` are the fields of the order that
	expressions may name besides `CHECK_FIELDS`, with their types; `fields_used` are those that they do name.
	"""

	__slots__ = ("_tests", "fields_used", "needs", "setting")

	def __init__(
		self,
		rules: Sequence[Rule],
		setting: Setting,
		scripts: Mapping[str, Script] = NOTHING,
		fields: Mapping[str, str] = NOTHING,
	):
		self.setting = setting
		known = [(rule, DETECTORS[rule.detector]) for rule in rules if rule.detector in DETECTORS]
		expressions = [custom.read_rule(rule, fields) for rule, _detector in known if rule.detector == EXPRESSION]
		needs = {need for _rule, detector in known for need in detector.needs}
		needs.update(need for expression in expressions for need in custom.needs_of(expression))
		self.needs: frozenset[str] = frozenset(needs)
		self.fields_used = frozenset(name for e in expressions for name in custom.own_fields(e, fields))
		self._tests = [
			(
				rule,
				_finder(rule, detector, scripts, fields),
				detector.values(rule.params),
				_narrower(rule.scope, detector),
			)
			for rule, detector in known
		]

	def findings(self, facts: CheckFacts, failed: dict[str, Exception] | None = None) -> list[Finding]:
		"""All that the rules find of an order: the strongest action first, then the severest, then what is most at risk. A
		case is found once by each rule.

		`failed` takes in, by rule, what could not be asked; the others are answered all the same. Without it a failure is raised.
		"""
		found: dict[tuple[str, str], Finding] = {}
		setting = self.setting
		for rule, find, values, narrow in self._tests:
			seen = narrow(facts) if narrow else facts
			if seen is None:
				continue
			for hit in _hits(rule, find(seen, values, setting), failed):
				found.setdefault((rule.rule, hit.key), Finding(rule, hit))
		return sorted(found.values(), key=_place) if found else []


def _hits(rule: Rule, hits: Iterable[Hit], failed: dict[str, Exception] | None) -> Iterable[Hit]:
	"""The hits of a rule; none where it fails half-way."""
	if failed is None:
		return hits
	try:
		return list(hits)
	except Exception as problem:
		failed[rule.rule] = problem
		return ()


def _place(finding: Finding) -> tuple:
	rule, hit = finding
	ranks = (-_ACTION_RANK.get(rule.action, 0), -_SEVERITY_RANK.get(rule.severity, 0))
	return (*ranks, -(hit.at_risk or 0.0), hit.line, finding.key)


def verdict(findings: Iterable[Finding]) -> str | None:
	"""The strongest action of findings; None where there are none."""
	actions = [finding.rule.action for finding in findings]
	return max(actions, key=lambda action: _ACTION_RANK.get(action, 0)) if actions else None


def _finder(rule: Rule, detector: Detector, scripts: Mapping[str, Script], fields: Mapping[str, str]) -> Find:
	if rule.detector == EXPRESSION:
		return custom.expression_finder(rule, fields)
	if rule.detector == SCRIPT:
		return custom.script_finder(rule, scripts.get(rule.script))
	return detector.find


def _narrower(scope: Scope, detector: Detector) -> Narrow | None:
	"""What of an order a rule sees: None where it applies everywhere; a function that gives the facts in its scope, or
	None, where it does not."""
	if scope == EVERYWHERE:
		return None
	by_line, every_line = detector.by_line, scope.item_groups is None and scope.warehouses is None

	def narrow(facts: CheckFacts) -> CheckFacts | None:
		if not scope.covers_order(facts.customer_group, facts.order_type):
			return None
		if every_line:
			return facts
		lines = tuple(line for line in facts.lines if scope.covers_line(line.item_group, line.warehouse))
		if not lines:
			return None
		return facts._replace(lines=lines) if by_line and len(lines) < len(facts.lines) else facts

	return narrow


# -- whether a rule can be used ----------------------------------------------------------------------------------------------


def check_rule(rule: Rule, fields: Mapping[str, str] = NOTHING) -> list[Problem]:
	"""Everything that is wrong with a rule; empty where it can be used. A problem of a parameter names it as its field."""
	detector = DETECTORS.get(rule.detector)
	if detector is None:
		return [Problem("", 0, "detector", "rule.detector", {"detector": rule.detector})]
	return [*_check_params(rule, detector), *_check_words(rule, detector), *_check_own(rule, fields)]


def _check_params(rule: Rule, detector: Detector) -> Iterator[Problem]:
	known = {param.name: param for param in detector.params}
	for row, (name, value) in enumerate(rule.params.items(), 1):
		param = known.get(name)
		if param is None:
			names = ", ".join(known)
			code, params = ("rule.param", {"name": name, "known": names}) if names else ("rule.no_params", {})
			yield Problem("parameters", row, name, code, params)
		elif not isinstance(value, int | float) or isinstance(value, bool) or value != value:
			yield Problem("parameters", row, name, "rule.number")
		elif not param.low <= value <= param.high:
			yield Problem("parameters", row, name, "rule.range", {"low": param.low, "high": param.high})
		elif param.unit in _COUNTED and value != int(value):
			yield Problem("parameters", row, name, "rule.whole")


def _check_words(rule: Rule, detector: Detector) -> Iterator[Problem]:
	if rule.severity not in SEVERITIES:
		known = ", ".join(SEVERITIES)
		yield Problem("", 0, "severity", "rule.severity", {"severity": rule.severity, "known": known})
	if rule.action not in ACTIONS:
		yield Problem("", 0, "action", "rule.action", {"action": rule.action, "known": ", ".join(ACTIONS)})
	elif rule.action == HOLD and not detector.may_hold:
		others = ", ".join(action for action in ACTIONS if action != HOLD)
		yield Problem("", 0, "action", "rule.no_hold", {"known": others})


def _check_own(rule: Rule, fields: Mapping[str, str]) -> Iterator[Problem]:
	"""What an expression or a script needs besides."""
	if rule.detector == EXPRESSION:
		try:
			compile_expression(rule.expression, custom.expression_names(fields), FLAG)
		except ExpressionError as e:
			yield Problem("", 0, "expression", e.code, e.params)
		if not rule.text.strip():
			yield Problem("", 0, "text", "rule.text")
	elif rule.detector == SCRIPT and not rule.script:
		yield Problem("", 0, "script", "rule.script")
