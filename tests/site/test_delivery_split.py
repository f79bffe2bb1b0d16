"""What of an order can go now and what later; one click makes the Delivery Note of what goes."""

import pytest
from at_once import at_once
from shipping import address, order, row
from stocking import bundle, day, purchase

import frappe

from crm_o2c.api import deliveries as api
from crm_o2c.exceptions import DeliveryRefused, OrderHeld

import factories as make


@pytest.fixture
def short():
	"""Ten of one on the shelf; of another three, and more in nine days."""
	goods = [make.item(stock=10), make.item(stock=3)]
	purchase(goods[1], 20, 9)
	return [{"item_code": g.name, "qty": 10} for g in goods]


def shown(proposal) -> list[tuple]:
	return [(line["now"], line["later"], line["on"]) for line in proposal["lines"]]


def test_what_is_there_goes_now_and_the_rest_has_its_date(short):
	found = api.propose_deliveries(order(lines=short).name)
	assert shown(found) == [(10, 0, None), (3, 7, str(day(9)))]
	assert (found["is_all"], found["complete_on"], found["may_make"]) == (False, str(day(9)), True)


def test_one_click_makes_the_note_of_what_goes(short):
	made = order(lines=short)
	note = frappe.get_doc("Delivery Note", api.make_proposed_note(made.name))
	assert (note.docstatus, [line.qty for line in note.items]) == (0, [10, 3])
	assert api.make_proposed_note(made.name) is None  # all that is there is on the draft
	found = api.propose_deliveries(made.name)
	assert (shown(found), found["drafts"]) == ([(0, 0, None), (0, 7, str(day(9)))], [note.name])
	note.submit()
	assert shown(api.propose_deliveries(made.name)) == [(0, 7, str(day(9)))]


def test_orders_before_it_keep_theirs(short):
	first = order(lines=short, days=3)
	found = api.propose_deliveries(order(lines=short, days=5).name)
	assert [line["now"] for line in found["lines"]] == [0, 0]
	assert [line["now"] for line in api.propose_deliveries(first.name)["lines"]] == [10, 3]


def test_a_bundle_goes_as_far_as_its_parts():
	parts = [make.item(stock=9), make.item(stock=100)]
	kit = bundle((parts[0].name, 2), (parts[1].name, 1))
	made = order(lines=[{"item_code": kit.name, "qty": 6}])
	found = api.propose_deliveries(made.name)
	assert shown(found) == [(4, 2, None)]
	assert frappe.get_doc("Delivery Note", api.make_proposed_note(made.name)).items[0].qty == 4


def test_another_unit_is_not_broken():
	goods = make.item(stock=30, uoms=[{"uom": "Nos", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 12}])
	frappe.db.set_value("UOM", "Box", "must_be_whole_number", 1)
	made = order(lines=[{"item_code": goods.name, "qty": 5, "uom": "Box", "conversion_factor": 12}])
	assert shown(api.propose_deliveries(made.name)) == [(2, 3, None)]


def test_services_go_along_and_drop_shipped_lines_don_t():
	lines = [{"item_code": make.item(stock=5).name, "qty": 2}, {"item_code": make.item(is_stock_item=0).name, "qty": 1}]
	assert shown(api.propose_deliveries(order(lines=lines).name)) == [(2, 0, None), (1, 0, None)]


# -- policy --------------------------------------------------------------------------------------------------------------


def test_a_policy_that_it_breaks_is_said_and_holds(short, as_user):
	made = order(lines=short, o2c_delivery_policy="Ship Complete")
	store = make.user("Stock User", "Sales User").name
	as_user(store)
	found = api.propose_deliveries(made.name)
	assert "7 Nos" in found["refusal"] and not found["may_make"]
	with pytest.raises(DeliveryRefused, match="7 Nos"):
		api.make_proposed_note(made.name)
	as_user("Administrator")  # a manager: he may go past it with a reason
	assert api.propose_deliveries(made.name)["may_make"]


def test_the_number_of_the_delivery_counts(short):
	made = order(lines=short, o2c_delivery_policy="At Most n Deliveries", o2c_most_deliveries=2)
	assert not api.propose_deliveries(made.name)["refusal"]
	frappe.get_doc("Delivery Note", api.make_proposed_note(made.name)).submit()
	make.receipt(short[1]["item_code"], 2)
	found = api.propose_deliveries(made.name)
	assert shown(found) == [(2, 5, str(day(9)))] and "last one" in found["refusal"]


def test_rows_of_a_plan_are_left_to_it(short):
	buyer = make.customer()
	made = order(buyer, [row(1, 10, address(buyer))], lines=short)
	found = api.propose_deliveries(made.name)
	assert [line["planned"] for line in found["lines"]] == [True, False]
	note = frappe.get_doc("Delivery Note", api.make_proposed_note(made.name))
	assert [line.qty for line in note.items] == [3]


# -- who, when -----------------------------------------------------------------------------------------------------------


def test_held_closed_and_draft_orders(short):
	made = order(lines=short)
	made.update_status("On Hold")
	for name in (made.name, order(lines=short, submit=False).name):
		with pytest.raises(DeliveryRefused):
			api.propose_deliveries(name)
		with pytest.raises(DeliveryRefused):
			api.make_proposed_note(name)


def test_an_order_that_a_rule_holds(short):
	import rule_book

	rule_book.retire_all()
	rule_book.rule("Low price", "price.low", percent=10, action="Hold")
	made = order(lines=[{**short[0], "rate": 20}])
	assert api.propose_deliveries(made.name)["held"]
	with pytest.raises(OrderHeld):
		api.make_proposed_note(made.name)


def test_who_may(short, as_user):
	made = order(lines=short)
	buyer = frappe.get_doc("Customer", made.customer)
	strangers = [make.portal_user(buyer).name, make.portal_user(make.customer()).name, make.user("Employee").name]
	store = make.user("Stock User", "Sales User").name
	for login in (*strangers, "Guest"):
		as_user(login)
		for act in (api.propose_deliveries, api.make_proposed_note):
			with pytest.raises(frappe.PermissionError):
				act(made.name)
	as_user(store)
	assert api.make_proposed_note(made.name)


@pytest.mark.commits
@pytest.mark.parametrize("attempt", range(3))
def test_two_clicks_at_the_same_moment_make_one_note(attempt, committed, jobs):
	buyer, goods = committed(make.customer()), committed(make.item())
	committed(make.receipt(goods.name, 100))
	made = committed(order(buyer, lines=[{"item_code": goods.name, "qty": 10}]))
	frappe.db.commit()
	found = at_once(*[lambda: api.make_proposed_note(made.name)] * 2)
	names = frappe.get_all("Delivery Note", {"customer": buyer.name}, pluck="name", order_by="name asc")
	for name in names:
		committed(frappe.get_doc("Delivery Note", name))
	assert (found, len(names)) == (["done", "done"], 1)
