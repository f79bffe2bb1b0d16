"""Abnormal orders: what is found of an order, decisions, remedies, releases, what-if, and the desk's lanes of alerts and holds."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from crm_o2c import permissions
from crm_o2c.services import alert_lists, check_view, decisions, form_document, remedies
from crm_o2c.services.what_if import what_if as compare


@frappe.whitelist(methods=["GET"])
def get_checks(doctype: str, name: str) -> dict[str, Any]:
	"""What is found of a saved Sales Order or Quotation, and the strip: credit, stock and prices as they are now."""
	_check(doctype, name, "read")
	doc = frappe.get_doc(doctype, name)
	_check_customer(doc)
	return check_view.of_saved(doc)


@frappe.whitelist(methods=["POST"])
def check_document(doc: str | dict[str, Any]) -> dict[str, Any]:
	"""The same for a form as it is typed. Nothing is saved. After a look at the permission to save such a document."""
	return check_view.of_form(_form(doc))


@frappe.whitelist(methods=["POST"])
def what_if(doc: str | dict[str, Any], changes: str | dict[str, Any]) -> dict[str, Any]:
	"""An order or quotation beside what it would be with other values; whatever is compared, nothing is saved.

	`changes`: {"lines": [{"number", "qty", "rate", "date", "split": {"now", "later_date"}}], "terms"}; a rate is as it is
	entered, in the document's currency. After a look at the permission to save such a document.
	"""
	return compare(_form(doc), _form(doc), _values(changes))


# -- decisions -----------------------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def decide_alert(alert: str, decision: str, reason: str) -> None:
	"""Close an alert as "Accepted" or "False Alarm". It takes the permission to change the order, or the role O2C User."""
	decisions.decide(alert, decision, reason)


@frappe.whitelist(methods=["POST"])
def decide_alerts(alerts: str | list[str], decision: str, reason: str) -> list[dict[str, Any]]:
	"""Decide several alike: [{name, ok, message}]. The permission is looked at for each."""
	return decisions.each(_names(alerts), lambda alert: decisions.decide(alert, decision, reason))


@frappe.whitelist(methods=["POST"])
def release_hold(hold: str, reason: str, until: date | None = None) -> None:
	"""Release a held order, with a reason, until a day or for good. It takes the permission to read it, and the role that the hold names."""
	decisions.release(hold, reason, getdate(until) if until else None)


@frappe.whitelist(methods=["POST"])
def release_holds(holds: str | list[str], reason: str, until: date | None = None) -> list[dict[str, Any]]:
	"""Release several: [{name, ok, message}]. The permission is looked at for each."""
	last = getdate(until) if until else None
	return decisions.each(_names(holds), lambda hold: decisions.release(hold, reason, last))


# -- remedies ------------------------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def apply_remedy(alert: str, code: str, params: str | dict[str, Any] | None = None) -> dict[str, Any]:
	"""Apply a remedy of an alert to its order: {message, link, fixed, order}. It takes the permission to change the order, or
	to make the document that asks for what is missing."""
	return remedies.apply(alert, code, _values(params))


@frappe.whitelist(methods=["POST"])
def apply_remedies(alerts: str | list[str], code: str) -> list[dict[str, Any]]:
	"""The same remedy for several alerts: [{name, ok, message, link}]. The permission is looked at for each."""
	return remedies.apply_many(_names(alerts), code)


# -- lanes of the desk ---------------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def get_alerts(filters: str | dict[str, Any] | None = None, start: int = 0, page_length: int = 50) -> dict[str, Any]:
	"""A page of open alerts by value at risk. `filters` may hold company, customer, severity, detector, search."""
	permissions.check_orders()
	return alert_lists.get_alerts(_values(filters), max(start, 0), page_length)


@frappe.whitelist(methods=["GET"])
def get_holds(filters: str | dict[str, Any] | None = None, start: int = 0, page_length: int = 50) -> dict[str, Any]:
	"""A page of active holds, the oldest first. `filters` may hold company, customer, detector, search."""
	permissions.check_orders()
	return alert_lists.get_holds(_values(filters), max(start, 0), page_length)


@frappe.whitelist(methods=["GET"])
def get_alert_counts(filters: str | dict[str, Any] | None = None) -> dict[str, Any]:
	"""Open alerts by severity and by detector, what is at risk, and how many holds wait."""
	permissions.check_orders()
	return alert_lists.get_counts(_values(filters))


# -- what they share -----------------------------------------------------------------------------------------------------


def _check(doctype: str, name: str, right: str) -> None:
	if doctype not in form_document.DOCTYPES:
		frappe.throw(_("Only Sales Orders and Quotations are checked."))
	if doctype == form_document.ORDER:
		permissions.check_order(name, right)
		return
	if permissions.is_portal_user():
		frappe.throw(_("Checks are for the company's own people."), exc=frappe.PermissionError)
	frappe.has_permission(doctype, right, doc=name, throw=True)


def _form(doc: str | dict[str, Any]) -> Document:
	"""The document of a form's values, for who may save it: the one that is there, and it as it is typed."""
	values = _parsed(doc)
	if not isinstance(values, Mapping) or values.get("doctype") not in form_document.DOCTYPES:
		frappe.throw(_("Only Sales Orders and Quotations are checked."))
	if permissions.is_portal_user():
		frappe.throw(_("Checks are for the company's own people."), exc=frappe.PermissionError)
	name = form_document.saved_name(values)
	saved = None
	if name:
		_check(values["doctype"], name, "write")
		saved = frappe.get_doc(values["doctype"], name)
	made = form_document.make(values, saved)
	made.check_permission("write" if name else "create")
	_check_customer(made)
	return made


def _check_customer(doc: Document) -> None:
	"""Frappe narrows a user to his customers by fields that link to them; a quotation's customer is in no such field."""
	customer = form_document.customer_of(doc) if doc.doctype == form_document.QUOTATION else None
	if customer and frappe.db.exists("Customer", customer):
		frappe.has_permission("Customer", "read", doc=customer, throw=True)


def _names(names: str | list[str]) -> list[str]:
	given = _parsed(names) if isinstance(names, str) and names.startswith("[") else names
	return [str(name) for name in given] if isinstance(given, list) else [given]


def _values(given: str | dict[str, Any] | None) -> dict[str, Any]:
	values = _parsed(given) or {}
	return dict(values) if isinstance(values, Mapping) else {}


def _parsed(given: Any) -> Any:
	try:
		return frappe.parse_json(given)
	except ValueError:
		frappe.throw(_("This is no JSON."))
