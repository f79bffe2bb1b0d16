"""Deliveries of an order: Ship-To Plan, Pick Lists by address, what can go now, short-closing a line."""

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from crm_o2c import permissions
from crm_o2c.services import delivery_split, pick_notes, ship_to_notes
from crm_o2c.services import short_close as short_closing


@frappe.whitelist(methods=["POST"])
def make_ship_to_notes(sales_order: str, until: date | None = None) -> list[dict[str, Any]]:
	"""Make a draft Delivery Note for each address and date of an order's plan, of what is on none yet: [{name, address, date}].

	`until` leaves later dates out. Nothing left to make gives an empty list."""
	permissions.check_order(sales_order)
	_check_may_deliver()
	notes = ship_to_notes.make(sales_order, getdate(until) if until else None)
	return [
		{"name": note.name, "address": note.shipping_address_name, "date": str(note.o2c_planned_date)} for note in notes
	]


@frappe.whitelist(methods=["POST"])
def create_delivery_note(source_name: str, target_doc: str | None = None) -> Document | None:
	"""In the place of ERPNext's function for Pick Lists, which merges the addresses of a customer."""
	pick_list = frappe.get_doc("Pick List", source_name)
	pick_list.check_permission("read")
	return pick_notes.make(pick_list)


@frappe.whitelist(methods=["GET"])
def propose_deliveries(sales_order: str) -> dict[str, Any]:
	"""What of a submitted order can go now, what later and when, and what its delivery policy says of that."""
	permissions.check_order(sales_order)
	return delivery_split.proposal(sales_order)


@frappe.whitelist(methods=["POST"])
def make_proposed_note(sales_order: str) -> str | None:
	"""Make the draft Delivery Note of what can go now; its name, or nothing where nothing can."""
	permissions.check_order(sales_order)
	_check_may_deliver()
	note = delivery_split.make_note(sales_order)
	return note.name if note else None


@frappe.whitelist(methods=["POST"])
def short_close(sales_order: str, row: str, reason: str) -> str:
	"""Short-close a line of a submitted order, for a reason that is kept with it. Returns what was done, as a sentence."""
	permissions.check_order(sales_order, "write")
	return short_closing.close_line(sales_order, row, reason)


def _check_may_deliver() -> None:
	if not frappe.has_permission("Delivery Note", "create"):
		frappe.throw(_("You may not make Delivery Notes."), exc=frappe.PermissionError)
