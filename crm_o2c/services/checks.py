"""Checks orders for what is abnormal: one as it is saved, again under lock as it is submitted, named ones after an event.

A draft gets alerts. A submitted order may also be held, or is refused where a rule says so. What a check found waits on the
document until the order is written: `store` keeps it in the same transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from crm_o2c.engine.anomaly import rules as r
from crm_o2c.engine.anomaly.facts import CheckFacts
from crm_o2c.engine.anomaly.rules import Finding, Hit
from crm_o2c.exceptions import OrderBlocked
from crm_o2c.services import alert_notices, alerts, credit, dirty, guard, holds, notices, stock_promises
from crm_o2c.services.alerts import Kept, Owner
from crm_o2c.services.check_context import ON, CheckContext, get_check_context, mode
from crm_o2c.services.check_facts import Bare, Surroundings, bare
from crm_o2c.services.check_reader import ask
from crm_o2c.services.check_words import CheckWords
from crm_o2c.services.holds import HELD_FIELD, Plan

KEPT = ("docstatus", "base_grand_total", "per_billed", "status")  # what an order's place in the sums follows from


@dataclass(slots=True)
class Check:
	"""What a check of one order found, and what is to be done about it."""

	facts: CheckFacts
	findings: Sequence[Finding]
	around: Surroundings
	ready: CheckContext
	plan: Plan
	unknown: Collection[str] = ()  # rules that failed: what they found before stays as it is
	overtaken: Mapping[stock_promises.Pair, float] = field(default_factory=dict)  # bins, see `stock_promises`

	@property
	def words(self) -> CheckWords:
		return CheckWords(self.facts.company)

	def say(self, hit: Hit) -> str:
		"""The sentence of a hit."""
		return self.words.sentence(hit.code, hit.params)


def context_for(doc: Document) -> CheckContext | None:
	"""What a document is checked with; None where nothing is: no rule is active, or the customer is a company of our own."""
	if mode() != ON or doc.get("is_internal_customer") or not doc.company:
		return None
	return get_check_context(doc.company)


# -- one order, as it is saved -------------------------------------------------------------------------------------------


def check_draft(doc: Document) -> None:
	"""Check a Sales Order that is saved as a draft."""
	doc.flags.o2c_check = None
	doc.set(HELD_FIELD, 0)  # an amended order brings the mark of the former one along
	ready = context_for(doc)
	if ready:
		doc.flags.o2c_check = run(doc, ready)


def check_for_good(doc: Document) -> None:
	"""Check a Sales Order that is being submitted, or was and is being changed: under lock, so that of two orders at the
	same moment one sees the other. Raises OrderBlocked; marks the order as held."""
	doc.flags.o2c_check = None
	doc.flags.o2c_settled = None
	ready = context_for(doc)
	if not ready:
		return
	check = run(doc, ready, lock=True)
	_refuse(check, doc)
	doc.set(HELD_FIELD, int(check.plan.held))
	doc.flags.o2c_check = check
	doc.flags.o2c_settled = check.plan.settled


def run(doc: Document, ready: CheckContext, lock: bool = False, kept: Mapping[str, Any] | None = None) -> Check:
	"""Check a document as it is in memory. `lock`: hold what others could draw on at the same moment. `kept`: its row in the
	database, where it is not in the course of a save."""
	order = bare(doc, ready.fields, kept)
	facts = order.facts
	late: dict[str, float] = {}
	if lock and ready.locks_credit and facts.customer:
		drawn = credit.draw(facts.company, facts.customer, facts.order, facts.credit.this_order, doc.modified)
		late = credit.not_in_sums(drawn)
	bins = stock_promises.lock(facts) if lock and ready.locks_stock else None
	around = look_around([order], ready, new=doc.is_new())
	facts = stock_promises.complete(around.complete(order, late), around, bins)
	check = _decide(facts, around, ready, edited=True)
	if bins and not order.was_submitted:
		check.overtaken = stock_promises.overtaken(bins, around.bins)
	return check


def look_around(orders: Sequence[Bare], ready: CheckContext, new: bool = False) -> Surroundings:
	"""Read what surrounds these orders of one company. One query. `new`: they were never saved, so nothing was found of them."""
	lines = [line for order in orders for line in order.facts.lines]
	days = [order.facts.order_date for order in orders if order.facts.order_date]
	rows = ask(
		ready.checker.needs,
		orders[0].facts.company,
		ready.today,
		alerts_of=() if new else {order.facts.order for order in orders},
		holds_of={order.facts.order for order in orders if order.was_submitted},
		customers={order.facts.customer for order in orders if order.facts.customer},
		items={line.item for line in lines},
		price_lists={order.price_list for order in orders if order.price_list},
		currencies={order.facts.currency for order in orders if order.facts.currency},
		addresses=any(order.facts.ship_to for order in orders),
		days=(min(days), max(days)) if days else None,
	)
	return Surroundings(ready.today).add(rows)


def check_again(order: Bare, around: Surroundings, ready: CheckContext) -> Check:
	"""Check an order as it is in the database. New holds come from rules alone that hold what is submitted, too."""
	return _again(stock_promises.complete(around.complete(order), around), around, ready)


def decide_again(facts: CheckFacts, around: Surroundings, ready: CheckContext) -> Check:
	"""The same for complete facts in a run over the book. What a run has read of customers and stock may be minutes old, and
	orders have come since: what looks as if it could go is released by a check of its own, under lock."""
	check = _again(facts, around, ready)
	if check.plan.release:
		dirty.mark_checked(facts.order)
		check.plan = check.plan._replace(release=(), held=True)
	return check


def _again(facts: CheckFacts, around: Surroundings, ready: CheckContext) -> Check:
	placeable = {name for name, rule in ready.rules.items() if rule.hold_submitted}
	return _decide(facts, around, ready, placeable if facts.submitted else ())


def _decide(
	facts: CheckFacts,
	around: Surroundings,
	ready: CheckContext,
	placeable: Collection[str] | None = None,
	edited: bool = False,
) -> Check:
	failed: dict[str, Exception] = {}
	findings = ready.checker.findings(facts, failed)
	for rule, problem in failed.items():
		if isinstance(problem, guard.LET_THROUGH):
			raise problem
		guard.log_once(f"rule {rule} failed", problem, facts.order)
	kept = around.holds.get(facts.order, ())
	plan = holds.plan(findings, kept, facts.total or 0.0, ready.today, placeable, edited, failed)
	return Check(facts, findings, around, ready, plan, failed)


def _refuse(check: Check, doc: Document) -> None:
	"""Raise OrderBlocked. Of an order that was submitted before, what is known already stops no other change of it."""
	before = doc.get_doc_before_save()
	submitted = bool(before and before.docstatus == 1)
	known = (
		{name: Kept(*row) for name, row in check.around.alerts.get(check.facts.order, {}).items()} if submitted else {}
	)
	blocked = [finding for finding in check.findings if finding.rule.action == r.BLOCK]
	if submitted:
		blocked = [f for f in blocked if not alerts.is_known(check.facts.order, f, known)]
	if blocked:
		words = check.words
		texts = [frappe.utils.escape_html(words.sentence(f.hit.code, f.hit.params)) for f in blocked]
		title = _("The order can't be changed so") if submitted else _("The order can't be submitted")
		frappe.throw(texts, exc=OrderBlocked, title=title, as_list=len(texts) > 1)


def store(doc: Document) -> None:
	"""Keep what a check found, now that the order is written."""
	check: Check | None = doc.flags.pop("o2c_check", None)
	if not check:
		return
	settled = doc.flags.pop("o2c_settled", None)  # what could not be written holds nothing, and settles nothing
	keep(check, Owner(doc.owner, doc.customer_name))
	doc.flags.o2c_settled = settled
	doc.flags.o2c_overtaken = check if check.overtaken else None
	if doc.docstatus == 1:
		stock_promises.reserve_after_commit(check.facts, check.ready)


def finish(doc: Document) -> None:
	"""After ERPNext has submitted an order: what it reserved from an older view of the stock is put right."""
	check: Check | None = doc.flags.pop("o2c_overtaken", None)
	if check:
		stock_promises.put_right(check.facts, check.overtaken)


def keep(check: Check, owner: Owner) -> int:
	"""Write alerts and holds of a check, and tell whom the rules name. How many alerts were written or closed."""
	facts = check.facts
	kept = {name: Kept(*row) for name, row in check.around.alerts.get(facts.order, {}).items()}
	if check.unknown:
		untouched = alerts.of_rules(facts.order, check.unknown)
		kept = {name: row for name, row in kept.items() if name not in untouched}
	written, opened = alerts.sync(facts, check.findings, kept, owner, check.say)
	if facts.submitted:
		holds.place(facts, check.plan.place, check.ready.rules, owner.customer_name)
		holds.release([hold.name for hold in check.plan.release], holds.CONDITION_MET)
	if opened:
		alert_notices.after_commit(opened, facts.order, check.findings, check.ready.rules)
	if written:
		notices.queue_changed()
	return written


def release_if_met(doc: Document) -> None:
	"""Check a held order as it is, under lock, and release what its facts no longer hold. Nothing else is written."""
	ready = context_for(doc)
	if not ready:
		return
	check = run(doc, ready, lock=True, kept=frappe.db.get_value("Sales Order", doc.name, KEPT, as_dict=True))
	if check.plan.release:
		holds.release([hold.name for hold in check.plan.release], holds.CONDITION_MET)
		holds.mark(doc.name, bool(holds.held_among([doc.name])))
		dirty.mark_checked(doc.name)  # its alerts follow


def credit_is_settled(doc: Document) -> bool:
	"""Whether ERPNext need not refuse this order for credit: a rule holds it, or a person has released it.

	Everything else ERPNext decides as ever, also where our own check failed or finds less than it would.
	"""
	settled = doc.flags.get("o2c_settled")
	if settled is None:  # not in the course of a save: Update Items asks before it, and reopening without one
		settled = _settle_now(doc)
	return holds.CREDIT_LIMIT in settled


def _settle_now(doc: Document) -> frozenset[str]:
	ready = context_for(doc)
	if not ready or not ready.locks_credit:
		return frozenset()
	kept = frappe.db.get_value("Sales Order", doc.name, KEPT, as_dict=True)
	check = run(doc, ready, lock=True, kept=kept)
	if check.plan.held:
		keep(check, Owner(doc.owner, doc.customer_name))
		holds.mark(doc.name, True)
	within = check.facts.credit and check.facts.credit.is_within_limit
	# ERPNext would count the order as it was before this change, which may be what brings it within the limit
	return check.plan.settled | {holds.CREDIT_LIMIT} if within else check.plan.settled
