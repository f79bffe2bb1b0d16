"""Tracking: where a Delivery Note or a Shipment is, scans by hand and by file, and the carriers' signed messages."""

import time
from datetime import date, datetime
from typing import Any

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils import get_datetime, getdate

from crm_o2c import permissions
from crm_o2c.services import tracking, tracking_csv, tracking_view, tracking_webhook
from crm_o2c.services.tracking_book import EVENT, NOTE

MESSAGES_A_MINUTE = 300  # from one address


@frappe.whitelist(methods=["GET"])
def get_tracking(doctype: str, name: str) -> dict[str, Any]:
	"""Where a Delivery Note or a Shipment is: status, estimate against promise, parcels with their pages, scans."""
	permissions.check_tracked(doctype, name)
	answer = tracking_view.of_note(name) if doctype == NOTE else tracking_view.of_shipment(name)
	return {**answer, "may_write": permissions.may_change(doctype, name)}


@frappe.whitelist(methods=["POST"])
def add_scan(
	doctype: str,
	name: str,
	status: str,
	happened_at: datetime,
	place: str = "",
	description: str = "",
	eta: date | None = None,
) -> dict[str, int]:
	"""Report where a Delivery Note or a Shipment is. It takes the permission to change it. Returns tracking.record's counts."""
	permissions.check_tracked(doctype, name, "write")
	day = getdate(eta) if eta else None
	return tracking.add_by_hand(doctype, name, status, get_datetime(happened_at), place, description, day)


@frappe.whitelist(methods=["POST"])
def withdraw_scan(scan: str, reason: str) -> dict[str, int]:
	"""Declare a scan a mistake. It takes the permission to change the document that it was reported for."""
	fields = ["reference_doctype", "reference_name"]
	doctype, name = frappe.db.get_value(EVENT, scan, fields) or (None, None)
	if not name:
		permissions.check_manager()
		frappe.get_doc(EVENT, scan)  # raises where there is none
	else:
		permissions.check_tracked(doctype, name, "write")
	return tracking.withdraw(scan, reason)


@frappe.whitelist(methods=["POST"])
def upload_scans(content: str, store_good: bool = False) -> dict[str, Any]:
	"""Keep the scans of a CSV file: {rows, bad: [{row, column, value, remedy}], stored, repeated, changed}.

	Where a row is bad nothing is kept unless `store_good`. The permission to change is looked at for each document.
	"""
	if permissions.is_portal_user():
		frappe.throw(_("Tracking is for the company's own people."), exc=frappe.PermissionError)
	frappe.has_permission(NOTE, "write", throw=True)
	return tracking_csv.upload(content, permissions.may_change, store_good)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=MESSAGES_A_MINUTE, seconds=60)
def webhook() -> dict[str, Any]:
	"""Take a carrier's scans. `?carrier=` names it; its signature in the headers X-O2C-Timestamp and X-O2C-Signature is the
	permission. Whatever is wrong is answered alike, with 401."""
	request = frappe.request
	header = request.headers.get
	answer = tracking_webhook.receive(
		request.args.get("carrier", ""),
		header("X-O2C-Timestamp", ""),
		header("X-O2C-Signature", ""),
		request.get_data(),
		time.time(),
	)
	if answer is None:
		frappe.local.response["http_status_code"] = 401
		return {"error": "refused"}
	return answer
