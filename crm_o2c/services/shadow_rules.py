"""Counts what rules in shadow would find in the open book. They change nothing, and nobody but their own page hears of them."""

from collections.abc import Sequence

import frappe

from crm_o2c.services.check_book import Book
from crm_o2c.services.check_context import ON, mode
from crm_o2c.services.check_loader import Loaded
from crm_o2c.services.chunks import CHUNK
from crm_o2c.services.rules import RULE

Counts = dict[str, list[float]]  # by version of a rule: orders, alerts, value at risk


def count(book: Book, loaded: Sequence[Loaded]) -> Counts:
	"""What the rules in shadow find in these orders."""
	counts: Counts = {}
	if not book.shadows:
		return counts
	for facts in book.facts(loaded):
		for ready in book.shadows:
			seen: set[str] = set()
			for finding in ready.checker.findings(facts):
				row = counts.setdefault(finding.rule.name, [0, 0, 0.0])
				row[0] += finding.rule.name not in seen
				row[1] += 1
				row[2] += finding.hit.at_risk or 0.0
				seen.add(finding.rule.name)
	return counts


def publish(run: str) -> None:
	"""Write the counts of a finished run on the rules that were only counted: those in shadow, and all while the engine is."""
	counted = ("Shadow",) if mode() == ON else ("Shadow", "Active")
	names = frappe.get_all(RULE, {"status": ("in", counted)}, pluck="name", order_by="name asc")
	totals: Counts = {name: [0, 0, 0.0] for name in names}
	for text in frappe.get_all(CHUNK, {"parent": run}, pluck="shadow", order_by="idx asc"):
		for name, row in (frappe.parse_json(text) or {}).items():
			if name in totals:
				totals[name] = [have + more for have, more in zip(totals[name], row, strict=True)]
	for name, (orders, found, value) in totals.items():
		values = {"shadow_orders": int(orders), "shadow_alerts": int(found), "shadow_value": value}
		frappe.db.set_value(RULE, name, values, update_modified=False)
