"""What can be kept of an order's lines, with as little reading as will do; who would wait longer; and the ways out."""

from datetime import date

import pytest
from stocking import SECOND, day, ledger, purchase, request, reserving, rows, stored, today

import frappe

from crm_o2c.engine import atp
from crm_o2c.services import stock_options, supply

import factories as make


@pytest.fixture
def reserves():
	reserving()
	yield
	frappe.clear_document_cache("Stock Settings", "Stock Settings")


# -- promises with as little reading as will do ----------------------------------------------------------------------------


def promise(item, qty: float, on: date, row: str = "", **options) -> atp.Promise:
	pair = (item.name, make.WAREHOUSE)
	return supply.promises({pair: [supply.Asked(row, qty, on)]}, today=today(), **options)[pair][0]


def test_promises_read_others_lines_only_where_their_dates_matter(queries):
	item, none_comes = make.item(stock=10), make.item(stock=10)
	order = purchase(item, 5, 6)
	for of in (item, none_comes):
		make.sales_order(lines=[{"item_code": of.name}], qty=8, days=20)
	promise(item, 1, day(1))
	for wanted, on, kept_on, short, asked in (
		(2, day(1), today(), 0, 1),  # on the shelf
		(7, day(6), day(6), 0, 1),  # after all that others want
		(7, day(1), today(), 0, 2),  # as the others want theirs after more has come
		(8, day(9), None, 1, 2),
	):
		del queries[:]
		found = promise(item, wanted, on)
		assert (found.kept_on, found.short, len(queries)) == (kept_on, short, asked)
	assert [entry.document for entry in found.ledger if entry.kind == "purchase"] == [order.name]
	del queries[:]
	found = promise(none_comes, 5, day(1))
	assert (found.now, found.by_date, found.short, len(queries)) == (2, 2, 3, 1)
	assert rows(ledger(none_comes))[0][3] == found.ledger[1].qty == -8


def test_promises_of_an_order_of_the_book_keep_its_place(reserves):
	item = make.item(stock=5)
	mine = make.sales_order(lines=[{"item_code": item.name}], qty=4, days=3)
	behind = make.sales_order(lines=[{"item_code": item.name}], qty=4, days=3)
	row, row_behind = mine.items[0].name, behind.items[0].name
	assert promise(item, 4, day(3), row, order=mine.name, in_book=True).is_kept
	assert promise(item, 5, day(3), row, order=mine.name, in_book=True).is_kept
	assert promise(item, 4, day(3), row_behind, order=behind.name, in_book=True).short == 3
	assert promise(item, 2, day(3), order="new").short == 2
	details = [{"sales_order_item": row_behind, "warehouse": make.WAREHOUSE, "qty_to_reserve": 4}]
	frappe.db.set_value("Sales Order Item", row_behind, "reserve_stock", 1)
	behind.create_stock_reservation_entries(items_details=details, notify=False)
	assert promise(item, 4, day(3), row_behind, order=behind.name, in_book=True).now == 4
	assert promise(item, 4, day(3), row, order=mine.name, in_book=True).short == 3


def test_lines_that_are_more_than_fits_in_a_text_are_read_all_the_same():
	item = make.item()
	for days in (1, 2, 3):
		make.sales_order(lines=[{"item_code": item.name}], days=days)
	frappe.db.sql("set session group_concat_max_len = 60")
	assert [d.qty for d in ledger(item).demands] == [1, 1, 1]


def test_promises_count_what_is_asked_to_leave():
	item = make.item(stock=10)
	request(item, 6, 3, kind="Material Transfer", warehouse=SECOND, from_warehouse=make.WAREHOUSE)
	assert promise(item, 5, day(1)).short == 1


# -- who would wait longer -------------------------------------------------------------------------------------------------


def test_who_would_wait_longer():
	item = make.item(stock=10)
	purchase(item, 10, 8)
	first, second = (make.sales_order(lines=[{"item_code": item.name}], qty=5, days=days) for days in (4, 6))
	pair = (item.name, make.WAREHOUSE)

	def pushed(qty: float, days: int, row: str = "", order: str | None = None) -> list[tuple]:
		found = supply.pushed_back({pair: [supply.Asked(row, qty, day(days))]}, today=today(), order=order)
		return [(d.demand.document, d.before, d.after) for d in found[pair]]

	assert pushed(3, 5) == [(second.name, today(), day(8))]
	assert pushed(3, 7) == []
	# what an order has already, it does not take from anybody again
	assert pushed(5, 4, first.items[0].name, first.name) == []
	assert pushed(7, 4, first.items[0].name, first.name) == [(second.name, today(), day(8))]
	assert pushed(5, 3, second.items[0].name, second.name) == []


# -- ways out --------------------------------------------------------------------------------------------------------------


def ways(item, qty: float, on: date) -> dict[str, tuple]:
	pair = (item.name, make.WAREHOUSE)
	found = stock_options.ways_out(promise(item, qty, on), pair, make.COMPANY, today=today())
	return {way.code: (way.qty, way.on, way.warehouse or way.item) for way in found}


def test_ways_out(queries):
	item = make.item(stock=4, allow_alternative_item=1)
	like = make.item(stock=20, allow_alternative_item=1)
	short_too = make.item(stock=1, allow_alternative_item=1)
	for one, two in ((item, like), (short_too, item)):
		values = {"doctype": "Item Alternative", "item_code": one.name, "alternative_item_code": two.name, "two_way": 1}
		frappe.get_doc(values).insert()
	purchase(item, 20, 9)
	elsewhere(item, 7)
	ledger(item)  # settings are in memory from now on
	del queries[:]
	assert ways(item, 10, day(3)) == {
		"transfer": (6, day(3), SECOND),
		"substitute": (10, day(3), like.name),
		"split": (4, day(9), None),
		"new_date": (10, day(9), None),
	}
	assert len(queries) <= 4
	assert ways(item, 4, day(3)) == {}
	assert ways(item, 30, day(3))["material_request"] == (6, None, None)


def elsewhere(item, qty: float) -> None:
	"""That many on hand in the second warehouse."""
	row = {"item_code": item.name, "qty": qty, "t_warehouse": SECOND, "basic_rate": 5}
	values = {"doctype": "Stock Entry", "stock_entry_type": "Material Receipt", "company": make.COMPANY, "items": [row]}
	stored(values)
