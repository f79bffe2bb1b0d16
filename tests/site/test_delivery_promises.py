"""Delivery dates promised to customers: every one is kept with who and why, and real deliveries say what became of it."""

import pytest
import stocking
from promised import PROMISE, day, deliver, move, order_of, promises, states

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_purchase_order_for_default_supplier, update_status
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return
from frappe.utils import getdate

from crm_o2c.services import delivery_promises, order_edits, promise_runs

import factories as make


@pytest.fixture
def buyer():
	return make.customer()


# -- every date is kept ------------------------------------------------------------------------------------------------------


def test_a_submitted_order_makes_a_promise_for_each_line(buyer, jobs):
	order = make.sales_order(buyer, lines=[{"qty": 2, "delivery_date": day(3)}, {"qty": 5, "delivery_date": day(9)}])
	jobs.run()
	first, second = promises(order)
	assert (first.promised_date, second.promised_date) == (day(3), day(9))
	assert (first.number, first.source, first.status, first.qty, first.latest) == (1, "Order", "Open", 2, 1)
	assert (first.so_detail, first.customer, first.first_promised) == (order.items[0].name, buyer.name, day(3))
	assert first.previous_date is None


def test_a_draft_promises_nothing(buyer, jobs):
	order = make.sales_order(buyer, submit=False)
	jobs.run()
	delivery_promises.sweep()
	assert not promises(order)


@pytest.mark.parametrize("feed", ["event", "sweep"])
def test_a_date_changed_by_update_items_is_seen(buyer, jobs, feed):
	order = order_of(buyer, days=5)
	move(order, 8)
	if feed == "event":
		jobs.run()
	else:
		jobs.clear()
		delivery_promises.sweep()
	first, second = promises(order)
	assert (first.status, first.latest, first.settled_on) == ("Superseded", 0, getdate())
	assert (second.number, second.promised_date, second.previous_date) == (2, day(8), day(5))
	assert (second.source, second.status, second.latest, second.first_promised) == ("By Hand", "Open", 1, day(5))
	assert second.promised_by == "Administrator"


def test_a_date_changed_past_every_event_is_seen_by_the_sweep(buyer):
	order = order_of(buyer)
	frappe.db.set_value("Sales Order Item", order.items[0].name, "delivery_date", day(2))
	delivery_promises.sweep()
	assert [row.promised_date for row in promises(order)] == [day(5), day(2)]


def test_the_same_is_written_once(buyer):
	order = order_of(buyer)
	move(order, 8)
	for _again in range(2):
		delivery_promises.observe([order.name])
		delivery_promises.sweep()
	assert len(promises(order)) == 2


def test_one_number_of_a_line_is_there_once(buyer):
	order = order_of(buyer)
	row = promises(order)[0]
	with pytest.raises(Exception, match="o2c_line_number"):
		frappe.db.sql(
			"insert into `tabO2C Promise` (name, sales_order, so_detail, number) values (%s, %s, %s, 1)",
			("another", order.name, row.so_detail),
		)


def test_with_nothing_to_do_the_sweep_writes_nothing(buyer, queries):
	order_of(buyer)
	delivery_promises.sweep()
	queries.clear()
	assert delivery_promises.sweep() == 0
	assert not [query for query in queries if query.lstrip().lower().startswith(("insert", "update"))]


def test_lines_that_are_added_and_taken_out(buyer, jobs):
	order = make.sales_order(buyer, lines=[{"qty": 2}, {"qty": 5, "item_code": make.item().name}])
	jobs.run()
	gone, stays = (row.name for row in order.items)
	order_edits.update_items(order, {}, without=gone)
	jobs.run()
	by_line = {row.so_detail: row.status for row in promises(order)}
	assert by_line == {gone: "Cancelled", stays: "Open"}


def test_an_order_without_delivery_promises_none(buyer):
	order = make.sales_order(buyer, skip_delivery_note=1)
	delivery_promises.observe([order.name])
	assert not promises(order)


# -- kept or broken ----------------------------------------------------------------------------------------------------------


def test_delivered_in_time(buyer):
	order = order_of(buyer, days=2)
	deliver(order)
	row = promises(order)[0]
	assert (row.status, row.settled_on, row.delivered_on, row.days_late) == ("Kept", getdate(), getdate(), 0)


def test_the_business_date_of_the_note_counts(buyer):
	order = order_of(buyer, days=-2, transaction_date=day(-9))
	delivery_promises.observe([order.name])
	assert states(order) == ["Broken"]
	deliver(order, days=-3)
	row = promises(order)[0]
	assert (row.status, row.delivered_on) == ("Kept", day(-3))


def test_a_part_is_not_enough(buyer):
	order = order_of(buyer, days=-1, transaction_date=day(-9))
	deliver(order, 4, days=-3)
	assert states(order) == ["Broken"]
	deliver(order, 6)
	row = promises(order)[0]
	assert (row.status, row.days_late, row.settled_on) == ("Broken", 1, getdate())


def test_the_day_passes_without_an_event(buyer, monkeypatch):
	order = order_of(buyer, days=0)
	assert states(order) == ["Open"]
	monkeypatch.setattr(delivery_promises, "getdate", lambda value=None: getdate(value) if value else day(1))
	delivery_promises.sweep()
	assert states(order) == ["Broken"]
	assert promises(order)[0].days_late == 1
	monkeypatch.setattr(delivery_promises, "getdate", lambda value=None: getdate(value) if value else day(4))
	delivery_promises.count_late_days()
	assert promises(order)[0].days_late == 4


def test_an_invoice_that_moves_stock_delivers(buyer, jobs):
	order = order_of(buyer)
	bill = make.sales_invoice(order, submit=False)
	bill.update_stock = 1
	bill.save()
	bill.submit()
	jobs.run()
	assert states(order) == ["Kept"]


def test_an_invoice_alone_does_not(buyer, jobs):
	order = order_of(buyer)
	make.sales_invoice(order)
	jobs.run()
	assert states(order) == ["Open"]


def test_a_supplier_delivers_straight_to_the_customer(buyer, jobs):
	item = make.item()
	line = {"item_code": item.name, "qty": 3, "delivered_by_supplier": 1, "supplier": stocking.supplier()}
	order = make.sales_order(buyer, lines=[line])
	jobs.run()
	bought = make_purchase_order_for_default_supplier(order.name, selected_items=[order.items[0].as_dict()])[0]
	for row in bought.items:
		row.rate = 10
	bought.save()
	bought.submit()
	bought.update_status("Delivered")
	bought.update_delivered_qty_in_sales_order()
	jobs.run()
	row = promises(order)[0]
	assert (row.status, row.delivered_on) == ("Kept", getdate())


def test_a_note_that_is_cancelled_opens_it_again(buyer):
	order = order_of(buyer)
	note = deliver(order)
	note.reload()
	note.cancel()
	delivery_promises.observe([order.name])
	row = promises(order)[0]
	assert (row.status, row.delivered_on, row.settled_on) == ("Open", None, None)


def test_what_comes_back_later_does_not_break_it(buyer, jobs):
	order = order_of(buyer, transaction_date=day(-9))
	note = deliver(order, days=-1)
	back = make_sales_return(note.name).insert()
	frappe.get_doc("Delivery Note", back.name).submit()
	jobs.run()
	delivery_promises.sweep()
	assert states(order) == ["Kept"]


def test_late_against_the_first_and_kept_against_the_latest(buyer):
	order = order_of(buyer, days=2)
	frappe.db.set_value(PROMISE, promises(order)[0].name, {"promised_date": day(-3), "first_promised": day(-3)})
	frappe.db.set_value(PROMISE, promises(order)[0].name, "promised_at", f"{day(-9)} 10:00:00")
	delivery_promises.observe([order.name])
	assert states(order) == ["Broken", "Open"]
	deliver(order)
	assert states(order) == ["Broken", "Kept"]
	found = delivery_promises.summary(order.name)
	assert found == {
		"first": day(-3), "latest": day(2), "status": "Kept", "days_late": 0, "days_late_first": 3, "changes": 1,
	}  # fmt: skip


# -- orders that end otherwise -----------------------------------------------------------------------------------------------


def test_a_cancelled_order_cancels_its_promises(buyer, jobs):
	order = order_of(buyer)
	order.reload()
	order.cancel()
	jobs.run()
	assert states(order) == ["Cancelled"]


def test_cancelling_that_nobody_told_of_is_seen_by_the_sweep(buyer, jobs):
	order = order_of(buyer)
	order.reload()
	order.cancel()
	jobs.clear()
	delivery_promises.sweep()
	assert states(order) == ["Cancelled"]


def test_closing_and_opening_again(buyer, jobs):
	order = order_of(buyer)
	update_status("Closed", order.name)
	jobs.run()
	assert states(order) == ["Cancelled"]
	update_status("Draft", order.name)
	jobs.run()
	assert states(order) == ["Open"]


def test_closing_with_a_part_delivered_in_time_keeps_it(buyer, jobs):
	order = order_of(buyer)
	deliver(order, 4)
	update_status("Closed", order.name)
	jobs.run()
	assert states(order) == ["Kept"]


def test_ordering_less_once_its_day_has_passed_does_not_keep_it(buyer, jobs):
	order = order_of(buyer, days=-1, transaction_date=day(-9))
	deliver(order, 4, days=-2)
	order.reload()
	order_edits.update_items(order, {order.items[0].name: {"qty": 4}})
	jobs.run()
	row = promises(order)[0]
	assert (row.status, row.qty, row.line_qty, row.days_late) == ("Broken", 10, 4, 1)
	delivery_promises.sweep()
	assert states(order) == ["Broken"]


def test_an_amended_order_keeps_the_customer_s_first_promise(buyer, jobs):
	order = order_of(buyer, days=5)
	move(order, 8)
	jobs.run()
	order.reload()
	order.cancel()
	again = frappe.copy_doc(order)
	again.amended_from, again.docstatus = order.name, 0
	for row in again.items:
		row.delivery_date = day(12)
	again.delivery_date = day(12)
	again.insert()
	again.submit()
	jobs.run()
	assert states(order) == ["Superseded", "Cancelled"]
	row = promises(again)[0]
	assert (row.number, row.promised_date, row.previous_date) == (1, day(12), day(8))
	assert (row.first_promised, row.amended_from, row.status) == (day(5), order.name, "Open")
	assert delivery_promises.summary(again.name)["first"] == day(5)


def test_a_deleted_order_takes_its_promises_along(buyer, jobs):
	order = order_of(buyer)
	order.reload()
	order.cancel()
	jobs.run()
	frappe.delete_doc("Sales Order", order.name)
	assert not promises(order)


# -- back-fill -----------------------------------------------------------------------------------------------------------------


def test_orders_that_were_there_before_get_their_promises(buyer, jobs):
	waits = make.sales_order(buyer, days=4)
	late = make.sales_order(buyer, days=-3)
	item = make.item(stock=10)
	part = make.sales_order(buyer, lines=[{"item_code": item.name, "qty": 5}], days=3)
	make.delivery_note(part, 2)
	draft = make.sales_order(buyer, submit=False)
	jobs.clear()
	run = promise_runs.start("Hand")
	jobs.run()
	assert [states(order) for order in (waits, late, part, draft)] == [["Open"], ["Broken"], ["Open"], []]
	log = frappe.get_doc("O2C Run Log", run)
	assert (log.run_type, log.status, log.errors) == ("Promises", "Completed", 0)
	assert promises(part)[0].delivered_qty == 2
	again = promise_runs.start("Hand")
	jobs.run()
	assert frappe.db.get_value("O2C Run Log", again, "changed") == 0
