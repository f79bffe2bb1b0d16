"""Delivery policy of customers and orders: kept when goods leave by a Delivery Note, or by an invoice that delivers.

The orders are locked before their deliveries are counted. Where somebody else has delivered from one of them since this
transaction began to read, it does not see that delivery: then it is refused, and submitted once more it sees all. So of two
last deliveries at the same moment one is refused. That holds for orders without a policy too, and for returns, as ERPNext itself
would forget one of the two when it sums up what is delivered. Services, drop-shipped lines and returns are no deliveries.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, fmt_money

from crm_o2c.engine import delivery_policy as rule
from crm_o2c.engine.delivery_policy import Breach, Delivery, Line, Terms
from crm_o2c.engine.messages import plain
from crm_o2c.exceptions import DeliveryOvertaken, DeliveryRefused, ShipToError
from crm_o2c.permissions import is_manager
from crm_o2c.services import events, note_orders, ship_to_guard, ship_to_rows

ORDER = "Sales Order"
FIELDS = ("o2c_delivery_policy", "o2c_most_deliveries", "o2c_min_delivery_value")
_LINES = """
	select i.name, i.parent sales_order, i.idx, i.item_code, i.uom, i.qty, i.delivered_qty, i.returned_qty
	from `tabSales Order Item` i inner join `tabItem` g on g.name = i.item_code
	where i.parent in %(orders)s and i.delivered_by_supplier = 0
		and (g.is_stock_item = 1 or exists(select 1 from `tabPacked Item` k where k.parent_detail_docname = i.name))
	order by i.parent, i.idx
"""
_SO_FAR = """
	select d.so_detail, d.o2c_ship_to_row plan_row, d.parent note
	from `tabDelivery Note Item` d inner join `tabDelivery Note` n on n.name = d.parent
	where d.against_sales_order in %(orders)s and d.docstatus = 1 and d.parent != %(without)s
		and n.is_return = 0 and n.per_returned < 100
	union all
	select d.so_detail, null, d.parent
	from `tabSales Invoice Item` d inner join `tabSales Invoice` n on n.name = d.parent
	where d.sales_order in %(orders)s and d.docstatus = 1 and d.parent != %(without)s
		and n.is_return = 0 and n.update_stock = 1
"""


# -- what was agreed -----------------------------------------------------------------------------------------------------


def take_from_customer(order: Document) -> None:
	"""A new order that has no policy of its own takes its customer's."""
	if order.o2c_delivery_policy or order.amended_from or not order.customer:
		return
	order.update(frappe.db.get_value("Customer", order.customer, FIELDS, as_dict=True) or {})


def check_terms(doc: Document) -> None:
	"""A customer's or an order's policy says all that it needs."""
	names = {"most": "o2c_most_deliveries", "least": "o2c_min_delivery_value"}
	for missing in rule.problems(terms_of(doc)):
		label = _(doc.meta.get_label(names[missing]))  # translated: labels of our fields
		frappe.throw(_("{0}: must be above 0").format(label), title=_("Delivery Policy"))


def terms_of(order: Mapping[str, Any] | Document) -> Terms:
	"""The policy of an order or a customer."""
	policy, most, least = (order.get(field) for field in FIELDS)
	return Terms(policy or rule.ANY, cint(most), Decimal(str(flt(least))))


# -- when goods leave ----------------------------------------------------------------------------------------------------


class Refusal(NamedTuple):
	"""Why goods of an order may not leave."""

	order: str
	text: str
	kind: type[frappe.ValidationError]


def check_delivery(doc: Document) -> None:
	"""Refuse a document that is about to deliver against a policy or a Ship-To Plan, unless a manager goes past it. A return
	is refused only where it was overtaken."""
	known = note_orders.known(doc)
	if not known:
		return
	_refuse_overtaken(known.values())
	if doc.is_return:
		return
	orders = {name: order for name, order in known.items() if order.planned or terms_of(order).policy != rule.ANY}
	if not orders:
		return
	refusals = find_refusals(doc, orders)
	if refusals and doc.get("o2c_policy_override") and is_manager():
		_go_past(doc, refusals)
	elif refusals:
		_refuse(refusals)


def _refuse_overtaken(orders: Iterable[frappe._dict]) -> None:
	"""The orders are locked, until this transaction ends; see that since it began to read nobody has delivered from them,
	changed their lines, closed or held one."""
	for order in orders:
		if order.state != order.seen:
			text = _("{0} has just changed: by a delivery, a return, an edit or a hold. Look at it, then submit again.")
			frappe.throw(text.format(order.name), exc=DeliveryOvertaken, title=_("Delivery Policy"))


def find_refusals(doc: Document, orders: Mapping[str, frappe._dict]) -> list[Refusal]:
	"""What stands against this delivery; the orders are locked."""
	rows = ship_to_rows.of_orders([name for name, order in orders.items() if order.planned], lock=True)
	text = ship_to_guard.refusal(doc, rows) if rows else None
	if text:
		return [Refusal(rows[0].sales_order, text, ShipToError)]
	strict = {name: order for name, order in orders.items() if terms_of(order).policy != rule.ANY}
	return _by_policy(doc, strict, rows) if strict else []


def _by_policy(doc: Document, orders: Mapping[str, frappe._dict], rows: list[frappe._dict]) -> list[Refusal]:
	refusals = []
	lines = {line.name: line for line in frappe.db.sql(_LINES, {"orders": tuple(orders)}, as_dict=True)}
	for order, delivery in _deliveries(doc, orders, lines, [row for row in rows if row.sales_order in orders]):
		breach = rule.judge(terms_of(orders[order]), delivery)
		if breach:
			text = breach_text(orders[order], breach, delivery.value, _units(lines, rows), _currency(doc))
			refusals.append(Refusal(order, text, DeliveryRefused))
	return refusals


def _units(lines: Mapping[str, frappe._dict], rows: Iterable[frappe._dict]) -> dict[str, frappe._dict]:
	return {**lines, **{row.name: row for row in rows}}


def _currency(doc: Document) -> str:
	return frappe.get_cached_value("Company", doc.company, "default_currency")


Place = tuple[str, Any, Any]  # order; address and date of its plan, or None where the line has none


def _deliveries(
	doc: Document,
	orders: Mapping[str, frappe._dict],
	lines: Mapping[str, frappe._dict],
	rows: list[frappe._dict],
) -> list[tuple[str, Delivery]]:
	"""What this document is for each order and place that it delivers to."""
	places = _places(lines, rows)
	now = _now(doc, places)
	touched = {places[key] for key in now}
	counted = _count(doc.name, orders, places, set(_planned(rows)))
	left = {name: flt(line.qty) - flt(line.delivered_qty) for name, line in lines.items()}
	left |= {row.name: flt(row.qty) - flt(row.delivered_qty) for row in rows}
	value = Decimal(str(flt(doc.base_net_total)))
	back = {line.sales_order for line in lines.values() if flt(line.returned_qty) > 0}
	found = []
	for place in sorted(touched, key=str):
		parts = tuple(Line(key, left[key], now.get(key, 0.0)) for key, where in places.items() if where == place)
		found.append((place[0], Delivery(parts, len(counted[place]), value, place[0] in back)))
	return found


def _planned(rows: Iterable[frappe._dict]) -> Iterable[str]:
	return (row.so_detail for row in rows)


def _places(lines: Mapping[str, frappe._dict], rows: list[frappe._dict]) -> dict[str, Place]:
	"""Where each line goes, or each row of a plan where its line has rows."""
	planned = set(_planned(rows))
	places: dict[str, Place] = {
		name: (line.sales_order, None, None) for name, line in lines.items() if name not in planned
	}
	places.update({row.name: (row.sales_order, row.address, row.date) for row in rows if row.so_detail in lines})
	return places


def _now(doc: Document, places: Mapping[str, Place]) -> dict[str, float]:
	now: dict[str, float] = defaultdict(float)
	for line in doc.items:
		key = ship_to_rows.row_of(line) or line.so_detail
		if key in places:
			now[key] += flt(line.qty)
	return now


def _count(
	without: str | None, orders: Iterable[str], places: Mapping[str, Place], planned: set[str]
) -> dict[Place, set[str]]:
	"""Deliveries to each place so far; what has come back in whole is none."""
	asked = {"orders": tuple(orders), "without": without or ""}
	counted: dict[Place, set[str]] = defaultdict(set)
	for line in frappe.db.sql(_SO_FAR, asked, as_dict=True):
		key = line.plan_row if line.so_detail in planned else line.so_detail
		if key in places:
			counted[places[key]].add(line.note)
	return counted


def so_far(order: str) -> int:
	"""Deliveries of an order's lines that have no rows in a plan."""
	lines = {line.name: line for line in frappe.db.sql(_LINES, {"orders": (order,)}, as_dict=True)}
	rows = ship_to_rows.of_orders([order])
	counted = _count(None, [order], _places(lines, rows), set(_planned(rows)))
	return len(counted[order, None, None])


# -- what the user is told -----------------------------------------------------------------------------------------------


def breach_text(
	order: Mapping[str, Any] | Document,
	breach: Breach,
	value: Decimal,
	units: Mapping[str, frappe._dict],
	currency: str,
) -> str:
	"""Why, what would be left, and what to do."""
	rest = ", ".join(_rest(units[line.key], line.rest) for line in breach.rest)
	terms, name = terms_of(order), order.name
	if breach.code == rule.INCOMPLETE:
		text = _("{0} is shipped complete, and {1} would stay behind. Deliver that too, or short-close it.")
		return text.format(name, rest)
	if breach.code == rule.LAST_INCOMPLETE:
		text = _(
			"{0} is delivered in at most {1} parts. This is the last one, and {2} would stay behind. Deliver that too, or"
			" short-close it."
		)
		return text.format(name, terms.most, rest)
	if breach.code == rule.TOO_MANY:
		text = _("{0} is delivered in at most {1} parts, and this would be number {2}. Short-close what is left.")
		return text.format(name, terms.most, breach.number)
	text = _(
		"A delivery of {0} is worth at least {1}. This one is worth {2}, and {3} would stay behind. Deliver more of it."
	)
	least, worth = (fmt_money(float(amount), currency=currency) for amount in (terms.least, value))
	return text.format(name, least, worth, rest)


def _rest(unit: frappe._dict, qty: float) -> str:
	return _("{0} {1} of {2}").format(plain(qty), _(unit.uom), unit.item_code)  # translated: names of units


def _refuse(refusals: list[Refusal]) -> None:
	remedy = _("A user with the role O2C Manager may go past this: tick Go Past the Delivery Policy and give a reason.")
	text = "<br>".join([*(frappe.utils.escape_html(refusal.text) for refusal in refusals), remedy])
	frappe.throw(text, exc=refusals[0].kind, title=_("Delivery Policy"))


def _go_past(doc: Document, refusals: list[Refusal]) -> None:
	reason = (doc.o2c_policy_override_reason or "").strip()
	if not reason:
		frappe.throw(_("Give a reason for going past the delivery policy."), exc=DeliveryRefused)
	for order, texts in _by_order(refusals).items():
		events.note(ORDER, order, "policy_override", doc.name, reason=f"{reason} ({' '.join(texts)})", key=doc.name)


def _by_order(refusals: Iterable[Refusal]) -> dict[str, list[str]]:
	texts: dict[str, list[str]] = defaultdict(list)
	for refusal in refusals:
		texts[refusal.order].append(refusal.text)
	return texts
