"""What in ERPNext's documents does not agree, found by the database in sets: a query for each kind of finding.

Money is compared per line of an order over all of its invoices and credit notes together, so that a wrong invoice that was
credited and written anew is no finding. Each query gives the columns of `Found`, but for the kind.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import frappe
from frappe.utils import add_days, cint, flt

RATES, UNBILLED, OVERBILLED, UNALLOCATED, UNCREDITED, DELIVERED, RESERVED = KINDS = (
	"Order and Invoice Rates Differ",
	"Delivered, Not Billed",
	"Billed More Than Ordered",
	"Payment Not Allocated",
	"Returned, Not Credited",
	"Delivered Quantity Differs",
	"Closed Order Keeps Stock",
)
ALL_DATES = (UNALLOCATED, RESERVED)  # looked for without regard to how old the document is
BATCH = 5000
USUAL_DAYS = {"findings_look_back": 365, "unbilled_days": 7, "unallocated_days": 3}

# An amount is rounded on each row of an invoice: to a hundredth, or to a whole where the currency has no smaller unit.
_UNIT = "if(c.number_format in ('#,###', '#.###'), 1, 0.01)"
_ROUNDING = f"({_UNIT} + if(i.uom = l.uom, 0, 0.005 * abs(i.qty)))"
_BILLED = "if(s.is_debit_note = 1, 0, i.stock_qty)"  # a debit note raises the price of what was billed
_EXPECTED = f"{_BILLED} * l.rate / l.conversion_factor"
_OTHER_RATE = "if(abs(i.rate / i.conversion_factor - l.rate / l.conversion_factor) > 0.000001, s.name, null)"
_INVOICE = "ifnull(max(if(s.is_return = 1 or s.is_debit_note = 1, null, s.name)), max(s.name))"  # one to make a credit note for
_LINES = """ from `tabSales Order` o inner join `tabSales Order Item` l on l.parent = o.name
	inner join `tabSales Invoice Item` i on i.so_detail = l.name and i.docstatus = 1
	inner join `tabSales Invoice` s on s.name = i.parent """
_PLACED = "where o.docstatus = 1 and o.transaction_date >= %(since)s"

_RATES = (
	f"""select 'Sales Invoice', ifnull(max({_OTHER_RATE}), max(s.name)), l.name, o.name, l.item_code, o.company, o.customer,
	o.transaction_date, l.rate, sum(i.amount) / nullif(sum({_BILLED}), 0) * l.conversion_factor,
	abs(sum((i.amount - {_EXPECTED}) * s.conversion_rate)) """
	+ _LINES
	+ "inner join `tabCurrency` c on c.name = o.currency "
	+ _PLACED
	+ f" and s.currency = o.currency group by l.name having abs(sum(i.amount - {_EXPECTED})) > sum({_ROUNDING})"
)
_OVERBILLED = (
	f"""select 'Sales Invoice', {_INVOICE}, l.name, o.name, l.item_code, o.company, o.customer, o.transaction_date, l.stock_qty,
	sum({_BILLED}), (sum({_BILLED}) - l.stock_qty) * l.base_rate / l.conversion_factor """
	+ _LINES
	+ "inner join `tabItem` m on m.name = l.item_code "
	+ _PLACED
	+ f""" and l.stock_qty > 0 group by l.name
	having sum({_BILLED}) > max(l.stock_qty * (1 + greatest(m.over_billing_allowance, %(allowance)s) / 100)) + 0.000001"""
)
_KEPT = f"least(max(l.returned_qty * l.conversion_factor), sum({_BILLED}) - max(l.delivered_qty * l.conversion_factor))"
_UNCREDITED = (
	f"""select 'Sales Invoice', {_INVOICE}, l.name, o.name, l.item_code, o.company, o.customer, o.transaction_date,
	l.delivered_qty * l.conversion_factor, sum({_BILLED}), {_KEPT} * l.base_rate / l.conversion_factor """
	+ _LINES
	+ _PLACED
	+ f" and l.returned_qty > 0 group by l.name having {_KEPT} > 0.000001"
)
_LAST_RETURNS = """select so_detail, max(on_) from (
	select i.so_detail, n.posting_date as on_ from `tabDelivery Note Item` i inner join `tabDelivery Note` n on n.name = i.parent
	where n.docstatus = 1 and n.is_return = 1 and i.so_detail in %(lines)s
	union all
	select i.so_detail, n.posting_date from `tabSales Invoice Item` i inner join `tabSales Invoice` n on n.name = i.parent
	where n.docstatus = 1 and n.is_return = 1 and n.update_stock = 1 and i.so_detail in %(lines)s) returned group by so_detail"""
_OPEN_ROW = "greatest(0, i.amount - i.billed_amt - i.returned_qty * i.rate) * n.conversion_rate"
# built sql: the fixed parts above
_UNBILLED = f"""select 'Delivery Note', n.name, '', max(i.against_sales_order), null, n.company, n.customer, n.posting_date,
	n.base_total, n.base_total - sum({_OPEN_ROW}), sum({_OPEN_ROW})
	from `tabDelivery Note` n inner join `tabDelivery Note Item` i on i.parent = n.name
	where n.docstatus = 1 and n.is_return = 0 and n.status in ('To Bill', 'Partially Billed') and n.posting_date >= %(since)s
	and n.posting_date <= %(unbilled)s and not (n.is_internal_customer = 1 and ifnull(n.represents_company, '') = n.company)
	group by n.name having sum({_OPEN_ROW}) > 0.01"""
_OWED = """(select s.company, s.customer, sum(s.outstanding_amount *
	if(s.party_account_currency = f.default_currency, 1, s.conversion_rate)) as amount
	from `tabSales Invoice` s inner join `tabCompany` f on f.name = s.company
	where s.docstatus = 1 and s.outstanding_amount > 0.005 group by s.company, s.customer) owed"""
# built sql: the fixed parts above
_PAID = f"""select 'Payment Entry', p.name, '', null, null, p.company, p.party, p.posting_date, 0,
	p.unallocated_amount * p.source_exchange_rate, least(p.unallocated_amount * p.source_exchange_rate, owed.amount)
	from `tabPayment Entry` p inner join {_OWED} on owed.company = p.company and owed.customer = p.party
	where p.docstatus = 1 and p.payment_type = 'Receive' and p.party_type = 'Customer' and p.unallocated_amount > 0.005
	and p.posting_date <= %(unallocated)s"""
# built sql: the fixed parts above
_CREDITED = f"""select 'Sales Invoice', p.name, '', null, null, p.company, p.customer, p.posting_date, 0, p.credit,
	least(p.credit, owed.amount) from (
	select s.name, s.company, s.customer, s.posting_date, -s.outstanding_amount *
	if(s.party_account_currency = f.default_currency, 1, s.conversion_rate) as credit
	from `tabSales Invoice` s inner join `tabCompany` f on f.name = s.company
	where s.docstatus = 1 and s.is_return = 1 and s.outstanding_amount < -0.005 and s.posting_date <= %(unallocated)s) p
	inner join {_OWED} on owed.company = p.company and owed.customer = p.customer"""
_RECOUNT = """ifnull((select sum(i.qty) from `tabDelivery Note Item` i where i.so_detail = l.name and i.docstatus = 1), 0)
	+ ifnull((select sum(i.qty) from `tabSales Invoice Item` i inner join `tabSales Invoice` s on s.name = i.parent
	where i.so_detail = l.name and i.docstatus = 1 and s.update_stock = 1), 0)"""
_DELIVERED = (
	# built sql: the fixed parts above
	f"""select 'Sales Order', o.name, l.name, o.name, l.item_code, o.company, o.customer, o.transaction_date, {_RECOUNT} as counted,
	l.delivered_qty, abs(l.delivered_qty - ({_RECOUNT})) * l.base_rate
	from `tabSales Order` o inner join `tabSales Order Item` l on l.parent = o.name """
	+ _PLACED
	+ " and l.delivered_by_supplier = 0 having abs(l.delivered_qty - counted) > 0.000001"
)
_RESERVED = """select 'Sales Order', o.name, l.name, o.name, l.item_code, o.company, o.customer, o.transaction_date, 0,
	sum(r.reserved_qty - r.delivered_qty), sum(r.reserved_qty - r.delivered_qty) * l.base_rate / l.conversion_factor
	from `tabStock Reservation Entry` r inner join `tabSales Order` o on o.name = r.voucher_no
	inner join `tabSales Order Item` l on l.name = r.voucher_detail_no
	where r.docstatus = 1 and r.voucher_type = 'Sales Order' and r.status not in ('Delivered', 'Cancelled')
	and r.reserved_qty > r.delivered_qty and o.status = 'Closed' group by l.name"""


class Found(NamedTuple):
	"""Documents that do not agree."""

	kind: str
	reference_doctype: str
	reference_name: str
	row: str  # of the order, where it is about a line
	sales_order: str | None
	item: str | None
	company: str
	customer: str | None
	on: date
	expected: float  # a rate, a quantity or an amount in company currency, by the kind
	found: float
	amount: float  # at stake, in company currency


class Limits(NamedTuple):
	"""From when on documents are looked at, and how old they may be before they are found."""

	since: date
	unbilled: date
	unallocated: date

	@classmethod
	def of(cls, today: date) -> "Limits":
		"""As the settings say."""
		return cls(*(add_days(today, -days(name)) for name in USUAL_DAYS))


def days(setting: str) -> int:
	"""A number of days of the settings. A site that had the app before has none there until somebody saves them."""
	number = frappe.db.get_singles_dict("O2C Settings").get(setting)
	return USUAL_DAYS[setting] if number in (None, "") else cint(number)


def find(kind: str, limits: Limits) -> list[Found]:
	"""All findings of a kind."""
	return list(_FINDERS[kind](kind, limits))


def _by_query(query: str) -> Callable[[str, Limits], Iterator[Found]]:
	def found(kind: str, limits: Limits) -> Iterator[Found]:
		values: Mapping[str, Any] = {**limits._asdict(), "allowance": _allowance()}
		for row in frappe.db.sql(query, values):  # built sql: the fixed texts above
			*documents, expected, have, amount = row
			yield Found(kind, *documents, round(flt(expected), 6), round(flt(have), 6), round(flt(amount), 2))

	return found


def _allowance() -> float:
	"""By how much an invoice may go beyond its order anyway, in percent."""
	return flt(frappe.get_cached_value("Accounts Settings", "Accounts Settings", "over_billing_allowance"))


def _of_old_returns(kind: str, limits: Limits) -> Iterator[Found]:
	"""Goods that came back some days ago: what is credited or replaced within these days is no finding."""
	found = list(_by_query(_UNCREDITED)(kind, limits))
	for start in range(0, len(found), BATCH):
		batch = found[start : start + BATCH]
		returned = dict(frappe.db.sql(_LAST_RETURNS, {"lines": tuple(one.row for one in batch)}))
		yield from (one for one in batch if one.row in returned and returned[one.row] <= limits.unbilled)


_FINDERS: dict[str, Callable[[str, Limits], Iterable[Found]]] = {
	RATES: _by_query(_RATES),
	UNBILLED: _by_query(_UNBILLED),
	OVERBILLED: _by_query(_OVERBILLED),
	UNALLOCATED: _by_query(_PAID + " union all " + _CREDITED),
	UNCREDITED: _of_old_returns,
	DELIVERED: _by_query(_DELIVERED),
	RESERVED: _by_query(_RESERVED),
}
