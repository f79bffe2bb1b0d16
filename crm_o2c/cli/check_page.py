"""What a check found as one HTML page that needs nothing else: every alert with its evidence and what would resolve it."""

import json
from pathlib import Path
from typing import Any

from crm_o2c.cli.check_words import check_name, evidence, remedies, ways, what
from crm_o2c.cli.checking import Checked
from crm_o2c.cli.words import Words
from crm_o2c.engine.anomaly.facts import CheckFacts
from crm_o2c.engine.anomaly.rules import ACTIONS, HOLD, SEVERITIES, Finding

TEMPLATE = Path(__file__).with_name("check_page.html")
# Every text of the page. The template takes them from here, translated.
TEXTS = (
	"Abnormal Orders",
	"Orders checked",
	"With alerts",
	"Held",
	"Value at Risk",
	"Checks",
	"Severity",
	"All severities",
	"Search order, customer or item",
	"Order",
	"Customer",
	"At risk",
	"What",
	"Why",
	"What to Do",
	"Released by",
	"Certainty {0} %",
	"No alert matches.",
	"Previous",
	"Next",
	"{0}–{1} of {2}",
	"Order queue",
	"Checked for {0}. Alerts with the most at risk come first.",
)


def html(checked: Checked, words: Words, queue: str | None = None) -> str:
	"""The page. What comes from the orders stands in the data alone, and the page shows it as text. `queue` is a page to
	lead to."""
	data = json.dumps(_data(checked, words, queue), ensure_ascii=False, separators=(",", ":"), default=str)
	safe = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
	template = TEMPLATE.read_text(encoding="utf-8")
	title = words.t("Abnormal Orders")
	return template.replace("__LANG__", words.lang).replace("__TITLE__", title).replace("__DATA__", safe)


def _data(checked: Checked, words: Words, queue: str | None) -> dict[str, Any]:
	found = checked.findings
	names = sorted({check_name(finding, words) for _facts, finding in found})
	places = {name: place for place, name in enumerate(names)}
	odd = [order for order in checked.orders if order.findings]
	return {
		"texts": {text: words.untouched(text) for text in TEXTS},
		"lang": words.lang,
		"today": checked.today,
		"queue": queue,
		"checked": len(checked.orders),
		"odd": len(odd),
		"held": sum(any(f.rule.action == HOLD for f in order.findings) for order in odd),
		"severities": [words.t(severity) for severity in SEVERITIES],
		"actions": [words.t(action) for action in ACTIONS],
		"checks": names,
		"alerts": [_alert(facts, finding, words, places) for facts, finding in found],
	}


def _alert(facts: CheckFacts, finding: Finding, words: Words, places: dict[str, int]) -> list[Any]:
	rule, hit = finding
	return [
		facts.order,
		facts.customer or "",
		hit.item or "",
		SEVERITIES.index(rule.severity),
		ACTIONS.index(rule.action),
		places[check_name(finding, words)],
		what(finding, words),
		None if hit.at_risk is None else round(hit.at_risk, 2),
		round(100 * hit.confidence),
		evidence(hit.evidence, words),
		remedies(finding, words),
		ways(finding, words) if rule.action == HOLD else [],
	]
