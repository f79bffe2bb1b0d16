"""What would come of an order with other quantities, prices, dates, a split line or other terms: both worked out in memory,
side by side. Nothing is saved.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, fmt_money, formatdate, getdate

from crm_o2c import permissions
from crm_o2c.engine import messages
from crm_o2c.engine.anomaly.facts import CheckFacts, LineFacts
from crm_o2c.engine.anomaly.rules import Finding
from crm_o2c.engine.priority import Decision
from crm_o2c.exceptions import RemedyError
from crm_o2c.services import alert_rows, check_strip, check_view, form_document, stock_promises, supply
from crm_o2c.services.alert_rows import Rights
from crm_o2c.services.check_context import ON, mode
from crm_o2c.services.check_words import CheckWords
from crm_o2c.services.context import get_context
from crm_o2c.services.facts import facts_of
from crm_o2c.services.price_lock import NO_RULES
from crm_o2c.services.supply import Asked

MOST_NAMED = 20  # displaced lines that are named
LINE_CHANGES = ("qty", "rate", "date", "split")
Changes = Mapping[str, Any]


class Side(NamedTuple):
	"""An order as it is, or as it would be."""

	doc: Document
	facts: CheckFacts
	findings: Sequence[Finding]
	decision: Decision | None
	displaced: Mapping[tuple[str, str], "Pushed"]


class Pushed(NamedTuple):
	"""A line of another order that is pushed back."""

	order: str
	item: str
	on: Any  # the date wanted
	before: Any
	after: Any
	short: float  # that is not covered any more


def what_if(doc: Document, changed: Document, changes: Changes) -> dict[str, Any]:
	"""An order as it is and as it would be. `doc` and `changed` are two copies of the same document in memory."""
	if mode() != ON:
		return {"mode": mode(), "ready": False}
	with form_document.in_memory():
		if not form_document.complete(doc) or not form_document.complete(changed):
			return {"mode": mode(), "ready": False}
		_change(changed, changes)
		before, after = _side(doc), _side(changed)
		words = CheckWords(doc.company)
		return {
			"mode": mode(),
			"ready": True,
			"currency": words.currency,
			"before": _shown(before, words),
			"after": _shown(after, words),
			"table": list(_table(before, after, words)),
			"alerts": _alerts(before, after, words),
			"displaced": _displaced(before, after),
		}


# -- the changes -------------------------------------------------------------------------------------------------------------


def _change(doc: Document, changes: Changes) -> None:
	"""Put the changes onto a document. Rates are as they are entered, in the document's currency."""
	rows = {row.idx: row for row in doc.items}
	for line in changes.get("lines") or ():
		row = rows.get(cint(line.get("number")))
		if row is None:
			frappe.throw(_("There is no line {0}.").format(line.get("number")), exc=RemedyError)
		_change_line(doc, row, line)
	if changes.get("terms"):
		doc.payment_terms_template = str(changes["terms"])
		doc.payment_schedule = []
	form_document.calculate(doc)
	if changes.get("terms"):
		doc.set_payment_schedule()


def _change_line(doc: Document, row: Document, line: Mapping[str, Any]) -> None:
	if line.get("qty") is not None:
		row.qty = flt(line["qty"])
	if line.get("rate") is not None:
		row.update({"rate": flt(line["rate"]), "discount_percentage": 0, "discount_amount": 0, **NO_RULES})
		row.update({"margin_type": "", "margin_rate_or_amount": 0, "rate_with_margin": 0})
	if line.get("date"):
		row.delivery_date = getdate(line["date"])
	if line.get("split"):
		now, later = flt(line["split"].get("now")), line["split"].get("later_date")
		if not 0 < now < flt(row.qty) or not later:
			frappe.throw(_("A split takes a part of the quantity, and a date for the rest."), exc=RemedyError)
		rest = flt(row.qty) - now
		row.qty = now
		form_document.copied_row(doc, row, qty=rest, delivery_date=getdate(later))


# -- one side ----------------------------------------------------------------------------------------------------------------


def _side(doc: Document) -> Side:
	seen = check_view.see(doc)
	return Side(doc, seen.facts, seen.findings(), _decision(doc), _pushed(seen.facts))


def _decision(doc: Document) -> Decision | None:
	"""How an order ranks, a draft as if it were submitted; None where nobody may see it, or nothing ranks it."""
	context = get_context(doc.company) if doc.doctype == form_document.ORDER and permissions.sees_scores() else None
	if context is None:
		return None
	facts = facts_of(doc, context.policy, context.scorer.today)
	return context.scorer.decide(facts._replace(submitted=True))


def _pushed(facts: CheckFacts) -> dict[tuple[str, str], Pushed]:
	"""Lines of other orders that this one pushes back, by row and item."""
	asked: dict[tuple[str, str], list[Asked]] = {}
	for line in facts.lines:
		if stock_promises.needs_stock(line):
			asked.setdefault((line.item, line.warehouse), []).append(Asked(line.row, line.open_qty, line.promise_date))
	found = {}
	order = facts.order if facts.submitted else None
	for (item, _warehouse), lines in supply.pushed_back(asked, today=getdate(), order=order).items():
		for row in lines:
			short = max(0.0, row.short_after - row.short_before)
			demand = row.demand
			if demand.document and demand.document != facts.order:
				found[demand.line, item] = Pushed(demand.document, item, demand.on, row.before, row.after, short)
	return found


# -- as it is shown ----------------------------------------------------------------------------------------------------------


def _shown(side: Side, words: CheckWords) -> dict[str, Any]:
	"""One side: {"total", "margin", "score", "credit", "lines", "alerts"}."""
	strip = check_strip.strip(side.facts, [{"line": f.hit.line, "code": f.hit.code} for f in side.findings])
	lines = {line.number: line for line in side.facts.lines}
	for row in strip["lines"]:
		day = lines[row["number"]].promise_date
		row["date"] = str(day) if day else None
	return {
		"total": side.facts.total,
		"margin": _margin(side.facts.lines),
		"score": _score(side.decision),
		"alert_count": len(side.findings),
		**strip,
	}


def _margin(lines: Iterable[LineFacts]) -> dict[str, float | None]:
	"""Of the lines whose cost is known."""
	known = [line for line in lines if line.cost and line.amount is not None]
	net = sum(line.amount for line in known)
	amount = net - sum(line.cost * line.qty * line.factor for line in known)
	return {"amount": round(amount, 2), "percent": round(100 * amount / net, 1) if net else None}


def _score(decision: Decision | None) -> dict[str, Any] | None:
	if decision is None:
		return None
	return {"band": decision.band, "score": decision.score, "points": decision.points}


def _table(before: Side, after: Side, words: CheckWords) -> Iterable[dict[str, Any]]:
	"""Rows of label, before, after: the order first, then the lines."""
	pairs = [
		(_("Total"), *(_money(side.facts.total, words) for side in (before, after))),
		(_("Margin"), *(_margin_text(side, words) for side in (before, after))),
		(_("Score"), *(_score_text(side.decision) for side in (before, after))),
		(_("Credit"), *(_credit_text(side.facts, words) for side in (before, after))),
	]
	lines = [{line.number: line for line in side.facts.lines} for side in (before, after)]
	for number in sorted({*lines[0], *lines[1]}):
		pair = [side.get(number) for side in lines]
		item = next(line.item for line in pair if line)
		pairs.append((_("Line {0}, {1}").format(number, item), *(_line_text(line, words) for line in pair)))
	for label, was, would_be in pairs:
		if was or would_be:
			yield {"label": label, "before": was or "–", "after": would_be or "–", "changed": was != would_be}


def _money(value: float | None, words: CheckWords) -> str:
	return fmt_money(value or 0.0, currency=words.currency)


def _margin_text(side: Side, words: CheckWords) -> str:
	margin = _margin(side.facts.lines)
	if margin["percent"] is None:
		return ""
	return f"{_money(margin['amount'], words)} ({messages.plain(margin['percent'])} %)"


def _score_text(decision: Decision | None) -> str:
	return f"{_(decision.band)} {messages.plain(decision.score)}" if decision else ""


def _credit_text(facts: CheckFacts, words: CheckWords) -> str:
	return check_strip.credit(facts.credit, words)["text"] if facts.credit else ""


def _line_text(line: LineFacts | None, words: CheckWords) -> str:
	if line is None:
		return ""
	unit = _(line.uom or "")  # translated: names of units
	text = _("{0} {1} at {2}").format(messages.plain(line.qty), unit, _money(line.rate, words))
	if line.promise_date:
		text = _("{0}, promised for {1}").format(text, formatdate(line.promise_date))
	kept = check_strip.stock(line.promise, words)["text"] if line.promise else ""
	return _("{0}: {1}").format(text, kept) if kept else text


def _alerts(before: Side, after: Side, words: CheckWords) -> dict[str, list[dict[str, Any]]]:
	"""Alerts that come, that go, and that stay."""
	keys = [{finding.key for finding in side.findings} for side in (before, after)]
	come = [finding for finding in after.findings if finding.key not in keys[0]]
	go = [finding for finding in before.findings if finding.key not in keys[1]]
	stay = [finding for finding in after.findings if finding.key in keys[0]]
	return {
		name: [alert_rows.of_finding(finding, words, Rights()) for finding in findings]
		for name, findings in (("come", come), ("go", go), ("stay", stay))
	}


def _displaced(before: Side, after: Side) -> dict[str, Any]:
	"""Whose lines would come later: {"rows", "more", "hidden"}. `now` says that the order does so as it is, too; hidden are
	those of orders that the user may not see."""
	found = list(after.displaced.items())
	seen = _customers({pushed.order for _key, pushed in found})
	rows = [
		_displaced_row(pushed, seen[pushed.order], key in before.displaced)
		for key, pushed in found
		if pushed.order in seen
	]
	return {"rows": rows[:MOST_NAMED], "more": max(0, len(rows) - MOST_NAMED), "hidden": len(found) - len(rows)}


def _customers(orders: set[str]) -> dict[str, str]:
	"""The customers of those of the orders that the user may see."""
	filters, fields = {"name": ("in", list(orders))}, ["name", "customer_name"]
	rows = frappe.get_list("Sales Order", filters, fields, order_by="name asc", limit=0) if orders else []
	return {row.name: row.customer_name for row in rows}


def _displaced_row(pushed: Pushed, customer: str, now: bool) -> dict[str, Any]:
	return {
		"sales_order": pushed.order,
		"customer_name": customer,
		"item": pushed.item,
		"wanted_on": str(pushed.on),
		"before": str(pushed.before) if pushed.before else None,
		"after": str(pushed.after) if pushed.after else None,
		"days": (pushed.after - pushed.before).days if pushed.after and pushed.before else None,
		"short": pushed.short,
		"now": now,
		"text": _displaced_text(pushed),
	}


def _displaced_text(pushed: Pushed) -> str:
	if pushed.after is None:
		return _("{0}: {1} not covered any more").format(pushed.item, messages.plain(pushed.short))
	was = formatdate(pushed.before) if pushed.before else "–"
	return _("{0}: on {1} instead of {2}").format(pushed.item, formatdate(pushed.after), was)
