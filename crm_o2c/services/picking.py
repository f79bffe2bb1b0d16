"""What to pick next: open lines by the rank of their orders, with what is on the shelf for each; and Pick Lists for them.

Nothing here shows a price.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import frappe
from erpnext.selling.doctype.sales_order.sales_order import create_pick_list
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from crm_o2c.engine.picking import READY, Served, Shelf, Wanted
from crm_o2c.exceptions import PickError
from crm_o2c.services import pick_reader as reader
from crm_o2c.services.pick_reader import OpenLine

READY_NOW, DUE, WAITING, ALL = "Ready Now", "Due and Ready", "Waiting for Stock", "All Open Lines"
BEING_PICKED = "Being Picked"
MOST_ROWS = 300
MOST_ORDERS = 50  # on one Pick List
SMALLEST = 1e-6


class Pick(NamedTuple):
	"""A line with what can be picked of it now. Quantities in stock units."""

	rank: int
	line: OpenLine
	to_pick: float
	drafted: float  # on Pick Lists that are not submitted
	picked: float  # and not delivered yet
	set_aside: float
	served: Served


class _Floor:
	"""The warehouse as it is now: what is on the shelf, on Pick Lists, set aside."""

	def __init__(self) -> None:
		self.shelf = Shelf()
		self.drafted: dict[tuple[str, str], float] = {}
		self.aside: dict[tuple[str, str], float] = {}
		self.gone: dict[reader.Pair, float] = {}
		for listed in reader.on_pick_lists():
			if listed.row and not listed.submitted:
				self._count(self.drafted, (listed.row, listed.part), listed.qty)
			self._count(self.gone, (listed.item, listed.warehouse), listed.qty)
		for entry in reader.set_aside():
			self._count(self.aside, (entry.row, entry.item), entry.qty)
			self._count(self.gone, (entry.item, entry.warehouse), entry.qty)

	@staticmethod
	def _count(sums: dict, key: Any, qty: float) -> None:
		sums[key] = sums.get(key, 0.0) + qty

	def serve(self, rank: int, lines: Sequence[OpenLine]) -> Iterator[Pick]:
		"""What there is for the lines of an order, which takes it."""
		wanted = [self._wanted(line) for line in lines]
		ships_whole = bool(lines[0].whole)
		for line, want, served in zip(lines, wanted, self.shelf.serve(wanted, ships_whole), strict=True):
			picked = max(0.0, line.picked - line.delivered)
			drafted = self.drafted.get((line.row, line.part), 0.0)
			yield Pick(rank, line, want.qty, drafted, picked, want.set_aside, served)

	def _wanted(self, line: OpenLine) -> Wanted:
		left = line.qty - max(line.picked, line.delivered) - self.drafted.get((line.row, line.part), 0.0)
		aside = self.aside.get((line.row, line.item), 0.0)
		pair = (line.item, line.warehouse or "")
		if not self.shelf.knows(pair):
			self.shelf.add(pair, line.on_hand - max(0.0, self.gone.get(pair, 0.0)))
		return Wanted(pair, round(max(0.0, left), 6), aside)


def picks(company: str = "", on_shelf_only: bool = False) -> Iterator[Pick]:
	"""Every open line that the user may see, by rank. Read as far as the caller goes. `on_shelf_only`: without the lines of
	which nothing is on hand."""
	floor, orders, readable = _Floor(), reader.ranked_orders(company), reader.readable_orders(company)
	for start in range(0, len(orders), reader.AT_ONCE):
		batch = orders[start : start + reader.AT_ONCE]
		found = reader.lines_of(batch, on_shelf_only)
		for rank, order in enumerate(batch, start + 1):
			served = list(floor.serve(rank, found[order])) if order in found else ()
			if readable is None or order in readable:
				yield from served


def pick_next(
	company: str = "", warehouse: str = "", show: str = READY_NOW, most: int = MOST_ROWS
) -> tuple[list[dict[str, Any]], bool]:
	"""The first lines to pick, as the report shows them, and whether there are more."""
	allowed, today = reader.warehouses(company, warehouse), getdate()
	shown = SHOWN[show]
	rows: list[dict[str, Any]] = []
	for pick in picks(company, on_shelf_only=show in (READY_NOW, DUE)):
		if pick.line.warehouse in allowed and shown(pick, today):
			if len(rows) == most:
				return rows, True
			rows.append(_row(pick, today))
	return rows, False


def is_ready(pick: Pick, today: date) -> bool:
	"""Whether something of the line can be picked now."""
	return pick.to_pick > SMALLEST and pick.served.ready > SMALLEST


def is_due(pick: Pick, today: date) -> bool:
	"""Whether something can be picked now, and should have been delivered by today."""
	return is_ready(pick, today) and pick.line.promised is not None and pick.line.promised <= today


def waits(pick: Pick, today: date) -> bool:
	"""Whether the line is to be picked and nothing is there for it."""
	return pick.to_pick > SMALLEST and pick.served.ready <= SMALLEST


def is_open(pick: Pick, today: date) -> bool:
	"""Every line that is not delivered."""
	return True


SHOWN: dict[str, Callable[[Pick, date], bool]] = {
	READY_NOW: is_ready,
	DUE: is_due,
	WAITING: waits,
	ALL: is_open,
}


def _row(pick: Pick, today: date) -> dict[str, Any]:
	line = pick.line
	being = pick.drafted or pick.picked
	return {
		"rank": pick.rank,
		"priority": line.band,
		"sales_order": line.order,
		"line": line.number,
		"customer": line.customer,
		"customer_name": line.customer_name,
		"ship_to": line.address,
		"item_code": line.item,
		"item_name": line.item_name,
		"warehouse": line.warehouse,
		"to_pick": pick.to_pick,
		"ready": pick.served.ready,
		"uom": line.uom,
		"state": pick.served.state if pick.to_pick > SMALLEST else BEING_PICKED if being else READY,
		"on_hand": line.on_hand,
		"set_aside": pick.set_aside,
		"drafted": pick.drafted,
		"picked": pick.picked,
		"promised": line.promised,
		"days_late": max(0, (today - line.promised).days) if line.promised else 0,
	}


# -- Pick Lists ------------------------------------------------------------------------------------------------------------


def make_pick_list(orders: Sequence[str], warehouse: str = "") -> dict[str, Any]:
	"""A draft of one Pick List for these orders, in the order given: {"name", "orders", "left_out"}.

	Orders that are not to be picked, that are on a draft already, or that ERPNext makes no Pick List for are left out, each
	with its reason. The caller has checked the rights to the orders.
	"""
	if not orders or len(orders) > MOST_ORDERS:
		frappe.throw(_("Choose 1 to {0} orders.").format(MOST_ORDERS), exc=PickError)
	drafts = {row.order: row.pick_list for row in reader.on_pick_lists() if not row.submitted}
	left_out: list[dict[str, str]] = []
	doc: Document | None = None
	open_ = reader.pickable(orders)
	for order in dict.fromkeys(orders):
		if order not in open_:
			left_out.append({"order": order, "reason": _("It is not to be picked: held, on hold, closed or a draft.")})
		elif order in drafts:
			left_out.append({"order": order, "reason": _("It is on Pick List {0} already.").format(drafts[order])})
		else:
			doc = _add(order, doc, left_out)
	if doc is None or not doc.locations:
		reasons = "<br>".join(f"{row['order']}: {row['reason']}" for row in left_out)
		frappe.throw(reasons or _("Nothing of these orders is on the shelf."), title=_("No Pick List"), exc=PickError)
	if warehouse:
		doc.parent_warehouse = warehouse
	doc.insert()
	taken = {row.sales_order for row in doc.locations}
	return {"name": doc.name, "orders": len(taken), "left_out": left_out}


def _add(order: str, doc: Document | None, left_out: list[dict[str, str]]) -> Document | None:
	"""The Pick List with an order more, or as it was where ERPNext refuses this one."""
	shown = len(frappe.local.message_log)
	try:
		found = create_pick_list(order, frappe.as_json(doc) if doc else None)
	except frappe.PermissionError:
		raise
	except frappe.ValidationError as e:
		left_out.append({"order": order, "reason": frappe.utils.strip_html(str(e))})
		return doc
	finally:
		del frappe.local.message_log[shown:]  # said in one answer for all orders
	return found
