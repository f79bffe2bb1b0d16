"""Who may see and do what, in one place. A score is for whoever may read its Sales Order, and never for a customer."""

import frappe
from frappe import _
from frappe.desk.reportview import build_match_conditions
from frappe.model.document import Document
from frappe.permissions import get_role_permissions
from frappe.share import get_shared

from crm_o2c.services.context import ON, SHADOW, mode

MANAGERS = ("O2C Manager", "System Manager")
TRACKED = ("Delivery Note", "Shipment")


def has_app_permission() -> bool:
	"""Whether the app's tile is shown: for desk users who may read Sales Orders."""
	return bool(
		frappe.session.user != "Guest" and not is_portal_user() and frappe.has_permission("Sales Order", "read")
	)


def is_portal_user(user: str | None = None) -> bool:
	"""A customer, a guest: anybody without the desk."""
	return frappe.get_cached_value("User", user or frappe.session.user, "user_type") != "System User"


def check_orders() -> None:
	"""Raise PermissionError unless the user may read Sales Orders and is no customer."""
	_refuse_customers()
	frappe.has_permission("Sales Order", "read", throw=True)


def check_order(sales_order: str, right: str = "read") -> None:
	"""Raise PermissionError unless the user may `right` this Sales Order and is no customer."""
	_refuse_customers()
	frappe.has_permission("Sales Order", right, doc=sales_order, throw=True)


def _refuse_customers() -> None:
	if is_portal_user():  # an order may be shared with a customer
		frappe.throw(_("Scores are for the company's own people."), exc=frappe.PermissionError)


def check_as_customer(sales_order: str) -> Document:
	"""The Sales Order, for the customer whose it is and for who may read it at the desk. Raises PermissionError, the same for
	somebody else's order, a draft, and one that does not exist."""
	if frappe.session.user != "Guest" and frappe.db.exists("Sales Order", {"name": sales_order, "docstatus": (">", 0)}):
		doc = frappe.get_doc("Sales Order", sales_order)
		if _is_for(doc):
			return doc
	frappe.throw(_("There is no such order, or it is not yours."), exc=frappe.PermissionError)


def _is_for(doc: Document) -> bool:
	"""By the customer's portal as on ERPNext's own pages, or by the right to read. Somebody of the company who is no customer
	is not asked the first: ERPNext would give him the orders of every customer that he may list."""
	if not is_portal_user() and frappe.has_permission("Sales Order", "read", doc=doc):
		return True
	return "Customer" in frappe.get_roles() and bool(frappe.has_website_permission(doc))


def check_manager() -> None:
	"""Raise PermissionError unless the user manages policies."""
	frappe.only_for(MANAGERS)


def is_manager() -> bool:
	"""Whether the user manages policies."""
	return bool(set(MANAGERS) & set(frappe.get_roles()))


def sees_scores() -> bool:
	"""Whether scores are shown to the user: nobody sees them while the engine is off, and managers alone in shadow."""
	return mode() == ON or (mode() == SHADOW and is_manager())


def check_finder() -> None:
	"""Raise PermissionError unless the user works with what the nightly check finds."""
	if not {*MANAGERS, "Accounts Manager"} & set(frappe.get_roles()):
		frappe.throw(_("Your role may not start this check."), exc=frappe.PermissionError)


def may_boost() -> bool:
	role = frappe.get_cached_doc("O2C Settings").boost_role
	return bool({role, *MANAGERS} & set(frappe.get_roles()))


def check_boost(sales_order: str) -> None:
	"""Raise PermissionError unless the user may boost this order."""
	check_order(sales_order)
	if not may_boost():
		frappe.throw(_("Your role may not boost orders."), exc=frappe.PermissionError)


def may_act(handoff: Document) -> bool:
	"""Whether the user may take the steps of this hand-off: who has it, whoever has its role, whom it was escalated to, and
	managers. One that was sent back is for who got it."""
	user, roles = frappe.session.user, set(frappe.get_roles())
	if handoff.user == user or is_manager():
		return True
	if handoff.escalated_at and (handoff.escalate_user == user or handoff.escalate_role in roles):
		return True
	return handoff.status != "Sent Back" and handoff.role in roles


def check_handoff(handoff: Document) -> None:
	"""Raise PermissionError unless the user may read the order, is no customer, and may act on its hand-off."""
	check_order(handoff.sales_order)
	if not may_act(handoff):
		frappe.throw(_("This hand-off is for somebody else."), exc=frappe.PermissionError)


def check_tracked(doctype: str, name: str, right: str = "read") -> None:
	"""Raise PermissionError unless the user may `right` this Delivery Note or Shipment and is no customer."""
	if is_portal_user():
		frappe.throw(_("Tracking is for the company's own people."), exc=frappe.PermissionError)
	if doctype not in TRACKED:
		frappe.throw(_("Only Delivery Notes and Shipments are tracked."))
	frappe.has_permission(doctype, right, doc=name, throw=True)


def may_change(doctype: str, name: str) -> bool:
	"""Whether the user may change this document."""
	return bool(frappe.has_permission(doctype, "write", doc=name))


def check_in_chain(doctype: str, name: str) -> Document:
	"""The document of an order's chain. Raises PermissionError unless the user may read it and is no customer."""
	if is_portal_user():  # a document may be shared with a customer
		frappe.throw(_("The timeline is for the company's own people."), exc=frappe.PermissionError)
	doc = frappe.get_doc(doctype, name)
	frappe.has_permission(doctype, "read", doc=doc, throw=True)
	return doc


def order_conditions(user: str | None = None) -> str:
	"""SQL on `tabSales Order` for the rows that the user may list; empty where he may list all."""
	return readable("Sales Order", user)


def readable(doctype: str, user: str | None = None) -> str:
	"""SQL on the DocType's table for the documents that the user may read; empty where he may read all.

	Frappe's own conditions are empty, too, for somebody without any role for it, who may read what is shared with him alone.
	"""
	user = user or frappe.session.user
	if user == "Administrator" or get_role_permissions(frappe.get_meta(doctype), user=user).get("read"):
		return build_match_conditions(doctype, user=user) or ""
	shared = [frappe.db.escape(name) for name in get_shared(doctype, user)]
	return "`tab" + doctype + "`.`name` in (" + ", ".join(shared) + ")" if shared else "1=0"


# -- hooks: a pair with the same predicate -------------------------------------------------------------------------------


def has_order_permission(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	return bool(frappe.has_permission("Sales Order", "read", doc=doc.sales_order, user=user))


def order_score_conditions(user: str | None = None) -> str:
	return _of_allowed_orders("`tabO2C Order Score`.`name`", user)


def boost_conditions(user: str | None = None) -> str:
	return _of_allowed_orders("`tabO2C Priority Boost`.`sales_order`", user)


def alert_conditions(user: str | None = None) -> str:
	return _of_allowed_orders("`tabO2C Order Alert`.`sales_order`", user)


def hold_conditions(user: str | None = None) -> str:
	return _of_allowed_orders("`tabO2C Order Hold`.`sales_order`", user)


def promise_conditions(user: str | None = None) -> str:
	return _of_allowed_orders("`tabO2C Promise`.`sales_order`", user)


FOUND_IN = (
	"Delivery Note",
	"Payment Entry",
	"Sales Invoice",
	"Sales Order",
)  # what a finding of the nightly check is about


def has_finding_permission(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""A finding is for who may read the document that it is about, and never for a customer."""
	if is_portal_user(user) or doc.reference_doctype not in FOUND_IN:
		return False
	return bool(frappe.has_permission(doc.reference_doctype, "read", doc=doc.reference_name, user=user))


def finding_conditions(user: str | None = None) -> str:
	user = user or frappe.session.user
	if is_portal_user(user):
		return "1=0"
	parts = [_found_in(doctype, user) for doctype in FOUND_IN if frappe.has_permission(doctype, "read", user=user)]
	return "(" + " or ".join(parts) + ")" if parts else "1=0"


def _found_in(doctype: str, user: str) -> str:
	"""SQL: the finding is about a document of this type that the user may list."""
	about = "`tabO2C Finding`.`reference_doctype` = " + frappe.db.escape(doctype)
	conditions = build_match_conditions(doctype, user=user)
	if not conditions:
		return about
	table = "`tab" + doctype + "`"
	names = "(select `name` from " + table + " where " + conditions + ")"
	return "(" + about + " and `tabO2C Finding`.`reference_name` in " + names + ")"


def handoff_conditions(user: str | None = None) -> str:
	return _of_allowed_orders("`tabO2C Handoff`.`sales_order`", user)


def _of_allowed_orders(column: str, user: str | None) -> str:
	"""SQL: the column names a Sales Order that the user may list; empty where he may list all."""
	if not frappe.has_permission("Sales Order", "read", user=user):
		return "1=0"
	conditions = order_conditions(user)
	return column + " in (select `name` from `tabSales Order` where " + conditions + ")" if conditions else ""


def has_scan_permission(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""A scan is for whoever may read its document; one of no document so far is for managers."""
	if not doc.reference_name:
		return bool(set(MANAGERS) & set(frappe.get_roles(user)))
	return bool(frappe.has_permission(doc.reference_doctype, "read", doc=doc.reference_name, user=user))


def scan_conditions(user: str | None = None) -> str:
	user = user or frappe.session.user
	allowed = [_of_allowed_documents(doctype, user) for doctype in TRACKED]
	if set(MANAGERS) & set(frappe.get_roles(user)):
		allowed.append("ifnull(`tabO2C Tracking Event`.`reference_name`, '') = ''")
	return "(" + " or ".join(allowed) + ")"


def _of_allowed_documents(doctype: str, user: str) -> str:
	"""SQL: a scan of a document of this kind that the user may list."""
	if not frappe.has_permission(doctype, "read", user=user):
		return "1=0"
	kind = f"`tabO2C Tracking Event`.`reference_doctype` = {frappe.db.escape(doctype)}"
	conditions = build_match_conditions(doctype, user=user)
	if not conditions:
		return f"({kind})"
	names = (
		"`tabO2C Tracking Event`.`reference_name` in (select `name` from `tab" + doctype + "` where " + conditions + ")"
	)
	return f"({kind} and {names})"
