"""Sets stock aside for open orders, those that matter most first: ERPNext's Stock Reservation Entries."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from pypika import Table
from pypika.terms import Criterion

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import cint

from crm_o2c.engine.atp import KEPT_DECIMALS, whole
from crm_o2c.services.order_book import ON_HOLD, is_open
from crm_o2c.services.stock_reader import Pair

SAVEPOINT = "o2c_reserve"
LAST = 1e9  # after every score


class Reserved(NamedTuple):
	"""What came of it."""

	orders: int = 0  # for which something was set aside
	lines: int = 0
	failed: int = 0  # orders for which ERPNext refused; the error log says why
	skipped: str = ""  # why nothing was tried; empty where it was


class Waiting(NamedTuple):
	"""An open line of which something is not set aside yet, in stock units."""

	order: str
	line: str
	item: str
	warehouse: str
	qty: float
	factor: float
	step: float  # what can't be divided; 0 where any part can be set aside


def reserve(pairs: Iterable[Pair]) -> Reserved:
	"""Set aside what is free of these items in these warehouses for open lines, by priority, then promise date, then name.

	What is set aside stays so: running it again adds only what has become free. A line whose Reserve Stock is not ticked,
	or that is being picked, gets nothing, nor does an order On Hold, whose stock ERPNext frees; one that the app itself
	holds does. An order that ERPNext refuses does not stop the others.
	"""
	asked = sorted({(item, warehouse) for item, warehouse in pairs})
	settings = frappe.get_cached_doc("Stock Settings")
	if not cint(settings.enable_stock_reservation):
		reason = "Enable Stock Reservation is off in the Stock Settings"
		frappe.logger("crm_o2c").info(f"no stock reserved: {reason}")
		return Reserved(skipped=reason)
	if not asked:
		return Reserved()
	free, lines = _lock_free(asked), _waiting(asked)
	orders = reserved = failed = 0
	with _by_the_site():
		for order, of_order in groupby(lines, attrgetter("order")):
			shares = _share(of_order, free, bool(cint(settings.allow_partial_reservation)))
			if shares and _reserve_for(order, shares):
				orders, reserved = orders + 1, reserved + len(shares)
			elif shares:
				failed += 1
				for line, qty in shares:
					free[line.item, line.warehouse] += qty
	return Reserved(orders, reserved, failed)


def _share(lines: Iterable[Waiting], free: dict[Pair, float], in_part: bool) -> list[tuple[Waiting, float]]:
	"""What each line of an order gets; taken from `free`."""
	shares = []
	for line in lines:
		pair = line.item, line.warehouse
		qty = min(line.qty, whole(max(0.0, free.get(pair, 0.0)), line.step))
		if qty > 0 and (in_part or qty == line.qty):
			free[pair] = round(free[pair] - qty, KEPT_DECIMALS)
			shares.append((line, qty))
	return shares


def _lock_free(pairs: list[Pair]) -> dict[Pair, float]:
	"""What is on hand and nobody's, as it is now, in stock units; held until this transaction ends, so that two jobs never
	share out the same units. Read in the order in which a check of an order locks."""
	bin_ = DocType("Bin")
	claims = bin_.reserved_stock + bin_.reserved_qty_for_production + bin_.reserved_qty_for_sub_contract
	claims += bin_.reserved_qty_for_production_plan
	query = frappe.qb.from_(bin_).select(bin_.item_code, bin_.warehouse, bin_.actual_qty - claims)
	query = query.where(_are(bin_, pairs)).orderby(bin_.item_code).orderby(bin_.warehouse).for_update()
	return {(item, warehouse): round(float(qty or 0), KEPT_DECIMALS) for item, warehouse, qty in query.run()}


def _are(table: Table, pairs: Iterable[Pair]) -> Criterion:
	return Criterion.any((table.item_code == item) & (table.warehouse == warehouse) for item, warehouse in pairs)


def _waiting(pairs: list[Pair]) -> list[Waiting]:
	"""The open lines that take from these, in the order in which they are served."""
	order, line, score = DocType("Sales Order"), DocType("Sales Order Item"), DocType("O2C Order Score")
	item, unit, store = DocType("Item"), DocType("UOM"), DocType("Warehouse")
	query = frappe.qb.from_(line).inner_join(order).on(order.name == line.parent)
	query = query.inner_join(item).on((item.name == line.item_code) & (item.is_stock_item == 1))
	query = query.inner_join(store).on((store.name == line.warehouse) & (store.is_group == 0) & (store.disabled == 0))
	query = query.left_join(unit).on(unit.name == item.stock_uom).left_join(score).on(score.name == order.name)
	query = query.where(_are(line, pairs) & is_open(order) & (order.status != ON_HOLD) & (line.docstatus == 1))
	query = query.where((line.qty > line.delivered_qty) & (line.delivered_by_supplier == 0))
	query = query.where((line.reserve_stock == 1) & (line.picked_qty == 0))
	query = query.orderby(Coalesce(score.queue_key, LAST)).orderby(Coalesce(score.promise_date, order.delivery_date))
	rows = query.orderby(order.name).orderby(line.delivery_date).orderby(line.idx).select(
		order.name, line.name, line.item_code, line.warehouse, (line.qty - line.delivered_qty) * line.conversion_factor,
		line.conversion_factor, unit.must_be_whole_number,
	).run()  # fmt: skip
	aside = _set_aside({row[1] for row in rows})
	found = (
		Waiting(
			*names, round(float(qty) - aside.get(names[1], 0.0), KEPT_DECIMALS), float(factor or 1), float(step or 0)
		)
		for *names, qty, factor, step in rows
	)
	return [line for line in found if line.qty > 0]


def _set_aside(lines: set[str]) -> dict[str, float]:
	"""What is set aside for lines, as it is now and not as it was when this transaction began."""
	if not lines:
		return {}
	entry = DocType("Stock Reservation Entry")
	query = frappe.qb.from_(entry).select(entry.voucher_detail_no, Sum(entry.reserved_qty - entry.delivered_qty))
	query = query.where(entry.voucher_detail_no.isin(sorted(lines)) & (entry.docstatus == 1))
	query = query.where(entry.status.notin(("Delivered", "Cancelled"))).groupby(entry.voucher_detail_no).for_update()
	return {line: float(qty or 0) for line, qty in query.run()}


def _reserve_for(order: str, shares: list[tuple[Waiting, float]]) -> bool:
	"""Let ERPNext make the entries of one order. False where it refuses; then the order is as it was."""
	details = [
		{"sales_order_item": line.line, "warehouse": line.warehouse, "qty_to_reserve": qty / line.factor}
		for line, qty in shares
	]
	frappe.db.savepoint(SAVEPOINT)
	try:
		doc = frappe.get_doc("Sales Order", order)
		doc.create_stock_reservation_entries(items_details=details, notify=False)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the whole transaction is gone; a job is tried again
	except Exception:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.log_error(
			title=f"Stock could not be reserved for {order}", reference_doctype="Sales Order", reference_name=order
		)
		return False
	return True


@contextmanager
def _by_the_site() -> Iterator[None]:
	"""As Administrator and without ERPNext's messages: a rule of the site asks for it, whoever submits the order."""
	user, mute = frappe.session.user, frappe.flags.mute_messages
	frappe.flags.mute_messages = True
	try:
		frappe.set_user("Administrator")
		yield
	finally:
		frappe.set_user(user)
		frappe.flags.mute_messages = mute
