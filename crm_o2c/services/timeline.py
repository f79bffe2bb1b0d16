"""The timeline of an order: where it is, since when, who has it, what is next, will it be on time, and how it came to be so.

For a Delivery Note or a Sales Invoice it is that of its orders. What the reader may not read of the chain is counted and
neither named nor summed. The queries are as many for an order with three documents as for one with three hundred.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_datetime, getdate, now_datetime

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


def of_document(doc: Document) -> dict[str, Any]:
	"""The timeline as the form shows it. The caller has checked the right to read the document."""
	orders, unseen = _orders_of(doc)
	chain = Chain([row.name for row in orders])
	events = timeline_events.Page(_names(chain, doc))
	holders = _holders(chain.orders)
	may_put = doc.doctype == ORDER and doc.docstatus < 2 and bool(frappe.has_permission(ORDER, "write", doc=doc))
	people = full_names(events.actors | {row.owner for row in orders} | {row.user for row in holders.values()})
	return {
		"doctype": doc.doctype,
		"name": doc.name,
		"currency": frappe.get_cached_value("Company", doc.company, "default_currency"),
		"orders": _orders(orders, chain, holders, people),
		"unseen_orders": unseen,
		"by_hand": stage_book.shown_by_hand() if may_put else [],
		"chain": _chain(chain),
		"events": events.shown(people),
	}


def events_of(doc: Document, start: int) -> dict[str, Any]:
	"""A further page of what happened."""
	orders, _unseen = _orders_of(doc)
	events = timeline_events.Page(_names(Chain([row.name for row in orders]), doc), start)
	return events.shown(full_names(events.actors))


def _orders_of(doc: Document) -> tuple[list[Any], int]:
	"""The orders that a document is of and that the reader may read, and how many more there are."""
	if doc.doctype == ORDER:
		return [doc], 0
	every = order_chain.orders_of(doc.doctype, [doc.name])
	shown = orders_that_may_be_read(every)[:MOST_ORDERS]
	if not shown:
		return [], len(every)
	return frappe.get_all(ORDER, {"name": ("in", shown)}, _order_fields(), order_by="name asc"), len(every) - len(shown)


def _names(chain: Chain, doc: Document) -> dict[str, list[str]]:
	"""The documents whose events are told: those that may be read, and the one that is looked at."""
	names = chain.names()
	if doc.name not in names[doc.doctype]:
		names[doc.doctype].append(doc.name)
	return names


# -- the chain -----------------------------------------------------------------------------------------------------------


def _chain(chain: Chain) -> list[dict[str, Any]]:
	return [_of_kind(kind, chain) for kind in KINDS if chain.parts[kind]]


def _of_kind(kind: str, chain: Chain) -> dict[str, Any]:
	parts = chain.readable(kind)
	labels = {
		status: _(status) for status in {part.status or "" for part in parts}
	}  # translated: options of ERPNext's DocTypes
	valued = [part for part in parts if part.docstatus == 1 and part.amount is not None]
	return {
		"doctype": kind,
		"label": _(kind),  # translated: names of ERPNext's DocTypes
		"count": len(parts),
		"hidden": len(chain.parts[kind]) - len(parts),
		"amount": flt(sum(float(part.amount) for part in valued), 2) if valued else None,
		"documents": [_document(part, labels) for part in parts[-MOST_DOCUMENTS:]],
	}


def _document(part: Part, labels: Mapping[str, str]) -> dict[str, Any]:
	return {
		"name": part.name,
		"docstatus": part.docstatus,
		"status": part.status,
		"status_label": labels[part.status or ""],
		"date": part.on and str(part.on),
		"until": part.until and str(part.until),
		"is_return": bool(part.is_return),
		"quantity": part.quantity and float(part.quantity),
		"amount": None if part.amount is None else flt(part.amount, 2),
		"outstanding": flt(part.outstanding, 2) if part.docstatus == 1 else 0.0,
	}


# -- the orders ----------------------------------------------------------------------------------------------------------


def _orders(
	rows: Sequence[Any], chain: Chain, holders: Mapping[str, frappe._dict], people: Mapping[str, str]
) -> list[dict[str, Any]]:
	if not rows:
		return []
	lines: dict[str, list[tuple[Line, Progress]]] = {}
	for line, progress in progress_lines.of_orders(chain.orders):
		lines.setdefault(line.order, []).append((line, progress))
	book, around = stage_book.get_book(), timeline_next.Orders(chain)
	return [
		{
			**_order(row, lines.get(row.name, []), book),
			"who": _who(row, holders.get(row.name), people),
			**around.about(row, [line for line, _progress in lines.get(row.name, [])]),
		}
		for row in rows
	]


def _order_fields() -> list[str]:
	there = "workflow_state" in frappe.db.get_table_columns(ORDER)
	return [*_ORDER_FIELDS, "workflow_state"] if there else list(_ORDER_FIELDS)


def _order(row: Any, lines: Sequence[tuple[Line, Progress]], book: StageBook) -> dict[str, Any]:
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


def _stage(row: Any, book: StageBook) -> dict[str, Any] | None:
	if not row.o2c_stage:
		return None
	found = book.stages.get(row.o2c_stage)
	return {
		"code": row.o2c_stage,
		"label": _label(row.o2c_stage, book),
		"colour": found.colour if found else "gray",
		"since": moment(row.o2c_stage_since),
		"due": moment(row.o2c_stage_due),
		"overdue": bool(row.o2c_stage_due and get_datetime(row.o2c_stage_due) < now_datetime()),
		"by_hand": row.o2c_manual_stage == row.o2c_stage,
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


def _holders(orders: Sequence[str]) -> dict[str, frappe._dict]:
	"""Who has an order by an open hand-off; the one that is due first where there are several."""
	if not orders:
		return {}
	rows = frappe.get_all(
		HANDOFF,
		{"sales_order": ("in", list(orders)), "status": ("in", OPEN)},
		["name", "sales_order", "user", "role", "status", "due"],
		order_by="sales_order asc, due asc, name asc",
	)
	found: dict[str, frappe._dict] = {}
	for row in rows:
		found.setdefault(row.sales_order, row)
	return found


def _who(order: Any, handoff: frappe._dict | None, people: Mapping[str, str]) -> dict[str, Any]:
	"""Who has the order: by hand-off, else whose order it is."""
	if handoff is None:
		return {"user": order.owner, "full_name": people.get(order.owner, order.owner)}
	return {
		"user": handoff.user,
		"full_name": people.get(handoff.user, handoff.user),
		"role": handoff.role and _(handoff.role),  # translated: names of roles
		"handoff": handoff.name,
		"status": handoff.status,
		"status_label": _(handoff.status),
		"due": moment(handoff.due),
		"overdue": bool(handoff.due and handoff.due < now_datetime()),
	}
