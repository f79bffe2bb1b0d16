"""Ways around a hold, and holds that end or stay when they should not."""

import pytest

import frappe
from frappe.utils import add_days, nowdate

from crm_o2c.exceptions import OrderBlocked, OrderHeld
from crm_o2c.services import alerts as alert_service
from crm_o2c.services import decisions, recheck
from crm_o2c.services import holds as service

import factories as make
import rule_book
from rule_book import alerts, holds, is_held, limited, order_of, over_credit, rule


@pytest.fixture(autouse=True)
def no_other_rules(site):
	rule_book.retire_all()
	frappe.db.set_single_value("Selling Settings", {"allow_multiple_items": 1, "validate_selling_price": 0})


@pytest.fixture
def goods():
	return make.item(stock=1000)


def update_items(order, **changes):
	"""ERPNext's own Update Items, on the first line."""
	from erpnext.controllers.accounts_controller import update_child_qty_rate

	row = frappe.get_doc("Sales Order", order.name).items[0]
	values = {"docname": row.name, "item_code": row.item_code, "qty": row.qty, "rate": row.rate, "conversion_factor": 1}
	update_child_qty_rate("Sales Order", frappe.as_json([{**values, **changes}]), order.name)


# -- a hold that is not written is none ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["alerts.sync", "holds.place"])
def test_where_the_hold_cannot_be_written_erpnext_refuses(what, goods, jobs, monkeypatch):
	over_credit()
	order = order_of(limited(), goods, 11, submit=False)

	def broken(*_args, **_kwargs):
		frappe.db.sql("select no_such_column from `tabSales Order`")

	where = {"alerts.sync": (alert_service, "sync"), "holds.place": (service, "place")}[what]
	monkeypatch.setattr(*where, broken)
	with pytest.raises(frappe.ValidationError, match="credit limit"):
		order.submit()


# -- several rules -------------------------------------------------------------------------------------------------------------


def test_two_credit_rules_count_an_order_that_waits_once(goods, jobs):
	over_credit()
	rule("Nearly over credit", "credit.limit", action="Hold", percent=99)
	buyer = limited()
	paid = order_of(buyer, goods, 9)
	early, late = order_of(buyer, goods, 3), order_of(buyer, goods, 2)
	assert len(holds(early)) == len(holds(late)) == 2
	make.payment(paid, amount=10)  # 890 + 300 > 1000
	jobs.run()
	recheck.sweep()
	assert is_held(early) and is_held(late)


def test_released_of_one_rule_an_order_is_still_held_by_the_other(goods, jobs):
	over_credit()
	rule("Short", "stock.short", action="Hold")
	order = order_of(limited(), goods, 1100)
	assert len(holds(order)) == 2
	service.release_by_hand(holds(order)[0].name, "fine", None)
	jobs.run()
	recheck.sweep()
	assert is_held(order)
	with pytest.raises(OrderHeld):
		make.sales_invoice(order, submit=False)
	assert sorted(hold.status for hold in holds(order)) == ["Held", "Released"]


def test_a_new_version_of_the_rule_keeps_the_hold(goods, jobs):
	first = over_credit()
	order = order_of(limited(), goods, 12)
	first.new_version(severity="Critical").activate()
	recheck.sweep()
	assert is_held(order)
	assert [hold.status for hold in holds(order)] == ["Held"]


# -- releases ------------------------------------------------------------------------------------------------------------------


def test_a_release_covers_the_price_that_was_released_and_no_worse_one(goods, jobs):
	rule("Too cheap", "price.low", action="Hold", percent=20)
	order = order_of(make.customer(), goods, 5, rate=70)
	assert is_held(order)
	service.release_by_hand(holds(order)[0].name, "agreed at 70", None)
	update_items(order, delivery_date=add_days(nowdate(), 9))
	assert not is_held(order)
	update_items(order, rate=40)
	assert is_held(order)


def test_an_order_that_is_closed_makes_room_for_the_next(goods, jobs):
	over_credit()
	buyer = limited()
	first, second = order_of(buyer, goods, 9), order_of(buyer, goods, 5)
	jobs.run()
	assert is_held(second)
	doc = frappe.get_doc("Sales Order", first.name)
	doc.update_status("Closed")
	jobs.run()
	assert not is_held(second)


def test_an_order_that_is_cut_makes_room_for_the_next(goods, jobs):
	over_credit()
	buyer = limited()
	first, second = order_of(buyer, goods, 9), order_of(buyer, goods, 5)
	jobs.run()
	update_items(first, qty=4)
	jobs.run()
	assert not is_held(second)


def test_stock_that_an_edit_sets_free_releases_who_waits_for_it(jobs):
	rule("Short", "stock.short", action="Hold")
	scarce = make.item(stock=10)
	first, second = order_of(make.customer(), scarce, 9), order_of(make.customer(), scarce, 5)
	jobs.run()
	assert is_held(second)
	update_items(first, qty=4)
	jobs.run()
	assert not is_held(second)


def test_a_closed_order_that_is_opened_again_is_held_for_credit(goods, jobs):
	over_credit()
	buyer = limited()
	first = order_of(buyer, goods, 9)
	frappe.get_doc("Sales Order", first.name).update_status("Closed")
	order_of(buyer, goods, 5)
	frappe.get_doc("Sales Order", first.name).update_status("Draft")
	jobs.run()
	assert is_held(first)
	assert frappe.db.get_value("Sales Order", first.name, "status") == "To Deliver and Bill"


def test_on_hold_and_back_stays_held(goods, jobs):
	over_credit()
	order = order_of(limited(), goods, 12)
	frappe.get_doc("Sales Order", order.name).update_status("On Hold")
	jobs.run()
	recheck.sweep()
	frappe.get_doc("Sales Order", order.name).update_status("Draft")
	jobs.run()
	assert is_held(order) and [hold.status for hold in holds(order)] == ["Held"]


def test_one_order_that_cannot_be_checked_keeps_no_other_waiting(goods, jobs, monkeypatch):
	from crm_o2c.services import checks

	over_credit()
	buyers = [limited(), limited()]
	bad, good = (order_of(buyer, goods, 12) for buyer in buyers)
	for buyer in buyers:
		frappe.db.set_value("Customer Credit Limit", {"parent": buyer.name}, "credit_limit", 5000)
	real = checks.check_again

	def check_again(order, *args):
		if order.facts.order == bad.name:
			frappe.db.sql("select no_such_column from `tabSales Order`")
		return real(order, *args)

	monkeypatch.setattr(checks, "check_again", check_again)
	recheck.sweep()
	assert (is_held(bad), is_held(good)) == (True, False)
	assert frappe.db.exists("Error Log", {"reference_name": bad.name})


def test_a_release_by_hand_is_not_written_over(goods, jobs):
	over_credit()
	order = order_of(limited(), goods, 12)
	name = holds(order)[0].name
	service.release_by_hand(name, "by phone", None)
	service.release([name], service.CONDITION_MET)  # a job that read the hold before
	assert (holds(order)[0].released_how, holds(order)[0].release_reason) == ("By Hand", "by phone")


def test_two_released_in_one_request_each_count(goods, jobs):
	over_credit()
	orders = [order_of(limited(), goods, 12) for _ in range(2)]
	names = [holds(order)[0].name for order in orders]
	rows = decisions.each([*names, names[0], "nix"], lambda hold: decisions.release(hold, "ok", None))
	assert [row["ok"] for row in rows] == [True, True, False]
	assert not any(is_held(order) for order in orders)


# -- ways around -----------------------------------------------------------------------------------------------------------------


def held_order(goods, **fields):
	over_credit()
	order = order_of(limited(), goods, 12, **fields)
	assert is_held(order)
	return order


def test_an_invoice_that_names_the_line_alone_is_refused(goods, jobs):
	order = held_order(goods)
	invoice = frappe.get_doc(
		{
			"doctype": "Sales Invoice",
			"company": make.COMPANY,
			"customer": order.customer,
			"update_stock": 1,
			"items": [
				{
					"item_code": goods.name,
					"qty": 1,
					"rate": 100,
					"warehouse": make.WAREHOUSE,
					"so_detail": order.items[0].name,
				}
			],
		}
	)
	with pytest.raises(OrderHeld):
		invoice.insert()


def test_an_invoice_of_a_note_from_before_is_refused(goods, jobs):
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice

	over_credit(hold_submitted=1)
	buyer = limited()
	order = order_of(buyer, goods, 9)
	note = make.delivery_note(order, qty=4)
	frappe.db.set_value("Customer", buyer.name, "o2c_no_credit", 1)
	recheck.recheck_orders([order.name])
	assert is_held(order)
	invoice = make_sales_invoice(note.name)
	for row in invoice.items:
		row.sales_order = row.so_detail = None
	with pytest.raises(OrderHeld):
		invoice.insert()


def test_goods_that_a_supplier_ships_for_a_held_order_are_not_ordered(jobs):
	from erpnext.selling.doctype.sales_order.sales_order import make_purchase_order_for_default_supplier

	supplier = frappe.get_doc(
		{
			"doctype": "Supplier",
			"supplier_name": frappe.generate_hash(length=8),
			"supplier_group": "All Supplier Groups",
		}
	).insert()
	over_credit()
	item = make.item(delivered_by_supplier=1)
	line = {"item_code": item.name, "qty": 12, "delivered_by_supplier": 1, "supplier": supplier.name}
	order = make.sales_order(limited(), lines=[line])
	assert is_held(order)
	with pytest.raises(OrderHeld):
		make_purchase_order_for_default_supplier(order.name, [{"item_code": item.name, "supplier": supplier.name}])


def test_a_pick_list_from_before_gives_no_note(goods, jobs):
	from erpnext.selling.doctype.sales_order.sales_order import create_pick_list
	from erpnext.stock.doctype.pick_list.pick_list import create_delivery_note

	over_credit(hold_submitted=1)
	buyer = limited()
	order = order_of(buyer, goods, 9)
	pick = create_pick_list(order.name)
	pick.insert()
	for row in pick.locations:
		row.picked_qty = row.qty
	pick.save()
	pick.submit()
	frappe.db.set_value("Customer", buyer.name, "o2c_no_credit", 1)
	recheck.recheck_orders([order.name])
	assert is_held(order)
	with pytest.raises(OrderHeld):
		create_delivery_note(pick.name)


def test_notes_for_several_orders_of_which_one_is_held_are_refused(goods, jobs):
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	over_credit()
	buyer = limited()
	free, held = order_of(buyer, goods, 6), order_of(buyer, goods, 6)
	note = make_delivery_note(held.name, target_doc=make_delivery_note(free.name))
	with pytest.raises(OrderHeld, match=held.name):
		note.insert()


def test_who_pays_online_is_not_refused_his_payment(goods, jobs):
	"""A payment for an order from the shop makes the invoice in the same breath: the money meets the condition first."""
	from erpnext.accounts.doctype.payment_request.payment_request import make_payment_request

	over_credit()
	buyer = make.customer(o2c_no_credit=1)
	order = order_of(buyer, goods, 3, order_type="Shopping Cart")
	assert is_held(order)
	request = make_payment_request(
		dt="Sales Order", dn=order.name, party_type="Customer", party=buyer.name, return_doc=1, mute_email=1
	)
	request.insert(ignore_permissions=True) if request.is_new() else None
	request.flags.mute_email = True
	request.submit()
	request.set_as_paid()
	jobs.run()
	assert not is_held(order)
	assert frappe.db.get_value("Sales Order", order.name, "per_billed") == 100


# -- the order lives on ----------------------------------------------------------------------------------------------------------


def test_an_amended_order_is_held_anew(goods, jobs):
	order = held_order(goods)
	order = frappe.get_doc("Sales Order", order.name)
	order.cancel()
	assert not is_held(order)
	amended = frappe.copy_doc(order, ignore_no_copy=True)  # as the desk amends
	amended.update({"amended_from": order.name, "docstatus": 0, "status": "Draft", "o2c_held": 1})
	amended.insert()
	assert not is_held(amended)
	amended.submit()
	jobs.run()
	assert is_held(amended)
	assert [hold.status for hold in holds(order)] == ["Released"]
	assert [hold.status for hold in holds(amended)] == ["Held"]
	assert not is_held(order)


def test_a_customer_who_is_merged_takes_his_holds_along(goods, jobs):
	order = held_order(goods)
	other = limited(800)
	frappe.rename_doc("Customer", order.customer, other.name, merge=True, force=True)
	jobs.run()
	recheck.sweep()
	(hold,) = holds(order)
	assert (hold.status, hold.customer) == ("Held", other.name)
	make.payment(frappe.get_doc("Sales Order", order.name), amount=400)
	jobs.run()
	assert not is_held(order)


def test_an_item_that_is_renamed_keeps_its_alerts(jobs):
	rule("Too cheap", "price.low", action="Hold", percent=20)
	goods = make.item(stock=10)
	order = order_of(make.customer(), goods, 5, rate=50)
	frappe.rename_doc("Item", goods.name, goods.name + " new", force=True)
	recheck.recheck_orders([order.name])
	assert [(a.status, a.item_code) for a in alerts(order)] == [("Open", goods.name + " new")]
	assert is_held(order)


def test_what_a_user_writes_into_the_mark_counts_for_nothing(goods, jobs):
	order = held_order(goods)
	doc = frappe.get_doc("Sales Order", order.name)
	doc.o2c_held = 0
	doc.save()
	assert is_held(order)
	free = order_of(make.customer(), goods, 1, submit=False, o2c_held=1)
	free.submit()
	assert not is_held(free)


def test_a_rule_that_blocks_refuses_what_changes_the_order_and_nothing_else(goods, jobs):
	order = order_of(make.customer(), goods, 5, rate=50)
	rule("Too cheap", "price.low", action="Block", percent=20)
	recheck.recheck_orders([order.name])
	doc = frappe.get_doc("Sales Order", order.name)
	doc.letter_head = None
	doc.save()
	with pytest.raises(OrderBlocked):
		update_items(order, rate=40)
