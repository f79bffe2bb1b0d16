"""Keeps the scores: one narrow row for each open order, and the band on the Sales Order where it changed.

Rows are written in bulk, without documents, so that scoring 100,000 orders never locks an order for longer than it takes
to change its band.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from itertools import chain
from typing import Any

import frappe
from frappe.query_builder import DocType

from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.priority import Decision
from crm_o2c.services.context import Context
from crm_o2c.services.order_book import is_open

DOCTYPE = "O2C Order Score"
BATCH = 1000  # rows a statement: larger ones hold locks for longer and are no faster

# A row of a score, by what writes it: every scoring, …
SCORED = ("name", "band", "score", "points", "queue_key", "gate", "gate_reason", "terms")
# … a change of the facts, …
FACTS = ("promise_date", "facts", "digest", "lines", "units", "lines_seen")
# … the first scoring only.
LASTING = ("sales_order", "customer", "territory")
# What all rows of a piece of work share is sent once: escaping values is half of what a large write costs.
SHARED = ("policy", "context", "scored_for", "scored_at")
LASTING_SHARED = ("company", "creation", "modified", "owner", "modified_by")


@dataclass(frozen=True, slots=True)
class Statement:
	"""One of the three ways to write rows: which of their columns, and the parts of the SQL."""

	columns: int
	head: str
	row: str
	tail: str

	@classmethod
	def of(cls, columns: Sequence[str], shared: Sequence[str]) -> "Statement":
		"""Inserts these columns, or rewrites those that do not last."""
		head = "insert into `tabO2C Order Score` (`" + "`, `".join([*columns, *shared]) + "`) values "
		row = "(" + ", ".join([*["%s"] * len(columns), *(f"@o2c_{column}" for column in shared)]) + ")"
		rewritten = [c for c in (*columns, *shared) if c not in ("name", *LASTING, *LASTING_SHARED)]
		tail = " on duplicate key update " + ", ".join(f"`{c}` = values(`{c}`)" for c in rewritten)
		return cls(len(columns), head, row, tail)


NEW = Statement.of((*SCORED, *FACTS, *LASTING), (*SHARED, *LASTING_SHARED))
NEW_FACTS = Statement.of((*SCORED, *FACTS), SHARED)  # the row is there
SAME_FACTS = Statement.of(SCORED, SHARED)  # the row is there, made from these facts
_SHARE = "set " + ", ".join(f"@o2c_{column} = %s" for column in (*SHARED, *LASTING_SHARED))


def digest(made_from: str) -> str:
	"""Names facts, given as JSON."""
	return md5(made_from.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Author:
	"""Who scores, in which context and when: what the rows of one piece of work share."""

	context: Context
	company: str
	user: str
	now: datetime

	def row(
		self,
		facts: OrderFacts,
		decision: Decision,
		territory: str | None,
		made_from: str,
		named: str,
		modified: str,
	) -> tuple[Any, ...]:
		"""The row of one order's score: SCORED, FACTS, LASTING. `made_from` are the facts as JSON, `named` is their
		digest, `modified` is the order's when its lines were read."""
		gate, promise = decision.gate, facts.promise_date
		return (
			facts.order, decision.band, decision.score, decision.points, -decision.points, gate.gate if gate else "",
			gate.reason if gate else "", decision.terms_json(), promise.isoformat() if promise else None, made_from,
			named, facts.lines, facts.units, modified, facts.order, facts.customer, territory,
		)  # fmt: skip

	def write(self, rows: Sequence[tuple[Any, ...]], statement: Statement = NEW) -> None:
		"""Write score rows. Any other statement than NEW is for rows that are there and locked by us."""
		if not rows:
			return
		context, now = self.context, self.now
		shared = (
			context.policy.name,
			context.key,
			context.scorer.today,
			now,
			self.company,
			now,
			now,
			self.user,
			self.user,
		)
		frappe.db.sql(_SHARE, shared)  # built sql: fixed column names and placeholders only
		for start in range(0, len(rows), BATCH):
			batch = rows[start : start + BATCH]
			values = tuple(chain.from_iterable(row[: statement.columns] for row in batch))
			query = statement.head + ", ".join([statement.row] * len(batch)) + statement.tail
			frappe.db.sql(query, values)  # built sql: fixed column names and placeholders only


_FREE = {
	DOCTYPE: "from `tabO2C Order Score` where name in %(names)s for update skip locked",
	"Sales Order": "from `tabSales Order` where name in %(names)s for update skip locked",
}


def free_to_write(doctype: str, names: Sequence[str]) -> set[str]:
	"""Lock those of the named rows that nobody else holds, and return them.

	Who holds an order's row is saving it and scores it himself, so a run passes over it and waits for nobody.
	"""
	free: set[str] = set()
	for start in range(0, len(names), BATCH):
		batch = {"names": tuple(names[start : start + BATCH])}
		count = frappe.db.sql("select count(*) " + _FREE[doctype], batch)[0][0]  # built sql: one of two fixed texts
		if count == len(batch["names"]):  # nearly always; a count is quicker to read than the names
			free.update(batch["names"])
		else:
			free.update(frappe.db.sql("select name " + _FREE[doctype], batch, pluck=True))  # built sql: as above
	return free


def write_bands(bands: Mapping[str, str]) -> set[str]:
	"""Set the band on orders (name → band), without touching `modified`. Returns the orders that were free to write."""
	free = free_to_write("Sales Order", list(bands))
	by_band: dict[str, list[str]] = {}
	for order in sorted(free):
		by_band.setdefault(bands[order], []).append(order)
	for band, orders in sorted(by_band.items()):
		frappe.db.sql(  # one by one: there are four bands
			"update `tabSales Order` set o2c_priority_band = %(band)s where name in %(orders)s",
			{"band": band, "orders": tuple(orders)},
		)
	return free


def remove_scores(orders: Iterable[str]) -> int:
	"""Take orders out of the book: their band is cleared, their score row goes. Returns how many were taken out.

	An order that somebody is saving right now stays until the next time.
	"""
	orders = list(orders)
	if not orders:
		return 0
	free = write_bands(dict.fromkeys(orders, ""))
	there = frappe.get_all("Sales Order", {"name": ("in", orders)}, pluck="name", order_by="name asc")
	removable = set(orders) - (set(there) - free)
	removable &= free_to_write(DOCTYPE, list(removable))
	if removable:
		frappe.db.delete(DOCTYPE, {"name": ("in", list(removable))})
	return len(removable)


def scores_out_of_place(companies: Sequence[str], most: int) -> list[str]:
	"""Orders that have a score but are open no more, are gone, or are of none of these companies; at most `most`."""
	score, order = DocType(DOCTYPE), DocType("Sales Order")
	ranked = is_open(order) & order.company.isin(companies or [""])
	query = frappe.qb.from_(score).left_join(order).on((order.name == score.name) & ranked)
	return query.select(score.name).where(order.name.isnull()).orderby(score.name).limit(most).run(pluck=True)


def orders_with_a_band(most: int) -> list[str]:
	"""Sales Orders that show a band, at most `most`."""
	order = DocType("Sales Order")
	query = frappe.qb.from_(order).select(order.name).where(order.o2c_priority_band != "")
	return query.orderby(order.name).limit(most).run(pluck=True)
