"""Hand-offs of an order between people: who has the ball, and the steps they take."""

from typing import Any

import frappe
from frappe.model.document import Document

from crm_o2c import permissions
from crm_o2c.services import handoff_steps, handoff_view


@frappe.whitelist(methods=["GET"])
def get_order(sales_order: str) -> dict[str, Any]:
	"""Who has this order now, what was handed over before, and its state in the workflow."""
	permissions.check_order(sales_order)
	return handoff_view.of_order(sales_order)


@frappe.whitelist(methods=["GET"])
def get_handoff(handoff: str) -> dict[str, Any]:
	"""One hand-off, with what the user may do."""
	doc = frappe.get_doc(handoff_steps.HANDOFF, handoff)
	permissions.check_order(doc.sales_order)
	return handoff_view.of_handoff(doc.name)


@frappe.whitelist(methods=["POST"])
def accept(handoff: str) -> dict[str, Any]:
	"""Take it. For who it is meant for, and the role that it names."""
	doc = _locked(handoff)
	handoff_steps.accept(doc)
	return handoff_view.of_handoff(doc.name)


@frappe.whitelist(methods=["POST"])
def send_back(handoff: str, reason: str) -> dict[str, Any]:
	"""Give it back to who handed it over; he reads the reason."""
	doc = _locked(handoff)
	handoff_steps.send_back(doc, reason)
	return handoff_view.of_handoff(doc.name)


@frappe.whitelist(methods=["POST"])
def hand_over(handoff: str, answer: str = "") -> dict[str, Any]:
	"""Hand over again what was sent back, with an answer where one is needed."""
	doc = _locked(handoff)
	handoff_steps.hand_over(doc, answer)
	return handoff_view.of_handoff(doc.name)


@frappe.whitelist(methods=["POST"])
def tick(handoff: str, row: str, done: bool) -> dict[str, Any]:
	"""Tick a step of the checklist, or take the tick away."""
	doc = _locked(handoff)
	handoff_steps.tick(doc, row, done)
	return handoff_view.of_handoff(doc.name)


@frappe.whitelist(methods=["POST"])
def finish(handoff: str) -> dict[str, Any]:
	"""The work is done; every step that must be done is ticked."""
	doc = _locked(handoff)
	handoff_steps.finish(doc)
	return handoff_view.of_handoff(doc.name)


def _locked(handoff: str) -> Document:
	"""The hand-off, locked, after a look at the user's right to act on it."""
	permissions.check_handoff(frappe.get_doc(handoff_steps.HANDOFF, handoff))
	doc = frappe.get_doc(handoff_steps.HANDOFF, handoff, for_update=True)
	permissions.check_handoff(doc)  # it may have gone to another in between
	return doc
