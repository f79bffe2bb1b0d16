"""Shows what a policy would change before it is activated."""

from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from crm_o2c.engine.policy import BANDS
from crm_o2c.engine.priority import Decision, PriorityScorer, sort_key
from crm_o2c.services.context import draft_context, get_context
from crm_o2c.services.order_book import companies
from crm_o2c.services.order_loader import LoadedOrder, OrderLoader
from crm_o2c.services.policy import engine_policy

MOVES = 20


def preview(doc: Document) -> dict[str, Any]:
	"""Bands before and after, and the MOVES orders whose place in the queue would change most, over the open book now.

	Returns {"orders", "ranked", "moved", "other_band", "bands": [[band, before, after]], "moves": [{order, …}]}: how many
	orders are open, ranked today, would have another place and another band. `ranked` leaves out the companies that no
	policy ranks today; their orders count in no comparison.
	"""
	policy, today = engine_policy(doc), getdate()
	counts = {band: [0, 0] for band in BANDS}
	moves: list[dict[str, Any]] = []
	orders = ranked = 0
	for company in [doc.for_company] if doc.for_company else companies():
		loaded = list(OrderLoader(policy, company, today).all())
		after = _rank(draft_context(policy, company, today).scorer, loaded)
		current = get_context(company, today)
		before = _rank(current.scorer, list(OrderLoader(current.policy, company, today).all())) if current else {}
		orders += len(loaded)
		ranked += len(before)
		_count(counts, before, after)
		moves += _moves(loaded, before, after)
	moves.sort(key=lambda move: (-abs(move["moved"]), move["order"]))
	return {
		"orders": orders,
		"ranked": ranked,
		"moved": sum(move["moved"] != 0 for move in moves),
		"other_band": sum(move["band_before"] != move["band_after"] for move in moves),
		"bands": [[band, *pair] for band, pair in counts.items()],
		"moves": _with_names([move for move in moves[:MOVES] if move["moved"]]),
	}


def _with_names(moves: list[dict[str, Any]]) -> list[dict[str, Any]]:
	customers = {move["customer"] for move in moves}
	names = dict(
		frappe.get_all(
			"Customer", {"name": ("in", customers)}, ["name", "customer_name"], order_by="name asc", as_list=True
		)
	)
	return [{**move, "customer_name": names.get(move["customer"], move["customer"])} for move in moves]


Ranked = dict[str, tuple[int, Decision]]


def _rank(scorer: PriorityScorer, loaded: list[LoadedOrder]) -> Ranked:
	"""Place in the queue (from 1) and decision, by order; orders behind a gate come after the queue."""
	scored = [(order, scorer.decide(order.facts)) for order in loaded]
	scored.sort(key=lambda pair: (bool(pair[1].gate), *sort_key(pair[1], pair[0].facts.promise_date)))
	return {decision.order: (place, decision) for place, (_order, decision) in enumerate(scored, 1)}


def _count(counts: dict[str, list[int]], before: Ranked, after: Ranked) -> None:
	for side, ranked in enumerate((before, after)):
		for _place, decision in ranked.values():
			counts[decision.band][side] += 1


def _moves(loaded: list[LoadedOrder], before: Ranked, after: Ranked) -> list[dict[str, Any]]:
	"""Each order that is ranked today: where it is and where it would be."""
	moves = []
	for order in loaded:
		name = order.facts.order
		if name in before:
			(old_place, old), (new_place, new) = before[name], after[name]
			moves.append(
				{
					"order": name,
					"customer": order.facts.customer,
					"value": order.facts.value,
					"place_before": old_place,
					"place_after": new_place,
					"moved": old_place - new_place,
					"band_before": old.band,
					"band_after": new.band,
					"score_before": old.score,
					"score_after": new.score,
				}
			)
	return moves
