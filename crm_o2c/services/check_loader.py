"""Loads orders for a check from the database, as `check_facts.bare` makes them from a document."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

import frappe

from crm_o2c.engine.anomaly.facts import NOTHING, CheckFacts, CreditFacts, LineFacts
from crm_o2c.services.check_facts import DECIMALS, Bare, count_rules, hand_discount, part_without_tax
from crm_o2c.services.order_loader import LONGEST_TEXT

AT_ONCE = 1000

_ORDERS = """select json_array(o.name, o.company, o.currency, o.customer, o.customer_group, o.order_type, o.transaction_date,
	o.base_net_total, o.base_grand_total, o.base_total, o.base_discount_amount, o.coupon_code, o.conversion_rate,
	o.payment_terms_template, (select max(s.due_date) from `tabPayment Schedule` s where s.parent = o.name and s.parenttype = 'Sales Order'),
	o.shipping_address_name, o.po_no, o.docstatus, o.per_billed, o.status, o.selling_price_list, o.delivery_date,
	exists(select 1 from `tabSales Taxes and Charges` t where t.parent = o.name and t.parenttype = 'Sales Order'
		and t.included_in_print_rate = 1), o.owner, o.customer_name, o.o2c_held, o.modified,
	json_arrayagg(json_array(i.idx, i.item_code, i.name, i.item_group, i.warehouse, i.qty, i.uom, i.conversion_factor,
		i.delivered_qty, i.base_net_rate, i.base_price_list_rate, i.price_list_rate, i.rate, i.discount_percentage,
		if(i.blanket_order is null or i.blanket_order = '', 0, i.blanket_order_rate), i.base_net_amount, i.base_amount,
		i.distributed_discount_amount, i.valuation_rate, i.delivery_date,
		if(i.pricing_rules is null or i.pricing_rules = '', i.o2c_pricing_rules, i.pricing_rules), i.delivered_by_supplier,
		i.is_free_item))) row_json
	from `tabSales Order` o inner join `tabSales Order Item` i on i.parent = o.name and i.parenttype = 'Sales Order'"""
# All orders come as one text: the driver reads row by row in Python, the JSON reader is compiled.
_WHOLE_HEAD, _WHOLE_TAIL = "select group_concat(row_json) from (", ") every"
_NAMED = _ORDERS + " where o.name in %(names)s and o.docstatus < 2 and o.is_internal_customer = 0 group by o.name"
_RANGE = (
	_ORDERS
	+ """ where o.name > %(after)s and o.name <= %(to)s and o.company = %(company)s and o.docstatus = 1
	and o.per_delivered < 100 and o.status not in ('Closed', 'Completed', 'To Bill', 'Cancelled')
	and o.is_internal_customer = 0 group by o.name"""
)


class Loaded(NamedTuple):
	"""An order with what its row says besides."""

	order: Bare
	owner: str
	customer_name: str | None
	held: bool
	modified: str

	@property
	def name(self) -> str:
		return self.order.facts.order


def named(names: Iterable[str], fields: Mapping[str, str] = NOTHING) -> list[Loaded]:
	"""Those of the named orders that are not cancelled, drafts included. `fields` are those that expressions name."""
	names = sorted(set(names))
	loaded: list[Loaded] = []
	for start in range(0, len(names), AT_ONCE):
		loaded += _load(_NAMED, {"names": tuple(names[start : start + AT_ONCE])}, fields)
	return loaded


def between(company: str, after: str, to: str, fields: Mapping[str, str] = NOTHING) -> list[Loaded]:
	"""The open orders of a range of names, as `order_book.is_open` says."""
	return _load(_RANGE, {"company": company, "after": after, "to": to}, fields)


def _load(query: str, values: dict[str, Any], fields: Mapping[str, str]) -> list[Loaded]:
	frappe.db.sql("set session group_concat_max_len = %s", LONGEST_TEXT)
	whole = _WHOLE_HEAD + query + _WHOLE_TAIL  # built sql: one of the fixed texts above
	rows = json.loads(f"[{frappe.db.sql(whole, values)[0][0] or ''}]")  # built sql: as above
	named_fields = _fields([row[0] for row in rows], fields) if fields else {}
	return [_loaded(row, named_fields.get(row[0], NOTHING)) for row in rows]


def _fields(names: list[str], fields: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
	rows = frappe.get_all("Sales Order", {"name": ("in", names)}, ["name", *fields], order_by="name asc")
	return {row.name: row for row in rows}


def _loaded(row: list[Any], fields: Mapping[str, Any]) -> Loaded:
	(
		name, company, currency, customer, group, order_type, ordered, net, total, gross, discount, coupon, rate, terms,
		last_due, ship_to, po_no, docstatus, per_billed, status, price_list, promise, with_tax, owner, customer_name, held,
		modified, lines,
	) = row  # fmt: skip
	net, total, day = float(net or 0), float(total or 0), date.fromisoformat(ordered)
	open_part = total * (100 - float(per_billed or 0)) / 100
	submitted = docstatus == 1
	lines.sort(key=lambda line: line[0])
	amounts = ((line[16] or 0.0, line[15] or 0.0, line[17] or 0.0) for line in lines)
	without_tax = part_without_tax(amounts) if with_tax else 1.0
	facts = CheckFacts(
		order=name, company=company, currency=currency, customer=customer, customer_group=group, order_type=order_type,
		order_date=day, net=net, total=total,
		order_discount=0.0 if coupon or not gross else round(100 * float(discount or 0) / float(gross), 4),
		rate_used=float(rate or 0) or None, terms=terms or None,
		terms_days=(date.fromisoformat(last_due) - day).days if last_due else None, ship_to=ship_to or None,
		po_no=po_no or None, submitted=submitted, credit=CreditFacts(this_order=open_part),
		lines=tuple(_lines(lines, total / net if net else 1.0, without_tax, rate, promise)),
		fields=fields,
	)  # fmt: skip
	bare = Bare(facts, price_list, open_part if submitted and status != "Closed" else 0.0, submitted)
	return Loaded(bare, owner, customer_name, bool(held), modified)


def _lines(
	rows: list[list[Any]], with_tax: float, without_tax: float, rate: float, order_promise: str | None
) -> Iterable[LineFacts]:
	for row in rows:
		(
			number, item, name, group, warehouse, qty, uom, factor, delivered, net_rate, list_rate, given, charged, percent,
			contract, amount, _gross, _share, cost, promise, rules, drop_ship, free,
		) = row  # fmt: skip
		if free:
			continue
		factor, qty, amount, promise = factor or 1.0, qty or 0.0, amount or 0.0, promise or order_promise
		yield LineFacts(
			number, item, name, group, warehouse, qty, uom, factor,
			round(max(qty - (delivered or 0.0), 0.0) * factor, DECIMALS), net_rate or 0.0,
			(list_rate or 0.0) * without_tax or None, (contract or 0.0) * (rate or 0.0) or None, amount, amount * with_tax,
			cost or None, date.fromisoformat(promise) if promise else None, count_rules(rules),
			hand_discount(given or 0.0, charged or 0.0, rules, percent or 0.0), bool(drop_ship),
		)  # fmt: skip
