"""Boosts by hand: points with a reason, a person and an end."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import add_days, getdate, now_datetime

from crm_o2c.exceptions import BoostError
from crm_o2c.services import dirty

DOCTYPE = "O2C Priority Boost"


def add(sales_order: str, points: float, reason: str, expires_on: date) -> str:
	"""Boost an order in place of the boost it may have. The caller has checked the user's right to the order."""
	settings = frappe.get_cached_doc("O2C Settings")
	if not 0 < abs(points) <= settings.largest_boost:  # so written it refuses what is no number, too
		raise_boost(_("Points must be between -{0} and {0}, and not 0.").format(settings.largest_boost))
	if not reason.strip():
		raise_boost(_("A boost needs a reason; everybody who sees the order sees it."))
	last = getdate(add_days(getdate(), settings.longest_boost))
	if not getdate() <= expires_on <= last:
		raise_boost(_("A boost counts until a day from today to {0}.").format(frappe.format(last, "Date")))
	end(sales_order)
	boost = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"sales_order": sales_order,
			"active_order": sales_order,
			"points": points,
			"reason": reason.strip(),
			"expires_on": expires_on,
		}
	)
	boost.insert(ignore_permissions=True)  # the caller checked the role that may boost and the right to the order
	dirty.mark_order(sales_order)
	return boost.name


def raise_boost(message: str) -> None:
	frappe.throw(message, exc=BoostError, title=_("Boost not possible"))


def end(sales_order: str) -> bool:
	"""End the boost of an order; whether there was one."""
	name = frappe.db.get_value(DOCTYPE, {"active_order": sales_order}, "name", for_update=True)
	if name:
		_end(name)
		dirty.mark_order(sales_order)
	return bool(name)


def forget_order(sales_order: str) -> None:
	"""Delete the boosts of an order that is being deleted."""
	frappe.db.delete(DOCTYPE, {"sales_order": sales_order})


def end_expired() -> None:
	"""End the boosts whose last day is over."""
	filters = {"active_order": ("is", "set"), "expires_on": ("<", getdate())}
	for name in frappe.get_all(DOCTYPE, filters, pluck="name", order_by="expires_on asc"):
		_end(name)


def _end(name: str) -> None:
	values = {"active_order": None, "ended_on": now_datetime(), "ended_by": frappe.session.user}
	frappe.db.set_value(DOCTYPE, name, values)


def active(sales_order: str) -> dict | None:
	"""The boost that counts today: name, points, reason, owner, expires_on."""
	return frappe.db.get_value(
		DOCTYPE,
		{"active_order": sales_order, "expires_on": (">=", getdate())},
		["name", "points", "reason", "owner", "expires_on"],
		as_dict=True,
	)
