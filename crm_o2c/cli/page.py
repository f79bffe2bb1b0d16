"""A ranking as one HTML page that needs nothing else: the queue, every explanation, the bands, and the comparison."""

import json
from pathlib import Path
from typing import Any

from crm_o2c.cli.ranking import TEAM_SHARE, Ranked, Ranking
from crm_o2c.cli.words import Words
from crm_o2c.engine.policy import BANDS

TEMPLATE = Path(__file__).with_name("page.html")
# Every text of the page, in the order of the template. The template takes them from here, translated.
TEXTS = (
	"Order Queue",
	"Open orders",
	"In the queue",
	"Out of the queue",
	"Past their promise",
	"Bands",
	"What the policy does",
	"Late orders",
	"Late value",
	"Late, tier {0}",
	"Longest delay",
	"{0} days",
	"These orders replayed as they came in, with a team that can do {0} % of the work.",
	"First in, first out",
	"Earliest due date",
	"Largest amount first",
	"Priority index",
	"Priority index with reserved lane",
	"Search order or customer",
	"All bands",
	"Order",
	"Customer",
	"Promise",
	"Value",
	"Score",
	"Why",
	"Previous",
	"Next",
	"{0}–{1} of {2}",
	"No order matches.",
	"What makes up the {0} points",
	"not known",
	"What would lift it",
	"Nothing: it is in the highest band.",
	"Nothing that a single change of the order could do.",
	"Reserved lane: waited longest",
	"Customer Tier",
	"Number of Lines",
	"Units",
	"Usual order value",
	"Policy: {0}. Ranked for {1}.",
	"Abnormal Orders",
	"Points say how urgent an order is: 10 more is twice as urgent. The score shows them from 0 to 100.",
)


def html(ranking: Ranking, words: Words, alerts: str | None = None) -> str:
	"""The page. What comes from the orders stands in the data alone, and the page shows it as text. `alerts` is a page of
	abnormal orders to lead to."""
	data = json.dumps(
		{**_data(ranking, words), "alerts": alerts}, ensure_ascii=False, separators=(",", ":"), default=str
	)
	safe = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
	template = TEMPLATE.read_text(encoding="utf-8")
	return (
		template.replace("__LANG__", words.lang).replace("__TITLE__", words.t("Order Queue")).replace("__DATA__", safe)
	)


def _data(ranking: Ranking, words: Words) -> dict[str, Any]:
	keys = [*(factor.key for factor in ranking.setting.policy.factors), "boost"]
	places = {key: place for place, key in enumerate(keys)}
	return {
		"texts": {text: words.untouched(text) for text in TEXTS},  # the page fills in the values
		"lang": words.lang,
		"today": ranking.today,
		"policy": ranking.setting.policy.name,
		"median": ranking.reference.value_median,
		"bands": [words.t(band) for band in BANDS],
		"terms": [words.term(key) for key in keys],
		"share": round(100 * TEAM_SHARE),
		"tier": ranking.first_tier,
		"outcomes": {
			rule: [o.late, o.late_value, o.longest, o.late_first_tier] for rule, o in ranking.outcomes.items()
		},
		"orders": [_row(ranked, words, places) for ranked in ranking.orders],
	}


def _row(ranked: Ranked, words: Words, places: dict[str, int]) -> list[Any]:
	facts, told = ranked.facts, ranked.explanation
	decision = told.decision
	return [
		ranked.position or 0,
		int(ranked.by_lane),
		facts.order,
		facts.customer or "",
		facts.value,
		facts.promise_date,
		facts.tier or "",
		facts.lines,
		facts.units,
		BANDS.index(decision.band),
		decision.score,
		decision.points,
		words.sentence(told),
		[[places[t.key], t.points, 1] if t.missing else [places[t.key], t.points] for t in told.terms],
		[words.change(change) for change in told.changes],
	]
