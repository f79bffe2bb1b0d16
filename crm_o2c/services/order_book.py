"""What the book of open orders is, and the small tables that go with it."""

from collections.abc import Iterator
from datetime import date

from pypika import Table
from pypika.analytics import RowNumber
from pypika.terms import Criterion

import frappe
from frappe.model.document import Document
from frappe.query_builder import Case, DocType
from frappe.query_builder.functions import Floor, Max, Min, Sum

ON_HOLD = "On Hold"
# Not "Draft": ERPNext leaves this status on an order that was submitted as it was inserted, by REST or an import.
NOT_OPEN = ("Closed", "Completed", "To Bill", "Cancelled")


def is_open(order: Table) -> Criterion:
	"""The one definition of an open order, for a query on Sales Order: submitted, not closed, something to deliver."""
	return (order.docstatus == 1) & (order.per_delivered < 100) & order.status.notin(NOT_OPEN)


def is_waiting(doc: Document) -> bool:
	"""The same for a Sales Order in memory; a draft may yet become open."""
	return doc.docstatus == 0 or (doc.docstatus == 1 and (doc.per_delivered or 0) < 100 and doc.status not in NOT_OPEN)


def companies() -> Iterator[str]:
	"""Companies in the order of their names."""
	yield from frappe.get_all("Company", pluck="name", order_by="name asc")


def order_ranges(company: str, size: int) -> Iterator[tuple[str, str]]:
	"""The open orders of a company as ranges of names, after < name ≤ to, of `size` orders each."""
	order = DocType("Sales Order")
	numbered = frappe.qb.from_(order).select(order.name, RowNumber().orderby(order.name).as_("number"))
	numbered = numbered.where((order.company == company) & is_open(order))
	ends = frappe.qb.from_(numbered).select(Max(numbered.name)).groupby(Floor((numbered.number - 1) / size))
	names = ends.orderby(Max(numbered.number)).run(pluck=True)  # sorted as the database compares names
	yield from zip(["", *names], names, strict=False)


def orders_between(company: str, after: str, to: str) -> list[str]:
	"""The open orders of a range."""
	order = DocType("Sales Order")
	query = frappe.qb.from_(order).select(order.name).where((order.company == company) & is_open(order))
	return query.where((order.name > after) & (order.name <= to)).orderby(order.name).run(pluck=True)


def active_boosts(today: date) -> dict[str, float]:
	"""Points added by hand that count today, by order."""
	rows = frappe.get_all(
		"O2C Priority Boost",
		filters={"active_order": ("is", "set"), "expires_on": (">=", today)},
		fields=["active_order", "points"],
		order_by="active_order asc",
		as_list=True,
	)
	return {order: points for order, points in rows}


def overdue_by_customer(company: str, today: date, customer: str | None = None) -> dict[str, tuple[float, int]]:
	"""What customers owe past its due date: amount in company currency, and the days of the oldest invoice."""
	invoice, firm = frappe.qb.DocType("Sales Invoice"), frappe.qb.DocType("Company")
	own_currency = invoice.party_account_currency == firm.default_currency
	amount = (
		Case()
		.when(own_currency, invoice.outstanding_amount)
		.else_(invoice.outstanding_amount * invoice.conversion_rate)
	)
	query = (
		frappe.qb.from_(invoice)
		.inner_join(firm)
		.on(firm.name == invoice.company)
		.select(invoice.customer, Sum(amount), Min(invoice.due_date))
		.where((invoice.docstatus == 1) & (invoice.company == company) & (invoice.is_return == 0))
		.where((invoice.outstanding_amount > 0) & (invoice.due_date < today))
		.groupby(invoice.customer)
	)
	if customer:
		query = query.where(invoice.customer == customer)
	return {name: (round(float(total), 2), (today - due).days) for name, total, due in query.run()}
