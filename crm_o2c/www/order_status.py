"""The page /order-status: a customer's orders, and where one of them is."""

from urllib.parse import quote

import frappe
from frappe import _
from frappe.utils import cint

from crm_o2c import permissions
from crm_o2c.services import customer_view

no_cache = 1
sitemap = 0
ROUTE = "/order-status"
FURTHEST = 1_000_000  # orders; a number beyond is none of a page


def get_context(context: frappe._dict) -> None:
	"""The list, or the order that is named in the address. A guest logs in first and comes back."""
	name = frappe.form_dict.get("name") or ""
	if frappe.session.user == "Guest":
		_log_in(f"{ROUTE}/{quote(name)}" if name else ROUTE)
	context.no_cache = 1
	context.show_sidebar = True
	context.title = _("Where is my order?")
	context.address_of = address_of
	if name:
		context.order = customer_view.status(permissions.check_as_customer(name))
		context.parents = [{"title": _("Where is my order?"), "route": ROUTE}]
		context.title = frappe.utils.escape_html(context.order["name"])
	else:
		context.orders = customer_view.page(min(max(cint(frappe.form_dict.get("start")), 0), FURTHEST))


def address_of(name: str) -> str:
	"""The page of an order."""
	return f"{ROUTE}/{quote(name)}"


def _log_in(back: str) -> None:
	frappe.local.flags.redirect_location = "/login?redirect-to=" + quote(back)
	raise frappe.Redirect(302)
