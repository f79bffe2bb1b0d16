"""What stock can keep of an order's lines. Most lines are on the shelf, which their bins say; only for the others the dated
ledger is read.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from pypika.terms import Criterion

import frappe
from frappe.query_builder import DocType

from crm_o2c.engine.anomaly.facts import CheckFacts, LineFacts
from crm_o2c.engine.anomaly.rules import Rule, Scope
from crm_o2c.engine.atp import Promise
from crm_o2c.services import reservation, supply, tasks
from crm_o2c.services.check_context import CheckContext, get_check_context
from crm_o2c.services.check_facts import DECIMALS, Surroundings
from crm_o2c.services.order_book import companies
from crm_o2c.services.supply import Asked

Pair = tuple[str, str]  # item, warehouse
Bins = Mapping[Pair, Sequence[float]]  # on hand, reserved for orders, and for production in three kinds
BIN_FIELDS = (
	"actual_qty",
	"reserved_qty",
	"reserved_qty_for_production",
	"reserved_qty_for_sub_contract",
	"reserved_qty_for_production_plan",
)


def lock(facts: CheckFacts) -> dict[Pair, list[float]]:
	"""Hold the bins of an order's lines until this transaction ends, and read them as they are now. Always in the same
	order, so that two orders wait for each other and never both."""
	pairs = sorted({(line.item, line.warehouse) for line in facts.lines if line.warehouse and not line.drop_ship})
	if not pairs:
		return {}
	bin_ = DocType("Bin")
	wanted = Criterion.any((bin_.item_code == item) & (bin_.warehouse == warehouse) for item, warehouse in pairs)
	query = frappe.qb.from_(bin_).select(bin_.item_code, bin_.warehouse, *(bin_[name] for name in BIN_FIELDS))
	rows = query.where(wanted).orderby(bin_.item_code).orderby(bin_.warehouse).for_update().run()
	return {(item, warehouse): [float(qty or 0) for qty in numbers] for item, warehouse, *numbers in rows}


def overtaken(locked: Bins, seen: Bins) -> dict[Pair, float]:
	"""Bins whose reserved quantity has moved since this transaction began to read, with what it is now.

	ERPNext counts what is reserved from what the transaction sees, and would write a number without the orders that were
	submitted meanwhile.
	"""
	nothing = (0.0, 0.0)
	return {pair: row[1] for pair, row in locked.items() if row[1] != seen.get(pair, nothing)[1]}


def put_right(facts: CheckFacts, reserved: Mapping[Pair, float]) -> None:
	"""Write what is reserved in overtaken bins, after ERPNext has written what it saw: what others have, and this order."""
	from erpnext.stock.stock_balance import update_bin_qty  # not at the top: importing ERPNext's stock is slow

	for (item, warehouse), others in reserved.items():
		mine = sum(line.open_qty for line in facts.lines if (line.item, line.warehouse) == (item, warehouse))
		update_bin_qty(item, warehouse, {"reserved_qty": others + mine})


def complete(facts: CheckFacts, around: Surroundings, locked: Bins | None = None) -> CheckFacts:
	"""The facts with a promise on every line that needs stock. `locked` are the bins as read under lock."""
	waiting = [line for line in facts.lines if needs_stock(line)]
	if not waiting:
		return facts
	bins = {**around.bins, **(locked or {})}
	promises = at_once(waiting, bins, facts.submitted and _is_kept(facts, around), around.today)
	if None in promises.values():
		rest = [line for line in waiting if promises[line.number] is None]
		promises.update(_by_ledger(facts.order, rest, _is_kept(facts, around), locked, around.today))
	lines = tuple(
		line._replace(promise=promises[line.number], elsewhere=elsewhere(line, around))
		if line.number in promises
		else line
		for line in facts.lines
	)
	return facts._replace(lines=lines)


def needs_stock(line: LineFacts) -> bool:
	"""Whether a line takes from a warehouse something that is still to deliver."""
	return bool(line.warehouse and not line.drop_ship and line.open_qty > 0 and line.about and line.about.needs_stock)


def at_once(lines: Sequence[LineFacts], bins: Bins, reserved_already: bool, today: date) -> dict[int, Promise | None]:
	"""The promise of each line whose item is on the shelf and free for all lines of it; None for the others."""
	wanted: dict[Pair, float] = {}
	for line in lines:
		pair = (line.item, line.warehouse)
		wanted[pair] = wanted.get(pair, 0.0) + line.open_qty
	promises: dict[int, Promise | None] = {}
	for line in lines:
		pair = (line.item, line.warehouse)
		have = free(bins[pair]) if pair in bins else 0.0
		if reserved_already:
			have += wanted[pair]
		kept = round(have, DECIMALS) >= round(wanted[pair], DECIMALS)
		qty = line.open_qty
		promises[line.number] = Promise(qty, line.promise_date, qty, qty, today, 0.0) if kept else None
	return promises


def free(bin_: Sequence[float]) -> float:
	"""What of a bin nobody has a claim to, in stock units; below 0 where more is claimed than is there."""
	on_hand, *claimed = bin_
	return on_hand - sum(claimed)


def _is_kept(facts: CheckFacts, around: Surroundings) -> bool:
	"""Whether the bins count this order as reserved already: it was submitted before."""
	return facts.order in around.submitted


def _by_ledger(
	order: str, lines: Sequence[LineFacts], in_book: bool, locked: Bins | None, today: date
) -> dict[int, Promise]:
	"""Promises by what comes and goes, read from the database."""
	by_pair: dict[Pair, list[LineFacts]] = {}
	for line in lines:
		by_pair.setdefault((line.item, line.warehouse), []).append(line)
	asked = {
		pair: [Asked(line.row, line.open_qty, line.promise_date) for line in mine] for pair, mine in by_pair.items()
	}
	found = supply.promises(asked, today=today, order=order, in_book=in_book, bins=locked)
	return {
		line.number: promise for pair, mine in by_pair.items() for line, promise in zip(mine, found[pair], strict=True)
	}


def of_the_book(company: str, today: date) -> dict[str, Promise]:
	"""What can be kept of the open lines of a company that are not kept on their date, by the name of the row."""
	missed: dict[str, Promise] = {}
	for found in supply.book_allocation(company, today):
		before = missed.get(found.line)  # a bundle has a row for each of its parts: the one that limits most counts
		if before is None or found.promise.short > before.short:
			missed[found.line] = found.promise
	return missed


def elsewhere(line: LineFacts, around: Surroundings) -> tuple[tuple[str, float], ...]:
	"""Other warehouses of the company that have the item, with what is free there."""
	found = ((warehouse, free(around.bins[line.item, warehouse])) for warehouse in around.places.get(line.item, ()))
	return tuple((warehouse, qty) for warehouse, qty in found if warehouse != line.warehouse and qty > 0)


def reserve_after_commit(facts: CheckFacts, ready: CheckContext) -> None:
	"""Set stock aside for what the order takes from, in the order of priority, where a rule for its lines says so."""
	scopes = [rule.rule.scope for rule in ready.rules.values() if rule.auto_reserve]
	scopes = [scope for scope in scopes if scope.covers_order(facts.customer_group, facts.order_type)]
	pairs = {
		(line.item, line.warehouse)
		for line in facts.lines
		if scopes and needs_stock(line) and any(s.covers_line(line.item_group, line.warehouse) for s in scopes)
	}
	if pairs:
		tasks.enqueue(reservation.reserve, key=facts.order, queue="short", pairs=sorted(pairs))


def reserve_what_came(items: Collection[str]) -> None:
	"""Set stock that came aside for the orders that wait for it, where a rule says so."""
	rules = [rule for company in companies() for rule in _reserving(company)]
	if rules and items:
		reservation.reserve(_pairs(items, [rule.scope for rule in rules]))


def _reserving(company: str) -> list[Rule]:
	ready = get_check_context(company)
	return [site_rule.rule for site_rule in ready.rules.values() if site_rule.auto_reserve] if ready else []


def _pairs(items: Collection[str], scopes: Sequence[Scope]) -> list[Pair]:
	"""Where open lines of the items take from, as far as the scopes go."""
	line, order = DocType("Sales Order Item"), DocType("Sales Order")
	query = frappe.qb.from_(line).inner_join(order).on(order.name == line.parent)
	query = query.select(
		line.item_code, line.warehouse, line.item_group, order.customer_group, order.order_type
	).distinct()
	query = query.where((line.docstatus == 1) & (line.qty > line.delivered_qty) & line.item_code.isin(list(items)))
	rows = query.orderby(line.item_code).orderby(line.warehouse).run()
	found = {
		(item, warehouse)
		for item, warehouse, item_group, customer_group, order_type in rows
		for scope in scopes
		if scope.covers_order(customer_group, order_type) and scope.covers_line(item_group, warehouse)
	}
	return sorted(found)
