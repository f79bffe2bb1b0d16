"""Learns from the orders of the last 365 days what is usual: the state that `engine.anomaly.patterns` defines.

Set-based, and never additive: whatever is learned again is learned from all its orders, so that learning twice changes
nothing, and cancelled orders are forgotten. Hourly for the items and customers of orders that changed, nightly in whole.
A customer whose orders did not change still moves a little with the averages of his items; that waits for the night.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from hashlib import md5
from itertools import chain, groupby, islice
from operator import itemgetter
from statistics import median
from typing import Any

import frappe
from frappe.utils import add_days, getdate, now_datetime

from crm_o2c.engine.anomaly.patterns import BUCKETS, DAYS, EFFECT_LINES, LAST_LINES, LEVEL_ORDERS, MOST_LEVELS
from crm_o2c.services.isolation import reading_committed

BATCH = 500  # keys a statement, and rows

# Every line sold, in the order in which it was: on_day, creation, sales_order, idx. What an open alert calls unusual is not
# learned before somebody has decided it: it would make itself usual, and close its own alert.
_SOLD = """select o.name sales_order, o.transaction_date on_day, o.creation, i.idx, o.customer, i.item_code,
	ifnull(o.selling_price_list, '') price_list, i.stock_qty qty, i.base_net_rate / i.conversion_factor price
	from `tabSales Order` o inner join `tabSales Order Item` i on i.parent = o.name
	where o.docstatus = 1 and o.transaction_date > %(since)s
		and i.base_net_rate > 0 and i.conversion_factor > 0 and i.stock_qty > 0
		and (o.name, i.idx) not in (select a.sales_order, a.line from `tabO2C Order Alert` a
			where a.status = 'Open' and a.sales_order is not null and a.line > 0 and a.detector in
				('price.low', 'price.high', 'price.slip', 'price.swap', 'qty.outlier', 'uom.slip'))"""
_OF_ITEMS = " and i.item_code in %(keys)s"
_OF_CUSTOMERS = " and o.customer in %(keys)s"

_ITEM_HEAD = """insert into `tabO2C Item Pattern` (name, item_code, price_list, levels, rare, line_count, mean_log, sd_log,
	whole, last_on, learned_at, creation, modified, owner, modified_by)
	select md5(concat_ws('\n', item_code, price_list)), item_code, price_list,
		concat('[', ifnull(group_concat(if(orders >= %(level_orders)s,
			concat('[', cast(round(price, 9) as double), ', ', orders, ', "', last_on, '"]'), null)
			order by orders desc, price separator ', ' limit %(most_levels)s), ''), ']'),
		sum(orders < %(level_orders)s), sum(n), sum(x) / sum(n),
		sqrt(greatest(sum(xx) / sum(n) - pow(sum(x) / sum(n), 2), 0)), sum(broken) = 0, max(last_on),
		%(now)s, %(now)s, %(now)s, %(user)s, %(user)s
	from (select item_code, price_list, avg(price) price, count(distinct sales_order) orders, max(on_day) last_on,
			count(*) n, sum(ln(qty)) x, sum(pow(ln(qty), 2)) xx, sum(qty <> floor(qty)) broken
		from ("""
_ITEM_TAIL = """) sold group by item_code, price_list, floor(ln(price) * %(buckets)s + 0.5)) level
	group by item_code, price_list
	on duplicate key update item_code = values(item_code), price_list = values(price_list), levels = values(levels),
		rare = values(rare), line_count = values(line_count), mean_log = values(mean_log), sd_log = values(sd_log),
		whole = values(whole), last_on = values(last_on), learned_at = values(learned_at)"""

_BUYING_HEAD = """insert into `tabO2C Buying Pattern` (name, customer, item_code, last_price, last_on, largest, line_count,
	learned_at, creation, modified, owner, modified_by)
	select md5(concat_ws('\n', customer, item_code)), customer, item_code, price, on_day, largest, n,
		%(now)s, %(now)s, %(now)s, %(user)s, %(user)s
	from (select customer, item_code, price, on_day,
			max(qty) over (partition by customer, item_code) largest, count(*) over (partition by customer, item_code) n,
			row_number() over (partition by customer, item_code
				order by on_day desc, creation desc, sales_order desc, idx desc) place
		from ("""
_BUYING_TAIL = """) sold) numbered where place = 1
	on duplicate key update customer = values(customer), item_code = values(item_code), last_price = values(last_price),
		last_on = values(last_on), largest = values(largest), line_count = values(line_count),
		learned_at = values(learned_at)"""

_LAST_HEAD = """select customer, item_code, price_list, price, x, lines_in_all, on_day from
	(select customer, item_code, price_list, price, ln(qty) x, on_day, count(*) over (partition by customer) lines_in_all,
		row_number() over (partition by customer order by on_day desc, creation desc, sales_order desc, idx desc) place
	from ("""
_LAST_TAIL = ") sold) numbered where place <= %(last_lines)s order by customer"

_CUSTOMER_COLUMNS = (
	"name", "customer", "ratio", "effect", "line_count", "last_on", "learned_at", "creation", "modified", "owner", "modified_by",
)  # fmt: skip
_CUSTOMER_HEAD = "insert into `tabO2C Customer Pattern` (" + ", ".join(_CUSTOMER_COLUMNS) + ") values "
_CUSTOMER_TAIL = " on duplicate key update " + ", ".join(
	f"{column} = values({column})" for column in ("customer", "ratio", "effect", "line_count", "last_on", "learned_at")
)


def learn_all() -> None:
	"""Learn everything, and forget what was not sold for a year."""
	with reading_committed():
		values = _values()
		_learn_items(values, "")
		_learn_buying(values, "")
		_learn_customers(values, "")


def learn(items: Iterable[str], customers: Iterable[str]) -> None:
	"""Learn these items and these customers again."""
	with reading_committed():
		values = _values()
		for keys in _batches(items):
			_learn_items({**values, "keys": keys}, _OF_ITEMS)
		for keys in _batches(customers):
			_learn_buying({**values, "keys": keys}, _OF_CUSTOMERS)
			_learn_customers({**values, "keys": keys}, _OF_CUSTOMERS)


def touched_since(when: datetime) -> tuple[list[str], list[str]]:
	"""Items and customers of the orders that were submitted, cancelled or otherwise changed since."""
	order, line = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
	changed = (order.docstatus > 0) & (order.modified >= when)
	customers = frappe.qb.from_(order).select(order.customer).distinct().where(changed).orderby(order.customer)
	items = frappe.qb.from_(order).inner_join(line).on(line.parent == order.name).select(line.item_code).distinct()
	return items.where(changed).orderby(line.item_code).run(pluck=True), customers.run(pluck=True)


def _values() -> dict[str, Any]:
	return {
		"since": add_days(getdate(), -DAYS),
		"now": now_datetime(),
		"user": frappe.session.user,
		"level_orders": LEVEL_ORDERS,
		"most_levels": MOST_LEVELS,
		"buckets": BUCKETS,
		"last_lines": LAST_LINES,
	}


def _batches(keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
	rest = iter(sorted({key for key in keys if key}))
	while batch := tuple(islice(rest, BATCH)):
		yield batch


def _learn_items(values: dict[str, Any], scope: str) -> None:
	frappe.db.sql(_ITEM_HEAD + _SOLD + scope + _ITEM_TAIL, values)  # built sql: the fixed texts above
	of = " and item_code in %(keys)s" if scope else ""
	frappe.db.sql("delete from `tabO2C Item Pattern` where learned_at < %(now)s" + of, values)  # built sql: fixed texts
	frappe.db.commit()  # complete in itself; readers wait for nothing  # nosemgrep


def _learn_buying(values: dict[str, Any], scope: str) -> None:
	frappe.db.sql(_BUYING_HEAD + _SOLD + scope + _BUYING_TAIL, values)  # built sql: the fixed texts above
	of = " and customer in %(keys)s" if scope else ""
	frappe.db.sql(
		"delete from `tabO2C Buying Pattern` where learned_at < %(now)s" + of, values
	)  # built sql: fixed texts
	frappe.db.commit()  # as above  # nosemgrep


def _learn_customers(values: dict[str, Any], scope: str) -> None:
	"""Needs the items' patterns."""
	lines = frappe.db.sql(_LAST_HEAD + _SOLD + scope + _LAST_TAIL, values)  # built sql: the fixed texts above
	usual = _usual_of({line[1] for line in lines} if scope else None)
	shared = (*[values["now"]] * 3, *[values["user"]] * 2)
	rows = [
		(md5(customer.encode()).hexdigest(), customer, *_habit(list(own), usual), *shared)
		for customer, own in groupby(lines, key=itemgetter(0))
	]
	row = "(" + ", ".join(["%s"] * len(_CUSTOMER_COLUMNS)) + ")"
	for start in range(0, len(rows), BATCH):
		batch = rows[start : start + BATCH]
		query = _CUSTOMER_HEAD + ", ".join([row] * len(batch)) + _CUSTOMER_TAIL
		frappe.db.sql(query, tuple(chain.from_iterable(batch)))  # built sql: fixed column names and placeholders only
	of = " and customer in %(keys)s" if scope else ""
	frappe.db.sql(
		"delete from `tabO2C Customer Pattern` where learned_at < %(now)s" + of, values
	)  # built sql: fixed texts
	frappe.db.commit()  # as above  # nosemgrep


Usual = dict[tuple[str, str], tuple[float | None, float]]


def _usual_of(items: Collection[str] | None) -> Usual:
	"""The first level and the mean of ln(quantity), by item and price list."""
	pattern = frappe.qb.DocType("O2C Item Pattern")
	query = frappe.qb.from_(pattern).select(pattern.item_code, pattern.price_list, pattern.levels, pattern.mean_log)
	if items is not None:
		query = query.where(pattern.item_code.isin(sorted(items) or [""]))
	usual = {}
	for item, price_list, levels, mean in query.run():
		known = json.loads(levels)
		usual[item, price_list or ""] = (known[0][0] if known else None, float(mean))
	return usual


def _habit(lines: list[tuple], usual: Usual) -> tuple[float, float, int, date]:
	"""A customer's price ratio (0 where it is not known), quantity effect, number of lines and last day."""
	ratios, beyond = [], 0.0
	for _customer, item, price_list, price, x, _lines, _on in lines:
		level, mean = usual.get((item, price_list), (None, x))
		beyond += x - mean
		if level:
			ratios.append(float(price) / level)
	effect = beyond / (len(lines) + EFFECT_LINES)
	return median(ratios) if ratios else 0.0, effect, lines[0][5], max(line[6] for line in lines)
