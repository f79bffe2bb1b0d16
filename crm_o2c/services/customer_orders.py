"""Orders as their customers may see them, read by one query however many they are."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import frappe
from frappe.utils import getdate

from crm_o2c.engine import customer_view, on_time
from crm_o2c.engine.customer_view import Journey, Move
from crm_o2c.services import stage_book

ORDER = "Sales Order"
PAGE = 20
SMALLEST = 1e-6  # smaller quantities are of rounding

# The orders come first, so that all else is read of one page. `moves` are the stages that an order entered.
_PAGE = """with page as (
	select name, creation, ifnull(po_no, '') as po_no, transaction_date, docstatus, ifnull(status, '') as status,
		skip_delivery_note, per_billed, delivery_date, ifnull(o2c_stage, '') as o2c_stage, o2c_stage_since
	from `tabSales Order` where {which} order by transaction_date desc, creation desc, name desc
	limit %(length)s offset %(start)s
)
select o.name, o.po_no, o.transaction_date, o.docstatus, o.status, o.skip_delivery_note, o.per_billed, o.delivery_date,
	o.o2c_stage, o.o2c_stage_since, line.some_left, line.some_delivered, line.next_promised, promise.first, promise.latest,
	promise.days_late, sent.last_sent, sent.last_eta,
	(select group_concat(e.to_state, '\t', e.happened_at order by e.number separator '\n') from `tabO2C Event` e
		where e.reference_name = o.name and e.reference_doctype = 'Sales Order' and e.what = 'stage' and e.number > 0
	) as moves
from page o
left join (
	select i.parent, max(i.delivered_qty < i.qty - 0.000001) as some_left, max(i.delivered_qty > 0.000001) as some_delivered,
		min(if(i.delivered_qty < i.qty - 0.000001, coalesce(i.delivery_date, p.delivery_date), null)) as next_promised
	from `tabSales Order Item` i inner join page p on p.name = i.parent where i.parenttype = 'Sales Order' group by i.parent
) line on line.parent = o.name
left join (
	select k.sales_order, max(k.first_promised) as first, max(k.promised_date) as latest, max(if(k.line_state = 2, 0,
		greatest(0, datediff(coalesce(k.delivered_on, k.ended_on, %(today)s), k.promised_date)))) as days_late
	from `tabO2C Promise` k inner join page p on p.name = k.sales_order where k.latest = 1 group by k.sales_order
) promise on promise.sales_order = o.name
left join (
	select i.against_sales_order, max(n.posting_date) as last_sent,
		max(if(n.o2c_arrived_at is null, n.o2c_eta, null)) as last_eta
	from `tabDelivery Note Item` i inner join page p on p.name = i.against_sales_order
	inner join `tabDelivery Note` n on n.name = i.parent where n.docstatus = 1 and n.is_return = 0
	group by i.against_sales_order
) sent on sent.against_sales_order = o.name
order by o.transaction_date desc, o.creation desc, o.name desc"""
_ONE = _PAGE.replace("{which}", "name = %(name)s and docstatus > 0")
_OF_CUSTOMERS = _PAGE.replace("{which}", "customer in %(customers)s and docstatus = 1")


class Order(NamedTuple):
	"""An order and what is around it."""

	name: str
	po_no: str
	placed: date
	docstatus: int
	status: str
	no_delivery: int
	per_billed: float
	delivery_date: date | None
	stage: str
	stage_since: datetime | None
	some_left: int | None
	some_delivered: int | None
	next_promised: date | None
	first_promise: date | None
	latest_promise: date | None
	days_late: int | None
	last_sent: date | None
	last_eta: date | None
	moves: str | None

	@property
	def ended(self) -> bool:
		"""Whether nothing more will be delivered."""
		return self.docstatus == 2 or self.status == "Closed"

	@property
	def delivered(self) -> bool:
		return self.docstatus == 1 and not self.no_delivery and not self.some_left

	@property
	def promised(self) -> date | None:
		"""The day that is promised for all of it."""
		return None if self.no_delivery else self.latest_promise or self.delivery_date

	def journey(self) -> Journey:
		"""Where it is for its customer."""
		return customer_view.journey(self._moves(), stage_book.get_book())

	def _moves(self) -> Iterator[Move]:
		"""From the ledger; what it does not have yet, from the order."""
		last = ""
		for row in (self.moves or "").split("\n") if self.moves else ():
			last, _tab, at = row.partition("\t")
			yield Move(last, datetime.fromisoformat(at))
		if self.stage != last and self.stage_since:
			yield Move(self.stage, self.stage_since)

	def on_time(self) -> str:
		"""Whether it will be on time, or was: a word of `engine.customer_view`. Nothing but promises and parcels is asked."""
		late = self._days_late()
		known = self.promised if late is not None or not self.delivered else None
		facts = on_time.Facts(
			promised=known,
			next_promised=self.next_promised,
			delivered=self.delivered,
			ended=self.ended,
			days_late=late or 0,
			parcels=[on_time.Parcel(self.name, self.last_eta)] if self.last_eta else (),
		)
		return customer_view.TIME[on_time.will_be_on_time(facts, getdate()).state]

	def _days_late(self) -> int | None:
		"""By how much; None where neither a promise nor a delivery tells."""
		if self.latest_promise:
			return int(self.days_late or 0)
		if self.promised and self.last_sent:
			return max(0, (self.last_sent - self.promised).days)
		return None


def one(name: str) -> Order:
	"""An order that is submitted or cancelled."""
	return _read(_ONE, {"name": name, "start": 0, "length": 1})[0]


def page(customers: Sequence[str], start: int) -> tuple[list[Order], bool]:
	"""The submitted orders of these customers, the newest first, and whether there are more."""
	if not customers:
		return [], False
	values = {"customers": tuple(customers), "start": max(start, 0), "length": PAGE + 1}
	found = _read(_OF_CUSTOMERS, values)
	return found[:PAGE], len(found) > PAGE


def _read(query: str, values: Mapping[str, Any]) -> list[Order]:
	rows = frappe.db.sql(query, {**values, "today": getdate()})  # built sql: the fixed texts above
	return [Order(*row) for row in rows]


def customers_of_user() -> list[str]:
	"""The customers whose portal the user is in, as ERPNext's own pages find them."""
	if "Customer" not in frappe.get_roles():
		return []
	filters = {"user": frappe.session.user, "parenttype": "Customer"}
	return frappe.get_all("Portal User", filters, pluck="parent", order_by="parent asc", distinct=True)
