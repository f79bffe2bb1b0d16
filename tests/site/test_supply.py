"""What can be promised, read from real documents: what comes, what goes, what is set aside, and nothing twice."""

import pytest
from stocking import SECOND, TRANSIT, bundle, day, ledger, purchase, request, reserving, rows, stored, supplier, today

import frappe
from frappe.utils import getdate

from crm_o2c.engine import atp
from crm_o2c.services import supply

import factories as make


@pytest.fixture
def reserves():
	reserving()
	yield
	frappe.clear_document_cache("Stock Settings", "Stock Settings")


# -- what goes -------------------------------------------------------------------------------------------------------------


def test_open_lines_are_dated_demand_in_stock_units():
	item = make.item(stock=50, uoms=[{"uom": "Nos", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 6}])
	lines = [{"item_code": item.name, "uom": "Box", "conversion_factor": 6}]
	order = make.sales_order(lines=lines, qty=3, days=4)
	later = make.sales_order(lines=[{"item_code": item.name}], qty=5, days=9)
	book = ledger(item)
	assert book.hand == 50
	assert rows(book) == [("order", order.name, day(4), -18), ("order", later.name, day(9), -5)]
	make.delivery_note(order, qty=1)
	assert ("order", order.name, day(4), -12) in rows(ledger(item))
	assert ledger(item).hand == 44


def test_lines_of_one_date_are_summed_up_unless_they_are_wanted_singly():
	item = make.item()
	orders = [make.sales_order(lines=[{"item_code": item.name}], qty=2, days=4) for _ in range(3)]
	assert [(d.qty, d.documents, d.document) for d in ledger(item).demands] == [(6, 3, "")]
	single = ledger(item, single=True).demands
	assert [(d.qty, d.document, d.line) for d in single] == [(2, o.name, o.items[0].name) for o in orders]


def test_what_takes_nothing_from_stock():
	item = make.item(stock=9)
	held = make.sales_order(lines=[{"item_code": item.name}], qty=1)
	held.update_status("On Hold")
	closed = make.sales_order(lines=[{"item_code": item.name}], qty=1)
	closed.update_status("Closed")
	make.sales_order(lines=[{"item_code": item.name, "delivered_by_supplier": 1, "supplier": supplier()}], qty=1)
	make.sales_order(lines=[{"item_code": item.name}], qty=1, submit=False)
	make.sales_order(lines=[{"item_code": item.name}], qty=1).cancel()
	assert rows(ledger(item)) == []


def test_the_parts_of_a_bundle_are_demand():
	part, other = make.item(stock=20), make.item()
	order = make.sales_order(lines=[{"item_code": bundle((part.name, 3), (other.name, 1)).name}], qty=2, days=5)
	make.sales_order(lines=[{"item_code": part.name}], qty=1, days=5)
	assert [(d.qty, d.documents) for d in ledger(part).demands] == [(7, 2)]
	assert rows(ledger(other)) == [("order", order.name, day(5), -2)]
	own = ledger(part, without_order=order.name)
	assert [(d.qty, d.documents) for d in own.demands] == [(1, 1)]
	assert [(d.line, d.qty) for d in own.own] == [(order.items[0].name, 6)]
	assert not any(entry.on == today() for entry in own.entries[1:])  # Bin counts the order itself: nothing is unseen


def test_an_order_does_not_stand_in_its_own_way():
	item = make.item(stock=5)
	before = make.sales_order(lines=[{"item_code": item.name}], qty=1, days=3)
	mine = make.sales_order(lines=[{"item_code": item.name}], qty=4, days=3)
	behind = make.sales_order(lines=[{"item_code": item.name}], qty=4, days=3)
	book = ledger(item, without_order=mine.name)
	assert [(d.placed, d.document) for d in book.demands] == [(atp.BEFORE, before.name), (atp.BEHIND, behind.name)]
	assert book.keep_each([(mine.items[0].name, 4, day(3))])[0].is_kept
	assert ledger(item, without_order=behind.name).keep_each([(behind.items[0].name, 4, day(3))])[0].short == 4
	new = make.sales_order(lines=[{"item_code": item.name}], qty=1, days=3, submit=False)
	assert ledger(item, without_order=new.name).promise_each([(1, day(3))])[0].short == 1


def test_what_another_connection_has_ordered_meanwhile_is_gone_at_once():
	item = make.item(stock=10)
	make.sales_order(lines=[{"item_code": item.name}], qty=2, days=5)
	pair = (item.name, make.WAREHOUSE)
	book = supply.ledgers([pair], today=today(), bins={pair: [10, 9, 0, 0, 0]})[pair]
	assert rows(book)[0] == ("order", None, today(), -7)
	assert book.promise(2, day(1)).short == 1
	nothing = supply.ledgers([pair], today=today(), bins={})[pair]
	assert nothing.hand == 0


def test_production_has_what_its_bins_say():
	item = make.item(stock=10)
	pair = (item.name, make.WAREHOUSE)
	book = supply.ledgers([pair], today=today(), bins={pair: [10, 0, 4, 1, 2]})[pair]
	assert rows(book) == [("reserved", None, today(), -7)]


# -- what comes ------------------------------------------------------------------------------------------------------------


def test_purchase_orders():
	item = make.item(uoms=[{"uom": "Nos", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 6}])
	order = purchase(item, 2, 8, uom="Box", conversion_factor=6)
	sure = purchase(item, 5, 8, expected_delivery_date=day(12))
	purchase(item, 7, 8).update_status("Closed")
	assert rows(ledger(item)) == [("purchase", order.name, day(8), 12), ("purchase", sure.name, day(12), 5)]
	assert ledger(item).promise(13, day(9)).kept_on == day(12)


def test_an_overdue_purchase_order_is_expected_tomorrow():
	item = make.item()
	order = purchase(item, 5, -3)
	assert rows(ledger(item)) == [("purchase", order.name, day(1), 5)]
	assert ledger(item).entries[-1].due == day(-3)
	assert ledger(item, overdue_days=4).promise(5).kept_on == day(4)


def test_drop_ship_is_no_supply():
	item = make.item()
	order = make.sales_order(
		lines=[{"item_code": item.name, "delivered_by_supplier": 1, "supplier": supplier()}], qty=4, days=6
	)
	purchase(item, 4, 5, delivered_by_supplier=1, sales_order=order.name, sales_order_item=order.items[0].name)
	assert rows(ledger(item)) == []


def test_a_material_request_counts_until_it_is_ordered():
	from erpnext.stock.doctype.material_request.material_request import make_purchase_order

	item = make.item()
	asked = request(item, 10, 7)
	assert rows(ledger(item)) == [("material_request", asked.name, day(7), 10)]
	order = make_purchase_order(asked.name)
	order.supplier, order.schedule_date = supplier(), day(9)
	order.items[0].update({"qty": 4, "rate": 1, "schedule_date": day(9)})
	order.insert()
	order.submit()
	assert rows(ledger(item)) == [("material_request", asked.name, day(7), 6), ("purchase", order.name, day(9), 4)]
	asked.reload()
	asked.update_status("Stopped")
	assert rows(ledger(item)) == [("purchase", order.name, day(9), 4)]


def test_a_material_issue_takes():
	item = make.item(stock=10)
	asked = request(item, 4, 7, kind="Material Issue")
	assert rows(ledger(item)) == [("material_request", asked.name, day(7), -4)]


def test_a_work_order():
	part, item = make.item(stock=50), make.item()
	bom = frappe.get_doc(
		{
			"doctype": "BOM",
			"item": item.name,
			"company": make.COMPANY,
			"quantity": 1,
			"currency": frappe.get_cached_value("Company", make.COMPANY, "default_currency"),
			"items": [{"item_code": part.name, "qty": 2, "rate": 1, "uom": "Nos"}],
		}
	)
	bom.insert()
	bom.submit()
	order = stored(
		{
			"doctype": "Work Order",
			"production_item": item.name,
			"bom_no": bom.name,
			"qty": 6,
			"company": make.COMPANY,
			"fg_warehouse": make.WAREHOUSE,
			"wip_warehouse": f"Work In Progress - {make.ABBR}",
			"source_warehouse": make.WAREHOUSE,
			"planned_start_date": day(2),
			"expected_delivery_date": day(6),
		}
	)
	order.reload()
	end = getdate(order.planned_end_date or order.expected_delivery_date)
	assert rows(ledger(item)) == [("work_order", order.name, end, 6)]
	assert rows(ledger(part)) == [("reserved", None, today(), -12)]


def test_a_transfer_takes_here_and_gives_there_and_is_not_counted_twice_in_transit():
	from erpnext.stock.doctype.material_request.material_request import make_in_transit_stock_entry
	from erpnext.stock.doctype.stock_entry.stock_entry import make_stock_in_entry

	item = make.item(stock=10)
	asked = request(item, 6, 3, kind="Material Transfer", warehouse=SECOND, from_warehouse=make.WAREHOUSE)
	assert rows(ledger(item)) == [("transfer", asked.name, day(3), -6)]
	assert rows(ledger(item, SECOND)) == [("transfer", asked.name, day(3), 6)]
	assert ledger(item).promise(5, today()).short == 1
	sent = make_in_transit_stock_entry(asked.name, TRANSIT)
	sent.insert()
	sent.submit()
	assert (ledger(item).hand, rows(ledger(item))) == (4, [])
	assert rows(ledger(item, SECOND)) == [("transfer", sent.name, day(3), 6)]
	arrived = make_stock_in_entry(sent.name)
	arrived.insert()
	arrived.submit()
	assert (ledger(item, SECOND).hand, rows(ledger(item, SECOND))) == (6, [])


def test_a_transfer_from_nowhere_gives_nothing():
	item = make.item(stock=10)
	request(item, 6, 3, kind="Material Transfer", warehouse=SECOND)
	assert rows(ledger(item, SECOND)) == []


# -- set aside -------------------------------------------------------------------------------------------------------------


def test_what_is_set_aside_is_gone_now_and_once(reserves):
	item = make.item(stock=10)
	mine = make.sales_order(lines=[{"item_code": item.name}], qty=8, days=20, reserve_stock=1)
	other = make.sales_order(lines=[{"item_code": item.name}], qty=5, days=20)
	assert rows(ledger(item, single=True)) == [("reserved", mine.name, today(), -8), ("order", other.name, day(20), -5)]
	assert [(d.qty, d.reserved, d.documents) for d in ledger(item).demands] == [(5, 0, 1), (8, 8, 1)]
	mine.cancel_stock_reservation_entries(notify=False)
	details = [{"sales_order_item": mine.items[0].name, "warehouse": make.WAREHOUSE, "qty_to_reserve": 3}]
	mine.create_stock_reservation_entries(items_details=details, notify=False)
	summed = ledger(item)
	assert rows(summed) == [("reserved", mine.name, today(), -3), ("order", None, day(20), -10)]
	assert sorted((d.document, d.qty, d.reserved) for d in ledger(item, single=True).demands) == sorted(
		[(mine.name, 5, 0), (mine.name, 3, 3), (other.name, 5, 0)]
	)
	own = ledger(item, without_order=mine.name)
	assert [(d.qty, d.reserved) for d in own.own] == [(8, 3)]
	assert own.keep_each([(mine.items[0].name, 8, day(20))])[0].is_kept


def test_an_order_on_hold_keeps_what_is_set_aside_and_no_more(reserves):
	item = make.item(stock=10)
	other = make.sales_order(lines=[{"item_code": item.name}], qty=2, days=20)
	held = make.sales_order(lines=[{"item_code": item.name}], qty=4, days=20, reserve_stock=1)
	held.update_status("On Hold")
	assert rows(ledger(item)) == [("reserved", held.name, today(), -4), ("order", other.name, day(20), -2)]


# -- how it is read --------------------------------------------------------------------------------------------------------


def test_one_query_for_any_number_of_pairs(queries):
	items = [make.item() for _ in range(6)]
	make.sales_order(lines=[{"item_code": item.name} for item in items])
	supply.ledgers([(items[0].name, make.WAREHOUSE)], today=today())  # settings are in memory from now on
	del queries[:]
	pairs = [(item.name, warehouse) for item in items for warehouse in (make.WAREHOUSE, SECOND)]
	assert set(supply.ledgers(pairs, today=today(), without_order="SO-x")) == set(pairs)
	assert len(queries) == 1
	assert supply.ledgers([], today=today()) == {}


def test_the_book_says_the_same_as_the_ledgers(reserves):
	item, other = make.item(stock=6), make.item()
	purchase(item, 10, 6)
	purchase(other, 3, -2)
	part_of = bundle((item.name, 2))
	request(item, 1, 2, kind="Material Issue")
	orders = [
		make.sales_order(lines=[{"item_code": item.name}, {"item_code": other.name}], qty=qty, days=days)
		for qty, days in ((2, 4), (3, 2), (5, 8), (2, 0))
	]
	orders.append(make.sales_order(lines=[{"item_code": part_of.name}], qty=2, days=3))
	orders.append(make.sales_order(lines=[{"item_code": item.name}], qty=1, days=9, reserve_stock=1))
	every = {
		(line.order, line.item): line.promise
		for line in supply.book_allocation(make.COMPANY, today(), missed_only=False)
		if line.item in (item.name, other.name)
	}
	for of in (item, other):
		for kept in ledger(of, single=True).kept():
			if not kept.demand.line or kept.demand.reserved:
				continue
			found = every.pop((kept.demand.document, of.name))
			assert (found.wanted, found.on, found.kept_on, found.short) == (
				kept.demand.qty, kept.demand.on, kept.on, kept.short,
			)  # fmt: skip
	assert list(every) == [(orders[-1].name, item.name)]
	assert every.popitem()[1].now == 1
	missed = {
		(line.order, line.item): line.promise
		for line in supply.book_allocation(make.COMPANY, today())
		if line.item in (item.name, other.name)
	}
	assert missed
	assert not any(promise.is_kept for promise in missed.values())
