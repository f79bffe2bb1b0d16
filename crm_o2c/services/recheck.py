"""Checks submitted orders and drafts again, after what changes around them: payments, stock, prices, time.

Alerts whose cause has gone close; holds whose condition is met end, in the order in which they were placed; new holds are
placed where a rule also holds what is submitted, or a release by a person has run out.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

import frappe
from frappe import _
from frappe.utils import getdate

from crm_o2c.services import alerts, check_loader, checks, chunks, credit, guard, holds, notices, stock_promises
from crm_o2c.services.alerts import DOCTYPE as ALERT
from crm_o2c.services.alerts import OPEN, Owner
from crm_o2c.services.check_context import ON, CheckContext, get_check_context, mode
from crm_o2c.services.check_facts import Surroundings
from crm_o2c.services.check_loader import Loaded
from crm_o2c.services.holds import DOCTYPE as HOLD
from crm_o2c.services.holds import HELD

AT_ONCE = 200  # orders a transaction
LOOK_BACK = "1900-01-01"


def recheck_orders(names: Sequence[str]) -> int:
	"""Check the named orders again, those that have waited longest first. How many were checked."""
	checked = 0
	if mode() == ON:
		ordered = _longest_first(names)
		for start in range(0, len(ordered), AT_ONCE):
			frappe.db.commit()  # what follows sees what others have committed; each part is complete in itself  # nosemgrep
			checked += _recheck(ordered[start : start + AT_ONCE])
	if checked:
		notices.queue_changed()
	return checked


def recheck_customers(names: Collection[str]) -> int:
	"""Check again the orders of these customers that wait for credit or have an alert about it."""
	return recheck_orders(_concerned("credit.", "customer", names))


def recheck_stock(names: Collection[str]) -> int:
	"""Check again the orders that wait for stock of these items or have an alert about it."""
	orders = _concerned("stock.", "item_code", names)
	order_line = frappe.qb.DocType("Sales Order Item")
	hold = frappe.qb.DocType(HOLD)
	held = (
		frappe.qb.from_(hold)
		.inner_join(order_line)
		.on(order_line.parent == hold.sales_order)
		.select(hold.sales_order)
		.distinct()
		.where((hold.status == HELD) & hold.detector.like("stock.%") & order_line.item_code.isin(list(names)))
		.orderby(hold.sales_order)
	).run(pluck=True)
	checked = recheck_orders([*orders, *held])
	stock_promises.reserve_what_came(names)
	return checked


def recheck_items(names: Collection[str]) -> int:
	"""Check again the orders with an open alert about these items: their price list or their master has changed."""
	filters = {"status": OPEN, "item_code": ("in", list(names))}
	return recheck_orders(frappe.get_all(ALERT, filters, pluck="sales_order", order_by="sales_order asc"))


def sweep() -> int:
	"""Every few minutes: what waits is checked again, should an event have been lost, and releases that have run out."""
	waiting = frappe.get_all(HOLD, {"status": HELD}, pluck="sales_order", order_by="held_at asc")
	run_out = {
		"status": holds.RELEASED,
		"released_how": holds.BY_HAND,
		"release_until": ("between", [LOOK_BACK, _yesterday()]),
	}
	ended = frappe.get_all(HOLD, run_out, pluck="sales_order", order_by="held_at asc")
	_unmark()
	return recheck_orders([*waiting, *_still_open(ended)])


def _unmark() -> None:
	"""Orders that show a hold and have none: somebody was saving them when it ended."""
	order, hold = frappe.qb.DocType("Sales Order"), frappe.qb.DocType(HOLD)
	query = frappe.qb.from_(order).left_join(hold).on((hold.sales_order == order.name) & (hold.status == HELD))
	query = query.select(order.name).where((order.o2c_held == 1) & (order.docstatus == 1) & hold.name.isnull())
	for name in query.orderby(order.name).run(pluck=True):
		holds.mark_if_free(name, False)


def _yesterday() -> str:
	return str(frappe.utils.add_days(getdate(), -1))


def _still_open(orders: Sequence[str]) -> list[str]:
	filters = {"name": ("in", list(orders)), "docstatus": 1, "per_delivered": ("<", 100), "status": ("!=", "Closed")}
	return frappe.get_all("Sales Order", filters, pluck="name", order_by="name asc") if orders else []


def _concerned(prefix: str, field: str, names: Collection[str]) -> list[str]:
	"""Orders with an open alert or a hold of these detectors, by customer or item."""
	if not names:
		return []
	wanted = {"detector": ("like", f"{prefix}%"), field: ("in", list(names))}
	orders = frappe.get_all(ALERT, {**wanted, "status": OPEN}, pluck="sales_order", order_by="sales_order asc")
	if field == "customer":
		orders += frappe.get_all(HOLD, {**wanted, "status": HELD}, pluck="sales_order", order_by="held_at asc")
	return orders


def _longest_first(names: Iterable[str]) -> list[str]:
	"""Each order once: those that are held first, in the order in which they were held."""
	wanted = set(names)
	filters = {"status": HELD, "sales_order": ("in", list(wanted))}
	held = frappe.get_all(HOLD, filters, pluck="sales_order", order_by="held_at asc, sales_order asc") if wanted else []
	return [*dict.fromkeys(held), *sorted(wanted - set(held))]


def _recheck(names: Sequence[str]) -> int:
	_hold_lines(names)
	checked = 0
	for company, loaded in _by_company(names):
		ready = get_check_context(company)
		if ready:
			checked += check_loaded(loaded, ready)
		else:
			_let_go(loaded)
	return checked


def _hold_lines(names: Sequence[str]) -> None:
	"""Hold the credit lines that orders of these wait for, before anything is read: what is seen then stays true."""
	filters = {"sales_order": ("in", list(names)), "status": HELD, "detector": holds.CREDIT_LIMIT}
	rows = frappe.get_all(HOLD, filters, ["company", "customer"], order_by="customer asc", distinct=True)
	if rows:
		frappe.db.commit()  # the list of lines was read; nothing is written yet  # nosemgrep
		for row in rows:
			credit.hold(row.company, row.customer)


def _by_company(names: Sequence[str]) -> Iterator[tuple[str, list[Loaded]]]:
	place = {name: number for number, name in enumerate(names)}
	loaded = check_loader.named(names)
	loaded.sort(key=lambda order: (order.order.facts.company, place[order.name]))
	for company, group in groupby(loaded, key=lambda order: order.order.facts.company):
		yield company, list(group)


def check_loaded(loaded: Sequence[Loaded], ready: CheckContext) -> int:
	"""Check loaded orders of one company and bring alerts and holds in line. How many were checked."""
	around = checks.look_around([order.order for order in loaded], ready)
	by_name, failed = {order.name: order for order in loaded}, 0
	for name in chunks.each(by_name):
		try:
			_check_one(by_name[name], around, ready)
		except guard.LET_THROUGH:
			raise
		except Exception:  # one bad order keeps no other waiting
			frappe.db.rollback(save_point="o2c_order")
			chunks.log_failure("checking again failed", "Sales Order", name)
			failed += 1
	return len(loaded) - failed


def _check_one(order: Loaded, around: Surroundings, ready: CheckContext) -> None:
	check = checks.check_again(order.order, around, ready)
	checks.keep(check, Owner(order.owner, order.customer_name))
	if check.facts.submitted and check.plan.held != order.held:
		holds.mark_if_free(order.name, check.plan.held)


def _let_go(loaded: Sequence[Loaded]) -> None:
	"""No rule is active for the company any more: what its rules held goes on."""
	for order in loaded:
		if order.held:
			holds.end_all(order.name)


def close_alerts_of_done_orders() -> None:
	"""Close what is open of orders that need nothing any more: delivered, closed, or gone."""
	alert, order = frappe.qb.DocType(ALERT), frappe.qb.DocType("Sales Order")
	query = frappe.qb.from_(alert).left_join(order).on((order.name == alert.sales_order) & (order.docstatus < 2))
	done = order.name.isnull() | (order.per_delivered >= 100) | order.status.isin(["Closed", "Completed"])
	names = query.select(alert.name).where((alert.status == OPEN) & done).orderby(alert.name).run(pluck=True)
	alerts.close(names, alerts.EXPIRED, _("The order is done."))
