"""The timeline of an order, on its form and on those of its deliveries and invoices."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from crm_o2c import permissions
from crm_o2c.services import timeline


@frappe.whitelist(methods=["GET"])
def get_timeline(doctype: str, name: str) -> dict[str, Any]:
	"""Where the orders of a document are, who has them, what is next, the chain of documents and the last events."""
	return timeline.of_document(_checked(doctype, name))


@frappe.whitelist(methods=["GET"])
def get_events(doctype: str, name: str, start: int = 0) -> dict[str, Any]:
	"""A further page of what happened to the documents of the chain, 50 a page."""
	return timeline.events_of(_checked(doctype, name), start)


def _checked(doctype: str, name: str) -> Document:
	if doctype not in timeline.DOCTYPES:
		frappe.throw(_("Only Sales Orders, Delivery Notes and Sales Invoices have a timeline."))
	return permissions.check_in_chain(doctype, name)
