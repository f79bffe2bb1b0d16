"""A customer's credit line as a thing that one transaction at a time may draw on.

ERPNext reads a customer's exposure without a lock, and a transaction sees the database as it was when it began to read: two
orders submitted at the same moment both see the other one missing. Here whoever submits an order first writes himself
onto the customer's line, which holds the row until he commits, and gets back who else did so lately: an order that is
on the line and not yet in the sums that he sees is added to them.
"""

import json
from collections.abc import Mapping
from hashlib import md5
from typing import Any, NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import flt, get_datetime, now_datetime

DOCTYPE = "O2C Credit Line"
KEPT_MINUTES = 60  # no transaction is older
MOST_KEPT = 200  # entries of one line
TOTAL_BEFORE = "o2c_total_before"  # a flag of an order
CENT = 0.005  # half a one: what sums may differ by

_DRAW = """insert into `tabO2C Credit Line` (name, creation, modified, owner, modified_by, company, customer, recent)
	values (%(name)s, %(now)s, %(now)s, %(user)s, %(user)s, %(company)s, %(customer)s,
		json_array(json_array(%(order)s, %(amount)s, %(stamp)s)))
	on duplicate key update
		recent = if(modified < %(now)s - interval %(minutes)s minute, values(recent),
			json_array_append(recent, '$', json_array(%(order)s, %(amount)s, %(stamp)s))),
		modified = %(now)s
	returning recent"""
_HOLD = """insert into `tabO2C Credit Line` (name, creation, modified, owner, modified_by, company, customer, recent)
	values (%(name)s, %(now)s, %(now)s, %(user)s, %(user)s, %(company)s, %(customer)s, json_array())
	on duplicate key update customer = %(customer)s"""


class Drawn(NamedTuple):
	"""What an order took of the line."""

	amount: float
	stamp: str = ""  # `modified` of the order as it was saved then


def draw(company: str, customer: str, order: str, amount: float, modified: Any) -> dict[str, Drawn]:
	"""Hold the customer's line until this transaction ends; orders drawn lately with their amounts, the newest each.

	`amount` is what the order adds to the exposure, in company currency.
	"""
	name = line_name(company, customer)
	values = {
		"name": name,
		"now": now_datetime(),
		"user": frappe.session.user,
		"company": company,
		"customer": customer,
		"order": order,
		"amount": amount,
		"stamp": _stamp(modified),
		"minutes": KEPT_MINUTES,
	}
	recent = json.loads(frappe.db.sql(_DRAW, values)[0][0])
	if len(recent) > MOST_KEPT:
		frappe.db.set_value(DOCTYPE, name, "recent", json.dumps(recent[-MOST_KEPT // 2 :]), update_modified=False)
	return {name: Drawn(float(taken), *stamp) for name, taken, *stamp in recent if name != order}


def keep_total(order: Document) -> None:
	"""What a submitted order that is being saved was worth before; ERPNext checks it when that is overwritten."""
	before = order.get_doc_before_save()
	if before and before.docstatus == 1 and TOTAL_BEFORE not in order.flags:
		order.flags[TOTAL_BEFORE] = before.base_grand_total


def is_less(order: Document) -> bool:
	"""Whether a submitted order is worth less than it was before its change."""
	before = order.flags.get(TOTAL_BEFORE)
	if before is None:  # Update Items asks before it saves
		before = frappe.db.get_value("Sales Order", {"name": order.name, "docstatus": 1}, "base_grand_total")
	return before is not None and flt(before) - flt(order.base_grand_total) > CENT


def hold(company: str, customer: str) -> None:
	"""Hold the customer's line until this transaction ends, to release orders that wait for credit. A customer who was renamed
	has none under his new name yet."""
	values = {"name": line_name(company, customer), "now": now_datetime(), "user": frappe.session.user}
	frappe.db.sql(_HOLD, {**values, "company": company, "customer": customer})


def not_in_sums(drawn: Mapping[str, Drawn]) -> dict[str, float]:
	"""What the sums of this transaction lack of the drawn orders: all of one that was submitted after it began, and the
	difference of one that was changed since."""
	if not drawn:
		return {}
	order = frappe.qb.DocType("Sales Order")
	query = frappe.qb.from_(order).select(
		order.name, order.modified, order.base_grand_total, order.per_billed, order.status
	)
	rows = query.where(order.name.isin(list(drawn)) & (order.docstatus != 0)).run()
	late = {name: taken.amount for name, taken in drawn.items()}
	for name, modified, total, billed, status in rows:
		seen = 0.0 if status in ("Closed", "Cancelled") else flt(total) * (100 - flt(billed)) / 100
		late[name] = late[name] - seen if _stamp(modified) < drawn[name].stamp else 0.0
	return {name: amount for name, amount in late.items() if amount}


def _stamp(modified: Any) -> str:
	"""A time as a text that sorts."""
	return get_datetime(modified).strftime("%Y-%m-%d %H:%M:%S.%f") if modified else ""


def line_name(company: str, customer: str) -> str:
	"""The name of the line: of fixed length, whatever companies and customers are called."""
	return md5(f"{company}|{customer}".encode()).hexdigest()
