"""Changes to an order's lines: a draft is saved, a submitted order goes through ERPNext's own Update Items.

All with the user's own rights, and with ERPNext's own checks. Saving checks the order again in the same transaction.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import frappe
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.stock.get_item_details import get_conversion_factor
from erpnext.stock.stock_balance import get_reserved_qty, update_bin_qty
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from crm_o2c.exceptions import RemedyError
from crm_o2c.services import credit, form_document, price_lock
from crm_o2c.services.price_lock import RULES

# What Update Items can't be told of a line that it adds: taken from the line that it is a part of.
OF_THE_LINE = (
	"warehouse", "price_list_rate", "base_price_list_rate", "discount_percentage", "discount_amount", "margin_type",
	"margin_rate_or_amount", "rate_with_margin", "pricing_rules", "blanket_order", "blanket_order_rate", "against_blanket_order",
	"valuation_rate", "description", "cost_center", "project", RULES,
)  # fmt: skip
# What follows from a line's item; of another item it is found anew.
OF_THE_PLACE = ("item_code", "qty", "uom", "warehouse", "delivery_date", "cost_center", "project")
PRICE = {
	"rate": 0, "price_list_rate": None, "discount_percentage": 0, "discount_amount": 0, "margin_type": "",
	"margin_rate_or_amount": 0, "rate_with_margin": 0, "pricing_rules": "", RULES: None,
}  # fmt: skip
Values = Mapping[str, Any]


def set_rate(order: Document, row: Document, rate: float) -> None:
	"""Set the net price of a line, in company currency."""
	if rate <= 0:
		frappe.throw(_("A price above 0 is needed."), exc=RemedyError)
	if order.docstatus == 0:
		form_document.set_net_rate(order, row, rate)
		order.save()
		if row.pricing_rules and abs(flt(row.base_net_rate) - rate) > rate / 100:
			text = _(
				"Pricing rules make the price of line {0}. Change the rule, or tick Ignore Pricing Rule on the order."
			)
			frappe.throw(text.format(row.idx), exc=RemedyError)
	else:
		update_items(order, {row.name: {"rate": form_document.rate_for(order, row, rate)}})


def set_qty(order: Document, row: Document, qty: float) -> None:
	"""Set the quantity of a line, in its unit."""
	if qty <= 0:
		frappe.throw(_("A quantity above 0 is needed."), exc=RemedyError)
	_set(order, row, {"qty": qty})


def set_uom(order: Document, row: Document, uom: str) -> None:
	"""Take another unit of the item for the same number; the price of a stock unit stays as it is."""
	units = {unit.uom for unit in frappe.get_cached_doc("Item", row.item_code).uoms}
	if uom not in units:
		frappe.throw(_("{0} is not a unit of item {1}.").format(uom, row.item_code), exc=RemedyError)
	factor = flt(get_conversion_factor(row.item_code, uom)["conversion_factor"])
	times = factor / (flt(row.conversion_factor) or 1.0)
	kept = {"discount_percentage": row.discount_percentage, "margin_type": row.margin_type}
	for name in ("rate", "price_list_rate", "discount_amount", "rate_with_margin"):
		kept[name] = flt(row.get(name)) * times
	kept["margin_rate_or_amount"] = flt(row.margin_rate_or_amount) * (times if row.margin_type == "Amount" else 1.0)
	values = {"uom": uom, "conversion_factor": factor}
	if order.docstatus == 0:
		_set(order, row, {**kept, **values})
	else:
		update_items(order, {row.name: {"rate": kept["rate"], **values}}, after={row.name: kept})


def drop_discount(order: Document, row: Document) -> None:
	"""Take a line's price back to what price list and pricing rules give."""
	if order.docstatus == 0:
		_price_anew(order, row)
		order.save()
		return
	with form_document.in_memory():
		trial = frappe.get_doc(order.as_dict())
		price_lock.unlock(trial)
		_price_anew(trial, trial.items[row.idx - 1])
		rate = trial.items[row.idx - 1].rate
	update_items(order, {row.name: {"rate": rate}})


def _price_anew(order: Document, row: Document) -> None:
	listed = row.price_list_rate
	row.update({**PRICE, "price_list_rate": listed})
	order.set_missing_values(for_validate=True)
	form_document.calculate(order)
	if not flt(row.rate):
		frappe.throw(_("Line {0} has no list price to go back to.").format(row.idx), exc=RemedyError)


def split(order: Document, row: Document, now: float, later: date) -> None:
	"""A line's quantity down to what comes now, and a line for the rest on a later date."""
	rest = flt(flt(row.qty) - now, row.precision("qty"))
	if now <= 0 or rest <= 0:
		frappe.throw(_("A part of the quantity is needed."), exc=RemedyError)
	if order.docstatus == 0:
		row.qty = now
		_place_behind(order, row, form_document.copied_row(order, row, qty=rest, delivery_date=later))
		order.save()
	else:
		added = {**_as_item(row), "qty": rest, "delivery_date": str(later), "docname": None}
		update_items(order, {row.name: {"qty": now}}, added, like={name: row.get(name) for name in OF_THE_LINE})


def _place_behind(order: Document, row: Document, added: Document) -> None:
	rows = [other for other in order.items if other is not added]
	rows.insert(rows.index(row) + 1, added)
	order.items = rows
	for place, other in enumerate(rows, 1):
		other.idx = place


def substitute(order: Document, row: Document, item: str) -> None:
	"""Another item in the place of a line's own, at its own list price or else at the line's."""
	if item not in alternatives(row.item_code):
		text = _("{0} is not listed as an alternative for {1}.").format(item, row.item_code)
		frappe.throw(text, exc=RemedyError)
	with form_document.in_memory():
		values = _of_item(order, row, item)
	if order.docstatus == 0:
		row.update(values)
		order.save()
	else:
		added = {**{name: values.get(name) for name in (*OF_THE_PLACE, "rate", "conversion_factor")}, "docname": None}
		like = {name: values.get(name) for name in OF_THE_LINE}
		update_items(order, {}, added, without=row.name, like=like)


def alternatives(item: str) -> set[str]:
	"""Items that may take another's place: listed for it, or listed both ways."""
	fields, by_name = ["item_code", "alternative_item_code"], "name asc"
	rows = frappe.get_all("Item Alternative", {"item_code": item}, fields, order_by=by_name)
	back = frappe.get_all("Item Alternative", {"alternative_item_code": item, "two_way": 1}, fields, order_by=by_name)
	return {row.alternative_item_code for row in rows} | {row.item_code for row in back}


def _of_item(order: Document, row: Document, item: str) -> dict[str, Any]:
	"""The values of a line with another item, as ERPNext finds them for a line that is entered."""
	trial = frappe.get_doc(order.as_dict())
	place = {name: row.get(name) for name in OF_THE_PLACE}
	fresh = frappe.new_doc(row.doctype, parent_doc=trial, parentfield="items", as_dict=True)
	kept = {"name": row.name, "idx": row.idx, "docstatus": row.docstatus}
	units = {unit.uom for unit in frappe.get_cached_doc("Item", item).uoms}
	place |= {"item_code": item, "uom": row.uom if row.uom in units else None}
	changed = trial.items[row.idx - 1]
	unset = {field.fieldname: None for field in changed.meta.fields if field.fieldname not in place}
	changed.update({**unset, **{k: v for k, v in fresh.items() if v is not None}, **place, **kept})
	changed.update({**PRICE, "conversion_factor": None})
	trial.docstatus = 0
	trial.set_missing_values()
	form_document.calculate(trial)
	if not flt(changed.rate):
		changed.rate = row.rate
	names = [field.fieldname for field in changed.meta.fields]
	return {name: changed.get(name) for name in names}


def set_date(order: Document, row: Document, day: date) -> None:
	"""Promise a line for another day."""
	row.delivery_date = day
	if order.docstatus == 1:  # a draft does this as it is saved
		order.delivery_date = max(getdate(other.delivery_date) for other in order.items if other.delivery_date)
	order.save()


def remove(order: Document, row: Document) -> None:
	"""Take a line off the order, where others stay."""
	if len(order.items) < 2:
		frappe.throw(_("It is the only line. Cancel the order instead."), exc=RemedyError)
	if order.docstatus == 0:
		order.remove(row)
		order.save()
	else:
		update_items(order, {}, without=row.name)


def set_terms(order: Document, terms: str) -> None:
	"""Set the payment terms of a draft, and its payment schedule by them."""
	_only_draft(order)
	if not frappe.db.exists("Payment Terms Template", terms):
		frappe.throw(_("There are no payment terms {0}.").format(terms), exc=RemedyError)
	order.payment_terms_template = terms
	order.payment_schedule = []
	order.save()


def set_exchange_rate(order: Document, rate: float) -> None:
	"""Set the exchange rate of a draft."""
	_only_draft(order)
	if rate <= 0:
		frappe.throw(_("An exchange rate above 0 is needed."), exc=RemedyError)
	order.conversion_rate = rate
	if order.price_list_currency == order.currency:
		order.plc_conversion_rate = rate
	order.save()


def _only_draft(order: Document) -> None:
	if order.docstatus != 0:
		text = _("ERPNext doesn't change this after an order is submitted. Cancel the order and amend it.")
		frappe.throw(text, exc=RemedyError)


def _set(order: Document, row: Document, values: Values) -> None:
	if order.docstatus == 0:
		row.update(values)
		order.save()
	else:
		update_items(order, {row.name: values})


# -- submitted orders: Update Items ------------------------------------------------------------------------------------------


def update_items(
	order: Document,
	changes: Mapping[str, Values],
	added: Values | None = None,
	*,
	without: str | None = None,
	like: Values | None = None,
	after: Mapping[str, Values] | None = None,
) -> None:
	"""Change lines of a submitted order, by the names of their rows; add one, `like` another; leave one out.

	`after` and `like` are values that Update Items can't be told; they are set when it is done.
	"""
	before = {row.name for row in order.items}
	rows = [{**_as_item(row), **changes.get(row.name, {})} for row in order.items if row.name != without]
	rows += [added] if added else []
	total = order.base_grand_total
	update_child_qty_rate(order.doctype, json.dumps(rows, default=str), order.name)
	order.reload()
	order.flags[credit.TOTAL_BEFORE] = total  # what is completed afterwards is a part of the same change
	values = dict(after or {})
	values.update({row.name: like for row in order.items if like and row.name not in before})
	if values:
		_complete(order, values)


def put_back(order: Document, values: Mapping[str, Values]) -> None:
	"""Give lines of a submitted order values that Update Items has changed on its way."""
	_complete(order, values)


def _as_item(row: Document) -> dict[str, Any]:
	return {
		"docname": row.name,
		"name": row.name,
		"idx": row.idx,
		"item_code": row.item_code,
		"delivery_date": str(row.delivery_date) if row.delivery_date else None,
		"qty": row.qty,
		"rate": row.rate,
		"uom": row.uom,
		"conversion_factor": row.conversion_factor,
		"bom_no": row.get("bom_no"),
	}


def _complete(order: Document, values: Mapping[str, Values]) -> None:
	"""Give lines the values that Update Items did not take, and keep the bins right where a warehouse changes."""
	bins = set()
	for row in order.items:
		wanted = values.get(row.name)
		if wanted:
			bins |= {(row.item_code, row.warehouse), (row.item_code, wanted.get("warehouse") or row.warehouse)}
			row.update({name: value for name, value in wanted.items() if row.meta.has_field(name)})
	# These fields follow from ERPNext's own change just made, which its Update Items saves past the same check.
	order.flags.ignore_validate_update_after_submit = True
	form_document.calculate(order)
	order.save()
	for item, warehouse in sorted(bins):
		if len(bins) > 1 and warehouse:
			update_bin_qty(item, warehouse, {"reserved_qty": get_reserved_qty(item, warehouse)})
