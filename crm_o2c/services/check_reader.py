"""What surrounds orders, read from the database: one statement, whatever the checks need and however many orders ask.

Every branch gives rows of two columns: what it is, and its values as one JSON text. A single order about to be saved asks
for its own customer and items; a run over the book asks for many. The branches are the same.
"""

import json
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import frappe
from frappe.utils import add_days

from crm_o2c.engine.anomaly import rules as r
from crm_o2c.services.order_loader import LONGEST_TEXT

NEAR = 7  # days on either side of an order in which another may be its duplicate
FEW = 20  # customers up to which rows are read one by one
NOBODY = ("",)  # a list for a parameter where there is none

CUSTOMERS = """select 'customer', json_array(c.name, c.o2c_no_credit, own.credit_limit, own.bypass_credit_limit_check,
	ofgroup.credit_limit, ofgroup.bypass_credit_limit_check, nullif(coalesce(nullif(c.payment_terms, ''), g.payment_terms), ''),
	(select max(t.credit_days + 30 * t.credit_months) from `tabPayment Terms Template Detail` t
		where t.parent = coalesce(nullif(c.payment_terms, ''), g.payment_terms)),
	(select json_array(count(*), sum(p.amount)) from `tabO2C Payment Promise` p where p.customer = c.name
		and p.company = %(company)s and p.status = 'Broken' and p.promised_for >= %(year_ago)s))
	from `tabCustomer` c left join `tabCustomer Group` g on g.name = c.customer_group
	left join `tabCustomer Credit Limit` own on own.parent = c.name and own.parenttype = 'Customer' and own.company = %(company)s
	left join `tabCustomer Credit Limit` ofgroup on ofgroup.parent = c.customer_group and ofgroup.parenttype = 'Customer Group'
		and ofgroup.company = %(company)s
	where c.name in %(customers)s"""

# Exposure as ERPNext's get_customer_outstanding counts it.
BILLED = """select 'billed', json_array(party, sum(debit) - sum(credit)) from `tabGL Entry`
	where party_type = 'Customer' and party in %(customers)s and company = %(company)s and is_cancelled = 0 group by party"""
# The customer's orders in one pass: not billed yet at this company, how many there ever were, and the largest.
ORDERED = """select 'ordered', json_array(customer, sum(if(company = %(company)s and per_billed < 100 and status != 'Closed',
	base_grand_total * (100 - per_billed) / 100, 0)), count(*), max(base_net_total), sum(o2c_held))
	from `tabSales Order` where customer in %(customers)s and docstatus = 1 group by customer"""
DELIVERED = """select 'delivered', json_array(customer, sum(greatest(amount - billed, 0) / net * total)) from
	(select n.customer, i.amount, n.base_net_total net, n.base_grand_total total, ifnull((select sum(s.amount)
		from `tabSales Invoice Item` s where s.docstatus = 1 and s.dn_detail = i.name), 0) billed
	from `tabDelivery Note` n inner join `tabDelivery Note Item` i on i.parent = n.name
	where n.customer in %(customers)s and n.company = %(company)s and n.docstatus = 1
		and n.status not in ('Closed', 'Stopped') and n.base_net_total != 0
		and ifnull(i.against_sales_order, '') = '' and ifnull(i.against_sales_invoice, '') = '') unbilled group by customer"""
# Orders that wait for credit, and since when: those that came later don't count against those that came before.
WAITING = """select 'waiting', json_array(o.customer, o.name, h.held_at, o.base_grand_total * (100 - o.per_billed) / 100)
	from `tabO2C Order Hold` h inner join `tabSales Order` o on o.name = h.sales_order
	where h.status = 'Held' and h.detector = 'credit.limit' and h.company = %(company)s and h.customer in %(customers)s
		and o.docstatus = 1 and o.per_billed < 100 and o.status != 'Closed'"""
OVERDUE = """select 'invoice', json_array(i.customer, i.name, i.due_date,
	i.outstanding_amount * if(i.party_account_currency = %(currency)s, 1, i.conversion_rate),
	json_arrayagg(json_array(p.due_date, p.base_payment_amount)))
	from `tabSales Invoice` i left join `tabPayment Schedule` p on p.parent = i.name and p.parenttype = 'Sales Invoice'
	where i.customer in %(customers)s and i.company = %(company)s and i.docstatus = 1 and i.is_return = 0
		and i.outstanding_amount > 0 group by i.name"""
ADDRESSES = """select 'address', json_array(customer, shipping_address_name, count(*)) from `tabSales Order`
	where customer in %(customers)s and docstatus = 1 and shipping_address_name is not null
	group by customer, shipping_address_name"""
RECENT = """select 'recent', json_array(o.customer, o.name, o.transaction_date, o.po_no, o.base_net_total,
	json_arrayagg(json_array(i.item_code, i.stock_qty)))
	from `tabSales Order` o inner join `tabSales Order Item` i on i.parent = o.name
	where o.customer in %(customers)s and o.company = %(company)s and o.docstatus < 2 and o.status != 'Closed'
		and o.transaction_date between %(from_day)s and %(to_day)s group by o.name"""
# Items with what is usual in the price lists asked for.
ITEMS = """select 'item', json_array(i.name, i.item_name, i.disabled, i.end_of_life, i.is_stock_item, i.o2c_min_sales_qty,
	i.max_discount, i.lead_time_days,
	(select json_arrayagg(json_array(u.uom, u.conversion_factor)) from `tabUOM Conversion Detail` u
		where u.parent = i.name and u.parenttype = 'Item'),
	(select json_arrayagg(a.alternative_item_code) from `tabItem Alternative` a where a.item_code = i.name),
	p.price_list, p.levels, p.line_count, p.mean_log, p.sd_log, p.rare, p.whole)
	from `tabItem` i left join `tabO2C Item Pattern` p on p.item_code = i.name and p.price_list in %(price_lists)s
	where i.name in %(items)s"""
# Customers with what they bought of the items asked for.
BUYING_PATTERNS = """select 'habit', json_array(c.customer, c.ratio, c.effect, c.line_count, p.item_code, p.last_price, p.last_on,
	p.largest) from `tabO2C Customer Pattern` c left join `tabO2C Buying Pattern` p on p.customer = c.customer
	and p.item_code in %(items)s where c.customer in %(customers)s"""
BINS = """select 'bin', json_array(b.item_code, b.warehouse, b.actual_qty, b.reserved_qty, b.reserved_qty_for_production,
	b.reserved_qty_for_sub_contract, b.reserved_qty_for_production_plan) from `tabBin` b
	inner join `tabWarehouse` w on w.name = b.warehouse and w.company = %(company)s and w.disabled = 0
	where b.item_code in %(items)s"""
# The same for the pairs of customer and item on many orders, without asking for every customer and every item.
PAIRS = """select 'habit', json_array(c.customer, c.ratio, c.effect, c.line_count, p.item_code, p.last_price, p.last_on, p.largest)
	from (select distinct o.customer, i.item_code from `tabSales Order` o inner join `tabSales Order Item` i on i.parent = o.name
		where o.name in %(orders)s) wanted
	inner join `tabO2C Customer Pattern` c on c.customer = wanted.customer
	left join `tabO2C Buying Pattern` p on p.customer = wanted.customer and p.item_code = wanted.item_code"""
RATES = """select 'rate', json_array(x.from_currency, x.exchange_rate, x.date) from `tabCurrency Exchange` x
	where x.from_currency in %(currencies)s and x.to_currency = %(currency)s and x.for_selling = 1 and x.date =
		(select max(y.date) from `tabCurrency Exchange` y where y.from_currency = x.from_currency
			and y.to_currency = x.to_currency and y.for_selling = 1 and y.date <= %(today)s)"""
ALERTS = """select 'alert', json_array(name, sales_order, status, digest) from `tabO2C Order Alert`
	where sales_order in %(alerts_of)s"""
HOLDS = """select 'hold', json_array(name, sales_order, rule, detector, status, held_at, order_total, released_how,
	release_until, ways, params) from `tabO2C Order Hold` where sales_order in %(holds_of)s"""

BRANCHES: dict[str, tuple[str, ...]] = {
	r.CREDIT: (CUSTOMERS, BILLED, ORDERED, DELIVERED, OVERDUE),
	r.PROMISES: (CUSTOMERS,),
	r.CUSTOMER: (ORDERED, ADDRESSES),
	r.TERMS: (CUSTOMERS,),
	r.RECENT: (RECENT,),
	r.ITEMS: (ITEMS,),
	r.PATTERNS: (ITEMS, BUYING_PATTERNS),
	r.STOCK: (ITEMS, BINS),
	r.RATES: (RATES,),
}

# The first, empty row names the columns.
_GATHERED_HEAD = (
	"select kind, group_concat(row_json) from (select '' kind, '' row_json from dual where false union all "
)
_GATHERED_TAIL = ") every group by kind"

Rows = dict[str, list[list[Any]]]


def ask(
	needs: Collection[str],
	company: str,
	today: date,
	*,
	alerts_of: Iterable[str] = (),
	holds_of: Iterable[str] = (),
	customers: Iterable[str] = (),
	items: Iterable[str] = (),
	price_lists: Iterable[str] = (),
	currencies: Iterable[str] = (),
	addresses: bool = True,
	days: tuple[date, date] | None = None,
) -> Rows:
	"""What the needs say, for these orders, customers, items …: the rows of each branch by its kind. One query.

	`alerts_of`, `holds_of`: orders that may have some. `addresses`: whether any order says where to. `days`: the first and the
	last day of the orders asked for.
	"""
	first, last = days or (today, today)
	company_currency = frappe.get_cached_value("Company", company, "default_currency")
	values = {
		"company": company,
		"currency": company_currency,
		"today": today,
		"year_ago": add_days(today, -365),
		"from_day": add_days(first, -NEAR),
		"to_day": add_days(last, NEAR),
		"alerts_of": tuple(alerts_of),
		"holds_of": tuple(holds_of),
		"customers": tuple(customers) or NOBODY,
		"items": tuple(items) or NOBODY,
		"price_lists": tuple(price_lists) or NOBODY,
		"currencies": tuple(c for c in currencies if c and c != company_currency),
	}
	branches = [branch for need in sorted(needs) for branch in BRANCHES.get(need, ())]
	left_out = {ADDRESSES: not addresses, RATES: not values["currencies"]}
	branches = [branch for branch in branches if not left_out.get(branch)]
	branches += [ALERTS] if values["alerts_of"] else []
	branches += [HOLDS] if values["holds_of"] else []
	rows = _rows(branches, values)
	if r.CREDIT in needs and any(row[4] for row in rows.get("ordered", ())):
		rows.update(_rows([WAITING], values))  # seldom: the customer has held orders
	return rows


def _rows(branches: Iterable[str], values: dict[str, Any]) -> Rows:
	query = " union all ".join(dict.fromkeys(branches))
	if not query:
		return {}
	if len(values["customers"]) > FEW:
		return _rows_of_many(query, values)
	rows: Rows = {}
	for kind, text in frappe.db.sql(query, values):  # built sql: the fixed branches above and placeholders only
		rows.setdefault(kind, []).append(json.loads(text))
	return rows


def _rows_of_many(query: str, values: dict[str, Any]) -> Rows:
	"""The same with one text for each kind: the driver reads row by row in Python, the JSON reader is compiled."""
	frappe.db.sql("set session group_concat_max_len = %s", LONGEST_TEXT)
	gathered = _GATHERED_HEAD + query + _GATHERED_TAIL  # built sql: as above
	return {kind: json.loads(f"[{text}]") for kind, text in frappe.db.sql(gathered, values)}  # built sql: as above


def ask_pairs(orders: Iterable[str]) -> Rows:
	"""What is usual for the pairs of customer and item on many orders."""
	orders = tuple(orders)
	return _rows((PAIRS,), {"orders": orders, "customers": orders}) if orders else {}
