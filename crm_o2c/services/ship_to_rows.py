"""What of a Ship-To Plan is on Delivery Notes: each line of a note names the row of the plan that it is for.

Every row counts what is on its notes: a note that is saved, submitted, cancelled or deleted adds the difference that it
makes, in its own transaction and without reading, so that two of them at the same moment both count. Who decides by the
counts reads them locked. To read the notes themselves locked would not do: a draft that somebody is just submitting is
locked by him, while he waits for the order. Quantities are in the unit of the order's line, which ERPNext keeps on notes.
"""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import flt

PLAN, LINK = "O2C Ship-To Plan", "o2c_ship_to_row"
COUNTS = ("delivered_qty", "noted_qty", "delivery_notes")  # fields of a row
DECIMALS = 6
_PLAN = """
	select p.name, p.parent sales_order, p.idx, p.line, p.so_detail, p.qty, p.address, p.contact, p.date, p.instructions,
		p.one_off, p.item_code, p.uom, p.delivered_qty, p.noted_qty
	from `tabO2C Ship-To Plan` p
	where p.parent in %(orders)s and p.parenttype = 'Sales Order'
	order by p.parent, p.date, p.idx
"""
LOCKED = " for update"  # a locking read sees what others have committed since this transaction began
_ADD = """
	update `tabO2C Ship-To Plan` set delivered_qty = delivered_qty + %(delivered)s, noted_qty = noted_qty + %(noted)s
	where name = %(name)s
"""
_NOTES = """
	select d.o2c_ship_to_row, d.parent, sum(if(d.docstatus = 1, d.qty, 0)), sum(if(d.docstatus = 1 or d.qty > 0, d.qty, 0))
	from `tabDelivery Note Item` d where d.o2c_ship_to_row in %(rows)s and d.docstatus < 2
	group by d.o2c_ship_to_row, d.parent order by d.parent
"""


def of_orders(orders: Iterable[str], lock: bool = False) -> list[frappe._dict]:
	"""The plans of these orders, by date."""
	asked = {"orders": tuple(sorted(set(orders)))}
	query = _PLAN + LOCKED if lock else _PLAN
	return frappe.db.sql(query, asked, as_dict=True) if asked["orders"] else []  # built sql: fixed texts


def count(note: Document, is_gone: bool = False) -> None:
	"""Count what a Delivery Note that was saved, cancelled or deleted is for, in the place of what it was for before."""
	was = _parts(note if is_gone else note.get_doc_before_save())
	now = {} if is_gone else _parts(note)
	changed = sorted(name for name in {*was, *now} if was.get(name) != now.get(name))
	for name in changed:  # in one order for everybody
		(old_delivered, old_noted), (delivered, noted) = was.get(name, (0.0, 0.0)), now.get(name, (0.0, 0.0))
		values = {"delivered": delivered - old_delivered, "noted": noted - old_noted}
		frappe.db.sql(_ADD, {"name": name, **values})  # one by one: a note has few rows, and each adds its own number
	if changed:
		_name_notes(changed)


def _parts(note: Document | None) -> dict[str, tuple[float, float]]:
	"""(delivered, on notes) for each row: a return counts once it is submitted, a cancelled note for nothing."""
	parts: dict[str, tuple[float, float]] = {}
	if note is None or note.docstatus == 2:
		return parts
	for line in note.items:
		if line.get(LINK):
			delivered, noted = parts.get(line.get(LINK), (0.0, 0.0))
			qty = flt(line.qty) if note.docstatus == 1 else max(0.0, flt(line.qty))
			parts[line.get(LINK)] = (delivered + (qty if note.docstatus == 1 else 0.0), noted + qty)
	return parts


def _name_notes(rows: Iterable[str]) -> None:
	"""The rows name their notes, for who looks at them."""
	found = _from_notes(rows)
	values = {name: {"delivery_notes": found[name]["delivery_notes"]} for name in rows}
	frappe.db.bulk_update(PLAN, values, update_modified=False)


def _from_notes(rows: Iterable[str]) -> dict[str, dict[str, Any]]:
	names = tuple(rows)
	found: dict[str, dict[str, Any]] = {name: {"delivered_qty": 0.0, "noted_qty": 0.0} for name in names}
	notes: dict[str, list[str]] = {name: [] for name in names}
	for name, note, delivered, noted in frappe.db.sql(_NOTES, {"rows": names}) if names else ():
		found[name]["delivered_qty"] += flt(delivered)
		found[name]["noted_qty"] += flt(noted)
		notes[name].append(note)
	return {name: {**values, "delivery_notes": ", ".join(notes[name])} for name, values in found.items()}


def recount(order: str) -> bool:
	"""Count an order's rows anew from its Delivery Notes; whether anything was wrong."""
	frappe.db.get_value("Sales Order", order, "name", for_update=True)
	rows = {row.name: row for row in of_orders([order], lock=True)}
	found = _from_notes(rows)
	wrong = {
		name: values
		for name, values in found.items()
		if any(flt(values[field], DECIMALS) != flt(rows[name][field], DECIMALS) for field in COUNTS[:2])
	}
	frappe.db.bulk_update(PLAN, wrong, update_modified=False)
	return bool(wrong)
