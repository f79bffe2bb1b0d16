"""Keeps the scores: one narrow row for each open order, and the band on the Sales Order where it changed.

Rows are written in bulk, without documents, so that scoring 100,000 orders never locks an order for longer than it takes
to change its band.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import frappe

from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.priority import Decision
from crm_o2c.services.context import Context
from crm_o2c.services.facts import is_open

BATCH = 1000  # rows a statement: larger ones hold locks for longer and are no faster

COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "sales_order", "company", "customer", "territory",
	"promise_date", "band", "score", "points", "queue_key", "gate", "gate_reason", "terms", "facts", "policy", "context",
	"scored_for", "scored_at",
)  # fmt: skip
_KEPT = ("name", "creation", "owner", "sales_order", "company")  # written once
_ROW = "(" + ", ".join(["%s"] * len(COLUMNS)) + ")"
_INSERT = "insert into `tabO2C Order Score` (`" + "`, `".join(COLUMNS) + "`) values "
_UPDATE = " on duplicate key update " + ", ".join(f"`{c}` = values(`{c}`)" for c in COLUMNS if c not in _KEPT)


def score_row(
	facts: OrderFacts, decision: Decision, context: Context, territory: str | None, user: str, now: datetime
) -> tuple[Any, ...]:
	"""The row of one order's score, in the order of COLUMNS."""
	gate = decision.gate
	return (
		facts.order, now, now, user, user, facts.order, facts.company, facts.customer, territory, facts.promise_date,
		decision.band, decision.score, decision.points, -decision.points, gate.gate if gate else "", gate.reason if gate else "",
		decision.terms_json(), facts.to_json(), context.policy.name, context.key, context.scorer.today, now,
	)  # fmt: skip


def write_scores(rows: Sequence[tuple[Any, ...]]) -> None:
	"""Insert or replace score rows."""
	for start in range(0, len(rows), BATCH):
		batch = rows[start : start + BATCH]
		query = _INSERT + ", ".join([_ROW] * len(batch)) + _UPDATE
		frappe.db.sql(query, tuple(chain.from_iterable(batch)))


def free_to_write(doctype: str, names: Sequence[str]) -> set[str]:
	"""Lock those of the named rows that nobody else holds, and return them.

	Who holds an order's row is saving it and scores it himself, so a run passes over it and waits for nobody.
	"""
	free: set[str] = set()
	table = frappe.qb.DocType(doctype)
	for start in range(0, len(names), BATCH):
		batch = names[start : start + BATCH]
		query = frappe.qb.from_(table).select(table.name).where(table.name.isin(batch)).for_update(skip_locked=True)
		free.update(query.run(pluck=True))
	return free


def write_bands(bands: Mapping[str, str]) -> int:
	"""Set the band on orders (name → band), without touching `modified`; orders being saved by others are passed over."""
	free = free_to_write("Sales Order", list(bands))
	names: dict[str, list[str]] = {}
	for order in free:
		names.setdefault(bands[order], []).append(order)
	table = frappe.qb.DocType("Sales Order")
	for band, orders in sorted(names.items()):
		frappe.qb.update(table).set(table.o2c_priority_band, band).where(table.name.isin(orders)).run()
	return len(free)


def remove_scores(orders: Iterable[str]) -> None:
	"""Take orders out of the book: their score row goes, their band is cleared."""
	orders = list(orders)
	if orders:
		frappe.db.delete("O2C Order Score", {"name": ("in", orders)})
		write_bands(dict.fromkeys(orders, ""))


def scores_of_closed_orders(most: int) -> list[str]:
	"""Orders that have a score and are open no more (or are gone), at most `most`."""
	score, order = frappe.qb.DocType("O2C Order Score"), frappe.qb.DocType("Sales Order")
	query = (
		frappe.qb.from_(score)
		.left_join(order)
		.on((order.name == score.name) & is_open(order))
		.select(score.name)
		.where(order.name.isnull())
		.orderby(score.name)
		.limit(most)
	)
	return query.run(pluck=True)
