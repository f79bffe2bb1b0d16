"""A task for the owner of a Delivery Note whose goods are in trouble on their way, or have not moved for days.

The alerts of the Order Desk are what rules find of Sales Orders, with remedies for the order; what happens on the road is
a thing to do about one delivery, by one person. So it is a ToDo, named after its cause, which makes it once: whoever closes
it is not asked again for the same. When its cause has passed, it is closed.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from hashlib import md5
from typing import NamedTuple

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.query_builder.functions import Coalesce
from frappe.utils import escape_html, format_datetime, get_datetime, now_datetime
from frappe.utils.user import get_users_with_role

from crm_o2c.engine.tracking import TROUBLE, UNDER_WAY
from crm_o2c.services import carriers, tasks
from crm_o2c.services.tracking_book import NOTE, Book, shipments_of

TODO, PREFIX = "ToDo", "o2c-track-"
SILENT = "Silent"
FALLBACK_ROLE = "Stock Manager"
LOOK_BACK = timedelta(days=60)  # what has been so for longer is nobody's task of today


class Cause(NamedTuple):
	"""Why somebody has to look at a delivery, and since when."""

	note: str
	kind: str  # a status, or SILENT
	since: datetime
	days: int = 0

	@property
	def todo(self) -> str:
		"""The name of its task: one for each cause."""
		return PREFIX + md5(f"{self.note}|{self.kind}|{self.since}".encode()).hexdigest()


def look_soon(notes: Collection[str]) -> None:
	"""Look at these Delivery Notes once their new status is committed."""
	names = sorted(notes)
	key = md5("|".join(names).encode()).hexdigest()
	tasks.enqueue(look, key=key, queue="short", notes=names)


def look(notes: Collection[str] | None = None) -> dict[str, int]:
	"""Make the tasks that are missing and close those whose cause has passed, for these Delivery Notes or for all."""
	now = now_datetime()
	rows = _rows(notes if notes is not None else _suspects(now))
	causes = {cause.todo: cause for cause in (*_troubles(rows, now), *_silences(rows, now))}
	known = (
		set(frappe.get_all(TODO, {"name": ("in", list(causes))}, pluck="name", order_by="name asc"))
		if causes
		else set()
	)
	made = sum(_make(cause, rows[cause.note]) for name, cause in causes.items() if name not in known)
	return {"made": made, "closed": _close_others(rows, causes)}


def _rows(notes: Collection[str]) -> dict[str, frappe._dict]:
	if not notes:
		return {}
	fields = [
		"name", "owner", "customer_name", "posting_date", "o2c_carrier", "o2c_tracking_number", "o2c_tracking_status",
		"o2c_last_scan_at",
	]  # fmt: skip
	found = frappe.get_all(NOTE, {"name": ("in", list(notes)), "docstatus": 1}, fields, order_by="name asc")
	return {row.name: row for row in found}


def _suspects(now: datetime) -> set[str]:
	"""Delivery Notes in trouble, those that may be silent, and those with an open task."""
	note = frappe.qb.DocType(NOTE)
	moved = Coalesce(note.o2c_last_scan_at, note.posting_date)
	status = Coalesce(note.o2c_tracking_status, "")
	scanned = status.isin([*UNDER_WAY, *TROUBLE]) | ((status == "") & (note.o2c_tracking_number > ""))
	recent = (
		frappe.qb.from_(note)
		.select(note.name)
		.where((note.docstatus == 1) & (note.is_return == 0) & scanned & (moved >= now - LOOK_BACK))
	).run(pluck=True)
	open_ones = {"name": ("like", f"{PREFIX}%"), "status": "Open", "reference_type": NOTE}
	return {*recent, *frappe.get_all(TODO, open_ones, pluck="reference_name", order_by="name asc")}


def _troubles(rows: dict[str, frappe._dict], now: datetime) -> Iterable[Cause]:
	names = [name for name, row in rows.items() if row.o2c_tracking_status in TROUBLE]
	book = Book(names)
	for name in book.notes:
		state = book.state_of_note(name)
		if state.status in TROUBLE and state.since and state.since >= now - LOOK_BACK:
			yield Cause(name, state.status, state.since)


def _silences(rows: dict[str, frappe._dict], now: datetime) -> Iterable[Cause]:
	"""On its way, and no scan for as many days as its carrier allows."""
	waiting = [row for row in rows.values() if not row.o2c_tracking_status or row.o2c_tracking_status in UNDER_WAY]
	allowed = _days_allowed(waiting)
	for row in waiting:
		since = get_datetime(row.o2c_last_scan_at or row.posting_date)
		days = allowed.get(row.name, 0)
		if days and now - LOOK_BACK <= since <= now - timedelta(days=days):
			yield Cause(row.name, SILENT, since, days)


def _days_allowed(rows: Collection[frappe._dict]) -> dict[str, int]:
	"""The days without movement that the carrier of each allows: its own carrier's, or else that of its Shipment."""
	days = dict(
		frappe.get_all(carriers.DOCTYPE, {"enabled": 1}, ["name", "alert_days"], order_by="name asc", as_list=True)
	)
	allowed = {row.name: days.get(row.o2c_carrier, 0) for row in rows if row.o2c_carrier}
	links = shipments_of([row.name for row in rows if not row.o2c_carrier])
	named = _carriers_of_shipments({link.shipment for link in links})
	for link in links:
		allowed.setdefault(link.delivery_note, days.get(named.get(link.shipment, ""), 0))
	return allowed


def _carriers_of_shipments(names: Collection[str]) -> dict[str, str]:
	filters = {"name": ("in", list(names)), "awb_number": ("is", "set"), "carrier": ("is", "set")}
	rows = frappe.get_all("Shipment", filters, ["name", "carrier"], order_by="name asc") if names else []
	return {row.name: row.carrier for row in rows}


# -- tasks ---------------------------------------------------------------------------------------------------------------


def _make(cause: Cause, row: frappe._dict) -> bool:
	"""The task of a cause; whether it is new. Somebody may make it at the same moment."""
	user = _who(row)
	doc = frappe.get_doc(
		{
			"doctype": TODO,
			"allocated_to": user,
			"role": None if user else FALLBACK_ROLE,
			"reference_type": NOTE,
			"reference_name": cause.note,
			"priority": "High",
			"description": _text(cause, row),
		}
	)
	frappe.db.savepoint("o2c_todo")
	try:
		doc.insert(ignore_permissions=True, set_name=cause.todo)  # the app's own task, whoever the scan came from
	except frappe.DuplicateEntryError:
		frappe.db.rollback(save_point="o2c_todo")
		return False
	if user:
		notice = {"type": "Alert", "document_type": NOTE, "document_name": cause.note, "subject": doc.description}
		enqueue_create_notification([user], notice)
	return True


def _who(row: frappe._dict) -> str | None:
	"""The owner of the Delivery Note; where he has left, somebody who manages stock."""
	users = [row.owner, *sorted(get_users_with_role(FALLBACK_ROLE))]
	able = frappe.get_all(
		"User",
		{"name": ("in", users), "enabled": 1, "user_type": "System User"},
		pluck="name",
		order_by="name asc",
	)
	return next(
		(user for user in users if user in able and frappe.has_permission(NOTE, "read", doc=row.name, user=user)), None
	)


def _text(cause: Cause, row: frappe._dict) -> str:
	note, customer = frappe.bold(cause.note), escape_html(row.customer_name or "")
	since = format_datetime(cause.since)
	if cause.kind == SILENT:
		return _("{0} for {1}: nothing has moved for {2} days (since {3}). Ask the carrier.").format(
			note, customer, (now_datetime() - cause.since).days, since
		)
	status = _(cause.kind)  # translated: the statuses of O2C Tracking Event
	return _("{0} for {1}: {2} since {3}. Ask the carrier and tell the customer.").format(note, customer, status, since)


def _close_others(rows: dict[str, frappe._dict], causes: Collection[str]) -> int:
	"""Close the open tasks of these Delivery Notes whose cause has passed."""
	filters = {
		"name": ("like", f"{PREFIX}%"),
		"reference_type": NOTE,
		"reference_name": ("in", list(rows)),
		"status": "Open",
	}
	open_ones = frappe.get_all(TODO, filters, pluck="name", order_by="name asc") if rows else []
	passed = [name for name in open_ones if name not in causes]
	for name in passed:
		todo = frappe.get_doc(TODO, name)  # one by one: seldom more than one, and each tells its document
		todo.status = "Closed"
		todo.save(ignore_permissions=True)  # the app's own task
	return len(passed)
