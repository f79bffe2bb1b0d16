"""Price lock: prices agreed in the order survive partial delivery and invoicing."""

import json

import pytest

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice as bill_note

from crm_o2c.services import order_edits, price_lock

import factories as make


def rule(item, **fields) -> str:
	"""A pricing rule: from 10 on, 5 % off."""
	values = {
		"doctype": "Pricing Rule",
		"title": frappe.generate_hash(length=8),
		"apply_on": "Item Code",
		"items": [{"item_code": item.name}],
		"selling": 1,
		"company": make.COMPANY,
		"currency": "USD",
		"min_qty": 10,
		"rate_or_discount": "Discount Percentage",
		"discount_percentage": 5,
	}
	values["currency"] = frappe.get_cached_value("Company", make.COMPANY, "default_currency")
	return frappe.get_doc({**values, **fields}).insert().name


def switch(on: int) -> None:
	frappe.db.set_single_value("O2C Settings", price_lock.SETTING, on)
	frappe.clear_document_cache("O2C Settings", "O2C Settings")


@pytest.fixture(autouse=True)
def locked():
	switch(1)
	yield
	frappe.clear_document_cache("O2C Settings", "O2C Settings")


@pytest.fixture
def item():
	return make.item(stock=100)


def order(item, qty: float = 10, submit: bool = True, lines=None, **fields):
	"""An order whose price the rules make."""
	lines = lines or [{"item_code": item.name, "qty": qty, "rate": None}]
	return make.sales_order(lines=lines, submit=submit, **fields)


def part(order, qty: float, submit: bool = True):
	note = make_delivery_note(order.name)
	note.items[0].qty = qty
	note.insert()
	note.save()
	if submit:
		note.submit()
	return note


def copied(order):
	"""A copy as the desk makes one; in tests Frappe leaves the state of the document on it."""
	copy = frappe.copy_doc(order)
	for row in (copy, *copy.get_all_children()):
		row.docstatus = 0
	return copy


# -- the case ------------------------------------------------------------------------------------------------------------


def test_without_the_lock_a_part_is_priced_anew(item):
	switch(0)
	rule(item)
	ten = order(item)
	assert [part(ten, qty).items[0].rate for qty in (6, 4)] == [95, 100]  # the rest is less than ten


def test_a_part_keeps_the_order_s_price(item):
	rule(item)
	ten = order(item)
	assert ten.items[0].rate == 95
	six, four = part(ten, 6), part(ten, 4)
	assert [note.items[0].rate for note in (six, four)] == [95, 95]
	for note in (six, four):
		bill = bill_note(note.name)
		bill.insert()
		bill.save()
		bill.submit()
		assert bill.items[0].rate == 95
	ten.reload()
	assert (ten.per_delivered, ten.per_billed, ten.status) == (100, 100, "Completed")


def test_an_invoice_from_the_order_keeps_it_too(item):
	rule(item)
	ten = order(item)
	bill = make_sales_invoice(ten.name)
	bill.items[0].qty = 6
	bill.insert()
	bill.save()
	bill.submit()
	assert bill.items[0].rate == 95


def test_the_rules_that_made_the_price_are_kept(item):
	name = rule(item)
	ten = order(item)
	ten.reload()
	assert [json.loads(row.o2c_pricing_rules) for row in ten.items] == [[name]]
	assert [row.pricing_rule for row in ten.pricing_rules] == [name]


@pytest.mark.parametrize("roles", [("Stock User",), ("Stock User", "Stock Manager", "Sales Manager")], ids=" and ".join)
def test_whoever_makes_the_note(item, as_user, roles):
	"""Ignore Pricing Rule is a field of permission level 1: who has no right to it must not lose the lock."""
	rule(item)
	ten = order(item)
	as_user(make.user(*roles).name)
	note = make_delivery_note(ten.name)
	note.items[0].qty = 6
	note.insert()
	assert note.items[0].rate == 95
	note.reload()
	note.items[0].qty = 5
	note.save()
	assert note.items[0].rate == 95


# -- margin, discounts, free items, Update Items -------------------------------------------------------------------------


def test_a_margin_stays(item):
	rule(item, discount_percentage=0, margin_type="Percentage", margin_rate_or_amount=10)
	ten = order(item)
	assert ten.items[0].rate == 110
	note = part(ten, 6)
	assert note.items[0].rate == 110
	bill = bill_note(note.name)
	bill.insert()
	assert bill.items[0].rate == 110


def test_a_rate_and_an_amount_stay(item):
	other = make.item(stock=100)
	rule(item, rate_or_discount="Rate", rate=70, discount_percentage=0)
	rule(other, rate_or_discount="Discount Amount", discount_amount=20, discount_percentage=0)
	both = order(item, lines=[{"item_code": i.name, "qty": 10, "rate": None} for i in (item, other)])
	assert [row.rate for row in both.items] == [70, 80]
	note = make.delivery_note(both, qty=4)
	assert [row.rate for row in note.items] == [70, 80]


def test_a_discount_by_hand_stays(item):
	ten = order(item, lines=[{"item_code": item.name, "qty": 10, "price_list_rate": 100, "discount_percentage": 12}])
	rate = ten.items[0].rate
	assert part(ten, 6).items[0].rate == rate


def test_a_free_item_stays_free_and_comes_once(item):
	gift = make.item(stock=10)
	fields = {"price_or_product_discount": "Product", "free_item": gift.name, "free_qty": 1}
	rule(item, **fields)
	ten = order(item)
	assert [(row.item_code, row.qty, row.rate) for row in ten.items[1:]] == [(gift.name, 1, 0)]
	note = make_delivery_note(ten.name)
	note.items[0].qty = 6
	note.insert()
	note.save()
	note.submit()
	assert [(row.item_code, row.qty, row.rate) for row in note.items[1:]] == [(gift.name, 1, 0)]
	rest = make_delivery_note(ten.name)
	rest.insert()
	rest.save()
	assert [row.item_code for row in rest.items] == [item.name]


def test_an_amount_off_the_order_is_shared(item):
	ten = order(item, apply_discount_on="Net Total", discount_amount=100)
	assert ten.net_total == 900
	six = part(ten, 6)
	assert (six.discount_amount, six.net_total) == (60, 540)
	bill = bill_note(six.name)
	bill.insert()
	assert bill.net_total == 540
	four = part(ten, 4)
	assert (four.discount_amount, four.net_total) == (40, 360)


def test_a_percentage_off_the_order_is_a_percentage_of_each_part(item):
	ten = order(item, apply_discount_on="Net Total", additional_discount_percentage=10)
	assert part(ten, 6).net_total == 540


def test_update_items_keeps_and_changes_prices_as_told(item):
	rule(item)
	ten = order(item)
	line = ten.items[0]
	order_edits.update_items(ten, {line.name: {"qty": 8}})
	assert (ten.items[0].qty, ten.items[0].rate) == (8, 95)
	assert part(ten, 3).items[0].rate == 95
	ten.reload()
	order_edits.update_items(ten, {line.name: {"rate": 90}})
	assert ten.items[0].rate == 90
	assert part(ten, 3).items[0].rate == 90


def test_dropping_a_discount_goes_back_to_what_the_rules_give(item):
	rule(item)
	ten = order(item)
	order_edits.update_items(ten, {ten.items[0].name: {"rate": 80}})
	order_edits.drop_discount(ten, ten.items[0])
	assert (ten.items[0].rate, ten.o2c_prices_locked, ten.ignore_pricing_rule) == (95, 1, 1)
	assert part(ten, 6).items[0].rate == 95


# -- copies and purchases ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amend", [True, False])
def test_pricing_rules_count_for_a_copy_until_it_is_submitted(item, amend):
	name = rule(item)
	ten = order(item)
	if amend:
		ten.cancel()
	copy = copied(ten)
	copy.amended_from = ten.name if amend else None
	copy.insert()
	assert (copy.ignore_pricing_rule, copy.o2c_prices_locked, copy.items[0].o2c_pricing_rules) == (0, 0, None)
	assert (json.loads(copy.items[0].pricing_rules), copy.items[0].rate) == ([name], 95)
	copy.append("items", {"item_code": item.name, "qty": 12, "delivery_date": copy.delivery_date})
	copy.save()
	assert copy.items[1].rate == 95
	copy.submit()
	assert [json.loads(row.o2c_pricing_rules) for row in copy.items] == [[name], [name]]
	assert part(copy, 6).items[0].rate == 95


def test_who_ignored_pricing_rules_still_does_in_a_copy(item):
	rule(item)
	ten = order(item, ignore_pricing_rule=1)
	assert ten.items[0].rate == 100
	copy = copied(ten)
	copy.insert()
	assert copy.ignore_pricing_rule == 1


def test_purchases_have_pricing_rules_of_their_own(item):
	from stocking import supplier

	from erpnext.selling.doctype.sales_order.sales_order import make_purchase_order

	rule(item, selling=0, buying=1, discount_percentage=50, min_qty=1)
	ten = order(item)
	purchase = make_purchase_order(ten.name, selected_items=[ten.items[0].as_dict()])
	purchase.supplier = supplier()
	purchase.items[0].price_list_rate = purchase.items[0].rate = 60
	purchase.insert()
	assert (purchase.ignore_pricing_rule, purchase.items[0].rate) == (0, 30)


def test_off_means_off(item):
	switch(0)
	rule(item)
	ten = order(item)
	assert (ten.ignore_pricing_rule, ten.o2c_prices_locked) == (0, 0)
	assert ten.items[0].pricing_rules


def test_a_form_can_t_name_the_rules_of_a_locked_price(item):
	"""They excuse a low price."""
	ten = order(item, submit=False)
	ten.items[0].o2c_pricing_rules, ten.o2c_prices_locked = '["Forged"]', 1
	ten.save()
	ten.reload()
	assert (ten.o2c_prices_locked, ten.items[0].o2c_pricing_rules) == (0, None)


@pytest.mark.parametrize("priced_by", ["rule", "hand"])
def test_a_locked_price_is_as_abnormal_as_it_was_before(item, priced_by):
	from crm_o2c.services import check_loader

	fields = {} if priced_by == "hand" else {"discount_percentage": 30}
	if fields:
		rule(item, **fields)
	line = {"item_code": item.name, "qty": 10, "rate": 70 if priced_by == "hand" else None}
	ten = order(item, lines=[line], submit=False)

	def facts():
		(loaded,) = check_loader.named([ten.name])
		(found,) = loaded.order.facts.lines
		return found.rate, found.pricing_rules, found.hand_discount

	before = facts()
	ten.submit()
	assert facts() == before == (70, int(priced_by == "rule"), 30 * (priced_by == "hand"))
