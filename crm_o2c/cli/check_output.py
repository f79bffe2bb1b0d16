"""What a check found, as CSV, JSON, or a short table in the terminal."""

import csv
import json
from collections.abc import Mapping
from typing import Any, TextIO

from crm_o2c.cli.check_words import check_name, evidence, remedies, shown, ways, what
from crm_o2c.cli.checking import Checked
from crm_o2c.cli.output import in_columns, safe
from crm_o2c.cli.words import Words
from crm_o2c.engine.anomaly.check import verdict
from crm_o2c.engine.anomaly.facts import CheckFacts
from crm_o2c.engine.anomaly.messages import MONEY
from crm_o2c.engine.anomaly.rules import Finding

TITLES = (
	"Order",
	"Customer",
	"Date",
	"Line",
	"Item",
	"Severity",
	"Action",
	"Check",
	"What",
	"Value at Risk",
	"Confidence",
	"What to Do",
	"Release",
)


def write_csv(checked: Checked, words: Words, file: TextIO) -> None:
	"""One row for each alert, those with the most at risk first."""
	out = csv.writer(file, lineterminator="\n")
	out.writerow([words.t(title) for title in TITLES])
	for facts, finding in checked.findings:
		rule, hit = finding
		row = [facts.order, facts.customer, facts.order_date, hit.line or "", hit.item]
		row += [words.t(rule.severity), words.t(rule.action), check_name(finding, words), what(finding, words)]
		row += [None if hit.at_risk is None else round(hit.at_risk, 2), hit.confidence]
		row += ["; ".join(remedies(finding, words)), "; ".join(ways(finding, words))]
		out.writerow([safe(cell) for cell in row])


def write_json(checked: Checked, words: Words, file: TextIO) -> None:
	"""Every order with findings: codes, values, words and evidence."""
	orders = [
		{
			"order": order.facts.order,
			"customer": order.facts.customer,
			"verdict": verdict(order.findings),
			"alerts": [alert_json(order.facts, finding, words) for finding in order.findings],
		}
		for order in checked.orders
		if order.findings
	]
	head = {"today": str(checked.today), "orders_checked": len(checked.orders), "orders_learned": checked.learned}
	json.dump({**head, "orders": orders}, file, ensure_ascii=False, indent=1, default=str)
	file.write("\n")


def alert_json(facts: CheckFacts, finding: Finding, words: Words) -> dict[str, Any]:
	"""One alert with its codes and its words."""
	rule, hit = finding
	return {
		"check": rule.detector,
		"rule": rule.rule,
		"severity": rule.severity,
		"action": rule.action,
		"line": hit.line or None,
		"item": hit.item,
		"code": hit.code,
		"values": _plain(hit.params),
		"sentence": what(finding, words),
		"at_risk": None if hit.at_risk is None else round(hit.at_risk, 2),
		"confidence": hit.confidence,
		"evidence": evidence(hit.evidence, words),
		"remedies": [{"code": r.code, **_plain(r.params)} for r in hit.remedies],
		"ways": [{"code": w.code, **_plain(w.params)} for w in hit.ways],
	}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
	return {key: round(value, 6) if isinstance(value, float) else value for key, value in values.items()}


def table(checked: Checked, words: Words, most: int = 12) -> str:
	"""The alerts with the most at risk, for a terminal."""
	titles = [words.t(title) for title in ("Severity", "Order", "Customer", "Value at Risk", "Check", "What")]
	rows = [
		[
			words.t(finding.rule.severity),
			facts.order,
			facts.customer or "–",
			shown(finding.hit.at_risk, MONEY, words),
			check_name(finding, words),
			what(finding, words),
		]
		for facts, finding in checked.findings[:most]
	]
	return in_columns([titles, *rows], right=(3,))


def counts(checked: Checked, words: Words) -> str:
	"""How many alerts each check gave, the most first."""
	found: dict[str, int] = {}
	for _facts, finding in checked.findings:
		name = check_name(finding, words)
		found[name] = found.get(name, 0) + 1
	ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
	return words.t(", ").join(f"{name} {number:,}" for name, number in ordered)
