"""How many open orders a stage would have, before it is saved."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from crm_o2c.engine import messages
from crm_o2c.engine.expression import ExpressionError, compile_expression
from crm_o2c.engine.stages import FIELDS, KINDS, PROGRESS, Stage, StageBook
from crm_o2c.exceptions import StageError
from crm_o2c.services import progress, stage_book

SAMPLE = 5000
_OPEN = "(d.docstatus = 0 or (d.docstatus = 1 and d.status not in ('Completed', 'Closed')))"


def meanings() -> list[dict[str, str]]:
	"""What a rule may ask: {name, kind, meaning}."""
	kinds = {"flag": _("yes or no"), "number": _("number"), "text": _("text")}
	return [
		{"name": name, "kind": kinds.get(kind, kind), "meaning": messages.render(f"stage.{name}", {}, _)}
		for name, kind in FIELDS.items()
	]


def try_stage(values: Mapping[str, Any]) -> dict[str, Any]:
	"""The open orders by stage as they are, and as they would be with a stage of these values: {"rows", "orders", "moved"}.

	Counted on the newest open orders, as many as a sample has. The caller has checked the right to change stages.
	"""
	now, then = _books(values)
	orders = progress.named(_newest())
	before, after, moved = Counter(), Counter(), 0
	for order in orders:
		old, new = now.stage_of(order.progress, order.by_hand), then.stage_of(order.progress, order.by_hand)
		before[old] += 1
		after[new] += 1
		moved += old != new
	shown = [*sorted({**now.stages, **then.stages}.values(), key=lambda stage: stage.sequence)]
	rows = [_row(stage.code, _(stage.label), stage.colour, before, after) for stage in shown]
	rows.append(_row("", _("No stage"), "gray", before, after))
	return {
		"rows": [row for row in rows if row["now"] or row["then"]],
		"orders": len(orders),
		"sample": len(orders) == SAMPLE,
		"moved": moved,
	}


def _row(code: str, label: str, colour: str, before: Counter, after: Counter) -> dict[str, Any]:
	return {"stage": code, "label": label, "colour": colour, "now": before[code], "then": after[code]}


def _newest() -> list[str]:
	query = "select d.name from `tabSales Order` d where " + _OPEN + " order by d.creation desc, d.name limit %(most)s"
	return frappe.db.sql(query, {"most": SAMPLE}, pluck=True)  # built sql: the fixed texts above


def _books(values: Mapping[str, Any]) -> tuple[StageBook, StageBook]:
	"""The stages as they are, and with the one that is tried in place of its saved self."""
	now = stage_book.get_book()
	code = str(values.get("stage_code") or values.get("name") or "")
	others = [stage for stage in now.stages.values() if stage.code != code]
	if not cint(values.get("enabled", 1)):
		return now, StageBook(others)
	kind = str(values.get("kind") or PROGRESS)
	tried = replace(
		Stage(code, str(values.get("label") or code), cint(values.get("sequence"))),
		rule=str(values.get("rule") or "").strip(),
		kind=kind if kind in KINDS else PROGRESS,
		colour=str(values.get("colour") or "gray"),
	)
	_check(tried.rule)
	return now, StageBook([*others, tried])


def _check(rule: str) -> None:
	try:
		if rule:
			compile_expression(rule, FIELDS)
	except ExpressionError as problem:
		text = messages.render(problem.code, problem.params, _)
		frappe.throw(_("{0}: {1}").format(_("Rule"), text), exc=StageError)
