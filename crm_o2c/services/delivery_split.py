"""The next delivery of an order: what can go now, what later and when, and what its delivery policy says of that.

What can go now is available to promise: the order keeps its place in the queue, and takes nothing from those before it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from crm_o2c.engine import atp
from crm_o2c.engine.atp import Promise
from crm_o2c.engine.delivery_split import Open, Part, Split, propose
from crm_o2c.exceptions import DeliveryRefused
from crm_o2c.permissions import is_manager
from crm_o2c.services import delivery_policy, holds, ship_to_notes, supply
from crm_o2c.services.supply import Asked

ORDER = "Sales Order"
_DRAFTED = """
	select d.so_detail, d.qty, d.parent from `tabDelivery Note Item` d
	where d.against_sales_order = %(order)s and d.docstatus = 0 and d.qty > 0
"""
Pair = tuple[str, str]


def proposal(order_name: str) -> dict[str, Any]:
	"""The proposal for a submitted order, as the desk shows it."""
	order = _order(order_name)
	drafts = _drafts(order_name)
	lines = _open_lines(order, drafts)
	split = _split(order, lines)
	return {
		"lines": [_shown(line, part) for line, part in zip(lines, split.parts, strict=True)],
		"policy": order.o2c_delivery_policy or "",
		"refusal": _refusal(order, split),
		"is_all": split.is_all,
		"has_plan": bool(order.o2c_ship_to),
		"complete_on": str(split.complete_on) if split.complete_on else None,
		"drafts": sorted({note for *_rest, note in drafts}),
		"held": bool(holds.held_among({order_name})),
		"may_make": bool(_makes(lines, split)) and (not split.breach or is_manager()),
	}


def make_note(order_name: str) -> Document | None:
	"""Make the draft Delivery Note of what can go now, with the user's own rights; None where nothing can. Rows of a Ship-To
	Plan are left to it."""
	ship_to_notes.lock(order_name)
	order = _order(order_name)
	lines = _open_lines(order, _drafts(order_name, lock=True))
	split = _split(order, lines)
	wanted = _makes(lines, split)
	if not wanted:
		return None
	if split.breach and not is_manager():
		frappe.throw(_refusal(order, split), exc=DeliveryRefused, title=_("Delivery Policy"))
	note = make_delivery_note(order_name, kwargs={"filtered_children": list(wanted)})
	for line in note.items:
		line.qty = wanted[line.so_detail]
	return note.insert()


def _makes(lines: Iterable["_Line"], split: Split) -> dict[str, float]:
	"""What the next note takes of which line."""
	both = zip(lines, split.parts, strict=True)
	return {part.key: part.now for line, part in both if part.now > 0 and not line.is_planned}


def _order(order_name: str) -> Document:
	order = frappe.get_doc(ORDER, order_name)
	if order.docstatus != 1 or order.status in ("Closed", "On Hold"):
		text = _("Deliveries are proposed for submitted orders that are neither closed nor on hold.")
		frappe.throw(text, exc=DeliveryRefused)
	return order


def _drafts(order_name: str, lock: bool = False) -> list[tuple[str, float, str]]:
	"""(line, quantity, note) of Delivery Notes that are still drafts. Locked, it sees those of a moment ago."""
	if lock:
		return list(frappe.db.sql(_DRAFTED + " for update", {"order": order_name}))  # built sql: fixed texts
	return list(frappe.db.sql(_DRAFTED, {"order": order_name}))


# -- what is open --------------------------------------------------------------------------------------------------------


class _Line:
	"""An open line with its row and its promise in stock units."""

	def __init__(self, row: Document, drafted: float, item: frappe._dict, is_bundle: bool, is_planned: bool):
		self.row, self.drafted, self.item, self.is_bundle, self.is_planned = row, drafted, item, is_bundle, is_planned
		self.left = round(flt(row.qty) - flt(row.delivered_qty), atp.KEPT_DECIMALS)
		self.factor = flt(row.conversion_factor) or 1.0
		self.promise: Promise | None = None  # None: nothing of it comes from stock

	def open(self) -> Open:
		step = 1.0 if self.item.whole else 0.0
		price = Decimal(0) if self.is_planned else Decimal(str(flt(self.row.base_net_rate)))
		available, on = self.left, None
		if self.promise is not None:
			available, on = self.promise.now / self.factor, self.promise.kept_on
		goods = bool(self.item.is_stock_item or self.is_bundle) and not self.is_planned  # a plan is judged by itself
		return Open(self.row.name, self.left, available, on, step, price, self.drafted, goods)


def _open_lines(order: Document, drafts: Iterable[tuple[str, float, str]]) -> list[_Line]:
	"""Lines of which something is to deliver by us, with what stock can keep of each."""
	rows = [row for row in order.items if flt(row.qty) > flt(row.delivered_qty) and not row.delivered_by_supplier]
	drafted: dict[str, float] = {}
	for line, qty, _note in drafts:
		drafted[line] = drafted.get(line, 0.0) + flt(qty)
	items = _items(rows)
	bundles = {part.parent_detail_docname for part in order.packed_items}
	planned = {row.so_detail for row in order.o2c_ship_to}
	lines = [
		_Line(row, drafted.get(row.name, 0.0), items[row.name], row.name in bundles, row.name in planned)
		for row in rows
	]
	_promise(order, lines, getdate())
	return lines


def _items(rows: Iterable[Document]) -> dict[str, frappe._dict]:
	"""Of each line whether it is stock, and whether its unit can't be divided."""
	rows = list(rows)
	codes, units = {row.item_code for row in rows}, {row.uom for row in rows}
	stock = set(
		frappe.get_all("Item", {"name": ("in", sorted(codes)), "is_stock_item": 1}, pluck="name", order_by="name asc")
	)
	whole = set(
		frappe.get_all(
			"UOM", {"name": ("in", sorted(units)), "must_be_whole_number": 1}, pluck="name", order_by="name asc"
		)
	)
	return {row.name: frappe._dict(is_stock_item=row.item_code in stock, whole=row.uom in whole) for row in rows}


def _promise(order: Document, lines: Iterable[_Line], today: date) -> None:
	"""Ask stock for all lines at once; a bundle for each of its parts."""
	lines = [line for line in lines if line.item.is_stock_item or line.is_bundle]
	asked: dict[Pair, list[Asked]] = {}
	asking: dict[Pair, list[tuple[_Line, float]]] = {}
	for line in lines:
		for pair, units in _takes(order, line):
			on = getdate(line.row.delivery_date or order.delivery_date or today)
			asked.setdefault(pair, []).append(Asked(line.row.name, line.left * units, on))
			asking.setdefault(pair, []).append((line, units))
	found = supply.promises(asked, today=today, order=order.name, in_book=True) if asked else {}
	parts: dict[str, list[tuple[Promise, float]]] = {}
	for pair, promises in found.items():
		for (line, units), promise in zip(asking[pair], promises, strict=True):
			parts.setdefault(line.row.name, []).append((promise, units))
	for line in lines:
		line.promise = _together(line, parts.get(line.row.name, []))


def _takes(order: Document, line: _Line) -> list[tuple[Pair, float]]:
	"""What a line takes from where, with the stock units in one of the line."""
	if not line.is_bundle:
		return [((line.row.item_code, line.row.warehouse), line.factor)] if line.row.warehouse else []
	parts = [part for part in order.packed_items if part.parent_detail_docname == line.row.name and part.warehouse]
	return [((part.item_code, part.warehouse), flt(part.qty) / flt(line.row.qty)) for part in parts]


def _together(line: _Line, parts: list[tuple[Promise, float]]) -> Promise | None:
	if not line.is_bundle or not parts:
		return parts[0][0] if parts else None
	bundle = atp.together(line.left, parts[0][0].on, parts)
	return bundle._replace(now=bundle.now * line.factor)  # as other lines: in stock units


# -- what is said of it --------------------------------------------------------------------------------------------------


def _split(order: Document, lines: Iterable[_Line]) -> Split:
	terms = delivery_policy.terms_of(order)
	before = delivery_policy.so_far(order.name) if terms.policy else 0
	back = any(flt(row.returned_qty) > 0 for row in order.items)
	return propose(terms, [line.open() for line in lines], getdate(), before, back)


def _refusal(order: Document, split: Split) -> str:
	if not split.breach:
		return ""
	units: Mapping[str, Any] = {row.name: row for row in order.items}
	currency = frappe.get_cached_value("Company", order.company, "default_currency")
	return delivery_policy.breach_text(order, split.breach, split.value, units, currency)


def _shown(line: _Line, part: Part) -> dict[str, Any]:
	row = line.row
	return {
		"row": row.name,
		"number": row.idx,
		"item": row.item_code,
		"uom": row.uom,
		"left": line.left,
		"drafted": line.drafted,
		"now": part.now,
		"later": part.later,
		"on": str(part.on) if part.on else None,
		"planned": line.is_planned,
	}
