"""Tells open desk pages that the queue has changed."""

import frappe
from frappe.realtime import get_doctype_room

QUEUE_CHANGED = "o2c_queue_changed"


def queue_changed() -> None:
	"""After the commit, tell everybody who may see Sales Orders and has the Order Desk open; once a transaction."""
	frappe.publish_realtime(QUEUE_CHANGED, {}, room=get_doctype_room("Sales Order"), after_commit=True)
