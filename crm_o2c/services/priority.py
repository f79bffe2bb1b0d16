"""Scores orders: one in memory as it is saved, named ones after an event, or a whole range of the book."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import frappe
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from crm_o2c.services import notices, scores
from crm_o2c.services.context import ON, Context, get_context, mode, ranking_context
from crm_o2c.services.facts import facts_of
from crm_o2c.services.order_book import is_waiting
from crm_o2c.services.order_loader import LoadedOrder, OrderLoader

BAND_FIELD = "o2c_priority_band"


@dataclass(slots=True)
class Tally:
	"""What a piece of a run did."""

	orders: int = 0
	changed: int = 0
	bands: int = 0

	def __iadd__(self, other: "Tally") -> "Tally":
		self.orders += other.orders
		self.changed += other.changed
		self.bands += other.bands
		return self


# -- one order, as it is saved -------------------------------------------------------------------------------------------


def score_document(doc: Document) -> None:
	"""Score a Sales Order in memory: sets its band and keeps the decision for `store_document`."""
	doc.flags.o2c_score = None
	doc.set(BAND_FIELD, "")  # first of all: where scoring fails, no band of another day or hand stays
	context = ranking_context(doc.company) if is_waiting(doc) else None
	if context is None:
		return
	facts = facts_of(doc, context.policy, context.scorer.today)
	decision = context.scorer.decide(facts)
	doc.flags.o2c_score = (facts, decision, context)
	if mode() == ON:
		doc.set(BAND_FIELD, decision.band)


def store_document(doc: Document) -> None:
	"""Write the score that `score_document` made. A draft is not in the book and has none kept."""
	if doc.flags.o2c_score and doc.docstatus == 1:
		facts, decision, context = doc.flags.o2c_score
		author = scores.Author(context, doc.company, frappe.session.user, now_datetime())
		made_from = facts.to_json()
		row = author.row(facts, decision, doc.territory, made_from, scores.digest(made_from), doc.modified)
		author.write([row])
		notices.queue_changed()


# -- many orders -----------------------------------------------------------------------------------------------------------


def rescore_orders(names: Sequence[str]) -> None:
	"""Score the named orders anew from the database, and take those out of the book that are open no more."""
	filters, fields = {"name": ("in", list(names)), "docstatus": 1}, ["company", "name"]
	rows = frappe.get_all("Sales Order", filters, fields, order_by="company asc, name asc", as_list=True)
	still_open: set[str] = set()
	for company, group in groupby(rows, key=itemgetter(0)):
		context = ranking_context(company)
		if context:
			loader = OrderLoader(context.policy, company, context.scorer.today)
			loaded = loader.names(name for _company, name in group)
			still_open.update(order.facts.order for order in loaded)
			score_loaded(loaded, context)
	drafts = frappe.get_all("Sales Order", {**filters, "docstatus": 0}, pluck="name", order_by="name asc")
	scores.remove_scores(sorted(set(names) - still_open - set(drafts)))  # a draft's band is set as it is saved
	notices.queue_changed()


def rescore_customers(names: Iterable[str]) -> None:
	"""Score all open orders of these customers anew."""
	orders = frappe.get_all(
		"O2C Order Score", filters={"customer": ("in", list(names))}, pluck="name", order_by="name asc"
	)
	if orders:
		rescore_orders(orders)


def score_loaded(loaded: Sequence[LoadedOrder], context: Context) -> Tally:
	"""Score loaded orders and write those whose score or band is not what is kept.

	A score is current where it was made from the same facts in the same context, which includes the day.
	"""
	if not loaded:
		return Tally()
	author = scores.Author(context, loaded[0].facts.company, frappe.session.user, now_datetime())
	banded = mode() == ON
	rows: dict[scores.Statement, dict[str, tuple]] = {scores.NEW: {}, scores.NEW_FACTS: {}, scores.SAME_FACTS: {}}
	bands = {}
	for order in loaded:
		name, band = order.facts.order, order.kept_band
		made_from = order.facts.to_json()
		digest = scores.digest(made_from)
		same_facts = order.same_lines and digest == order.kept_digest
		if not same_facts or order.kept_context != context.key:
			decision = context.scorer.decide(order.facts)
			way = scores.SAME_FACTS if same_facts else scores.NEW_FACTS if order.kept_digest else scores.NEW
			rows[way][name] = author.row(order.facts, decision, order.territory, made_from, digest, order.modified)
			band = decision.band
		wanted = band if banded else ""
		if order.band != wanted:
			bands[name] = wanted
	written = sum(_write_free(author, way, some) for way, some in rows.items())
	return Tally(len(loaded), written, len(scores.write_bands(bands)))


def _write_free(author: scores.Author, way: scores.Statement, rows: dict[str, tuple]) -> int:
	"""Write the rows that nobody else holds; how many these were."""
	if way is not scores.NEW:
		free = scores.free_to_write(scores.DOCTYPE, list(rows))
		rows = {name: row for name, row in rows.items() if name in free}
	author.write(list(rows.values()), way)
	return len(rows)


# -- one order, to be looked at ----------------------------------------------------------------------------------------------


def load_now(sales_order: str) -> tuple[LoadedOrder, Context] | None:
	"""An open order from the database as it is now, and what it is scored with; None where nothing ranks it."""
	company = frappe.db.get_value("Sales Order", sales_order, "company")
	context = get_context(company) if company else None
	if context is None:
		return None
	loaded = OrderLoader(context.policy, company, getdate()).names([sales_order])
	return (loaded[0], context) if loaded else None
