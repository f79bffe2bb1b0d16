"""Short-close a line: what is not delivered of it is not wanted any more. By ERPNext's own Update Items, with its checks.

The quantity goes down to what was delivered; a line of which nothing was is taken off; where it is the only one the order is
closed. Prices stay. All of it is done, or nothing.
"""

import frappe
from erpnext.stock.doctype.stock_reservation_entry.stock_reservation_entry import cancel_stock_reservation_entries
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from crm_o2c.engine.messages import plain
from crm_o2c.exceptions import ShortCloseError
from crm_o2c.services import events, order_edits, ship_to_notes
from crm_o2c.services.ship_to_rows import DECIMALS, PLAN

ORDER, WHAT = "Sales Order", "short_close"
SAVEPOINT = "o2c_short_close"
PRICES = (
	"rate", "price_list_rate", "discount_percentage", "discount_amount", "margin_type", "margin_rate_or_amount", "rate_with_margin",
)  # fmt: skip


def close_line(order_name: str, row_name: str, reason: str) -> str:
	"""Short-close a line of a submitted order, for a reason that is kept. Returns what was done, as a sentence."""
	reason = (reason or "").strip()
	if not reason:
		_refuse(_("Say why; the reason is kept with the order."))
	ship_to_notes.lock(order_name)
	order = frappe.get_doc(ORDER, order_name)
	row = _check(order, row_name)
	left = flt(flt(row.qty) - flt(row.delivered_qty), DECIMALS)
	number, unit = row.idx, _(row.uom)  # translated: names of units
	amount, item = left * flt(row.base_net_rate), row.item_code
	frappe.db.savepoint(SAVEPOINT)
	try:
		_close(order, row)
		done = _("Line {0}: {1} {2} of {3} are not delivered any more.").format(number, plain(left), unit, item)
		events.note(ORDER, order_name, WHAT, f"{number}: {item}", reason=reason, quantity=left, amount=amount)
		order.add_comment("Info", f"{frappe.utils.escape_html(done)} {frappe.utils.escape_html(reason)}")
	except Exception:
		frappe.db.rollback(save_point=SAVEPOINT)
		raise
	return done


def _check(order: Document, row_name: str) -> Document:
	if order.docstatus != 1 or order.status == "Closed":
		_refuse(_("Lines of submitted orders that are not closed can be short-closed."))
	row = next((line for line in order.items if line.name == row_name), None)
	if row is None:
		_refuse(_("The order has no such line any more."))
	if flt(row.delivered_qty, DECIMALS) >= flt(row.qty, DECIMALS):
		_refuse(_("Nothing is left to deliver of line {0}.").format(row.idx))
	_check_documents(row)
	return row


def _check_documents(row: Document) -> None:
	"""What is on its way already is stopped first, by who knows."""
	for doctype, child, field in (
		("Delivery Note", "Delivery Note Item", "so_detail"),
		("Pick List", "Pick List Item", "sales_order_item"),
	):
		parent, line = frappe.qb.DocType(doctype), frappe.qb.DocType(child)
		query = frappe.qb.from_(line).inner_join(parent).on(parent.name == line.parent).select(parent.name)
		query = query.where(line[field] == row.name)
		if doctype == "Pick List":
			query = query.where(
				(parent.docstatus == 0) | ((parent.docstatus == 1) & (line.picked_qty > line.delivered_qty))
			)
		else:
			query = query.where(parent.docstatus == 0)
		found = query.orderby(parent.name).limit(1).run(pluck=True)  # one by one: two kinds of documents
		if found:
			text = _("Line {0} is on {1} {2}. Submit, cancel or delete that first.")
			_refuse(text.format(row.idx, _(doctype), found[0]))  # translated: names of DocTypes


def _refuse(text: str) -> None:
	frappe.throw(text, exc=ShortCloseError, title=_("Short-Close"))


def _close(order: Document, row: Document) -> None:
	delivered = flt(row.delivered_qty)
	if not delivered and len(order.items) == 1:
		order.update_status("Closed")
		cancel_stock_reservation_entries(ORDER, order.name, notify=False)  # ERPNext leaves them on a closed order
		return
	_shorten_plan(row)
	if not delivered:
		order_edits.update_items(order, {}, without=row.name)
		return
	prices = {field: row.get(field) for field in PRICES}
	order_edits.update_items(order, {row.name: {"qty": delivered}})
	now = next(line for line in order.items if line.name == row.name)
	if flt(now.rate) != flt(prices["rate"]):  # Update Items finds the rate anew from a rounded discount
		order_edits.put_back(order, {row.name: prices})


def _shorten_plan(row: Document) -> None:
	"""Before the order is saved: its plan ends with the line. No draft has anything of it."""
	rows = frappe.get_all(PLAN, {"so_detail": row.name}, ["name", "delivered_qty"], order_by="idx asc")
	frappe.db.delete(PLAN, {"name": ("in", [r.name for r in rows if flt(r.delivered_qty, DECIMALS) <= 0] or [""])})
	kept = {r.name: {"qty": r.delivered_qty} for r in rows if flt(r.delivered_qty, DECIMALS) > 0}
	frappe.db.bulk_update(PLAN, kept, update_modified=False)
