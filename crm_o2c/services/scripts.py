"""Server Scripts as detectors: where the site allows them, a rule may name one, and it decides what is abnormal.

The script sees `order` (a dict: the facts of the order, its lines under `lines`) and appends to `findings`, one dict each:
{"message": "…", "line": 1, "at_risk": 100.0}. It sees what Frappe's sandbox lets it see; what it writes is undone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.utils.safe_exec import is_safe_exec_enabled, safe_exec

from crm_o2c.engine.anomaly.facts import CheckFacts
from crm_o2c.engine.anomaly.rules import Rule

SAVEPOINT = "o2c_script"
ALL_LOST = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)  # the database has undone the transaction
Run = Callable[[CheckFacts], Iterable[Mapping[str, Any]]]


def runners(rules: Sequence[Rule]) -> dict[str, Run]:
	"""What the engine calls for each script that a rule names."""
	return {rule.script: _runner(rule.script) for rule in rules if rule.script}


def _runner(name: str) -> Run:
	def run(facts: CheckFacts) -> list[Mapping[str, Any]]:
		text = _text(name)
		if not text:
			return []
		if frappe.flags.o2c_in_script:
			return []  # the script saves an order itself, which is checked as well
		lines = [frappe._dict(line._asdict()) for line in facts.lines]
		given = {"order": frappe._dict({**facts._asdict(), "lines": lines}), "findings": []}
		with _asked_only():
			safe_exec(text, _locals=given, restrict_commit_rollback=True, script_filename=name)
		return [row for row in given["findings"] if isinstance(row, Mapping)]

	return run


@contextmanager
def _asked_only() -> Iterator[None]:
	"""A script is asked a question: whatever it writes is undone, and messages of its own reach nobody."""
	shown = len(frappe.local.message_log)
	frappe.flags.o2c_in_script = True
	frappe.db.savepoint(SAVEPOINT)
	lost = False
	try:
		yield
	except ALL_LOST:
		lost = True
		raise
	finally:
		if not lost:
			frappe.db.rollback(save_point=SAVEPOINT)
		frappe.flags.o2c_in_script = False
		del frappe.local.message_log[shown:]


def _text(name: str) -> str:
	"""The text of a script that may run; empty where the site forbids scripts or this one is disabled or gone."""
	if not is_safe_exec_enabled():
		return ""
	found = frappe.db.get_value("Server Script", name, ["script", "disabled"], as_dict=True, cache=True)
	return "" if not found or found.disabled else found.script
