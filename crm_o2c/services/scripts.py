"""Server Scripts as detectors: where the site allows them, a rule may name one, and it decides what is abnormal.

The script sees `order` (a dict: the facts of the order, its lines under `lines`) and appends to `findings`, one dict each:
{"message": "…", "line": 1, "at_risk": 100.0}. It can't write, commit or see other documents than Frappe's sandbox lets it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe.utils.safe_exec import is_safe_exec_enabled, safe_exec

from crm_o2c.engine.anomaly.facts import CheckFacts
from crm_o2c.engine.anomaly.rules import Rule

Run = Callable[[CheckFacts], Iterable[Mapping[str, Any]]]


def runners(rules: Sequence[Rule]) -> dict[str, Run]:
	"""What the engine calls for each script that a rule names."""
	return {rule.script: _runner(rule.script) for rule in rules if rule.script}


def _runner(name: str) -> Run:
	def run(facts: CheckFacts) -> list[Mapping[str, Any]]:
		text = _text(name)
		if not text:
			return []
		lines = [frappe._dict(line._asdict()) for line in facts.lines]
		given = {"order": frappe._dict({**facts._asdict(), "lines": lines}), "findings": []}
		safe_exec(text, _locals=given, restrict_commit_rollback=True, script_filename=name)
		return [row for row in given["findings"] if isinstance(row, Mapping)]

	return run


def _text(name: str) -> str:
	"""The text of a script that may run; empty where the site forbids scripts or this one is disabled or gone."""
	if not is_safe_exec_enabled():
		return ""
	found = frappe.db.get_value("Server Script", name, ["script", "disabled"], as_dict=True, cache=True)
	return "" if not found or found.disabled else found.script
