"""Who may see and do what, in one place. A score is for whoever may read its Sales Order, and never for a customer."""

import frappe
from frappe import _
from frappe.desk.reportview import build_match_conditions
from frappe.model.document import Document

from crm_o2c.services.context import ON, SHADOW, mode

MANAGERS = ("O2C Manager", "System Manager")


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


def check_manager() -> None:
	"""Raise PermissionError unless the user manages policies."""
	frappe.only_for(MANAGERS)


def is_manager() -> bool:
	"""Whether the user manages policies."""
	return bool(set(MANAGERS) & set(frappe.get_roles()))


def sees_scores() -> bool:
	"""Whether scores are shown to the user: nobody sees them while the engine is off, and managers alone in shadow."""
	return mode() == ON or (mode() == SHADOW and is_manager())


def may_boost() -> bool:
	role = frappe.get_cached_doc("O2C Settings").boost_role
	return bool({role, *MANAGERS} & set(frappe.get_roles()))


def check_boost(sales_order: str) -> None:
	"""Raise PermissionError unless the user may boost this order."""
	check_order(sales_order)
	if not may_boost():
		frappe.throw(_("Your role may not boost orders."), exc=frappe.PermissionError)


def order_conditions(user: str | None = None) -> str:
	"""SQL on `tabSales Order` for the rows that the user may list; empty where he may list all."""
	return build_match_conditions("Sales Order", user=user or frappe.session.user) or ""


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


def _of_allowed_orders(column: str, user: str | None) -> str:
	"""SQL: the column names a Sales Order that the user may list; empty where he may list all."""
	if not frappe.has_permission("Sales Order", "read", user=user):
		return "1=0"
	conditions = order_conditions(user)
	return column + " in (select `name` from `tabSales Order` where " + conditions + ")" if conditions else ""
