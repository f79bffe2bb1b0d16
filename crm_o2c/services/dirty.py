"""Orders and customers that an event has touched: gathered during a transaction, scored once after its commit."""

import frappe

from crm_o2c.services import context, priority, tasks


def mark_order(order: str) -> None:
	"""Score this order after the commit."""
	_mark("orders", order)


def mark_customer(customer: str) -> None:
	"""Score this customer's open orders after the commit."""
	_mark("customers", customer)


def _mark(kind: str, name: str) -> None:
	if context.mode() == context.OFF:
		return
	marked = frappe.flags.setdefault("o2c_dirty", {})
	if not marked:
		frappe.db.after_commit.add(_flush)
		frappe.db.after_rollback.add(_drop)
	marked.setdefault(kind, set()).add(name)


def _drop() -> None:
	frappe.flags.o2c_dirty = {}


def _flush() -> None:
	"""Called after the commit: the user's document is saved, and nothing of ours may say otherwise."""
	marked = frappe.flags.get("o2c_dirty") or {}
	_drop()
	if marked.get("orders"):
		tasks.enqueue_committed(priority.rescore_orders, orders=sorted(marked["orders"]))
	if marked.get("customers"):
		tasks.enqueue_committed(priority.rescore_customers, customers=sorted(marked["customers"]))
