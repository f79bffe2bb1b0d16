"""Between the O2C Priority Policy that an admin edits and the engine's PriorityPolicy."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from crm_o2c.engine import policy as engine
from crm_o2c.engine.expression import FLAG, NUMBER, TEXT
from crm_o2c.engine.messages import render
from crm_o2c.engine.policy import Band, Factor, Gate, PriorityPolicy, Problem, Tier

SOURCES = {
	"Urgency": engine.URGENCY,
	"Order Value": engine.VALUE,
	"Customer Tier": engine.TIER,
	"Effort": engine.EFFORT,
	"Gross Margin %": engine.MARGIN,
	"Order Age": engine.AGE,
	"Customer Overdue Amount": engine.OVERDUE_AMOUNT,
	"Customer Overdue Days": engine.OVERDUE_DAYS,
	"Sales Order Field": engine.ORDER_FIELD,
	"Customer Field": engine.CUSTOMER_FIELD,
	"Formula": engine.FORMULA,
}
GATES = {
	"On Hold": engine.ON_HOLD,
	"Customer Blocked": engine.CUSTOMER_BLOCKED,
	"No Stock": engine.NO_STOCK,
	"Condition": engine.CONDITION,
}
_SOURCE_LABELS = {code: label for label, code in SOURCES.items()}
_GATE_LABELS = {code: label for label, code in GATES.items()}

FIELD_TYPES = {
	**dict.fromkeys(("Int", "Float", "Currency", "Percent", "Rating", "Duration"), NUMBER),
	"Check": FLAG,
	**dict.fromkeys(("Select", "Link", "Data"), TEXT),
}
NUMBERS = (
	"midpoint",
	"spread",
	"lane_every",
	"effort_base",
	"effort_per_line",
	"effort_per_unit",
	"day_minutes",
)
ALL_COMPANIES = "*"


# -- records to the engine and back ------------------------------------------------------------------------------------


def engine_policy(doc: Document) -> PriorityPolicy:
	"""The engine's policy for a policy document, with the tiers as they are now. Nothing is checked here."""
	return PriorityPolicy(
		name=doc.name or doc.policy_name or "",
		factors=tuple(_factor(row) for row in doc.factors),
		bands=tuple(Band(row.band, row.from_score or 0.0) for row in doc.bands),
		gates=tuple(_gate(row) for row in doc.gates),
		tiers=load_tiers(),
		fields=named_fields(),
		**{name: doc.get(name) or 0 for name in NUMBERS},
	)


def _factor(row: Document) -> Factor:
	return Factor(
		source=SOURCES.get(row.source, ""),
		weight=row.weight or 0.0,
		label=row.label or "",
		fieldname=row.fieldname or "",
		curve=(row.curve or "").lower(),
		curve_points=row.curve_points or "",
		formula=row.formula or "",
		missing_points=row.missing_points or 0.0,
	)


def _gate(row: Document) -> Gate:
	return Gate(GATES.get(row.gate, ""), row.condition or "", row.reason or "")


def load_tiers() -> tuple[Tier, ...]:
	rows = frappe.get_all("O2C Customer Tier", fields=["name", "factor"], order_by="factor desc, name asc")
	return tuple(Tier(row.name, row.factor) for row in rows)


def policy_values(policy: PriorityPolicy) -> dict[str, Any]:
	"""The field values of a policy document for an engine policy: how the default policy becomes a record."""
	factors = [
		{
			"source": _SOURCE_LABELS[f.source],
			"weight": f.weight,
			"label": f.label,
			"fieldname": f.fieldname,
			"curve": f.curve.title(),
			"curve_points": f.curve_points,
			"formula": f.formula,
			"missing_points": f.missing_points,
		}
		for f in policy.factors
	]
	return {
		"policy_name": policy.name,
		"factors": factors,
		"bands": [{"band": b.band, "from_score": b.from_score} for b in policy.bands],
		"gates": [{"gate": _GATE_LABELS[g.gate], "condition": g.condition, "reason": g.reason} for g in policy.gates],
		**{name: getattr(policy, name) for name in NUMBERS},
	}


def named_fields() -> dict[str, str]:
	"""Every field of the order and of the customer that a factor, formula or condition may name, with its type.

	A field of the customer has `customer__` in front. Our own fields are left out: a score must not feed itself.
	"""
	names = {}
	for doctype, prefix in (("Sales Order", ""), ("Customer", engine.CUSTOMER_PREFIX)):
		for df in frappe.get_meta(doctype).fields:
			kind = FIELD_TYPES.get(df.fieldtype)
			if kind and not df.fieldname.startswith("o2c_") and not df.get("is_virtual"):
				names[prefix + df.fieldname] = kind
	return names


# -- checks ------------------------------------------------------------------------------------------------------------


def check(doc: Document) -> None:
	"""Refuse a policy that can't be used, naming each row, field and reason."""
	policy = engine_policy(doc)
	problems = [*engine.check_policy(policy), *_unknown_fields(policy)]
	if problems:
		frappe.throw([_problem_text(doc, p) for p in problems], title=_("The policy can't be used"), as_list=True)


def _unknown_fields(policy: PriorityPolicy) -> list[Problem]:
	rows = enumerate(policy.factors, 1)
	return [
		Problem("factors", row, "fieldname", "policy.unknown_field", {"field": f.fieldname})
		for row, f in rows
		if f.source in engine.FIELD_TERMS and f.fieldname and f.key not in policy.fields
	]


def _problem_text(doc: Document, problem: Problem) -> str:
	meta = doc.meta.get_field(problem.table) if problem.table else None
	fields = frappe.get_meta(meta.options) if meta else doc.meta
	label = _(fields.get_label(problem.field))
	reason = render(problem.code, problem.params, _)
	if meta and problem.row:
		return _("{0}, row {1}, {2}: {3}").format(_(meta.label), problem.row, label, reason)
	return _("{0}: {1}").format(_(meta.label) if meta else label, reason)


# -- which policy applies ----------------------------------------------------------------------------------------------


def active_policy(company: str | None, status: str = "Active") -> str | None:
	"""The policy of this status that applies to a company: its own before the one for all."""
	rows = frappe.get_all(
		"O2C Priority Policy",
		filters={"status": status, "for_company": ("in", [company or "", ""])},
		or_filters=None,
		fields=["name", "for_company"],
		order_by="modified desc",
	)
	own = [row.name for row in rows if row.for_company]
	return (own or [row.name for row in rows] or [None])[0]
