"""Files of orders: ERPNext's own exports and plain ones, English and Chinese, sound and broken."""

from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from crm_o2c.cli.reader import FileError, read_customers, read_orders


def file(folder: Path, text: str, name: str = "orders.csv", encoding: str = "utf-8") -> Path:
	path = folder / name
	path.write_bytes(text.encode(encoding))
	return path


ERPNEXT_LINES = """\
"ID","Customer","Date","Delivery Date","Status","Exchange Rate","%  Delivered","Item Code (Items)","Quantity (Items)",\
"Delivered Qty (Items)","Net Amount (Items)","Delivery Date (Items)","Qty (Warehouse) (Items)","Letter Head"
"SO-1","Acme","2026-02-20","2026-03-10","To Deliver and Bill","2","25","A","10","5","100","2026-03-09","0",""
"","","","","","","","B","4","0","40","2026-03-05","7",""
"","","","","","","","C","1","1","900","2026-03-01","7",""
"SO-2","Bolt","2026-02-21","2026-03-12","Completed","1","100","A","1","1","10","2026-03-12","5",""
"SO-3","Cog","2026-02-22","2026-03-12","On Hold","1","0","A","3","0","30","","0",""
"""


def test_an_erpnext_export_with_lines_gives_what_is_still_to_deliver(tmp_path):
	book = read_orders(file(tmp_path, ERPNEXT_LINES), {})
	first, held = book.orders
	assert (first.order, first.customer, first.order_date) == ("SO-1", "Acme", date(2026, 2, 20))
	assert (first.value, first.lines, first.units, first.lines_in_stock) == (180.0, 2, 9.0, 1)
	assert first.promise_date == date(2026, 3, 5)
	assert held.on_hold and held.promise_date == date(2026, 3, 12) and held.lines_in_stock == 0
	assert (book.not_open, book.unread, book.rejects) == (1, ("Letter Head",), [])


def test_an_erpnext_list_export_in_chinese(tmp_path):
	text = 'ID,客户,日期,交货日期,状态,总净金额（公司货币）,％已交付,总数量\nSO-1,上海电子,2026-02-20,2026年3月5日,待出货与开票,"1,000.00",40,50\nSO-2,北京,2026-02-20,2026-03-05,已完成,5,100,1\n'
	book = read_orders(file(tmp_path, text), {})
	order = book.orders[0]
	assert (order.customer, order.value, order.units, order.promise_date) == ("上海电子", 600.0, 30.0, date(2026, 3, 5))
	assert order.lines is None and book.not_open == 1


def test_chinese_line_headings_and_the_way_chinese_excel_saves_them(tmp_path):
	text = "ID,客户,交货日期,物料代码 (物料),数量 (物料),单价 (物料)\nSO-1,上海,2026/3/5,A,2,50\n,,,B,1,20\n"
	orders = read_orders(file(tmp_path, text, encoding="gb18030"), {}).orders
	assert (orders[0].value, orders[0].lines) == (120.0, 2)


@pytest.mark.parametrize(
	"text",
	[
		"order;customer;delivery_date;value;lines\nSO-1;Müller;05.03.2026;1.234,50;3\n",
		"Order\tCustomer\tDelivery Date\tOrder Value\tLines\nSO-1\tMüller\t2026-03-05\t1,234.50\t3\n",
		"\n\nOrder|Customer|Promise Date|Value|Lines\n\nSO-1|Müller|5.3.2026|1234.5|3\n",
		'Our open orders,,,,\nOrder No,Customer,Delivery date *,Value,Lines\nSO-1,Müller,2026-03-05,"1,234.50",3,,,\n',
	],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_one_row_per_order_in_any_dress(tmp_path, text, encoding):
	book = read_orders(file(tmp_path, text, encoding=encoding), {})
	order = book.orders[0]
	assert (order.customer, order.value, order.lines, order.promise_date) == ("Müller", 1234.5, 3, date(2026, 3, 5))
	assert book.rejects == []


def test_xlsx_with_real_dates_and_numbers(tmp_path):
	book = Workbook()
	for row in (
		["Sales Order", "Customer", "Delivery Date", "Item Code", "Quantity", "Amount"],
		["SO-1", "Acme", date(2026, 3, 5), "A", 2, 50.5],
		["SO-1", "Acme", date(2026, 3, 4), "B", 1, 49.5],
		[None, None, None, None, None, None],
		[17, "Bolt", date(2026, 3, 9), "A", 1, 10],
	):
		book.active.append(row)
	book.save(tmp_path / "orders.xlsx")
	first, second = read_orders(tmp_path / "orders.xlsx", {}).orders
	assert (first.value, first.lines, first.units, first.promise_date) == (100.0, 2, 3.0, date(2026, 3, 4))
	assert second.order == "17"


def test_a_bad_row_is_named_with_its_column_and_the_rest_goes_on(tmp_path):
	text = (
		"Order,Customer,Delivery Date,Item,Quantity,Amount\nSO-1,A,2026-03-05,X,1,10\nSO-2,B,2026-02-30,X,1,10\n"
		"SO-2,B,2026-03-05,Y,1,10\nSO-3,C,2026-03-05,X,many,ten\n"
	)
	book = read_orders(file(tmp_path, text), {})
	assert [facts.order for facts in book.orders] == ["SO-1"]
	assert [(r.row, r.column, r.value) for r in book.rejects] == [
		(3, "Delivery Date", "2026-02-30"), (4, "", "SO-2"), (5, "Quantity", "many"), (5, "Amount", "ten"),
	]  # fmt: skip
	assert book.rejects[1].values == {"row": 3}


def test_a_row_without_a_number_and_the_second_of_an_order_are_left_out(tmp_path):
	text = "Order,Customer,Value\nSO-1,A,10\n,B,20\nSO-1,A,30\nSO-2,C,40\n"
	book = read_orders(file(tmp_path, text), {})
	assert [(f.order, f.value) for f in book.orders] == [("SO-1", 10.0), ("SO-2", 40.0)]
	assert [(r.row, r.values) for r in book.rejects] == [(3, {}), (4, {"row": 2})]


def test_dates_in_doubt_are_refused_unless_the_column_or_the_user_tells(tmp_path):
	doubtful = file(tmp_path, "Order,Customer,Delivery Date\nSO-1,A,03/04/2026\n")
	assert read_orders(doubtful, {}).rejects
	assert read_orders(doubtful, {}, dates="dmy").orders[0].promise_date == date(2026, 4, 3)
	telling = file(tmp_path, "Order,Customer,Delivery Date\nSO-1,A,03/04/2026\nSO-2,A,04/30/2026\n")
	assert read_orders(telling, {}).orders[0].promise_date == date(2026, 3, 4)


def test_a_missing_value_stays_missing(tmp_path):
	order = read_orders(file(tmp_path, "Order,Customer,Value,Lines\nSO-1,A,,\n"), {}).orders[0]
	assert (order.value, order.lines, order.promise_date, order.lines_in_stock) == (None, None, None, None)


def test_a_line_without_an_amount_leaves_the_value_to_the_orders_own_total(tmp_path):
	text = "Order,Net Total (Company Currency),Item,Quantity,Amount\nSO-1,500,X,1,100\nSO-1,500,Y,1,\n"
	assert read_orders(file(tmp_path, text), {}).orders[0].value == 500.0


def test_drafts_and_cancelled_orders(tmp_path):
	text = "Order,Customer,Status,Document Status\nSO-1,A,Draft,0\nSO-2,A,Cancelled,2\nSO-3,A,To Deliver,1\nSO-4,A,To Deliver,2\n"
	book = read_orders(file(tmp_path, text), {})
	assert [(f.order, f.submitted) for f in book.orders] == [("SO-1", False), ("SO-3", True)]
	assert book.not_open == 2


def test_customers_and_the_policys_own_fields_come_along(tmp_path):
	fields = {"contract": "text", "customer__risk": "number", "rush": "flag"}
	text = "ID,Tier,Is Frozen,Overdue Days,Risk\nAcme,A,1,12,3.5\nBolt,B,,,none\n"
	customers, rejects = read_customers(file(tmp_path, text, "customers.csv"), fields)
	orders = file(tmp_path, "Order,Customer,Contract,Rush\nSO-1,Acme,Gold,yes\nSO-2,Cog,,\n")
	first, second = read_orders(orders, fields, customers).orders
	assert (first.tier, first.customer_blocked, first.overdue_days) == ("A", True, 12)
	assert first.extra == {"contract": "Gold", "customer__risk": 3.5, "rush": True}
	assert (second.tier, second.extra) == (None, {"rush": False})
	assert [(r.row, r.column) for r in rejects] == [(3, "Risk")]


@pytest.mark.parametrize(
	("name", "data", "reason"),
	[
		("orders.csv", b"", "{path} is empty"),
		("orders.csv", b"a,b\n1,2\n", "{path} has no row of headings that we know; see docs/command-line.md"),
		("orders.csv", "Order,Customer\nSO-1,Müller\n".encode("cp1252"), "{path}, line {line}: byte {byte}"),
		("orders.xls", b"x", "{path} is an old Excel file; save it as .xlsx or as CSV"),
		("orders.xlsx", b"no zip", "{path} can't be read as an Excel file: {error}"),
		("orders.csv", b'Order,Customer\nSO-1,"' + b"x" * 140_000 + b'"\n', "{path} can't be read as CSV: {error}"),
		("none.txt", None, "{path} is not there"),
	],
)
def test_a_file_that_cannot_be_read_is_explained(tmp_path, name, data, reason):
	if data is not None:
		(tmp_path / name).write_bytes(data)
	with pytest.raises(FileError) as refused:
		read_orders(tmp_path / name, {})
	assert refused.value.text.startswith(reason)


def test_the_line_of_a_wrong_byte_is_named_and_an_encoding_helps(tmp_path):
	path = file(tmp_path, "Order,Customer\nSO-1,Acme\nSO-2,Müller\n", encoding="cp1252")
	with pytest.raises(FileError) as refused:
		read_orders(path, {})
	assert (refused.value.values["line"], refused.value.values["byte"]) == (3, "0xFC")
	assert read_orders(path, {}, encoding="cp1252").orders[1].customer == "Müller"
	with pytest.raises(FileError):
		read_orders(path, {}, encoding="klingon")
