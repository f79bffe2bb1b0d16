"""Orders to check out of a file: what is read, in which currency and unit, and what is left out."""

from datetime import date

import pytest

from crm_o2c.cli.check_reader import read_sheet

TODAY = date(2026, 3, 2)
HEAD = "Order,Customer,Date,Item,Qty,Rate"


@pytest.fixture
def sheet(tmp_path):
	def read(text, **given):
		path = tmp_path / "orders.csv"
		path.write_text(text, encoding="utf-8")
		return read_sheet(path, TODAY, **given)

	return read


def first(sheet):
	return sheet.orders[0]


def test_a_row_for_each_line(sheet):
	read = sheet(f"{HEAD}\nSO-1,Acme,2026-03-01,A,10,2.5\nSO-1,Acme,2026-03-01,B,1,20\nSO-2,Bolt,2026-03-02,A,4,2.5\n")
	facts = first(read).facts
	assert [order.facts.order for order in read.orders] == ["SO-1", "SO-2"]
	assert (facts.customer, facts.order_date, facts.net, facts.total) == ("Acme", date(2026, 3, 1), 45.0, 45.0)
	assert [(x.number, x.item, x.qty, x.rate, x.amount) for x in facts.lines] == [
		(1, "A", 10.0, 2.5, 25.0),
		(2, "B", 1.0, 20.0, 20.0),
	]
	assert facts.credit is None and facts.lines[0].list_rate is None and facts.lines[0].cost is None
	assert not read.rejects and not read.unread


def test_headings_of_erpnext_with_its_mark_of_lines(sheet):
	text = (
		"ID,Customer,Date,Customer's Purchase Order,Exchange Rate,Item Code (Items),Quantity (Items),UOM (Items),"
		"UOM Conversion Factor (Items),Net Rate (Items),Rate (Items),Price List Rate (Items),Valuation Rate (Items),"
		"Delivery Date (Items),Qty (Warehouse) (Items),Delivery Warehouse (Items)\n"
		"SO-1,Acme,2026-03-01,PO 7,1.1,A,2,Box,12,90,100,120,5,2026-03-09,48,Stores\n,,,,,B,1,Nos,1,10,10,,,2026-03-10,3,\n"
	)
	order = first(sheet(text))
	line = order.facts.lines[0]
	assert (order.facts.po_no, order.facts.rate_used) == ("PO 7", 1.1)
	assert (line.uom, line.factor, line.rate, line.list_rate, line.cost) == ("Box", 12.0, 99.0, 132.0, 5.0)
	assert line.hand_discount == pytest.approx(25.0)
	assert (line.promise_date, line.warehouse, line.open_qty) == (date(2026, 3, 9), "Stores", 24.0)
	assert order.on_stock == (48.0, 3.0) and order.facts.lines[1].item == "B"


def test_headings_in_chinese(sheet):
	text = (
		"订单号,客户,日期,物料,数量,单位,单价,价目表单价,交货日期,现有库存,信用额度,未付金额,客户订单号\n"
		"SO-1,甲,2026-03-01,A,10,个,8,10,2026-03-09,4,5000,100,7\n"
	)
	order = first(sheet(text))
	line, credit = order.facts.lines[0], order.facts.credit
	assert (line.uom, line.rate, line.list_rate, order.on_stock, order.facts.po_no) == ("个", 8.0, 10.0, (4.0,), "7")
	assert (credit.limit, credit.billed, credit.this_order) == (5000.0, 100.0, 80.0)


def test_a_price_from_the_amount_and_taxes_shared_by_the_lines(sheet):
	order = first(sheet("Order,Item,Qty,Net Amount,Grand Total\nSO-1,A,4,100,240\nSO-1,B,1,100,\n"))
	assert [x.rate for x in order.facts.lines] == [25.0, 100.0]
	assert order.facts.total == 240.0 and [x.total for x in order.facts.lines] == [120.0, 120.0]


@pytest.mark.parametrize(
	("status", "delivery", "expected"),
	[
		("Draft", "2026-03-09", (True, True, True)),
		("To Deliver and Bill", "2026-01-09", (False, True, True)),
		("Completed", "2026-03-09", (False, False, True)),
		("", "2026-03-09", (False, True, False)),
		("", "2026-03-01", (False, False, False)),  # nothing says so, but its day has passed
	],
)
def test_which_orders_are_open(sheet, status, delivery, expected):
	order = first(sheet(f"Order,Item,Qty,Status,Delivery Date\nSO-1,A,1,{status},{delivery}\n"))
	assert (order.is_draft, order.is_open, order.is_told) == expected
	assert order.facts.submitted != order.is_draft


def test_cancelled_orders_are_left_aside(sheet):
	read = sheet("Order,Item,Qty,Status\nSO-1,A,1,Cancelled\nSO-2,A,1,Draft\n")
	assert [order.facts.order for order in read.orders] == ["SO-2"] and not read.rejects


def test_what_cannot_be_read_is_left_out_with_its_whole_order(sheet):
	read = sheet("Order,Item,Qty,Rate,Colour\nSO-1,A,1,x,red\nSO-1,B,1,2,\nSO-2,,1,2,\nSO-2,B,1,2,\nSO-3,C,1,2,\n")
	assert [order.facts.order for order in read.orders] == ["SO-3"] and read.unread == ("Colour",)
	assert [(reject.row, reject.reason) for reject in read.rejects] == [
		(2, "{value} is not a number"),
		(3, "another row of this order can't be read: row {row}"),
		(4, "the row has no item"),
		(5, "another row of this order can't be read: row {row}"),
	]
