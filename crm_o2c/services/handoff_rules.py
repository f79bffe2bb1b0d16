"""Rules for hand-offs: which of them an order meets as it enters a stage."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document

from crm_o2c.engine.expression import TEXT, ExpressionError, compile_expression, read_expression
from crm_o2c.engine.messages import render
from crm_o2c.engine.stages import StageChange
from crm_o2c.services.handoff_people import desk_users
from crm_o2c.services.rule_names import order_fields

RULE, STEP = "O2C Handoff Rule", "O2C Handoff Step"
LEAST_LOADED, EVERYBODY, ONE_USER = "Least Loaded of the Role", "Everybody of the Role", "One User"
READ = (
	"name",
	"modified",
	"stage",
	"for_company",
	"condition",
	"assign_to",
	"role",
	"user",
	"due_hours",
	"escalate_role",
	"escalate_user",
)
ALWAYS = ("name", "owner", "customer", "customer_name", "company")  # of the order


class Match(NamedTuple):
	"""An order that met a rule."""

	rule: frappe._dict
	change: StageChange
	order: frappe._dict


def matching(changes: Sequence[StageChange]) -> list[Match]:
	"""The rules that these orders meet, order by order."""
	rules = _rules({change.to_stage for change in changes})
	if not rules:
		return []
	fields = order_fields()
	conditions = {rule.name: read_expression(rule.condition, fields) for rule in rules if rule.condition}
	named = {name for condition in conditions.values() for name in condition.names if name in fields}
	orders = _orders(changes, {rule.stage for rule in rules}, sorted(named.union(ALWAYS)))
	found = []
	for change in changes:
		order = orders.get(change.order)
		for rule in rules if order else ():
			if rule.stage != change.to_stage or rule.for_company not in (None, "", change.company):
				continue
			if rule.name not in conditions or conditions[rule.name].evaluate(_values(order, fields)):
				found.append(Match(rule, change, order))
	return found


def steps_of(rules: Iterable[str]) -> dict[str, list[frappe._dict]]:
	"""The checklists of these rules."""
	found: dict[str, list[frappe._dict]] = {}
	rows = frappe.get_all(
		STEP,
		{"parenttype": RULE, "parent": ("in", sorted(set(rules)))},
		["parent", "step", "must_be_done"],
		order_by="parent asc, idx asc",
	)
	for row in rows:
		found.setdefault(row.parent, []).append(row)
	return found


def _rules(stages: Iterable[str]) -> list[frappe._dict]:
	wanted = {"enabled": 1, "stage": ("in", sorted(filter(None, stages)))}
	return frappe.get_all(RULE, wanted, list(READ), order_by="name asc")


def _orders(changes: Sequence[StageChange], stages: set[str], fields: Sequence[str]) -> dict[str, frappe._dict]:
	names = sorted({change.order for change in changes if change.to_stage in stages})
	rows = frappe.get_all("Sales Order", {"name": ("in", names)}, list(fields), order_by="name asc")
	return {row.name: row for row in rows}


def _values(order: frappe._dict, fields: dict[str, str]) -> dict[str, Any]:
	"""An empty text is an answer; a number that is missing is none."""
	return {name: "" if value is None and fields.get(name) == TEXT else value for name, value in order.items()}


def check(doc: Document) -> None:
	"""Refuse a rule that can't be used, and say why."""
	if doc.condition:
		try:
			compile_expression(doc.condition, order_fields())
		except ExpressionError as e:
			_refuse(doc, "condition", render(e.code, e.params, _))
	wanted = "user" if doc.assign_to == ONE_USER else "role"
	if not doc.get(wanted):
		_refuse(doc, wanted, _("is missing"))
	doc.set("role" if wanted == "user" else "user", None)
	named = {field: doc.get(field) for field in ("user", "escalate_user") if doc.get(field)}
	there = desk_users(named.values())
	for field, user in named.items():
		if user not in there:
			_refuse(doc, field, _("must be an enabled user of the desk"))


def _refuse(doc: Document, field: str, reason: str) -> None:
	text = _("{0}: {1}").format(_(doc.meta.get_label(field)), reason)
	frappe.throw(text, title=_("The rule can't be used"))
