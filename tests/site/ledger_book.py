"""What the ledger says of documents, and what it ought to say: added up from its events, and read from ERPNext."""

from collections import defaultdict

import frappe

from crm_o2c.services import progress, stage_book
from crm_o2c.services.ledger_kinds import DELETED, KINDS, SEPARATOR, STATUS

import factories as make

LEDGER = "crm_o2c.services.ledger"  # how the paths of its jobs begin
Document = tuple[str, str]


def order_of(goods, qty: float = 10, **fields):
	"""An order of so many of one item."""
	return make.sales_order(lines=[{"item_code": goods.name, "qty": qty}], **fields)


def history(doc, what: str) -> list[str]:
	"""The states that one thing about a document went through."""
	filters = {"reference_doctype": doc.doctype, "reference_name": doc.name, "what": what, "number": (">", 0)}
	return frappe.get_all("O2C Event", filters, pluck="to_state", order_by="number asc")


def rows(doc, what: str | None = None) -> list[frappe._dict]:
	"""The events of a document, in their order."""
	filters = {"reference_doctype": doc.doctype, "reference_name": doc.name}
	if what:
		filters["what"] = what
	return frappe.get_all("O2C Event", filters, ["*"], order_by="number asc, creation asc")


def stage(order) -> str:
	"""The stage that an order shows."""
	name = order if isinstance(order, str) else order.name
	return frappe.db.get_value("Sales Order", name, "o2c_stage") or ""


def added_up() -> dict[Document, dict[str, str]]:
	"""The states of every document, added up from its events. Fails where a history is no chain."""
	states: dict[Document, dict[str, str]] = defaultdict(dict)
	numbers: dict[Document, int] = defaultdict(int)
	events = frappe.db.sql(
		"""select reference_doctype, reference_name, number, what, from_state, to_state from `tabO2C Event`
		where number > 0 order by reference_doctype, reference_name, number"""
	)
	for doctype, name, number, what, before, after in events:
		document = (doctype, name)
		numbers[document] += 1
		assert number == numbers[document], f"{document}: event {number} where {numbers[document]} was to come"
		assert states[document].get(what, "") == (before or ""), f"{document} {number}: {what} was not {before}"
		assert (before or "") != (after or ""), f"{document} {number}: nothing changed"
		if (what, after) == (STATUS, DELETED):  # nothing is left of it; ERPNext may give the name to another
			states[document] = {}
		states[document][what] = after or ""
	return {document: _without_empty(found) for document, found in states.items()}


def by_erpnext() -> dict[Document, dict[str, str]]:
	"""The states of every document that the ledger watches, as ERPNext has them now."""
	found = {}
	for kind in KINDS.values():
		names = frappe.get_all(kind.doctype, pluck="name", order_by="name asc")
		if not names:
			continue
		for row in frappe.db.sql(kind.reading(), {"names": tuple(names)}):
			found[kind.doctype, row[0]] = _without_empty(dict(zip(kind.names, row[-1].split(SEPARATOR), strict=True)))
	return found


def differences() -> list[str]:
	"""Where the ledger and ERPNext do not say the same; and orders whose stage is not the one of their facts."""
	told, real = added_up(), by_erpnext()
	wrong = [
		f"{document}: {told.get(document)} is {real[document]}"
		for document in real
		if told.get(document) != real[document]
	]
	wrong += [
		f"{document} is gone" for document in told if document not in real and told[document] != {STATUS: DELETED}
	]
	book = stage_book.get_book()
	orders = frappe.get_all("Sales Order", pluck="name", order_by="name asc")
	for order in progress.named(orders):
		wanted = book.stage_of(order.progress, order.by_hand)
		if wanted != order.stage:
			wrong.append(f"{order.name} shows {order.stage}, is {wanted}: {order.progress}")
	return wrong


def _without_empty(states: dict[str, str]) -> dict[str, str]:
	return {what: state for what, state in states.items() if state}
