"""The golden cases that the engine, the command line and the site are all held to."""

import json
from datetime import date
from pathlib import Path

import pytest

from crm_o2c.engine.calendar import WorkCalendar
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.explain import Explanation, explain
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.messages import render
from crm_o2c.engine.policy import Reference
from crm_o2c.engine.priority import PriorityScorer

GOLDEN = json.loads((Path(__file__).parents[2] / "data" / "priority_cases.json").read_text(encoding="utf-8"))


def explanation(facts: dict) -> Explanation:
	dates = {key: date.fromisoformat(facts[key]) for key in ("order_date", "promise_date") if key in facts}
	calendar = WorkCalendar(
		date.fromisoformat(GOLDEN["today"]), [date.fromisoformat(day) for day in GOLDEN["holidays"]]
	)
	return explain(
		PriorityScorer(DEFAULT_POLICY, Reference(**GOLDEN["reference"]), calendar), OrderFacts(**{**facts, **dates})
	)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_golden_case(case):
	told = explanation(case["facts"])
	assert {
		"points": told.decision.points,
		"score": told.decision.score,
		"band": told.decision.band,
		"gate": told.decision.gate.gate if told.decision.gate else None,
		"terms": json.loads(told.decision.terms_json()),
		"sentence": ", ".join(render(*message) for message in told.sentence),
		"changes": [f"{render(*change.message)} → {change.band}" for change in told.changes],
	} == case["expect"]
