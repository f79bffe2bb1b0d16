"""Promising a line of a submitted order for another day: the date of the line, and who changed it and why."""

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_fullname, getdate

from crm_o2c.engine import promises as engine
from crm_o2c.exceptions import PromiseError
from crm_o2c.services import delivery_promises, dirty, promise_reader, promise_rows, supply
from crm_o2c.services.delivery_promises import Why
from crm_o2c.services.promise_rows import ORDER, SOURCES, Row
from crm_o2c.services.supply import Asked
from crm_o2c.services.typed_text import cleaned

CAUSE = "O2C Promise Cause"


def change_date(order: str, line: str, on: date, reason: str, source: str, cause: str | None = None) -> dict[str, Any]:
	"""Promise a line for another day. Returns what `summary` says of the order then. The caller has checked the right to write.

	Only dates are written. Saving the order, as ERPNext's Update Items does, would calculate its prices again and refuse an
	order over its credit limit, which a later date does not raise.
	"""
	doc = frappe.get_doc("Sales Order", order, for_update=True)
	row = _row(doc, line)
	_check(doc, row, on, reason, source, cause)
	delivery_promises.observe([order])  # a date that was changed meanwhile is in the history too
	row.db_set("delivery_date", on)
	last = max(getdate(other.delivery_date) for other in doc.items if other.delivery_date)
	doc.db_set("delivery_date", last, notify=True)
	why = Why(source, cleaned(reason.strip()), cause or None, frappe.session.user)
	delivery_promises.record(promise_reader.of_orders([order], getdate()), {line: why})
	dirty.mark_checked(order)
	dirty.mark_stock([row.item_code])
	return delivery_promises.summary(order)


def _row(doc: Document, line: str) -> Document:
	row = next((row for row in doc.items if row.name == line), None)
	if row is None:
		frappe.throw(_("{0} has no such line.").format(doc.name), exc=PromiseError)
	return row


def _check(doc: Document, row: Document, on: date, reason: str, source: str, cause: str | None) -> None:
	if doc.docstatus != 1 or doc.status == "Closed" or not open_qty(row):
		frappe.throw(_("Line {0} has nothing left to deliver.").format(row.idx), exc=PromiseError)
	if source not in SOURCES or source == ORDER:
		frappe.throw(_("A promise can't come from {0}.").format(source), exc=PromiseError)
	if not reason.strip() and not cause:
		frappe.throw(_("Say why the date is changed."), exc=PromiseError)
	if cause and not frappe.db.exists(CAUSE, {"name": cause, "disabled": 0}):
		frappe.throw(_("There is no cause {0}.").format(cause), exc=PromiseError)
	if on < max(getdate(), getdate(doc.transaction_date)):
		frappe.throw(_("A promise can't be for a day that has passed."), exc=PromiseError)
	if row.delivery_date and on == getdate(row.delivery_date):
		frappe.throw(_("The line is promised for this day already."), exc=PromiseError)


def open_qty(row: Document) -> float:
	"""What is left to deliver of a line, in stock units."""
	left = (flt(row.qty) - flt(row.delivered_qty)) * (flt(row.conversion_factor) or 1.0)
	return max(0.0, round(left, 6))


def propose_dates(order: str) -> dict[str, date | None]:
	"""For each line that waits for stock the first day on which the whole of what is left is there; None: no known supply."""
	doc = frappe.get_doc("Sales Order", order)
	items = {row.item_code for row in doc.items}
	stocked = set(
		frappe.get_all("Item", {"name": ("in", items), "is_stock_item": 1}, pluck="name", order_by="name asc")
	)
	asked: dict[tuple[str, str], list[Asked]] = {}
	for row in doc.items:
		if row.item_code in stocked and row.warehouse and not row.delivered_by_supplier and open_qty(row):
			wanted = Asked(row.name, open_qty(row), row.delivery_date and getdate(row.delivery_date))
			asked.setdefault((row.item_code, row.warehouse), []).append(wanted)
	found = supply.promises(asked, today=getdate(), order=order, in_book=True)
	return {
		line.row: promise.kept_on
		for pair, lines in asked.items()
		for line, promise in zip(lines, found[pair], strict=True)
	}


# -- what the form shows -------------------------------------------------------------------------------------------------


def history(order: str) -> dict[str, Any]:
	"""An order's promises as the form shows them: {"summary", "lines": [{…, "promises": […]}], "causes"}."""
	doc = frappe.get_doc("Sales Order", order)
	kept, today = promise_rows.of_orders([order]), getdate()
	filters = {"disabled": 0}
	return {
		"summary": delivery_promises.summary(order),
		"lines": [_line(doc, row, kept.get(row.name, []), today) for row in doc.items],
		"causes": frappe.get_all(CAUSE, filters, ["name", "whose"], order_by="name asc"),
	}


def _line(doc: Document, row: Document, promises: list[Row], today: date) -> dict[str, Any]:
	last = promises[-1] if promises else None
	return {
		"row": row.name,
		"number": row.idx,
		"item": row.item_code,
		"item_name": row.item_name,
		"uom": row.uom,
		"qty": row.qty,
		"left": open_qty(row) / (flt(row.conversion_factor) or 1.0) if doc.status != "Closed" else 0.0,
		"date": row.delivery_date,
		"first": last.first_promised if last else None,
		"status": last.status if last else "",
		"days_late": delivery_promises.late_by(last, last.promised_date, today) if last else 0,
		"promises": [_shown(promise) for promise in reversed(promises)],
	}


def _shown(promise: Row) -> dict[str, Any]:
	return {
		"date": promise.promised_date,
		"source": promise.source,
		"cause": promise.cause,
		"reason": promise.reason or "",
		"by": get_fullname(promise.promised_by),
		"at": str(promise.promised_at)[:16],
		"status": promise.status,
		"days_late": promise.days_late,
		"is_open": promise.status == engine.OPEN,
	}
