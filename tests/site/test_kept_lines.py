"""A run does not read again the lines of an order that has not changed since they were read on the same day."""

import book
import pytest

import frappe
from frappe.utils import add_days, getdate

from crm_o2c.engine.facts import OrderFacts
from crm_o2c.services import context, priority
from crm_o2c.services.order_loader import OrderLoader

import factories as make


@pytest.fixture(autouse=True)
def reference():
	book.usual()


def lines_in_score(order) -> int:
	return OrderFacts.from_json(frappe.db.get_value("O2C Order Score", order.name, "facts")).lines


def score_range(today=None) -> None:
	"""Score the whole book as a run does."""
	ready = context.get_context(make.COMPANY, today or getdate())
	priority.score_loaded(list(OrderLoader(ready.policy, make.COMPANY, ready.scorer.today).all()), ready)


def drop_a_line(order) -> None:
	"""A change of a line that leaves no mark on the order, as no code of ERPNext's makes it."""
	frappe.db.set_value("Sales Order Item", order.items[0].name, "delivered_qty", 1, update_modified=False)


def reads_lines(queries: list[str]) -> bool:
	return any("tabSales Order Item" in query and "json_array" in query.lower() for query in queries)


def test_lines_of_an_unchanged_order_are_read_once_a_day(queries):
	order = make.sales_order(lines=3)
	score_range()
	del queries[:]
	drop_a_line(order)
	score_range()
	assert not reads_lines(queries)
	assert lines_in_score(order) == 3
	score_range(getdate(add_days(getdate(), 1)))
	assert reads_lines(queries)
	assert lines_in_score(order) == 2


def test_lines_of_a_changed_order_are_read_at_once():
	order = make.sales_order(lines=3)
	score_range()
	drop_a_line(order)
	frappe.db.set_value("Sales Order", order.name, "po_no", "any change")
	score_range()
	assert lines_in_score(order) == 2


def test_an_event_reads_the_lines_whatever_is_kept():
	order = make.sales_order(lines=3)
	score_range()
	drop_a_line(order)
	priority.rescore_orders([order.name])
	assert lines_in_score(order) == 2


def test_a_delivery_is_seen_by_the_next_run_even_where_its_event_was_lost():
	order = make.sales_order(lines=[{"item_code": make.item(stock=5).name}, {"item_code": make.item(stock=5).name}])
	score_range()
	note = make.delivery_note(order, submit=False)
	del note.items[1]
	note.save()
	note.submit()
	score_range()
	assert lines_in_score(order) == 1
