"""Ship-To Plan of an order: what of a line goes where, and when. Checked whenever the order is saved.

A line has rows or has none. Where it has some they add up to its quantity; one without goes to the order's own address.
Update Items changes a line behind the plan's back: then the plan is left as it is, the user is told, and no Delivery Notes
are made of it until it holds again.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate

from crm_o2c.engine.messages import plain
from crm_o2c.exceptions import ShipToError
from crm_o2c.permissions import is_manager
from crm_o2c.services.ship_to_rows import COUNTS, DECIMALS

TERMS = ("so_detail", "qty", "address", "date")
Old = Mapping[str, Document]


def check(order: Document) -> None:
	"""Check the plan of an order that is saved, fill in what follows from its lines, and what is found of its rows."""
	before = order.get_doc_before_save()
	old: dict[str, Document] = {row.name: row for row in before.o2c_ship_to} if before and not order.is_new() else {}
	if not order.o2c_ship_to and not old:
		return
	_drop_rows_of_gone_lines(order)
	for row in order.o2c_ship_to:
		_find_line(order, row, old)
	_check_rows(order)
	_check_notes(order, old)
	_check_addresses(order, old)
	_check_contacts(order)
	_check_sums(order, strict=not _is_kept(order) or _terms(order.o2c_ship_to) != _terms(list(old.values())))


def _is_kept(order: Document) -> bool:
	"""Whether a submitted order is saved again."""
	return order._action == "update_after_submit"


def _terms(rows: list[Document]) -> set[tuple]:
	return {(row.so_detail, flt(row.qty), row.address, str(row.date)) for row in rows}


def _refuse(text: str) -> NoReturn:
	frappe.throw(text, exc=ShipToError, title=_("Ship-To Plan"))


# -- lines ---------------------------------------------------------------------------------------------------------------


def _drop_rows_of_gone_lines(order: Document) -> None:
	"""Update Items has taken lines off a submitted order: their rows go with them."""
	if not _is_kept(order):
		return
	lines = {line.name for line in order.items}
	kept = [row for row in order.o2c_ship_to if not row.so_detail or row.so_detail in lines or row.is_new()]
	if len(kept) < len(order.o2c_ship_to):
		order.o2c_ship_to = kept
		for place, row in enumerate(kept, 1):
			row.idx = place


def _find_line(order: Document, row: Document, old: Old) -> None:
	"""The line that a row is for: the one it was for, else the one of its number."""
	line = _line_of(order, row, old.get(row.name))
	row.update({"so_detail": line.name, "line": line.idx, "item_code": line.item_code, "uom": line.uom})
	row.date = getdate(row.date or line.delivery_date or order.delivery_date or order.transaction_date)


def _line_of(order: Document, row: Document, old: Document | None) -> Document:
	chosen_anew = old is not None and cint(old.line) != cint(row.line)
	by_name = {line.name: line for line in order.items}
	if row.so_detail in by_name and not chosen_anew:
		return by_name[row.so_detail]
	by_number = {cint(line.idx): line for line in order.items}
	line = by_number.get(cint(row.line))
	if line is None:
		_refuse(
			_("Ship-To Plan, row {0}: the order has no line {1}. Enter the number of one of its {2} lines.").format(
				row.idx, cint(row.line), len(order.items)
			)
		)
	gone = row.so_detail and not chosen_anew and (old is not None or row.item_code != line.item_code)
	if gone and row.item_code:
		_refuse(
			_(
				"Ship-To Plan, row {0}: its line with item {1} is not in the order any more. Choose another line, or remove"
				" the row."
			).format(row.idx, row.item_code)
		)
	return line


# -- rows ----------------------------------------------------------------------------------------------------------------


def _check_rows(order: Document) -> None:
	seen: dict[tuple[str, str, date], int] = {}
	for row in order.o2c_ship_to:
		if flt(row.qty) <= 0:
			_refuse(_("Ship-To Plan, row {0}: enter a quantity above 0.").format(row.idx))
		if not row.address:
			_refuse(_("Ship-To Plan, row {0}: choose an address.").format(row.idx))
		key = (row.so_detail, row.address, row.date)
		if key in seen:
			text = _("Ship-To Plan, rows {0} and {1}: same line, address and date. Make one row of them.")
			_refuse(text.format(seen[key], row.idx))
		seen[key] = row.idx


def _check_notes(order: Document, old: Old) -> None:
	"""What is on Delivery Notes stays as it is; and the rows show what is counted, whatever the form has sent."""
	for row in order.o2c_ship_to:
		before = old.get(row.name)
		row.update({field: before.get(field) if before else None for field in COUNTS})
	kept = {row.name: row for row in order.o2c_ship_to}
	for name, before in old.items():
		if flt(before.noted_qty, DECIMALS) > 0:
			_check_noted(before, kept.get(name))


def _check_noted(old: Document, row: Document | None) -> None:
	if row is None or (row.so_detail, row.address) != (old.so_detail, old.address):
		text = _("Ship-To Plan, row {0}: it is on Delivery Note {1}. Cancel or delete that first, then change the row.")
		_refuse(text.format(old.idx, old.delivery_notes))
	if flt(row.qty, DECIMALS) < flt(old.noted_qty, DECIMALS):
		text = _("Ship-To Plan, row {0}: {1} {2} are on Delivery Note {3}. The quantity can't be less.")
		unit = _(row.uom)  # translated: names of units
		_refuse(text.format(row.idx, plain(flt(old.noted_qty)), unit, old.delivery_notes))


def _check_addresses(order: Document, old: Old) -> None:
	"""An address of the customer, or one that a manager lets through once."""
	own = _linked("Address", order.customer, {row.address for row in order.o2c_ship_to})
	for row in order.o2c_ship_to:
		before = old.get(row.name)
		let_through = before is not None and before.one_off and before.address == row.address
		row.one_off = cint(row.address not in own)
		if row.one_off and not let_through and not is_manager():
			text = _(
				"Ship-To Plan, row {0}: {1} is not an address of customer {2}. Choose one of his, link this one to him, or ask"
				" a user with the role O2C Manager to enter it as a one-off address."
			)
			_refuse(text.format(row.idx, row.address, order.customer))


def _check_contacts(order: Document) -> None:
	wanted = {row.contact for row in order.o2c_ship_to if row.contact}
	own = _linked("Contact", order.customer, wanted)
	for row in order.o2c_ship_to:
		if row.contact and row.contact not in own:
			text = _(
				"Ship-To Plan, row {0}: {1} is not a contact of customer {2}. Choose one of his, or name the person in the"
				" instructions."
			)
			_refuse(text.format(row.idx, row.contact, order.customer))


def _linked(doctype: str, customer: str, names: set[str]) -> set[str]:
	"""Which of these addresses or contacts belong to the customer."""
	if not names:
		return set()
	filters = {
		"parenttype": doctype,
		"link_doctype": "Customer",
		"link_name": customer,
		"parent": ("in", sorted(names)),
	}
	return set(frappe.get_all("Dynamic Link", filters, pluck="parent", order_by="name asc"))


# -- sums ----------------------------------------------------------------------------------------------------------------


def mismatches(order: Document) -> list[tuple[Document, float]]:
	"""Lines with rows that do not add up to their quantity, each with what its rows add up to."""
	planned: dict[str, float] = defaultdict(float)
	for row in order.o2c_ship_to:
		planned[row.so_detail] += flt(row.qty)
	return [
		(line, round(planned[line.name], DECIMALS))
		for line in order.items
		if line.name in planned and round(planned[line.name], DECIMALS) != flt(line.qty, DECIMALS)
	]


def _check_sums(order: Document, strict: bool) -> None:
	for line, planned in mismatches(order):
		text = sum_text(order, line, planned)
		if strict:
			_refuse(text)
		frappe.msgprint(text, title=_("Ship-To Plan"), indicator="orange")


def sum_text(order: Document, line: Document, planned: float) -> str:
	"""What is wrong with the rows of a line, and what to do."""
	rows = ", ".join(str(row.idx) for row in order.o2c_ship_to if row.so_detail == line.name)
	missing = round(flt(line.qty) - planned, DECIMALS)
	text = (
		_("Ship-To Plan, row {0}: {1} of {2} {3} of line {4} ({5}) are planned. Plan {6} more.")
		if missing > 0
		else _("Ship-To Plan, row {0}: {1} of {2} {3} of line {4} ({5}) are planned. Take off {6}.")
	)
	unit = _(line.uom)  # translated: names of units
	return text.format(rows, plain(planned), plain(flt(line.qty)), unit, line.idx, line.item_code, plain(abs(missing)))
