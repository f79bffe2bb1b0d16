"""Puts an engine's explanation into the user's words: the edge where codes become text."""

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import fmt_money, formatdate

from crm_o2c.engine import messages
from crm_o2c.engine.explain import Change, Explanation, Message, explain, gate_message
from crm_o2c.engine.policy import CUSTOMER_PREFIX
from crm_o2c.engine.priority import GateHit, Term
from crm_o2c.services.context import Context
from crm_o2c.services.facts import LoadedOrder

MONEY = ("value", "median", "more", "overdue_amount")


def explain_order(order: LoadedOrder, context: Context) -> dict[str, Any]:
	"""Band, score, sentence, terms with their inputs, and what would lift the order, in the user's language."""
	explanation = explain(context.scorer, order.facts)
	decision = explanation.decision
	currency = frappe.get_cached_value("Company", order.facts.company, "default_currency")
	words = Words(currency)
	return {
		"order": decision.order,
		"customer": order.facts.customer,
		"band": decision.band,
		"score": decision.score,
		"points": decision.points,
		"gate": decision.gate.gate if decision.gate else "",
		"gate_text": words.gate(decision.gate) if decision.gate else "",
		"sentence": words.sentence(explanation),
		"terms": [words.term(term) for term in explanation.terms],
		"missing": [words.label(key) for key in decision.missing],
		"changes": [words.change(change) for change in explanation.changes],
		"policy": context.policy.name,
	}


class Words:
	"""Renders codes for one reader: his language, his date format, the company's currency."""

	def __init__(self, currency: str):
		self.currency = currency

	def sentence(self, explanation: Explanation) -> str:
		return _("; ").join(self.message(part) for part in explanation.sentence) + _(".")

	def gate(self, hit: GateHit) -> str:
		return self.message(gate_message(hit))

	def message(self, message: Message) -> str:
		params = {key: self.show(key, value) for key, value in message.params.items()}
		return messages.render(message.code, params, _)

	def show(self, key: str, value: Any) -> str:
		if isinstance(value, date):
			return formatdate(value)
		if key in MONEY and isinstance(value, int | float):
			return fmt_money(value, currency=self.currency)
		if key == "key":
			return self.label(value)
		if key == "inputs":
			return ", ".join(self.label(name) for name in value)
		return _(value) if key == "band" else messages.plain(value)

	def label(self, key: str) -> str:
		"""What a term is called: our own name, or the label of the document's field."""
		if f"term.{key}" in messages.MESSAGES:
			return messages.render(f"term.{key}", {}, _)
		doctype = "Customer" if key.startswith(CUSTOMER_PREFIX) else "Sales Order"
		field = frappe.get_meta(doctype).get_field(key.removeprefix(CUSTOMER_PREFIX))
		return _(field.label) if field else key

	def term(self, term: Term) -> dict[str, Any]:
		return {
			"key": term.key,
			"label": self.label(term.key),
			"points": term.points,
			"missing": term.missing,
			"inputs": [[name, self.show(name, value)] for name, value in term.inputs],
		}

	def change(self, change: Change) -> dict[str, Any]:
		return {"key": change.key, "text": self.message(change.message), "band": change.band, "points": change.points}
