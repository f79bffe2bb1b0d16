"""What a customer may know of his orders: where each is, since when, what is next, and whether it is on time.

No prices, no names of staff, no reasons, no stages that are not for customers. The caller has checked the right.
"""

from typing import Any

from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate
from frappe.utils.data import global_date_format

from crm_o2c.engine import customer_view as engine
from crm_o2c.engine import messages
from crm_o2c.engine.customer_view import LATE, ON_TIME, UNKNOWN, Journey
from crm_o2c.engine.stages import Stage
from crm_o2c.services import customer_orders, stage_book
from crm_o2c.services.customer_deliveries import Deliveries
from crm_o2c.services.customer_orders import SMALLEST, Order


def status(order: Document) -> dict[str, Any]:
	"""One order, submitted or cancelled, for its customer."""
	found = customer_orders.one(order.name)
	way, deliveries = found.journey(), Deliveries(order.name)
	return {
		**_summary(found, way),
		"steps": _steps(found, way),
		"promise": _promise(found, way),
		"next": _next(found, way, deliveries),
		"lines": [_line(row, found) for row in order.items],
		"deliveries": deliveries.shown(),
	}


def page(start: int) -> dict[str, Any]:
	"""The user's own orders, the newest first: {"rows", "start", "length", "has_more"}."""
	start = max(start, 0)
	orders, has_more = customer_orders.page(customer_orders.customers_of_user(), start)
	rows = [
		{**_summary(order, order.journey()), "promised_on": _day(order.promised), "late": order.on_time() == LATE}
		for order in orders
	]
	return {"rows": rows, "start": start, "length": customer_orders.PAGE, "has_more": has_more}


def _summary(order: Order, way: Journey) -> dict[str, Any]:
	return {
		"name": order.name,
		"po_no": order.po_no,
		"placed_on": str(order.placed),
		"stage": _label(way.shown),
		"since": str(getdate(way.since or order.placed)),
	}


def _label(stage: Stage | None) -> str:
	"""The stage in the customer's words."""
	if stage is None:
		return messages.render("customer.stage.none", {}, _)
	return _(stage.customer_label or stage.label, context="O2C Stage")  # translated: labels of stages


def _steps(order: Order, way: Journey) -> list[dict[str, Any]]:
	ahead = () if order.ended else engine.ahead(bool(order.no_delivery))
	return [
		{
			"label": _label(step.stage),
			"state": step.state,
			"state_label": messages.render(f"customer.step.{step.state}", {}, _),
			"reached_on": _day(step.reached),
		}
		for step in engine.steps(way, stage_book.get_book(), ahead)
	]


def _promise(order: Order, way: Journey) -> dict[str, Any]:
	"""The day promised for all of it, the first one too if it was another, and whether it is on time. Of an order that waits
	nobody can say that it will be."""
	state = order.on_time() if order.promised else UNKNOWN
	if state == ON_TIME and way.waits:
		state = UNKNOWN
	first = order.first_promise if order.first_promise != order.promised else None
	return {
		"on": _day(order.promised),
		"first": _day(first) if order.promised else None,
		"state": state,
		"text": messages.render(f"customer.time.{state}", {}, _),
	}


def _next(order: Order, way: Journey, deliveries: Deliveries) -> str:
	facts = engine.Facts(
		cancelled=order.docstatus == 2,
		closed=order.status == "Closed",
		waits=way.waits,
		no_delivery=bool(order.no_delivery),
		billed=order.per_billed >= 100 - SMALLEST,
		delivered=order.delivered,
		partly=bool(order.some_delivered),
		promised=order.next_promised,
		parcels=deliveries.parcels(),
	)
	sentence = engine.whats_next(facts, getdate())
	values = {key: global_date_format(value) for key, value in sentence.params.items()}
	return messages.render(sentence.code, values, _)


def _line(row: Document, order: Order) -> dict[str, Any]:
	"""A line with what is still to come of it."""
	left = max(0.0, row.qty - (row.delivered_qty or 0))
	comes = left > SMALLEST and not order.ended and not order.no_delivery
	return {
		"item_code": row.item_code,
		"item_name": row.item_name,
		"uom": _(row.uom),  # translated: names of units
		"qty": float(row.qty),
		"delivered": float(row.delivered_qty or 0),
		"remaining": round(left, 6) if comes else 0.0,
	}


def _day(value: Any) -> str | None:
	return str(getdate(value)) if value else None
