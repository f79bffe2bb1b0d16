"""Ways out for a line that stock can't keep: what other warehouses and substitutes have, read in two queries."""

from datetime import date

import frappe

from crm_o2c.engine.atp import Promise
from crm_o2c.engine.proposals import USUAL, Proposal, Terms, propose
from crm_o2c.services import supply
from crm_o2c.services.stock_reader import Pair


def ways_out(
	promise: Promise, pair: Pair, company: str, *, today: date, order: str | None = None, terms: Terms = USUAL
) -> list[Proposal]:
	"""What would keep a line that is not kept on its date, each way with the promise that proves it. `order` is its own."""
	if promise.is_kept:
		return []
	item, warehouse = pair
	others, substitutes = _candidates(item, warehouse, company)
	pairs = [pair, *((item, other) for other in others), *((other, warehouse) for other in substitutes)]
	found = supply.ledgers(pairs, today=today, without_order=order)
	return propose(
		promise,
		found[pair],
		{other: found[item, other] for other in others},
		{other: found[other, warehouse] for other in substitutes},
		terms,
	)


def _candidates(item: str, warehouse: str, company: str) -> tuple[list[str], list[str]]:
	"""Warehouses of the company that have the item on hand, and substitutes that are counted in the same unit."""
	found = frappe.db.sql(
		"""select 'warehouse', b.warehouse from `tabBin` b inner join `tabWarehouse` w on w.name = b.warehouse
		where b.item_code = %(item)s and b.warehouse != %(warehouse)s and b.actual_qty > 0 and w.company = %(company)s
		and w.is_group = 0 and w.disabled = 0 and w.is_rejected_warehouse = 0 and ifnull(w.warehouse_type, '') != 'Transit'
		union
		select 'item', a.alternative_item_code from `tabItem Alternative` a
		inner join `tabItem` own on own.name = a.item_code inner join `tabItem` i on i.name = a.alternative_item_code
		where a.item_code = %(item)s and i.disabled = 0 and i.is_sales_item = 1 and i.stock_uom = own.stock_uom
		union
		select 'item', a.item_code from `tabItem Alternative` a
		inner join `tabItem` own on own.name = a.alternative_item_code inner join `tabItem` i on i.name = a.item_code
		where a.alternative_item_code = %(item)s and a.two_way = 1 and i.disabled = 0 and i.is_sales_item = 1
		and i.stock_uom = own.stock_uom""",
		{"item": item, "warehouse": warehouse, "company": company},
	)
	return tuple([name for kind, name in found if kind == wanted] for wanted in ("warehouse", "item"))
