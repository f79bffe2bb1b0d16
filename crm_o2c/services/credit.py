"""A customer's credit line as a thing that one transaction at a time may draw on.

ERPNext reads a customer's exposure without a lock, and a transaction sees the database as it was when it began to read: two
orders submitted at the same moment both see the other one missing. Here whoever submits an order first writes himself
onto the customer's line, which holds the row until he commits, and gets back who else did so lately: an order that is
on the line and not yet in the sums that he sees is added to them.
"""

import json
from hashlib import md5

import frappe
from frappe.utils import now_datetime

DOCTYPE = "O2C Credit Line"
KEPT_MINUTES = 60  # no transaction is older
MOST_KEPT = 200  # entries of one line

_DRAW = """insert into `tabO2C Credit Line` (name, creation, modified, owner, modified_by, company, customer, recent)
	values (%(name)s, %(now)s, %(now)s, %(user)s, %(user)s, %(company)s, %(customer)s, json_array(json_array(%(order)s, %(amount)s)))
	on duplicate key update
		recent = if(modified < %(now)s - interval %(minutes)s minute, values(recent),
			json_array_append(recent, '$', json_array(%(order)s, %(amount)s))),
		modified = %(now)s
	returning recent"""


def draw(company: str, customer: str, order: str, amount: float) -> dict[str, float]:
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
		"minutes": KEPT_MINUTES,
	}
	recent = json.loads(frappe.db.sql(_DRAW, values)[0][0])
	if len(recent) > MOST_KEPT:
		frappe.db.set_value(DOCTYPE, name, "recent", json.dumps(recent[-MOST_KEPT // 2 :]), update_modified=False)
	return {drawn: float(sum_) for drawn, sum_ in recent if drawn != order}


def hold(company: str, customer: str) -> None:
	"""Hold the customer's line until this transaction ends, to release orders that wait for credit."""
	frappe.db.get_value(DOCTYPE, line_name(company, customer), "name", for_update=True)


def not_in_sums(drawn: dict[str, float]) -> dict[str, float]:
	"""Those of the drawn orders that the sums of this transaction don't know: they were submitted after it began."""
	if not drawn:
		return {}
	order = frappe.qb.DocType("Sales Order")
	query = frappe.qb.from_(order).select(order.name).where(order.name.isin(list(drawn)) & (order.docstatus != 0))
	known = set(query.run(pluck=True))
	return {name: amount for name, amount in drawn.items() if name not in known}


def line_name(company: str, customer: str) -> str:
	"""The name of the line: of fixed length, whatever companies and customers are called."""
	return md5(f"{company}|{customer}".encode()).hexdigest()
