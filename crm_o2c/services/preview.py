"""Shows what a policy would change before it is activated."""

from typing import Any

from frappe.model.document import Document
from frappe.utils import getdate

from crm_o2c.engine.policy import BANDS
from crm_o2c.engine.priority import Decision, PriorityScorer, sort_key
from crm_o2c.services.context import draft_context, get_context
from crm_o2c.services.facts import LoadedOrder, OrderLoader, companies
from crm_o2c.services.policy import engine_policy

MOVES = 20
LAST_NAME = "\U0010ffff"


def preview(doc: Document) -> dict[str, Any]:
	"""Bands before and after, and the MOVES orders whose place in the queue would change most, over the open book now.

	Returns {"orders", "bands": [[band, before, after]], "moves": [{order, customer, before, after, …}]}; `before` is
	empty for a company that no policy ranks today.
	"""
	policy, today = engine_policy(doc), getdate()
	counts = {band: [0, 0] for band in BANDS}
	moves: list[dict[str, Any]] = []
	orders = 0
	for company in [doc.company] if doc.company else companies():
		loaded = OrderLoader(policy, company, today).range("", LAST_NAME)
		after = _rank(draft_context(policy, company, today).scorer, loaded)
		current = get_context(company, today)
		before = (
			_rank(current.scorer, OrderLoader(current.policy, company, today).range("", LAST_NAME)) if current else {}
		)
		orders += len(loaded)
		_count(counts, before, after)
		moves += _moves(loaded, before, after)
	moves.sort(key=lambda move: (-abs(move["moved"]), move["order"]))
	return {
		"orders": orders,
		"bands": [[band, *pair] for band, pair in counts.items()],
		"moves": moves[:MOVES],
	}


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
	moves = []
	for order in loaded:
		name = order.facts.order
		if name in before and before[name][0] != after[name][0]:
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
