"""The timeline of an order: where it is, since when, who has it, what is next, will it be on time, and how it came to be so.

For a Delivery Note or a Sales Invoice it is that of its orders. What the reader may not read of the chain is counted and
neither named nor summed. The queries are as many for an order with three documents as for one with three hundred.
"""

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, getdate, now_datetime

from crm_o2c.engine.stages import Progress, StageBook
from crm_o2c.services import order_chain, progress_lines, stage_book, timeline_events, timeline_next
from crm_o2c.services.chain import INVOICE, KINDS, NOTE, ORDER, Chain, Part, orders_that_may_be_read
from crm_o2c.services.handoff_people import HANDOFF, OPEN
from crm_o2c.services.progress_lines import Line
from crm_o2c.services.timeline_events import full_names, moment

DOCTYPES = (ORDER, NOTE, INVOICE)
MOST_ORDERS = 20  # of a document; a collective invoice has more
MOST_DOCUMENTS = 300  # of a kind, the newest

_ORDER_FIELDS = (
	"name", "docstatus", "status", "company", "customer", "customer_name", "owner", "transaction_date", "delivery_date",
	"base_grand_total", "skip_delivery_note", "o2c_stage", "o2c_stage_since", "o2c_stage_due", "o2c_manual_stage",
	"o2c_held",
)  # fmt: skip


def of_document(doctype: str, name: str) -> dict[str, Any]:
	"""The timeline as the form shows it. The caller has checked the right to read the document."""
	orders, unseen = _orders_of(doctype, name)
	chain = Chain(orders)
	company = frappe.db.get_value(doctype, name, "company")
	return {
		"doctype": doctype,
		"name": name,
		"currency": frappe.get_cached_value("Company", company, "default_currency"),
		"orders": _orders(orders, chain),
		"unseen_orders": unseen,
		"chain": _chain(chain),
		"events": timeline_events.page(_names(chain, doctype, name)),
	}


def events_of(doctype: str, name: str, start: int) -> dict[str, Any]:
	"""A further page of what happened."""
	orders, _unseen = _orders_of(doctype, name)
	return timeline_events.page(_names(Chain(orders), doctype, name), start)


def _orders_of(doctype: str, name: str) -> tuple[list[str], int]:
	"""The orders that a document is of and that the reader may read, and how many more there are."""
	if doctype == ORDER:
		return [name], 0
	every = order_chain.orders_of(doctype, [name])
	found = orders_that_may_be_read(every)
	shown = found[:MOST_ORDERS]
	return shown, len(every) - len(shown)


def _names(chain: Chain, doctype: str, name: str) -> dict[str, list[str]]:
	"""The documents whose events are told: those that may be read, and the one that is looked at."""
	names = chain.names()
	if name not in names[doctype]:
		names[doctype].append(name)
	return names


# -- the chain -----------------------------------------------------------------------------------------------------------


def _chain(chain: Chain) -> list[dict[str, Any]]:
	return [_of_kind(kind, chain) for kind in KINDS if chain.parts[kind]]


def _of_kind(kind: str, chain: Chain) -> dict[str, Any]:
	parts = chain.readable(kind)
	valued = [part for part in parts if part.docstatus == 1 and part.amount is not None]
	return {
		"doctype": kind,
		"label": _(kind),  # translated: names of ERPNext's DocTypes
		"count": len(parts),
		"hidden": len(chain.parts[kind]) - len(parts),
		"amount": flt(sum(float(part.amount) for part in valued), 2) if valued else None,
		"documents": [_document(part) for part in parts[-MOST_DOCUMENTS:]],
	}


def _document(part: Part) -> dict[str, Any]:
	return {
		"name": part.name,
		"docstatus": part.docstatus,
		"status": part.status,
		"status_label": _(part.status or ""),  # translated: options of ERPNext's DocTypes
		"date": part.on and str(part.on),
		"until": part.until and str(part.until),
		"is_return": bool(part.is_return),
		"quantity": part.quantity and float(part.quantity),
		"amount": None if part.amount is None else flt(part.amount, 2),
		"outstanding": flt(part.outstanding, 2) if part.docstatus == 1 else 0.0,
	}


# -- the orders ----------------------------------------------------------------------------------------------------------


def _orders(names: Sequence[str], chain: Chain) -> list[dict[str, Any]]:
	if not names:
		return []
	rows = frappe.get_all(ORDER, {"name": ("in", list(names))}, _order_fields(), order_by="name asc")
	lines: dict[str, list[tuple[Line, Progress]]] = {}
	for line, progress in progress_lines.of_orders(names):
		lines.setdefault(line.order, []).append((line, progress))
	holders, book, people = _holders(names), stage_book.get_book(), full_names({row.owner for row in rows})
	around = timeline_next.Orders(names, chain)
	return [
		{
			**_order(row, lines.get(row.name, []), book),
			"who": holders.get(row.name) or {"user": row.owner, "full_name": people.get(row.owner, row.owner)},
			**around.about(row, [line for line, _progress in lines.get(row.name, [])]),
		}
		for row in rows
	]


def _order_fields() -> list[str]:
	there = "workflow_state" in frappe.db.get_table_columns(ORDER)
	return [*_ORDER_FIELDS, "workflow_state"] if there else list(_ORDER_FIELDS)


def _order(row: frappe._dict, lines: Sequence[tuple[Line, Progress]], book: StageBook) -> dict[str, Any]:
	return {
		"name": row.name,
		"docstatus": row.docstatus,
		"status": row.status,
		"status_label": _(row.status or ""),  # translated: options of Sales Order
		"company": row.company,
		"customer": row.customer,
		"customer_name": row.customer_name,
		"amount": flt(row.base_grand_total, 2),
		"stage": _stage(row, book),
		"lines": [_line(line, book.stage_of(progress, line.by_hand), book) for line, progress in lines],
	}


def _stage(row: frappe._dict, book: StageBook) -> dict[str, Any] | None:
	if not row.o2c_stage:
		return None
	found = book.stages.get(row.o2c_stage)
	return {
		"code": row.o2c_stage,
		"label": _label(row.o2c_stage, book),
		"colour": found.colour if found else "gray",
		"since": moment(row.o2c_stage_since),
		"due": moment(row.o2c_stage_due),
		"overdue": bool(row.o2c_stage_due and row.o2c_stage_due < now_datetime()),
		"by_hand": bool(row.o2c_manual_stage),
	}


def _label(code: str, book: StageBook) -> str:
	found = book.stages.get(code)
	return _(found.label) if found else code


def _line(line: Line, stage: str, book: StageBook) -> dict[str, Any]:
	found = book.stages.get(stage)
	return {
		"row": line.row,
		"number": line.number,
		"item_code": line.item_code,
		"item_name": line.item_name,
		"promised": line.delivery_date and str(line.delivery_date),
		"late": bool(line.delivery_date and line.delivered_share < 1 and line.docstatus == 1 and not line.closed)
		and getdate(line.delivery_date) < getdate(),
		"uom": line.uom,
		"qty": float(line.qty),
		"delivered": float(line.delivered_qty or 0),
		"returned": float(line.returned_qty or 0),
		"billed": round(100 * line.billed_share, 2),
		"stage": {"code": stage, "label": _label(stage, book), "colour": found.colour if found else "gray"}
		if stage
		else None,
	}


def _holders(orders: Sequence[str]) -> dict[str, dict[str, Any]]:
	"""Who has an order by an open hand-off; the one that is due first where there are several."""
	rows = frappe.get_all(
		HANDOFF,
		{"sales_order": ("in", list(orders)), "status": ("in", OPEN)},
		["name", "sales_order", "user", "role", "status", "due"],
		order_by="sales_order asc, due asc, name asc",
	)
	people = full_names({row.user for row in rows})
	now, found = now_datetime(), {}
	for row in rows:
		found.setdefault(
			row.sales_order,
			{
				"user": row.user,
				"full_name": people.get(row.user, row.user),
				"role": row.role and _(row.role),  # translated: names of roles
				"handoff": row.name,
				"status": row.status,
				"status_label": _(row.status),  # translated: options of O2C Handoff
				"due": moment(row.due),
				"overdue": bool(row.due and row.due < now),
			},
		)
	return found
