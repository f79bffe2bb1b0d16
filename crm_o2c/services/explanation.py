"""Puts an engine's explanation into the user's words: the edge where codes become text."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import fmt_money, formatdate

from crm_o2c.engine import messages
from crm_o2c.engine.explain import Change, Explanation, Message, explain, gate_message, phrase
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.policy import BOOST, CUSTOMER_PREFIX, OVERDUE_AMOUNT, VALUE
from crm_o2c.engine.priority import GateHit, Term
from crm_o2c.services.context import Context, get_context
from crm_o2c.services.facts import facts_of

MONEY_TERMS = (VALUE, OVERDUE_AMOUNT)
MONEY = {  # by the code of a message: its values that are in company currency
	"change.value": ("more", "value"),
	"field": ("value",),
	"change.field": ("value", "was"),
}


def explain_draft(doc: Document) -> dict[str, Any] | None:
	"""How a saved draft would rank if it were submitted as it is; None where no policy ranks its company."""
	context = get_context(doc.company)
	return explain_order(facts_of(doc, context.policy, context.scorer.today), context) if context else None


def explain_order(facts: OrderFacts, context: Context) -> dict[str, Any]:
	"""Band, score, sentence, terms with their inputs, and what would lift the order, in the user's language."""
	explanation = explain(context.scorer, facts)
	decision = explanation.decision
	words = Words(frappe.get_cached_value("Company", facts.company, "default_currency"))
	return {
		"order": decision.order,
		"customer": facts.customer,
		"band": decision.band,
		"score": decision.score,
		"points": decision.points,
		"gate": decision.gate.gate if decision.gate else "",
		"gate_text": words.gate(decision.gate) if decision.gate else "",
		"sentence": words.sentence(explanation),
		"terms": [words.term(term) for term in explanation.terms],
		"missing": [words.label(key) for key in decision.missing],
		"changes": [words.change(change) for change in _changes(explanation, facts)],
		"policy": context.policy.name,
	}


def _changes(explanation: Explanation, facts: OrderFacts) -> Iterator[Change]:
	"""The changes that a user can make: a boost takes the place of the one there is, and has a largest size."""
	largest = frappe.get_cached_doc("O2C Settings").largest_boost
	for change in explanation.changes:
		if change.key != BOOST:
			yield change
			continue
		points = round(facts.boost + change.message.params["points"], 2)
		if abs(points) <= largest:
			yield change._replace(message=Message(change.message.code, {"points": points}))


class Words:
	"""Renders codes for one reader: his language, his date format, the company's currency."""

	def __init__(self, currency: str):
		self.currency = currency

	def sentence(self, explanation: Explanation) -> str:
		return _("; ").join(self.message(part) for part in explanation.sentence) + _(".")

	def gate(self, hit: GateHit) -> str:
		return self.message(gate_message(hit))

	def message(self, message: Message) -> str:
		money = self._money_of(message)
		params = {key: self.show(key, value, key in money) for key, value in message.params.items()}
		return messages.render(message.code, params, _)

	def _money_of(self, message: Message) -> tuple[str, ...]:
		if "key" in message.params and not self.is_money(message.params["key"]):
			return ()
		return MONEY.get(message.code, ())

	def show(self, key: str, value: Any, money: bool = False) -> str:
		if isinstance(value, date):
			return formatdate(value)
		if money and isinstance(value, int | float):
			return fmt_money(value, currency=self.currency)
		if key == "key":
			return self.label(value)
		if key == "inputs":
			return ", ".join(self.label(name) for name in value)
		if key == "band":
			return _(value)  # translated: the options of O2C Priority Band
		return messages.plain(value)

	def is_money(self, key: str) -> bool:
		"""Whether the input of a term is an amount in company currency."""
		field = self._field(key)
		return key in MONEY_TERMS or bool(field and field.fieldtype == "Currency")

	def _field(self, key: str) -> Any:
		doctype = "Customer" if key.startswith(CUSTOMER_PREFIX) else "Sales Order"
		return frappe.get_meta(doctype).get_field(key.removeprefix(CUSTOMER_PREFIX))

	def label(self, key: str) -> str:
		"""What a term is called: our own name, or the label of the document's field."""
		if f"term.{key}" in messages.MESSAGES:
			return messages.render(f"term.{key}", {}, _)
		field = self._field(key)
		return _(field.label) if field else key

	def term(self, term: Term) -> dict[str, Any]:
		"""One bar: what it is called, its points, what it says, and the inputs behind it."""
		return {
			"key": term.key,
			"label": self.label(term.key),
			"points": term.points,
			"missing": term.missing,
			"text": _("not known") if term.missing else self.message(phrase(term)),
			"inputs": [
				[self.input_label(name, term.key), self.input(name, value, term.key)] for name, value in term.inputs
			],
		}

	def input(self, name: str, value: Any, term: str) -> str:
		"""An input as text. "value" is what a curve reads, or the order's value in the term of a formula."""
		return self.show(name, value, self.is_money(self._subject(name, term)))

	def input_label(self, name: str, term: str) -> str:
		"""What an input is called; the one input of a curve is called like its term."""
		labels = {
			"median": _("Usual order"),
			"factor": _("Times as urgent"),
			"promise_date": _("Promise date"),
			"days": _("Working days left"),
			"slack_days": _("Working days to spare after the work"),
			"lines": _("Lines"),
			"units": _("Units"),
			"minutes": _("Minutes of work"),
			"average": _("Usual minutes"),
			"points": _("Points"),
		}
		return labels.get(name) or self.label(self._subject(name, term))

	def _subject(self, name: str, term: str) -> str:
		is_formula = f"term.{term}" not in messages.MESSAGES and self._field(term) is None
		return name if is_formula or name not in ("value", "median") else term

	def change(self, change: Change) -> dict[str, Any]:
		return {"key": change.key, "text": self.message(change.message), "band": change.band, "points": change.points}
