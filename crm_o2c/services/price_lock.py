"""Price lock: what was agreed in an order holds for every part of it that is delivered and billed.

ERPNext works pricing rules out anew on each Delivery Note and invoice, by its own quantity: ten at the price for ten are
billed at the price for six where six are delivered. So an order gets Ignore Pricing Rule when it is submitted, and its
lines forget the rules that made their prices, as ERPNext takes the discount back where a line still names them. Which rules
they were is kept on the order.
"""

import frappe
from frappe.model.document import Document
from frappe.utils import cint, flt

from crm_o2c.services import note_orders

SETTING = "lock_prices_at_submit"
ORDER = "Sales Order"
RULES = "o2c_pricing_rules"  # of a line: the rules that made its price, as ERPNext writes them
NO_RULES = {"pricing_rules": "", RULES: None}


def lock(order: Document) -> None:
	"""Lock the prices of an order that is about to be submitted, where the settings say so."""
	if not frappe.get_cached_doc("O2C Settings").get(SETTING):
		return
	order.o2c_ignored_rules = cint(order.ignore_pricing_rule)
	order.ignore_pricing_rule = order.o2c_prices_locked = 1
	for row in order.items:
		row.set(RULES, row.pricing_rules or None)
		row.pricing_rules = ""


def unlock(order: Document) -> None:
	"""A copy or an amendment is a new agreement, and so is a trial in memory: pricing rules count for it, and its lines know
	again the ones they have their prices from."""
	if order.o2c_prices_locked:
		order.ignore_pricing_rule = order.o2c_ignored_rules
		for row in order.items:
			row.pricing_rules = row.get(RULES) or ""
	clear(order)


def clear(order: Document) -> None:
	"""Nothing is locked before an order is submitted, whatever a form has sent."""
	order.update({"o2c_prices_locked": 0, "o2c_ignored_rules": 0})
	for row in order.items:
		row.set(RULES, None)


# -- what is made from an order ------------------------------------------------------------------------------------------


def keep(doc: Document) -> None:
	"""Hold the prices of a Delivery Note's or invoice's orders. A user without the right to the field loses the tick that
	was copied from the order."""
	orders = note_orders.read(doc)
	locked = [order for order in orders.values() if order.o2c_prices_locked]
	if not locked or doc.is_return:
		return
	doc.ignore_pricing_rule = 1
	if doc.is_new() and len(orders) == 1:
		_share_discount(doc, locked[0])


def _share_discount(doc: Document, order: frappe._dict) -> None:
	"""An amount off the whole order comes once: each part takes its share of it. A percentage does so by itself."""
	whole, part = flt(order.total), sum(flt(row.rate) * flt(row.qty) for row in doc.items)
	copied = flt(doc.discount_amount) and flt(doc.discount_amount) == flt(order.discount_amount)
	mapped = all(note_orders.order_of(row) and not row.get("dn_detail") for row in doc.items)
	if copied and mapped and not flt(order.additional_discount_percentage) and 0 < part < whole:
		doc.discount_amount = flt(doc.discount_amount * part / whole, doc.precision("discount_amount"))


def free_purchase(purchase: Document) -> None:
	"""A purchase made from a locked order copies its tick; what we buy has pricing rules of its own."""
	orders = {row.get("sales_order") for row in purchase.items} - {None, ""}
	if purchase.ignore_pricing_rule and orders:
		locked = {"name": ("in", sorted(orders)), "o2c_prices_locked": 1}
		if frappe.db.exists(ORDER, locked):
			purchase.ignore_pricing_rule = 0
