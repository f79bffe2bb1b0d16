"""What an event has touched: gathered during a transaction, scored and checked once after its commit."""

from collections.abc import Iterable

import frappe

from crm_o2c.services import check_context, context, tasks

ORDERS, CUSTOMERS, CHECKED, CREDIT, STOCK, PRICES = "orders", "customers", "checked", "credit", "stock", "prices"
DOCUMENTS, PROMISES = "documents", "promises"
JOBS = {  # what is marked, and the job that works it off
	ORDERS: "crm_o2c.services.priority.rescore_orders",
	CUSTOMERS: "crm_o2c.services.priority.rescore_customers",
	CHECKED: "crm_o2c.services.recheck.recheck_orders",
	CREDIT: "crm_o2c.services.recheck.recheck_customers",
	STOCK: "crm_o2c.services.recheck.recheck_stock",
	PRICES: "crm_o2c.services.recheck.recheck_items",
	DOCUMENTS: "crm_o2c.services.ledger.record_documents",
	PROMISES: "crm_o2c.services.delivery_promises.observe",
}
SCORING = (ORDERS, CUSTOMERS)


def mark_order(order: str) -> None:
	"""Score this order after the commit."""
	_mark(ORDERS, [order])


def mark_customer(customer: str) -> None:
	"""Score this customer's open orders after the commit."""
	_mark(CUSTOMERS, [customer])


def mark_checked(order: str) -> None:
	"""Check this order again after the commit."""
	_mark(CHECKED, [order])


def mark_credit(customer: str) -> None:
	"""Check after the commit what waits for this customer's credit."""
	_mark(CREDIT, [customer])


def mark_stock(items: Iterable[str | None]) -> None:
	"""Check after the commit what waits for stock of these items."""
	_mark(STOCK, items)


def mark_price(item: str) -> None:
	"""Check after the commit the orders with alerts about this item."""
	_mark(PRICES, [item])


def mark_document(doctype: str, name: str | None) -> None:
	"""Record after the commit what this document has become. The ledger is kept whatever engines are switched off."""
	if name:
		_add(DOCUMENTS, [(doctype, name)])


def mark_promises(order: str) -> None:
	"""Compare the dates of this order's lines with their promises after the commit, whatever engines are switched off."""
	_add(PROMISES, [order])


def _mark(kind: str, names: Iterable[str | None]) -> None:
	mode = context.mode() if kind in SCORING else check_context.mode()
	if mode != context.OFF:
		_add(kind, [name for name in names if name])


def _add(kind: str, names: Iterable[str | tuple[str, str]]) -> None:
	marked = frappe.flags.setdefault("o2c_dirty", {})
	if not marked:
		frappe.db.after_commit.add(_flush)
		frappe.db.after_rollback.add(_drop)
	marked.setdefault(kind, set()).update(names)


def _drop() -> None:
	frappe.flags.o2c_dirty = {}


def _flush() -> None:
	"""Called after the commit: the user's document is saved, and nothing of ours may say otherwise."""
	marked = frappe.flags.get("o2c_dirty") or {}
	_drop()
	for kind, job in JOBS.items():
		if marked.get(kind):
			tasks.enqueue_committed(job, names=sorted(marked[kind]))
