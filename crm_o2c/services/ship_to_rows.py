"""What of a Ship-To Plan is on Delivery Notes: each line of a note names the row of the plan that it is for.

Every row counts what is on its notes: a note that is saved, submitted, cancelled or deleted adds the difference that it
makes, in its own transaction and without reading, so that two of them at the same moment both count. Who decides by the
counts reads them locked. To read the notes themselves locked would not do: a draft that somebody is just submitting is
locked by him, while he waits for the order. Quantities are in the unit of the order's line, which ERPNext keeps on notes.
"""

from collections.abc import Iterable, Sequence

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
	select distinct d.o2c_ship_to_row, d.parent from `tabDelivery Note Item` d
	where d.o2c_ship_to_row in %(rows)s and d.docstatus < 2 order by d.parent
"""


def of_orders(orders: Iterable[str], lock: bool = False) -> list[frappe._dict]:
	"""The plans of these orders, by date."""
	asked = {"orders": tuple(sorted(set(orders)))}
	query = _PLAN + LOCKED if lock else _PLAN
	return frappe.db.sql(query, asked, as_dict=True) if asked["orders"] else []  # built sql: fixed texts


def lines_of(rows: Iterable[str]) -> dict[str, str]:
	"""The order's line that each of these rows is for."""
	wanted = {"name": ("in", sorted(set(rows)))}
	found = frappe.get_all(PLAN, wanted, ["name", "so_detail"], order_by="name asc") if wanted["name"][1] else []
	return {row.name: row.so_detail for row in found}


def row_of(line: Document) -> str | None:
	"""The row that a line of a Delivery Note is for. A line of an invoice is for none, whatever was sent with it."""
	return line.get(LINK) or None if line.meta.has_field(LINK) else None


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


def _name_notes(rows: Sequence[str]) -> None:
	"""The rows name their notes, for who looks at them."""
	notes: dict[str, list[str]] = {name: [] for name in rows}
	for name, note in frappe.db.sql(_NOTES, {"rows": tuple(rows)}):
		notes[name].append(note)
	values = {name: {"delivery_notes": ", ".join(found)} for name, found in notes.items()}
	frappe.db.bulk_update(PLAN, values, update_modified=False)
