"""What Ship-To Plans and addresses ask of a Delivery Note, or of an invoice that delivers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import frappe
from erpnext.controllers.status_updater import get_allowance_for
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from crm_o2c.engine.messages import plain
from crm_o2c.exceptions import MixedAddresses
from crm_o2c.services import ship_to_rows
from crm_o2c.services.note_orders import INVOICE
from crm_o2c.services.ship_to_rows import DECIMALS, LINK


def fit(note: Document, planned: Iterable[str]) -> None:
	"""Give lines of a draft the row of the plan that they are for, where its address leaves no doubt."""
	_tidy(note)
	if note.is_return:
		return
	rows = ship_to_rows.of_orders(
		{line.against_sales_order for line in note.items if not line.get(LINK)} & set(planned)
	)
	left = {row.name: flt(row.qty) - flt(row.noted_qty) for row in rows}
	before = note.get_doc_before_save()
	for line in before.items if before else ():
		if line.get(LINK) in left:
			left[line.get(LINK)] += flt(line.qty)  # counted, and its own
	for line in note.items:
		if line.get(LINK) in left:
			left[line.get(LINK)] -= flt(line.qty)
	for line in note.items:
		if not line.get(LINK):
			_choose_row(note, line, rows, left)


def _tidy(note: Document) -> None:
	"""A line is for a row of its own order's line, whatever was sent; a copied one is for no order any more, so for no row."""
	linked = [line for line in note.items if line.get(LINK)]
	lines = ship_to_rows.lines_of({line.get(LINK) for line in linked})
	for line in linked:
		if not line.so_detail or lines.get(line.get(LINK)) != line.so_detail:
			line.set(LINK, None)


def _choose_row(note: Document, line: Document, rows: Iterable[frappe._dict], left: dict[str, float]) -> None:
	for row in rows:
		mine = row.so_detail == line.so_detail and row.address == note.shipping_address_name
		if mine and round(left[row.name] - flt(line.qty), DECIMALS) >= 0:
			line.set(LINK, row.name)
			left[row.name] -= flt(line.qty)
			return


def refusal(doc: Document, rows: list[frappe._dict]) -> str | None:
	"""Why goods of planned lines can't leave by this document; None where they can. `rows` are the plans of its orders,
	read locked."""
	by_name, lines = {row.name: row for row in rows}, {row.so_detail: row for row in rows}
	left = {row.name: _most(row) - flt(row.delivered_qty) for row in rows}
	for line in doc.items:
		if line.so_detail not in lines:
			continue
		row = by_name.get(ship_to_rows.row_of(line))
		if row is None or row.so_detail != line.so_detail:
			return _no_row(doc, line, lines[line.so_detail].sales_order, rows)
		if row.address != doc.shipping_address_name:
			text = _(
				"Row {0}: by the Ship-To Plan of {1} it goes to {2}, and this note goes to {3}. Put the address right."
			)
			return text.format(line.idx, row.sales_order, row.address, doc.shipping_address_name or "–")
		left[row.name] -= flt(line.qty)
		if round(left[row.name], DECIMALS) < 0:
			text = _(
				"Row {0}: the Ship-To Plan of {1} has {3} {4} less for {2}. Deliver less, or change the plan first."
			)
			unit = _(row.uom)  # translated: names of units
			return text.format(line.idx, row.sales_order, row.address, plain(-left[row.name]), unit)
	return None


def _most(row: frappe._dict) -> float:
	"""What may be delivered for a row, with ERPNext's allowance for more than was ordered."""
	allowance = flt(get_allowance_for(row.item_code, {}, None, None, "qty")[0])
	return flt(row.qty) * (1 + allowance / 100)


def _no_row(doc: Document, line: Document, order: str, rows: Iterable[frappe._dict]) -> str:
	places = ", ".join(dict.fromkeys(row.address for row in rows if row.so_detail == line.so_detail))
	if doc.doctype == INVOICE:
		text = _(
			"Row {0}: item {1} of {2} goes to {3} by its Ship-To Plan. Deliver it by Delivery Notes, then bill those."
		)
	else:
		text = _(
			"Row {0}: item {1} of {2} goes to {3} by its Ship-To Plan. Make the Delivery Notes from the order by Deliveries >"
			" Ship-To Delivery Notes, or give this note one of the addresses and no more than is open for it."
		)
	return text.format(line.idx, line.item_code, order, places)


def refuse_mixed(note: Document, orders: Mapping[str, frappe._dict]) -> None:
	"""One note goes to one address: lines of orders for different ones are refused, unless a plan has chosen the address."""
	asked = {line.against_sales_order for line in note.items if line.against_sales_order and not line.get(LINK)}
	places: dict[str, list[str]] = defaultdict(list)
	for name in sorted(asked):
		place = orders[name].shipping_address_name if name in orders else None
		if place:
			places[place].append(name)
	if len(places) > 1:
		frappe.throw(
			_("These orders go to different addresses: {0}. Make one Delivery Note for each address.").format(
				"; ".join(f"{place}: {', '.join(names)}" for place, names in places.items())
			),
			exc=MixedAddresses,
			title=_("Different Addresses"),
		)
