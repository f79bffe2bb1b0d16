"""What a remedy asks others for: material from a warehouse or a supplier, money ahead from the customer, and his patience.

Requests are left as drafts, for who made them to look at and submit; all with the user's own rights.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import frappe
from erpnext.accounts.doctype.payment_request.payment_request import make_payment_request
from frappe import _
from frappe.model.document import Document
from frappe.translate import print_language
from frappe.utils import flt, formatdate, getdate

from crm_o2c.engine import messages
from crm_o2c.exceptions import RemedyError

REQUEST, PAYMENT = "Material Request", "Payment Request"
TRANSFER, PURCHASE, MANUFACTURE = "Material Transfer", "Purchase", "Manufacture"
MAIL = "o2c_new_delivery_date"


class Asked(NamedTuple):
	"""A document that was made, or was there already."""

	doctype: str
	name: str
	new: bool = True

	@property
	def link(self) -> dict[str, str]:
		return {"doctype": self.doctype, "name": self.name}


# -- material ----------------------------------------------------------------------------------------------------------------


def transfer(order: Document, row: Document, from_warehouse: str, qty: float) -> Asked:
	"""Ask for goods from another warehouse of the company, in stock units."""
	if frappe.db.get_value("Warehouse", from_warehouse, "company") != order.company:
		frappe.throw(_("{0} is not a warehouse of {1}.").format(from_warehouse, order.company), exc=RemedyError)
	return _request(order, row, TRANSFER, qty, None, from_warehouse)


def material(order: Document, row: Document, qty: float, day: date | None) -> Asked:
	"""Ask for goods to be bought, or made where the item says so, in stock units."""
	default = frappe.get_cached_value("Item", row.item_code, "default_material_request_type")
	return _request(order, row, MANUFACTURE if default == MANUFACTURE else PURCHASE, qty, day)


def _request(
	order: Document, row: Document, kind: str, qty: float, day: date | None, from_warehouse: str | None = None
) -> Asked:
	if qty <= 0:
		frappe.throw(_("A quantity above 0 is needed."), exc=RemedyError)
	there = _there_already(row, kind)
	if there:
		return Asked(REQUEST, there, new=False)
	wanted = max(day or getdate(row.delivery_date or order.delivery_date), getdate())
	item = {
		"item_code": row.item_code,
		"qty": qty,
		"uom": row.stock_uom,
		"conversion_factor": 1,
		"warehouse": row.warehouse,
		"from_warehouse": from_warehouse,
		"schedule_date": str(wanted),
		"sales_order": order.name if order.docstatus == 1 else None,  # a link would keep a draft from being deleted
		"sales_order_item": row.name,
		"project": row.get("project") or order.get("project"),
	}
	values = {"doctype": REQUEST, "material_request_type": kind, "company": order.company, "schedule_date": str(wanted)}
	return Asked(REQUEST, frappe.get_doc({**values, "items": [item]}).insert().name)


def _there_already(row: Document, kind: str) -> str | None:
	"""A request for the same line that is not done yet, so that a second click asks for nothing."""
	line, request = frappe.qb.DocType("Material Request Item"), frappe.qb.DocType(REQUEST)
	query = frappe.qb.from_(line).inner_join(request).on(request.name == line.parent).select(request.name)
	query = query.where((line.sales_order_item == row.name) & (line.item_code == row.item_code))
	query = query.where((request.docstatus < 2) & (request.material_request_type == kind) & (request.per_ordered < 100))
	found = query.where(request.status != "Stopped").orderby(request.creation).limit(1).run(pluck=True)
	return found[0] if found else None


# -- money -------------------------------------------------------------------------------------------------------------------


def payment(order: Document, amount: float) -> Asked:
	"""Ask for money ahead: at most what is open of the order. `amount` is in company currency."""
	if order.docstatus != 1:
		text = _("A payment can be asked for once the order is submitted; it is held until the money is there.")
		frappe.throw(text, exc=RemedyError)
	if amount <= 0:
		frappe.throw(_("An amount above 0 is needed."), exc=RemedyError)
	request = make_payment_request(
		dt=order.doctype,
		dn=order.name,
		party_type="Customer",
		party=order.customer,
		recipient_id=order.contact_email,
		submit_doc=False,
		mute_email=True,
		return_doc=True,
	)
	new = request.is_new()
	wanted = flt(amount / (flt(order.conversion_rate) or 1.0), request.precision("grand_total"))
	request.grand_total = min(wanted, flt(request.grand_total))
	request.save() if not new else request.insert()
	return Asked(PAYMENT, request.name, new)


# -- the customer ------------------------------------------------------------------------------------------------------------


def tell_new_date(order: Document, row: Document) -> str:
	"""Send the customer an e-mail with a line's new date, in his language. What came of it, as a sentence for the user."""
	address = order.contact_email or _address_of(order.contact_person)
	if not address:
		return _("There is no e-mail address on the order, so the customer was not told.")
	if not frappe.has_permission(order.doctype, "email", doc=order):
		return _("You may not send e-mails from this order, so the customer was not told.")
	try:
		with print_language(order.language):
			frappe.sendmail(
				recipients=[address],
				subject=_("New delivery date for your order {0}").format(order.name),
				template=MAIL,
				args=_words(order, row),
				reference_doctype=order.doctype,
				reference_name=order.name,
				delayed=True,
			)
	except frappe.OutgoingEmailError:
		return _("This site sends no e-mails, so the customer was not told.")
	return _("An e-mail to {0} is on its way.").format(address)


def _address_of(contact: str | None) -> str | None:
	return frappe.db.get_value("Contact", contact, "email_id") if contact else None


def _words(order: Document, row: Document) -> Mapping[str, Any]:
	"""What the e-mail says: nothing of why."""
	return {
		"customer": order.contact_display or order.customer_name,
		"order": order.name,
		"po_no": order.po_no,
		"item": row.item_name or row.item_code,
		"qty": f"{messages.plain(flt(row.qty))} {_(row.uom)}",  # translated: names of units
		"date": formatdate(row.delivery_date),
		"company": order.company,
	}
