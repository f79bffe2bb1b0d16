"""The stage board: a column for each stage, with how many orders are in it, what they are worth, and the first of them.

Two queries, however many orders: one counts, one reads the first cards of every column. Of what is over, the last stage and
those that end an order's life, the last days are shown.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, cint, get_datetime, getdate, now_datetime

from crm_o2c import permissions
from crm_o2c.engine.stages import Stage
from crm_o2c.services import stage_book
from crm_o2c.services.handoff_people import OPEN
from crm_o2c.services.timeline_events import moment

CARDS, MOST_CARDS = 30, 100
OVER_DAYS = 30

_COLUMNS = (
	"name", "customer", "customer_name", "company", "base_grand_total", "delivery_date", "per_delivered", "docstatus",
	"o2c_stage", "o2c_stage_since", "o2c_stage_due", "o2c_manual_stage", "o2c_priority_band", "o2c_held", "owner",
)  # fmt: skip
_SELECT = "select " + ", ".join(f"`tabSales Order`.`{column}`" for column in _COLUMNS) + " from `tabSales Order` where "
_COUNT = """select `tabSales Order`.o2c_stage, `tabSales Order`.company, count(*), sum(`tabSales Order`.base_grand_total),
	sum(`tabSales Order`.o2c_stage_due < %(now)s) from `tabSales Order` where """
_BY = " group by `tabSales Order`.o2c_stage, `tabSales Order`.company"
# what is due first, and of what has no limit what has been there longest
_ORDER = " order by `tabSales Order`.o2c_stage_due, `tabSales Order`.o2c_stage_since, `tabSales Order`.name"
_NEWEST = " order by `tabSales Order`.o2c_stage_since desc, `tabSales Order`.name"
_FILTERS = {
	"company": "`tabSales Order`.company = %(company)s",
	"customer": "`tabSales Order`.customer = %(customer)s",
	"late": "`tabSales Order`.o2c_stage_due < %(now)s",
	"mine": """(`tabSales Order`.owner = %(user)s or exists (select 1 from `tabO2C Handoff` h
		where h.sales_order = `tabSales Order`.name and h.user = %(user)s and h.status in %(open)s))""",
}


def get_board(filters: Mapping[str, Any]) -> dict[str, Any]:
	"""The columns in the order of the stages, each with its first cards."""
	board = _Board(filters)
	counts, cards = board.counts(), board.cards(0, CARDS)
	return {
		"columns": [_column(stage, board, counts, cards.get(stage.code, [])) for stage in board.stages.values()],
		"over_days": OVER_DAYS,
		"may_put": bool(frappe.has_permission("Sales Order", "write")),
	}


def get_cards(stage: str, filters: Mapping[str, Any], start: int) -> dict[str, Any]:
	"""Further cards of one column."""
	board = _Board(filters, only=stage)
	rows = board.cards(max(start, 0), CARDS).get(stage, [])
	return {"cards": [board.card(row) for row in rows[:CARDS]], "has_more": len(rows) > CARDS}


def _column(
	stage: Stage,
	board: "_Board",
	counts: Mapping[str, Sequence[tuple[str, int, float, int]]],
	rows: Sequence[frappe._dict],
) -> dict[str, Any]:
	found = counts.get(stage.code, ())
	values: dict[str, float] = {}
	for company, _number, value, _late in found:
		currency = _currency(company)
		values[currency] = values.get(currency, 0.0) + value
	return {
		"stage": stage.code,
		"label": _(stage.label),
		"colour": stage.colour,
		"by_hand": not stage.rule,
		"over": board.is_over(stage),
		"count": sum(number for _company, number, _value, _late in found),
		"late": sum(late for _company, _number, _value, late in found),
		"values": [{"currency": currency, "value": value} for currency, value in sorted(values.items())],
		"cards": [board.card(row) for row in rows[:CARDS]],
		"has_more": len(rows) > CARDS,
	}


def _currency(company: str) -> str:
	return frappe.get_cached_value("Company", company, "default_currency")


class _Board:
	"""The stages, and what of the orders the user asked for and may see."""

	def __init__(self, filters: Mapping[str, Any], only: str | None = None):
		book = stage_book.get_book()
		self.stages = {code: stage for code, stage in book.stages.items() if only in (None, code)}
		self.over = {stage.code for stage in book.stages.values() if book.is_over(stage)}
		self.now, self.today = now_datetime(), getdate()
		self.sees_scores = permissions.sees_scores()
		self.values = {
			"now": self.now, "user": frappe.session.user, "open": OPEN, "since": add_days(self.now, -OVER_DAYS),
			"over": tuple(self.over) or ("",), "stages": tuple(self.stages) or ("",),
			"company": filters.get("company"), "customer": filters.get("customer"),
		}  # fmt: skip
		wanted = [condition for key, condition in _FILTERS.items() if _is_set(filters, key)]
		allowed = permissions.order_conditions()
		self.scope = "".join(f" and {condition}" for condition in [*wanted, *([f"({allowed})"] if allowed else [])])

	def is_over(self, stage: Stage) -> bool:
		return stage.code in self.over

	def counts(self) -> dict[str, list[tuple[str, int, float, int]]]:
		"""By stage: company, orders, what they are worth, how many are past due."""
		recent = "(`tabSales Order`.o2c_stage not in %(over)s or `tabSales Order`.o2c_stage_since >= %(since)s)"
		scope = "`tabSales Order`.o2c_stage in %(stages)s and " + recent + self.scope
		rows = frappe.db.sql(_COUNT + scope + _BY, self.values)  # built sql: fixed texts, Frappe's own conditions
		found: dict[str, list[tuple[str, int, float, int]]] = {}
		for stage, company, number, value, late in rows:
			found.setdefault(stage, []).append((company, cint(number), float(value or 0), cint(late)))
		return found

	def cards(self, start: int, length: int) -> dict[str, list[frappe._dict]]:
		"""Of each column the orders from `start` on, and one more where there are more."""
		values = {**self.values, "start": start, "most": min(length, MOST_CARDS) + 1}
		parts = []
		for place, stage in enumerate(self.stages.values()):
			values[f"stage_{place}"] = stage.code
			over = self.is_over(stage)
			only = f"`tabSales Order`.o2c_stage = %(stage_{place})s"
			only += " and `tabSales Order`.o2c_stage_since >= %(since)s" if over else ""
			parts.append(
				"(" + _SELECT + only + self.scope + (_NEWEST if over else _ORDER) + " limit %(start)s, %(most)s)"
			)
		if not parts:
			return {}
		query = " union all ".join(parts)
		rows = frappe.db.sql(query, values, as_dict=True)  # built sql: fixed texts, Frappe's own conditions
		found: dict[str, list[frappe._dict]] = {}
		for row in rows:
			found.setdefault(row.o2c_stage, []).append(row)
		return found

	def card(self, row: frappe._dict) -> dict[str, Any]:
		"""What a card shows. A priority is for who may see scores."""
		open_goods = row.docstatus == 1 and row.per_delivered < 100
		return {
			"name": row.name,
			"customer": row.customer,
			"customer_name": row.customer_name or row.customer,
			"value": float(row.base_grand_total or 0),
			"currency": _currency(row.company),
			"promised": row.delivery_date and str(row.delivery_date),
			"days": (row.delivery_date - self.today).days if row.delivery_date and open_goods else None,
			"since": moment(row.o2c_stage_since),
			"due": moment(row.o2c_stage_due),
			"overdue": bool(row.o2c_stage_due and get_datetime(row.o2c_stage_due) < self.now),
			"by_hand": row.o2c_manual_stage == row.o2c_stage,
			"held": bool(row.o2c_held),
			"band": (row.o2c_priority_band or "") if self.sees_scores else "",
		}


def _is_set(filters: Mapping[str, Any], key: str) -> bool:
	value = filters.get(key)
	return bool(cint(value)) if key in ("late", "mine") else bool(value)
