"""The Order Desk's queue: ranked open orders, page by page, for what the user may see."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pypika.terms import Criterion, LiteralValue

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import flt, getdate

from crm_o2c.engine.lane import interleave
from crm_o2c.engine.policy import BANDS
from crm_o2c.engine.priority import GateHit
from crm_o2c.permissions import order_conditions
from crm_o2c.services.context import get_context
from crm_o2c.services.explanation import Words
from crm_o2c.services.order_book import active_boosts, companies
from crm_o2c.services.policy import active_policy

QUEUE, OUT = "queue", "out"
LONGEST_PAGE = 200
FEW = 500  # finds of a search
FILTERS = ("company", "band", "customer", "territory", "gate", "from_date", "to_date", "search")


def get_page(view: str, filters: Mapping[str, Any], start: int, length: int) -> dict[str, Any]:
	"""One page: {"rows", "start", "has_more"}. In the queue every n-th row comes by the reserved lane and says so."""
	length = min(max(length, 1), LONGEST_PAGE)
	wanted = Selection(view, filters)
	names = wanted.queue_names(start, length + 1) if view == QUEUE else wanted.out_names(start, length + 1)
	rows = _details(names[:length])
	for position, row in enumerate(rows, start + 1):
		row["position"] = position if view == QUEUE else None
	return {"rows": rows, "start": start, "has_more": len(names) > length}


def get_counts(filters: Mapping[str, Any]) -> dict[str, Any]:
	"""Orders in the queue and out of it, by band and by gate. A band's count heeds all filters but the band, and so on."""
	wanted_band, wanted_gate = filters.get("band"), filters.get("gate")
	bands = {band: {"band": band, "label": _(band), QUEUE: 0, OUT: 0} for band in BANDS}
	gates: dict[str, int] = {}
	for gate, band, count in Selection(None, {**filters, "band": None, "gate": None}).counts():
		if not gate or not wanted_gate or gate == wanted_gate:
			bands[band][OUT if gate else QUEUE] += count
		if gate and (not wanted_band or band == wanted_band):
			gates[gate] = gates.get(gate, 0) + count
	wanted = [row for band, row in bands.items() if not wanted_band or band == wanted_band]
	return {
		"bands": list(bands.values()),
		"gates": [{"gate": gate, "label": _gate_label(gate), "count": n} for gate, n in sorted(gates.items())],
		**{view: sum(row[view] for row in wanted) for view in (QUEUE, OUT)},
	}


def has_policy(company: str | None = None) -> bool:
	"""Whether orders of the company, or of any, are ranked by an active policy."""
	every = [company] if company else companies()
	return any(active_policy(name, "Active") for name in every)


def _gate_label(gate: str) -> str:
	label = frappe.unscrub(gate)
	return _(label)  # the options of a policy's gates are called like this


class Selection:
	"""The scores that a user asked for and may see, as queries."""

	def __init__(self, view: str | None, filters: Mapping[str, Any]):
		self.view = view
		self.filters = {key: filters[key] for key in FILTERS if filters.get(key)}
		self.score = frappe.qb.DocType("O2C Order Score")
		self.order = frappe.qb.DocType("Sales Order")
		self.found = self._found() if "search" in self.filters else None

	def queue_names(self, start: int, length: int) -> list[tuple[str, bool]]:
		"""(order, came by the lane) for positions start … start + length of the queue."""
		most = start + length
		every = self._lane_every()
		score = self.score
		queue = self._query(score.name).orderby(score.queue_key).orderby(score.promise_date).orderby(score.name)
		overdue = []
		if every:
			late = self._query(score.name).where(score.promise_date < getdate())
			# All of them may have come by their points before: then the lane looks as far as the queue does.
			overdue = late.orderby(score.promise_date).orderby(score.name).limit(most).run(pluck=True)
		merged = interleave(queue.limit(most).run(pluck=True), overdue, every, most)
		return list(merged)[start:]

	def out_names(self, start: int, length: int) -> list[tuple[str, bool]]:
		"""Orders behind a gate, by points."""
		score = self.score
		query = self._query(score.name).orderby(score.queue_key).orderby(score.promise_date).orderby(score.name)
		return [(name, False) for name in query.limit(length).offset(start).run(pluck=True)]

	def counts(self) -> tuple:
		score = self.score
		return self._query(score.gate, score.band, Count("*")).groupby(score.gate, score.band).run()

	def _lane_every(self) -> int:
		"""Every how many places the lane has one. A band is a slice of the ranking by points, so there it has none."""
		if "band" in self.filters:
			return 0
		company = self.filters.get("company") or frappe.defaults.get_user_default("Company")
		context = get_context(company) if company else None
		return context.policy.lane_every if context else 0

	def _query(self, *columns: Any):
		score, order, f = self.score, self.order, self.filters
		query = frappe.qb.from_(score).select(*columns)
		allowed = order_conditions()
		if allowed or "search" in f:
			query = query.inner_join(order).on(order.name == score.name)
		if self.view == QUEUE:
			query = query.where(score.gate == "")
		elif self.view == OUT:
			query = query.where(score.gate != "")
		for field in ("company", "band", "customer"):
			if field in f:
				query = query.where(score[field] == f[field])
		if "gate" in f and self.view == OUT:
			query = query.where(score.gate == f["gate"])
		if "territory" in f:
			query = query.where(score.territory.isin(_with_children("Territory", f["territory"])))
		if "from_date" in f:
			query = query.where(score.promise_date >= getdate(f["from_date"]))
		if "to_date" in f:
			query = query.where(score.promise_date <= getdate(f["to_date"]))
		if "search" in f:
			query = query.where(self.found)
		if allowed:
			# In Frappe's text a % stands as %%, which the database driver reads where there are parameters: here is one.
			query = query.where(score.name != "").where(LiteralValue(f"({allowed})"))
		return query

	def _found(self) -> Criterion:
		"""The search as a condition. Few finds go by name: the database would walk the whole queue to meet them."""
		order, score, like = self.order, self.score, f"%{_escape_like(str(self.filters['search']).strip())}%"
		matches = order.name.like(like) | order.customer_name.like(like) | order.po_no.like(like)
		query = frappe.qb.from_(score).inner_join(order).on(order.name == score.name).select(score.name)
		names = query.where(matches).limit(FEW + 1).run(pluck=True)
		return matches if len(names) > FEW else score.name.isin(names or [""])


def _escape_like(text: str) -> str:
	return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _with_children(doctype: str, name: str) -> list[str]:
	return [name, *frappe.db.get_descendants(doctype, name)]


def _details(names: list[tuple[str, bool]]) -> list[dict[str, Any]]:
	"""What a row of the desk shows, in the order of `names`."""
	if not names:
		return []
	score, order = frappe.qb.DocType("O2C Order Score"), frappe.qb.DocType("Sales Order")
	rows = (
		frappe.qb.from_(score)
		.inner_join(order)
		.on(order.name == score.name)
		.select(
			score.name, score.company, score.customer, score.territory, score.promise_date, score.band, score.score,
			score.points, score.gate, score.gate_reason, score.terms, order.customer_name, order.base_net_total,
			order.per_delivered, order.status, order.po_no, order.transaction_date,
		)
		.where(score.name.isin([name for name, _lane in names]))
	).run(as_dict=True)  # fmt: skip
	found = {row.name: row for row in rows}
	today, boosts = getdate(), active_boosts(getdate())
	return [_row(found[name], lane, today, boosts) for name, lane in names if name in found]


def _row(row: frappe._dict, lane: bool, today: date, boosts: dict[str, float]) -> dict[str, Any]:
	currency = frappe.get_cached_value("Company", row.company, "default_currency")
	words = Words(currency)
	terms = frappe.parse_json(row.pop("terms") or "[]")
	gate = GateHit(row.gate, row.gate_reason) if row.gate else None
	return {
		**row,
		"band_label": _(row.band),
		"currency": currency,
		"open_value": flt(row.pop("base_net_total")) * (100 - flt(row.per_delivered)) / 100,
		"days": (row.promise_date - today).days if row.promise_date else None,
		"terms": [
			{"key": term[0], "label": words.label(term[0]), "points": term[1], "missing": len(term) > 2}
			for term in terms
		],
		"gate_label": (gate.reason or _gate_label(gate.gate)) if gate else "",
		"gate_text": words.gate(gate) if gate else "",
		"lane": lane,
		"boost": boosts.get(row.name, 0),
	}
