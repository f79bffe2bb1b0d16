"""What an admin may name in a policy, in his words: inputs of the engine, fields of the order and of the customer."""

from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from crm_o2c.engine.expression import FLAG, NUMBER, TEXT
from crm_o2c.engine.facts import EXPRESSION_FIELDS
from crm_o2c.engine.policy import CUSTOMER_PREFIX
from crm_o2c.services.policy import named_fields


def groups() -> list[dict[str, Any]]:
	"""The names as [{source, label, names: [{name, fieldname, label, kind}]}].

	`source` is the source of a factor that takes such a field; the engine's own inputs have none.
	"""
	fields = named_fields()
	order = {name: kind for name, kind in fields.items() if not name.startswith(CUSTOMER_PREFIX)}
	customer = {name: kind for name, kind in fields.items() if name.startswith(CUSTOMER_PREFIX)}
	return [
		{"source": "", "label": _("What the engine knows of an order"), "names": _inputs()},
		{
			"source": "Sales Order Field",
			"label": _("Fields of the Sales Order"),
			"names": _fields("Sales Order", order),
		},
		{"source": "Customer Field", "label": _("Fields of the Customer"), "names": _fields("Customer", customer)},
	]


def _inputs() -> list[dict[str, str]]:
	labels = {
		"value": _("still to deliver, in company currency, before tax"),
		"tier": _("of the customer"),
		"customer": _("the customer's ID"),
		"company": _("the company's name"),
		"lines": _("still to deliver"),
		"units": _("still to deliver, in stock units"),
		"lines_in_stock": _("of the lines, those with stock or that need none"),
		"age_days": _("working days since the order date"),
		"slack_days": _("working days left after the work itself; 0 once late"),
		"margin_percent": _("of the lines still to deliver"),
		"overdue_amount": _("the customer's, in company currency"),
		"overdue_days": _("of the customer's oldest overdue invoice"),
		"on_hold": _("whether the order is on hold"),
		"customer_blocked": _("whether the customer is frozen or disabled"),
	}
	return [
		{"name": name, "fieldname": name, "label": labels.get(name, ""), "kind": kind_name(kind)}
		for name, kind in EXPRESSION_FIELDS.items()
	]


def _fields(doctype: str, kinds: dict[str, str]) -> list[dict[str, str]]:
	meta = frappe.get_meta(doctype)
	rows = []
	for name, kind in kinds.items():
		fieldname = name.removeprefix(CUSTOMER_PREFIX)
		label = _(meta.get_label(fieldname))
		rows.append({"name": name, "fieldname": fieldname, "label": label, "kind": kind_name(kind)})
	return sorted(rows, key=lambda row: row["name"])


def kind_name(kind: str) -> str:
	"""What a type of value is called."""
	return {NUMBER: _("number"), TEXT: _("text"), FLAG: _("yes or no")}[kind]


def tier_use(tier: str) -> dict[str, int]:
	"""How many customers have the tier, and how many open orders of theirs are ranked."""
	customer, score = frappe.qb.DocType("Customer"), frappe.qb.DocType("O2C Order Score")
	orders = (
		frappe.qb.from_(score)
		.inner_join(customer)
		.on(customer.name == score.customer)
		.select(Count("*"))
		.where(customer.o2c_tier == tier)
	).run(pluck=True)
	return {"customers": frappe.db.count("Customer", {"o2c_tier": tier}), "open_orders": orders[0]}
