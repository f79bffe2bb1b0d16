"""Reads what is to be picked: open orders by rank, their lines, what is on the shelf, and what is picked already."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import frappe

from crm_o2c.permissions import order_conditions
from crm_o2c.services.order_book import NOT_OPEN, ON_HOLD

Pair = tuple[str, str]
AT_ONCE = 500  # orders

_RANKED = """select `tabSales Order`.name from `tabSales Order`
	left join `tabO2C Order Score` s on s.name = `tabSales Order`.name
	where `tabSales Order`.docstatus = 1 and `tabSales Order`.per_delivered < 100
	and `tabSales Order`.status not in %(not_open)s and `tabSales Order`.status != %(on_hold)s
	and `tabSales Order`.o2c_held = 0 and `tabSales Order`.skip_delivery_note = 0
	and (%(company)s = '' or `tabSales Order`.company = %(company)s)"""
_BY_RANK = """ order by s.queue_key is null, s.queue_key, `tabSales Order`.delivery_date, `tabSales Order`.name"""
# orders first: a list of names is what an index is used for, whatever the database thinks of the items
_LINES = """select straight_join l.parent, l.name, '' as part, l.idx, l.item_code, l.item_name, l.warehouse, l.stock_uom,
	l.stock_qty, l.delivered_qty * l.conversion_factor, l.picked_qty, coalesce(l.delivery_date, o.delivery_date), o.customer,
	o.customer_name, o.shipping_address_name, o.o2c_delivery_policy = 'Ship Complete', o.o2c_priority_band,
	ifnull(b.actual_qty, 0)
	from `tabSales Order` o inner join `tabSales Order Item` l on l.parent = o.name
	inner join `tabItem` m on m.name = l.item_code left join `tabBin` b on b.item_code = l.item_code and b.warehouse = l.warehouse
	where o.name in %(orders)s and l.delivered_by_supplier = 0 and l.qty > l.delivered_qty and m.is_stock_item = 1
	and (%(every)s or b.actual_qty > 0 or o.o2c_delivery_policy = 'Ship Complete')
	union all
	select straight_join l.parent, l.name, p.name, l.idx, p.item_code, p.item_name, p.warehouse, p.uom, p.qty,
	p.qty * l.delivered_qty / l.qty, p.picked_qty, coalesce(l.delivery_date, o.delivery_date), o.customer, o.customer_name,
	o.shipping_address_name, o.o2c_delivery_policy = 'Ship Complete', o.o2c_priority_band, ifnull(b.actual_qty, 0)
	from `tabPacked Item` p inner join `tabSales Order Item` l on l.name = p.parent_detail_docname
	inner join `tabSales Order` o on o.name = l.parent inner join `tabItem` m on m.name = p.item_code
	left join `tabBin` b on b.item_code = p.item_code and b.warehouse = p.warehouse
	where p.parent in %(orders)s and p.parenttype = 'Sales Order' and l.delivered_by_supplier = 0
	and l.qty > l.delivered_qty and m.is_stock_item = 1
	and (%(every)s or b.actual_qty > 0 or o.o2c_delivery_policy = 'Ship Complete')"""
_TO_PICK = """ and exists(select 1 from `tabSales Order Item` l inner join `tabItem` m on m.name = l.item_code
	left join `tabPacked Item` p on p.parent_detail_docname = l.name and p.parenttype = 'Sales Order'
	left join `tabItem` n on n.name = p.item_code
	where l.parent = `tabSales Order`.name and l.delivered_by_supplier = 0 and l.qty > l.delivered_qty
	and ((m.is_stock_item = 1 and l.warehouse in %(warehouses)s
	and l.stock_qty > greatest(l.picked_qty, l.delivered_qty * l.conversion_factor) + 0.000001)
	or (n.is_stock_item = 1 and p.warehouse in %(warehouses)s
	and p.qty > greatest(p.picked_qty, p.qty * l.delivered_qty / l.qty) + 0.000001)))"""
_ON_LISTS = """select i.sales_order, i.sales_order_item, ifnull(i.product_bundle_item, ''), i.item_code, i.warehouse,
	p.name, p.docstatus, case when p.docstatus = 0 then i.stock_qty
	when l.name is null or i.product_bundle_item != '' then i.picked_qty - i.delivered_qty
	else least(i.picked_qty - i.delivered_qty, greatest(0, l.picked_qty - l.delivered_qty * l.conversion_factor)) end
	from `tabPick List` p inner join `tabPick List Item` i on i.parent = p.name
	left join `tabSales Order Item` l on l.name = i.sales_order_item
	where p.purpose = 'Delivery' and p.docstatus < 2 and p.status in ('Draft', 'Open', 'Partly Delivered')"""
_SET_ASIDE = """select r.voucher_detail_no, r.item_code, r.warehouse, r.reserved_qty - r.delivered_qty
	from `tabStock Reservation Entry` r where r.docstatus = 1 and r.voucher_type = 'Sales Order'
	and r.status not in ('Delivered', 'Cancelled') and r.reserved_qty > r.delivered_qty"""


class OpenLine(NamedTuple):
	"""A line of an open order, or a part of its bundle, that takes from stock. Quantities in stock units."""

	order: str
	row: str
	part: str  # of a bundle: the row of the packing list
	number: int
	item: str
	item_name: str
	warehouse: str | None
	uom: str
	qty: float
	delivered: float
	picked: float
	promised: date | None
	customer: str
	customer_name: str
	address: str | None
	whole: int | None  # the order ships as a whole
	band: str | None
	on_hand: float


class Listed(NamedTuple):
	"""A row of a Pick List that is not delivered yet."""

	order: str | None
	row: str | None
	part: str
	item: str
	warehouse: str | None
	pick_list: str
	submitted: int
	qty: float


class SetAside(NamedTuple):
	"""Stock that is reserved for a line."""

	row: str
	item: str
	warehouse: str
	qty: float


def ranked_orders(company: str = "") -> list[str]:
	"""Open orders that may be picked, the most urgent first. Without a score, by promise. All of them: those that the user
	may not read take from the shelf too."""
	return _orders(_BY_RANK, company=company or "")


def readable_orders(company: str = "") -> set[str] | None:
	"""Those of them that the user may read; None where he may read all."""
	conditions = order_conditions()
	return set(_orders(" and (" + conditions + ")", company=company or "")) if conditions else None


def orders_to_pick(allowed: Iterable[str]) -> list[str]:
	"""Those of them that the user may read and of which something is to be picked in these warehouses."""
	conditions = order_conditions()
	more = (" and (" + conditions + ")" if conditions else "") + _TO_PICK
	return _orders(more, company="", warehouses=tuple(allowed) or ("",))


def _orders(more: str, **values: Any) -> list[str]:
	of_this = {**values, "not_open": NOT_OPEN, "on_hold": ON_HOLD}
	return frappe.db.sql(
		_RANKED + more, of_this, pluck=True
	)  # built sql: fixed texts, Frappe's own conditions for the user


def pickable(orders: Sequence[str]) -> set[str]:
	"""Those of these orders that are open, not on hold and not held."""
	values = {"company": "", "not_open": NOT_OPEN, "on_hold": ON_HOLD, "orders": tuple(orders)}
	query = _RANKED + " and `tabSales Order`.name in %(orders)s"
	return set(frappe.db.sql(query, values, pluck=True))  # built sql: fixed texts and placeholders only


def lines_of(orders: Sequence[str], on_shelf_only: bool = False) -> dict[str, list[OpenLine]]:
	"""The open lines of these orders, each order's in their order. `on_shelf_only`: those alone of which something is on
	hand, and of orders that ship as a whole all."""
	found: dict[str, list[OpenLine]] = {}
	for row in frappe.db.sql(_LINES, {"orders": tuple(orders), "every": int(not on_shelf_only)}):
		found.setdefault(row[0], []).append(OpenLine(*row))
	for lines in found.values():
		if len(lines) > 1:
			lines.sort(key=_number)
	return found


def _number(line: OpenLine) -> int:
	return line.number


def on_pick_lists() -> list[Listed]:
	"""What is on Pick Lists, drafts included."""
	return [Listed(*row) for row in frappe.db.sql(_ON_LISTS)]


def set_aside() -> list[SetAside]:
	"""What is reserved for lines of orders."""
	return [SetAside(*row) for row in frappe.db.sql(_SET_ASIDE)]


def warehouses(company: str = "", group: str = "") -> set[str]:
	"""The warehouses that the user may see, of a company, in a group of them."""
	filters: dict[str, object] = {"is_group": 0, **({"company": company} if company else {})}
	if group:
		place = frappe.db.get_value("Warehouse", group, ["lft", "rgt"]) or (0, 0)
		filters.update({"lft": (">=", place[0]), "rgt": ("<=", place[1])})
	return set(frappe.get_list("Warehouse", filters, pluck="name", order_by="name asc", limit=0))
