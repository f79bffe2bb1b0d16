"""The facts of one Sales Order in memory, about to be saved, and the forms that both ways of loading share.

`order_loader` loads the same facts set-based for many orders; a site test holds the two together. "Still to deliver" is
everywhere `qty > delivered_qty`.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from pypika import Parameter

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from crm_o2c.engine import policy as p
from crm_o2c.engine.expression import FLAG, NUMBER
from crm_o2c.engine.facts import NOTHING, OrderFacts
from crm_o2c.engine.policy import CUSTOMER_PREFIX, PriorityPolicy
from crm_o2c.services.order_book import ON_HOLD, overdue_by_customer

_ON_HAND = """select item_code, warehouse, actual_qty from `tabBin`
	where item_code in %(items)s and warehouse in %(warehouses)s"""
KEPT_DECIMALS = 9  # of every number in Frappe's columns: a document in memory may hold more


@dataclass(frozen=True, slots=True)
class Lines:
	"""The lines of one order that are still to deliver, summed up."""

	lines: int = 0
	units: float = 0.0
	promise_date: date | None = None
	net: float = 0.0
	cost: float = 0.0

	@property
	def margin_percent(self) -> float | None:
		return round(100 * (self.net - self.cost) / self.net, 2) if self.net else None


def facts_of(doc: Document, policy: PriorityPolicy, today: date) -> OrderFacts:
	"""The facts of a Sales Order as it is in memory, about to be saved; what is not on it is asked in one query."""
	needs = policy.needs()
	pending = [row for row in doc.items if (row.qty or 0) > (row.delivered_qty or 0)]
	lines = _sum(pending)
	ask_stock = pending and doc.docstatus == 1 and wants_stock(needs)
	asked = _ask(doc, policy, today)
	late: tuple[Any, Any] = (None, None)
	if {p.OVERDUE_AMOUNT, p.OVERDUE_DAYS} & needs:
		late = overdue_by_customer(doc.company, today, doc.customer).get(doc.customer, (0.0, 0))
	return OrderFacts(
		order=doc.name, customer=doc.customer, company=doc.company,
		value=open_value(doc.base_net_total, doc.per_delivered), tier=asked.o2c_tier or None,
		order_date=getdate(doc.transaction_date), promise_date=lines.promise_date, lines=lines.lines, units=lines.units,
		lines_in_stock=_count_in_stock(pending) if ask_stock else len(pending), submitted=doc.docstatus == 1, on_hold=doc.status == ON_HOLD,
		customer_blocked=bool(asked.is_frozen or asked.disabled),
		margin_percent=lines.margin_percent if p.MARGIN in needs else None, overdue_amount=late[0], overdue_days=late[1],
		boost=asked.boost or 0.0, held=bool(doc.get("o2c_held")), extra=_extra_of(doc, asked, policy) or NOTHING,
	)  # fmt: skip


def wants_stock(needs: frozenset[str]) -> bool:
	"""Whether a policy with these needs asks which lines have stock; otherwise every line counts as having some."""
	return p.NO_STOCK in needs or "lines_in_stock" in needs


def _ask(doc: Document, policy: PriorityPolicy, today: date) -> frappe._dict:
	"""Customer fields and the boost, in one query."""
	own = tuple(name for name in policy.extra_fields() if name.startswith(CUSTOMER_PREFIX))
	values = {"customer": doc.customer, "order": doc.name, "today": today}
	rows = frappe.db.sql(_question(own), values, as_dict=True)  # built sql: fields of Customer's meta and placeholders
	return rows[0] if rows else frappe._dict()


@lru_cache(maxsize=64)
def _question(names: tuple[str, ...]) -> str:
	"""What `_ask` asks: the same text for every order, which takes longer to put together than to answer."""
	customer, boost = frappe.qb.DocType("Customer"), frappe.qb.DocType("O2C Priority Boost")
	query = frappe.qb.from_(customer).left_join(boost)
	query = query.on((boost.active_order == Parameter("%(order)s")) & (boost.expires_on >= Parameter("%(today)s")))
	query = query.select(customer.o2c_tier, customer.is_frozen, customer.disabled, boost.points.as_("boost"))
	query = query.select(*(customer[name.removeprefix(CUSTOMER_PREFIX)].as_(name) for name in names))
	return query.where(customer.name == Parameter("%(customer)s")).get_sql()


def _extra_of(doc: Document, asked: frappe._dict, policy: PriorityPolicy) -> dict[str, Any]:
	return {
		name: clean(asked.get(name) if name.startswith(CUSTOMER_PREFIX) else doc.get(name), policy.fields[name])
		for name in policy.extra_fields()
	}


def _sum(rows: list[Document]) -> Lines:
	if not rows:
		return Lines()
	return summed(
		len(rows),
		sum((row.qty - (row.delivered_qty or 0)) * (row.conversion_factor or 1) for row in rows),
		min((str(getdate(row.delivery_date)) for row in rows if row.delivery_date), default=None),
		sum(row.base_net_amount or 0 for row in rows),
		sum((row.valuation_rate or 0) * (row.stock_qty or 0) for row in rows),
	)


def _count_in_stock(rows: list[Document]) -> int:
	"""Lines with stock on hand, and those that need none: services, and what the supplier delivers himself."""
	places = {"items": tuple({row.item_code for row in rows}), "warehouses": tuple({row.warehouse for row in rows})}
	bins = frappe.db.sql(_ON_HAND, places)
	on_hand = {(item, warehouse): qty for item, warehouse, qty in bins}

	def supplied(row: Document) -> bool:
		if row.delivered_by_supplier:
			return True
		qty = on_hand.get((row.item_code, row.warehouse))
		# ERPNext has asked for the item's kind in this save already, so this answers from memory.
		return not frappe.get_cached_value("Item", row.item_code, "is_stock_item") if qty is None else qty > 0

	return sum(map(supplied, rows))


# -- one form for both ways ------------------------------------------------------------------------------------------------


def summed(count: float, units: float | None, promise: str | None, net: float = 0, cost: float = 0) -> Lines:
	"""The lines of an order, from sums over them."""
	return Lines(int(count), round(float(units or 0), 3), day(promise), float(net or 0), float(cost or 0))


def day(text: str | None) -> date | None:
	"""A date from its text, as the database writes it."""
	return date.fromisoformat(text) if text else None


def open_value(net: float | None, per_delivered: float | None) -> float | None:
	"""What is still to deliver, in company currency: the net total less the delivered share."""
	return None if net is None else round(net * (100 - (per_delivered or 0)) / 100, 2)


def clean(value: Any, kind: str) -> Any:
	"""A field's value as the engine wants it: a number, a text, a flag; None where it is empty."""
	if kind == FLAG:
		return bool(value)
	if value is None or value == "":
		return None
	return round(float(value), KEPT_DECIMALS) if kind == NUMBER else str(value)
