"""What the desk shows of an order: credit headroom, stock and price of each line, alerts with evidence and remedies, holds.

Alerts and holds of a saved order are those that are kept; credit, stock and prices are as they are now. Of a form that is
not saved yet the alerts are worked out, and nothing is kept of them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from crm_o2c.engine.anomaly import rules as r
from crm_o2c.engine.anomaly.facts import NOTHING, CheckFacts
from crm_o2c.engine.anomaly.rules import Finding
from crm_o2c.services import alert_rows, alerts, check_loader, check_strip, checks, form_document, stock_promises
from crm_o2c.services.alert_rows import Rights
from crm_o2c.services.check_context import ON, CheckContext, mode
from crm_o2c.services.check_facts import Bare, Surroundings, bare
from crm_o2c.services.check_reader import ask
from crm_o2c.services.check_words import CheckWords

STRIP = frozenset((r.CREDIT, r.ITEMS, r.PATTERNS, r.STOCK))  # what the strip needs, whichever rules are active
KEPT = ("docstatus", "base_grand_total", "per_billed", "status")  # of a submitted order, for its place in the sums


class Seen(NamedTuple):
	"""An order with what surrounds it."""

	facts: CheckFacts
	around: Surroundings
	ready: CheckContext | None

	def findings(self) -> list[Finding]:
		return self.ready.checker.findings(self.facts, {}) if self.ready else []


def of_saved(doc: Document) -> dict[str, Any]:
	"""A saved Sales Order or Quotation. Nothing is kept of a Quotation, so its alerts are worked out."""
	answer = _empty(doc)
	if mode() != ON:
		return answer
	kept = alert_rows.of_order(doc.name, Rights.of(doc)) if doc.doctype == form_document.ORDER else None
	seen = _see_saved(doc)
	if kept:
		answer |= kept
	if seen:
		found = seen.findings() if kept is None else []
		alerts_ = _worked_out(seen, found, doc) if kept is None else answer["alerts"]
		answer |= {"alerts": alerts_, **check_strip.strip(seen.facts, alerts_)}
	return answer


def of_form(doc: Document) -> dict[str, Any]:
	"""A document as it is typed. What was decided of a saved one stays decided."""
	answer = _empty(doc)
	with form_document.in_memory():
		if mode() != ON or doc.get("is_internal_customer") or not form_document.complete(doc):
			return answer
		seen = see(doc)
		answer |= (
			alert_rows.of_order(doc.name, Rights.of(doc)) if doc.name and doc.doctype == form_document.ORDER else {}
		)
		decided = {alert["name"] for alert in answer["decided"]}
		found = [f for f in seen.findings() if alerts.alert_name(seen.facts.order, f) not in decided]
		answer["alerts"] = _worked_out(seen, found, doc)
		return answer | check_strip.strip(seen.facts, answer["alerts"])


def see(doc: Document) -> Seen:
	"""A document in memory with what surrounds it, as the rules and the strip need it."""
	ready = checks.context_for(doc)
	kept = None
	if doc.name and doc.docstatus == 1 and doc.doctype == form_document.ORDER:
		kept = frappe.db.get_value(doc.doctype, doc.name, KEPT, as_dict=True)
	return look(bare(doc, ready.fields if ready else NOTHING, kept), ready)


def look(order: Bare, ready: CheckContext | None) -> Seen:
	"""Read what surrounds an order."""
	facts = order.facts
	today = ready.today if ready else getdate()
	day = facts.order_date or today
	rows = ask(
		STRIP | (ready.checker.needs if ready else frozenset()),
		facts.company,
		today,
		customers=[facts.customer] if facts.customer else (),
		items={line.item for line in facts.lines},
		price_lists=[order.price_list] if order.price_list else (),
		currencies=[facts.currency] if facts.currency else (),
		days=(day, day),
	)
	around = Surroundings(today).add(rows)
	return Seen(stock_promises.complete(around.complete(order), around), around, ready)


def _see_saved(doc: Document) -> Seen | None:
	if doc.docstatus == 2 or doc.get("is_internal_customer"):
		return None
	if doc.doctype == form_document.QUOTATION:
		return see(doc) if form_document.is_checkable(doc) else None
	ready = checks.context_for(doc)
	loaded = check_loader.named([doc.name], ready.fields if ready else NOTHING)
	return look(loaded[0].order, ready) if loaded else None


def _worked_out(seen: Seen, found: Sequence[Finding], doc: Document) -> list[dict[str, Any]]:
	"""Alerts that are not kept: they have no name, and what is offered is what a form can do by itself."""
	words = CheckWords(seen.facts.company)
	rights = Rights.of(doc)._replace(decide=False, request=False, prepay=False, cancel=False)
	return [alert_rows.of_finding(finding, words, rights) for finding in found]


def _empty(doc: Document) -> dict[str, Any]:
	return {
		"mode": mode(),
		"doctype": doc.doctype,
		"name": doc.name,
		"docstatus": int(doc.docstatus or 0),
		"currency": frappe.get_cached_value("Company", doc.company, "default_currency") if doc.company else None,
		"held": False,
		"credit": None,
		"lines": [],
		"alerts": [],
		"holds": [],
		"decided": [],
	}
