"""Stock is set aside by ERPNext's own entries: those that matter most first, no unit twice, and again without harm."""

import pytest
from book import impatient, somebody_else

import frappe

from crm_o2c.services import reservation
from crm_o2c.services.reservation import Reserved

import factories as make

BEFORE = {"enable_stock_reservation": 0, "allow_partial_reservation": 1}  # as ERPNext installs them


@pytest.fixture(autouse=True)
def reserving():
	"""ERPNext's switch is on, as it must be before the orders are made: they forget the wish otherwise."""
	switch(enable_stock_reservation=1, allow_partial_reservation=1)
	yield
	frappe.clear_document_cache("Stock Settings", "Stock Settings")


def switch(**settings) -> None:
	frappe.db.set_single_value("Stock Settings", settings)
	frappe.clear_document_cache("Stock Settings", "Stock Settings")


def order_of(item, qty: float, points: float | None = None, days: int = 7, **fields):
	"""An order for one line, with that many points of priority."""
	order = make.sales_order(lines=[{"item_code": item.name}], qty=qty, days=days, **fields)
	if points is not None:
		frappe.db.set_value("O2C Order Score", order.name, {"queue_key": -points, "points": points})
	return order


def reserved(order) -> float:
	"""Stock units set aside for an order's lines."""
	found = frappe.get_all(
		"Stock Reservation Entry", {"voucher_no": order.name, "docstatus": 1}, pluck="reserved_qty", order_by="name asc"
	)
	return sum(found)


def reserve(*items) -> Reserved:
	return reservation.reserve([(item.name, make.WAREHOUSE) for item in items])


def test_the_most_important_order_is_served_first_and_the_last_gets_what_is_left():
	item = make.item(stock=10)
	low, high, middle = order_of(item, 4, points=10), order_of(item, 5, points=90), order_of(item, 4, points=50)
	assert reserve(item) == Reserved(orders=3, lines=3)
	assert [reserved(order) for order in (high, middle, low)] == [5, 4, 1]
	assert frappe.db.get_value("Sales Order Item", high.items[0].name, "stock_reserved_qty") == 5


def test_with_the_same_priority_the_earlier_promise_goes_first():
	item = make.item(stock=5)
	later, sooner = order_of(item, 5, points=10, days=9), order_of(item, 5, points=10, days=3)
	reserve(item)
	assert (reserved(sooner), reserved(later)) == (5, 0)


def test_again_adds_only_what_has_become_free():
	item = make.item(stock=3)
	first, second = order_of(item, 2, points=90), order_of(item, 4, points=10)
	assert reserve(item).orders == 2
	assert reserve(item) == Reserved()
	make.receipt(item.name, 10)
	assert reserve(item) == Reserved(orders=1, lines=1)
	assert (reserved(first), reserved(second)) == (2, 4)
	assert reserve(item) == Reserved()


def test_a_later_order_does_not_take_what_is_set_aside():
	item = make.item(stock=5)
	early = order_of(item, 5, points=1)
	reserve(item)
	late = order_of(item, 5, points=99)
	assert reserve(item) == Reserved()
	assert (reserved(early), reserved(late)) == (5, 0)


def test_whole_lines_where_parts_are_not_allowed():
	switch(allow_partial_reservation=0)
	item = make.item(stock=5)
	large, small = order_of(item, 6, points=90), order_of(item, 4, points=10)
	assert reserve(item) == Reserved(orders=1, lines=1)
	assert (reserved(large), reserved(small)) == (0, 4)


def test_units_of_measure():
	item = make.item(stock=20, uoms=[{"uom": "Nos", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 6}])
	order = make.sales_order(lines=[{"item_code": item.name, "uom": "Box", "conversion_factor": 6}], qty=3)
	reserve(item)
	assert reserved(order) == 18


def test_who_gets_nothing():
	item = make.item(stock=50)
	held, unwilling, draft = order_of(item, 1), order_of(item, 1), order_of(item, 1, submit=False)
	held.update_status("On Hold")
	frappe.db.set_value("Sales Order Item", unwilling.items[0].name, "reserve_stock", 0)
	assert reserve(item) == Reserved()
	assert [reserved(order) for order in (held, unwilling, draft)] == [0, 0, 0]
	assert reserve(make.item(is_stock_item=0)) == Reserved()


def test_what_is_delivered_is_not_set_aside():
	item = make.item(stock=10)
	order = order_of(item, 6)
	make.delivery_note(order, qty=2)
	reserve(item)
	assert reserved(order) == 4


def test_what_production_needs_is_not_free():
	item = make.item(stock=10)
	order = order_of(item, 9)
	bin_ = frappe.db.get_value("Bin", {"item_code": item.name, "warehouse": make.WAREHOUSE})
	frappe.db.set_value("Bin", bin_, "reserved_qty_for_production", 4)
	reserve(item)
	assert reserved(order) == 6


def test_nothing_is_tried_while_the_site_does_not_reserve():
	item = make.item(stock=10)
	order = order_of(item, 1)
	switch(enable_stock_reservation=0)
	assert reserve(item).skipped
	assert reserved(order) == 0
	assert reservation.reserve([]).skipped


def test_an_order_that_fails_stops_nobody_and_holds_nothing_back(monkeypatch):
	from erpnext.selling.doctype.sales_order.sales_order import SalesOrder

	item = make.item(stock=5)
	bad, good = order_of(item, 4, points=90), order_of(item, 5, points=10)
	real = SalesOrder.create_stock_reservation_entries

	def fails(doc, *args, **kwargs):
		real(doc, *args, **kwargs)
		if doc.name == bad.name:
			frappe.throw("no")

	monkeypatch.setattr(SalesOrder, "create_stock_reservation_entries", fails)
	assert reserve(item) == Reserved(orders=1, lines=1, failed=1)
	assert (reserved(bad), reserved(good)) == (0, 5)
	assert frappe.db.exists("Error Log", {"reference_name": bad.name})


def test_who_submits_needs_no_rights_on_reservations(as_user):
	item = make.item(stock=5)
	order = order_of(item, 5)
	as_user(make.user().name)
	assert reserve(item).orders == 1
	assert frappe.session.user != "Administrator"
	assert reserved(order) == 5


def test_many_lines_cost_no_more_reading(queries):
	items = [make.item() for _ in range(5)]
	for item in items:
		order_of(item, 2)
	reserve(items[0])
	del queries[:]
	assert reserve(*items) == Reserved()  # nothing on hand
	assert len(queries) <= 3


@pytest.mark.commits
def test_two_jobs_never_share_out_the_same_units(committed):
	"""The second waits for the first, and then counts what is left as it is, not as it was when its transaction began."""
	item = committed(make.item())
	committed(make.receipt(item.name, 5))
	order, other_order = committed(order_of(item, 5)), committed(order_of(item, 5))
	frappe.db.commit()
	try:
		assert reserved(order) == 0  # from here on this connection sees nothing of what others commit
		mine = frappe.local.db
		with somebody_else() as first:
			assert reserve(item) == Reserved(orders=1, lines=1)
			frappe.local.db = mine
			impatient()
			with pytest.raises(frappe.QueryTimeoutError):
				reserve(item)
			frappe.db.begin()
			assert reserved(order) == 0
			frappe.local.db = first
			first.commit()
			frappe.local.db = mine
			assert reserve(item) == Reserved()
		frappe.db.rollback()
		assert reserved(order) + reserved(other_order) == 5
	finally:
		frappe.db.rollback()
		for name in frappe.get_all(
			"Stock Reservation Entry", {"item_code": item.name}, pluck="name", order_by="name asc"
		):
			committed(frappe.get_doc("Stock Reservation Entry", name))
		switch(**BEFORE)
		frappe.db.commit()
