"""Short-closing a line: by ERPNext's Update Items, with a reason, and all of it or nothing."""

import pytest
import stocking
from shipping import address, order, plan, row

import frappe
from erpnext.selling.doctype.sales_order.sales_order import create_pick_list, make_delivery_note, make_sales_invoice

from crm_o2c.api import deliveries as api
from crm_o2c.exceptions import ShortCloseError
from crm_o2c.services import order_edits

import factories as make
import rule_book

WHY = "Customer does not want the rest"


@pytest.fixture
def two():
	"""An order of ten and of four."""
	goods = [make.item(stock=50).name for _ in range(2)]
	lines = [{"item_code": code, "qty": qty} for code, qty in zip(goods, (10, 4), strict=True)]
	return order(lines=lines)


def close(made, number: int = 1, reason: str = WHY) -> str:
	return api.short_close(made.name, made.items[number - 1].name, reason)


def lines(made) -> list[tuple]:
	made.reload()
	return [(line.qty, line.delivered_qty, line.rate) for line in made.items]


def noted(made) -> list[frappe._dict]:
	fields = ["what", "to_state", "reason", "quantity", "amount", "actor"]
	return frappe.get_all(
		"O2C Event", {"reference_name": made.name, "what": "short_close"}, fields, order_by="creation asc"
	)


def test_a_line_ends_with_what_was_delivered(two):
	make.delivery_note(two, qty=3)
	close(two)
	assert lines(two) == [(3, 3, 100), (4, 3, 100)]
	close(two, 2)
	assert lines(two) == [(3, 3, 100), (3, 3, 100)]
	assert (two.per_delivered, two.status, two.grand_total) == (100, "To Bill", 600)


def test_a_line_of_which_nothing_was_delivered_goes(two):
	close(two, 2)
	assert lines(two) == [(10, 0, 100)]
	bins = frappe.db.get_value("Bin", {"item_code": two.items[0].item_code}, "reserved_qty")
	assert bins == 10


def test_the_only_line_closes_the_order():
	made = order()
	close(made)
	made.reload()
	assert (made.status, len(made.items)) == ("Closed", 1)


def test_the_only_line_of_which_something_was_delivered_does_not():
	made = order()
	make.delivery_note(made, qty=6)
	close(made)
	assert lines(made) == [(6, 6, 100)]
	assert made.status == "To Bill"


def test_the_reason_is_kept_in_the_ledger_and_as_a_comment(two, as_user):
	make.delivery_note(two, qty=3)
	login = make.user("Sales User").name
	as_user(login)
	said = close(two)
	as_user("Administrator")
	(event,) = noted(two)
	assert (event.reason, event.quantity, event.amount, event.actor) == (WHY, 7, 700, login)
	assert two.items[0].item_code in event.to_state and "7" in said
	comments = frappe.get_all(
		"Comment", {"reference_name": two.name, "comment_type": "Info"}, pluck="content", order_by="creation asc"
	)
	assert any(WHY in text for text in comments)


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_happens(two, reason):
	with pytest.raises(ShortCloseError, match="why"):
		close(two, reason=reason)
	assert lines(two)[0] == (10, 0, 100)


# -- prices --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"price",
	[
		{"price_list_rate": 100, "rate": 33.33},
		{"price_list_rate": 123456.78, "rate": 100000.01},
		{"price_list_rate": 100, "margin_type": "Percentage", "margin_rate_or_amount": 12.345, "rate": None},
		{"price_list_rate": 3, "rate": 1.27},
		{"price_list_rate": 0, "rate": 7.77},
	],
)
def test_the_rate_stays(price):
	goods = make.item(stock=50).name
	made = order(lines=[{"item_code": goods, "qty": 10, **price}])
	rate = made.items[0].rate
	make.delivery_note(made, qty=3)
	close(made)
	assert lines(made) == [(3, 3, rate)]
	bill = make_sales_invoice(made.name)
	bill.insert()
	bill.submit()
	assert bill.items[0].rate == rate


# -- what is reserved, planned, on its way ----------------------------------------------------------------------------------


@pytest.fixture
def reserving():
	stocking.reserving()
	yield
	frappe.clear_document_cache("Stock Settings", "Stock Settings")


def reserved(made) -> dict[str, float]:
	rows = frappe.get_all(
		"Stock Reservation Entry",
		{"voucher_no": made.name, "docstatus": 1, "status": ("not in", ("Delivered", "Cancelled"))},
		["voucher_detail_no", "reserved_qty", "delivered_qty"],
		order_by="creation asc",
	)
	return {line.voucher_detail_no: line.reserved_qty - line.delivered_qty for line in rows}


def test_what_is_set_aside_for_other_lines_stays(reserving):
	goods = [make.item(stock=50).name for _ in range(2)]
	rows = [{"item_code": code, "qty": 10, "reserve_stock": 1} for code in goods]
	made = order(lines=rows, reserve_stock=1)
	first, second = (line.name for line in made.items)
	assert reserved(made) == {first: 10, second: 10}
	make.delivery_note(made, qty=4)
	close(made)
	assert reserved(made) == {second: 6}
	close(made, 2)
	assert reserved(made) == {}


def test_what_is_set_aside_for_a_closed_order_is_free_again(reserving):
	made = order(lines=[{"item_code": make.item(stock=50).name, "qty": 10, "reserve_stock": 1}], reserve_stock=1)
	close(made)
	assert reserved(made) == {}


def test_its_plan_ends_with_it():
	buyer = make.customer()
	places = [address(buyer), address(buyer)]
	goods = [make.item(stock=50).name for _ in range(2)]
	rows = [row(1, 6, places[0]), row(1, 4, places[1]), row(2, 4, places[1])]
	made = order(buyer, rows, lines=[{"item_code": code, "qty": qty} for code, qty in zip(goods, (10, 4), strict=True)])
	for name in [n["name"] for n in api.make_ship_to_notes(made.name) if n["address"] == places[0]]:
		frappe.get_doc("Delivery Note", name).submit()
	with pytest.raises(ShortCloseError, match="Delivery Note"):
		close(made)
	for name in frappe.get_all(
		"Delivery Note", {"docstatus": 0, "customer": buyer.name}, pluck="name", order_by="name"
	):
		frappe.delete_doc("Delivery Note", name)
	close(made)
	assert [(r.line, r.qty) for r in plan(made.name)] == [(1, 6), (2, 4)]
	made.reload()
	close(made, 2)
	assert [(r.line, r.qty) for r in plan(made.name)] == [(1, 6)]


def test_a_line_on_a_draft_note_or_a_pick_list_waits(two):
	note = make.delivery_note(two, qty=2, submit=False)
	with pytest.raises(ShortCloseError, match=note.name):
		close(two)
	note.delete()
	picks = create_pick_list(two.name)
	picks.insert()
	with pytest.raises(ShortCloseError, match=picks.name):
		close(two)
	picks.submit()
	with pytest.raises(ShortCloseError, match=picks.name):
		close(two)
	picks.reload()
	picks.cancel()
	close(two)


def test_a_line_that_was_picked_and_delivered_does_not_wait(two):
	from crm_o2c.services import pick_notes

	picks = create_pick_list(two.name)
	picks.locations = [location for location in picks.locations if location.sales_order_item == two.items[1].name]
	picks.locations[0].qty = picks.locations[0].stock_qty = 3
	picks.insert()
	picks.submit()
	pick_notes.make(picks)
	note = frappe.get_last_doc("Delivery Note", {"customer": two.customer})
	note.submit()
	two.reload()
	close(two, 2)
	assert lines(two)[1] == (3, 3, 100)


# -- credit --------------------------------------------------------------------------------------------------------------


def over_limit(made) -> None:
	"""The customer has got into debt since, and no rule holds his orders."""
	rule_book.retire_all()
	limits = {"doctype": "Customer Credit Limit", "company": made.company, "credit_limit": 1}
	parent = {"parent": made.customer, "parenttype": "Customer", "parentfield": "credit_limits"}
	frappe.get_doc({**limits, **parent}).insert()
	made.reload()


@pytest.mark.parametrize("price", [{}, {"price_list_rate": 123456.78, "rate": 100000.01}], ids=["even", "odd"])
def test_a_customer_over_his_limit_may_want_less(price):
	goods = [make.item(stock=50).name for _ in range(3)]
	made = order(lines=[{"item_code": code, "qty": 10, **price} for code in goods])
	rate = made.items[0].rate
	note = make_delivery_note(made.name)
	note.items = note.items[:2]
	note.items[0].qty = 3
	note.insert()
	note.submit()
	over_limit(made)
	close(made)
	close(made, 3)
	assert lines(made) == [(3, 3, rate), (10, 10, rate)]


def test_and_no_more_nor_the_same(two):
	over_limit(two)
	first, second = (line.name for line in two.items)
	for changes in ({first: {"qty": 11}}, {first: {"qty": 9}, second: {"qty": 5}}, {first: {"qty": 10}}):
		with pytest.raises(frappe.ValidationError, match="credit limit"):
			order_edits.update_items(two, changes)
		two.reload()
	two.note = "saved once more"
	with pytest.raises(frappe.ValidationError, match="credit limit"):
		two.save()
	two.reload()
	two.update_status("Closed")
	with pytest.raises(frappe.ValidationError, match="credit limit"):
		two.update_status("Draft")


def test_an_order_that_got_smaller_as_a_draft_is_not_submitted_either():
	made = order(submit=False)
	over_limit(made)
	made.items[0].qty = 5
	with pytest.raises(frappe.ValidationError, match="credit limit"):
		made.submit()


# -- refused -------------------------------------------------------------------------------------------------------------


def test_what_erpnext_refuses_leaves_nothing_half_done(two):
	"""A line that is billed and not delivered can't be taken off."""
	bill = make_sales_invoice(two.name)
	bill.insert()
	bill.submit()
	with pytest.raises(frappe.ValidationError, match="billed"):
		close(two)
	assert lines(two) == [(10, 0, 100), (4, 0, 100)]
	assert not noted(two)


def test_a_plan_is_not_half_done_either():
	buyer = make.customer()
	place = address(buyer)
	goods = [make.item(stock=50).name for _ in range(2)]
	made = order(buyer, [row(1, 10, place)], lines=[{"item_code": code, "qty": 10} for code in goods])
	bill = make_sales_invoice(made.name)
	bill.insert()
	bill.submit()
	with pytest.raises(frappe.ValidationError, match="billed"):
		close(made)
	assert [r.qty for r in plan(made.name)] == [10]


def test_orders_and_lines_that_can_t_be_short_closed(two):
	draft = order(submit=False)
	with pytest.raises(ShortCloseError):
		close(draft)
	with pytest.raises(ShortCloseError, match="no such line"):
		api.short_close(two.name, draft.items[0].name, WHY)
	make.delivery_note(two, qty=4)
	two.reload()
	with pytest.raises(ShortCloseError, match="Nothing is left"):
		close(two, 2)
	two.update_status("Closed")
	with pytest.raises(ShortCloseError):
		close(two)


def test_who_may(two, as_user):
	buyer = frappe.get_doc("Customer", two.customer)
	strangers = [make.portal_user(buyer).name, make.portal_user(make.customer()).name, make.user("Employee").name]
	reader = make.user("Stock User").name
	for login in (*strangers, "Guest", reader):
		as_user(login)
		with pytest.raises(frappe.PermissionError):
			close(two)
	as_user("Administrator")
	assert lines(two)[0] == (10, 0, 100)
