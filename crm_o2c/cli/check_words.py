"""What was found, in the reader's words: sentences, evidence, remedies and ways, with numbers and dates as he reads them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm_o2c.cli.words import Words
from crm_o2c.engine.anomaly import messages as m
from crm_o2c.engine.anomaly.rules import Evidence, Finding
from crm_o2c.engine.messages import MESSAGES, plain, render

LEAST_DIGITS = 2


def shown(value: Any, kind: str, words: Words) -> str:
	"""A value as text."""
	if value is None or value == "":
		return "–"
	if kind == m.WORD:
		return words.t(MESSAGES[value]) if value in MESSAGES else str(value)
	if isinstance(value, date):
		return value.isoformat()
	if kind == m.MONEY and isinstance(value, int | float):
		return f"{value + 0.0:,.2f}"
	if kind == m.PRICE and isinstance(value, int | float):
		return f"{value:,.{_digits(value)}f}"
	return plain(value)


def _digits(price: float) -> int:
	"""Decimals of a price: two, or four where two don't tell all of it."""
	return LEAST_DIGITS if abs(round(price, LEAST_DIGITS) - price) < 1e-6 else 4


def sentence(code: str, params: Mapping[str, Any], words: Words) -> str:
	"""The words of a hit, a remedy (`do.…`) or a way (`way.…`)."""
	values = {name: shown(value, m.kind_of(code, name), words) for name, value in params.items()}
	return render(code, values, words.untouched)


def what(finding: Finding, words: Words) -> str:
	return sentence(finding.hit.code, finding.hit.params, words)


def check_name(finding: Finding, words: Words) -> str:
	"""What the detector is called; for an own expression or script, the rule."""
	rule = finding.rule
	return rule.rule if rule.expression or rule.script else words.t(MESSAGES[f"detector.{rule.detector}"])


def remedies(finding: Finding, words: Words) -> list[str]:
	return [sentence(f"do.{remedy.code}", remedy.params, words) for remedy in finding.hit.remedies]


def ways(finding: Finding, words: Words) -> list[str]:
	return [sentence(f"way.{way.code}", way.params, words) for way in finding.hit.ways]


def evidence(table: Evidence | None, words: Words) -> dict[str, Any] | None:
	"""A table as it is shown: {"columns": […], "kinds": […], "rows": [[…]]}."""
	if table is None:
		return None
	kinds = [m.COLUMN_KINDS[column] for column in table.columns]
	return {
		"columns": [words.t(MESSAGES[column]) for column in table.columns],
		"kinds": kinds,
		"rows": [[shown(cell, kind, words) for cell, kind in zip(row, kinds, strict=True)] for row in table.rows],
	}
