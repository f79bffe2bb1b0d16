"""A customer sees where his own order is, in words meant for him; of all else neither page nor JSON says anything."""

import re

import parcels
import pytest

import frappe
from frappe.utils import add_days, nowdate
from frappe.utils.data import global_date_format

from crm_o2c.api import portal_orders
from crm_o2c.services import customer_orders, customer_view, stage_book

import factories as make

ORDER, STAGE = "Sales Order", "O2C Stage"
REFUSED = "There is no such order, or it is not yours."


def row_of(orders: dict, order) -> dict:
	return next(row for row in orders["rows"] if row["name"] == order.name)


def told(order) -> dict:
	return customer_view.status(frappe.get_doc(ORDER, order.name))


def steps(answer: dict) -> list[tuple[str, str]]:
	return [(step["label"], step["state"]) for step in answer["steps"]]


def stage(code: str, **values):
	frappe.db.set_value(STAGE, code, values)
	stage_book.forget()


@pytest.fixture(autouse=True)
def fresh_stages():
	stage_book.forget()
	yield
	frappe.db.rollback()
	stage_book.forget()


@pytest.fixture
def goods():
	return make.item(stock=100)


def order_of(goods, buyer=None, qty: float = 10, **fields):
	return make.sales_order(buyer, lines=[{"item_code": goods.name, "qty": qty}], **fields)


# -- what is told ------------------------------------------------------------------------------------------------------


def test_an_order_that_is_prepared(goods, settle):
	order = order_of(goods, po_no="PO-77")
	settle()
	answer = told(order)
	day = add_days(nowdate(), 7)
	assert (answer["name"], answer["po_no"], answer["stage"]) == (order.name, "PO-77", "Confirmed")
	assert answer["placed_on"] == answer["since"] == nowdate()
	assert answer["promise"] == {"on": day, "first": None, "state": "on_time", "text": "On time"}
	assert answer["next"] == f"We are preparing your order for delivery by {global_date_format(day)}."
	assert [line["remaining"] for line in answer["lines"]] == [10]
	assert answer["deliveries"] == []
	assert steps(answer)[0] == ("Confirmed", "current")
	names = [label for label, state in steps(answer) if state == "open"]
	assert names == ["Packed", "On its way", "Delivered", "Invoiced", "Paid"]  # not made, not in parts


def test_an_order_that_has_arrived(goods, settle):
	order, by, under = order_of(goods), parcels.carrier(), parcels.number()
	note = parcels.note(order, by, under, o2c_eta=add_days(nowdate(), 2))
	settle()
	parcels.record(parcels.scanned(by, under, "In Transit", 3))
	settle()
	answer = told(order)
	assert answer["stage"] == "On its way"
	assert answer["next"].startswith("Your goods are on their way and expected on ")
	delivery = answer["deliveries"][0]
	assert (delivery["name"], delivery["status"]) == (note.name, "On its way")
	assert delivery["items"][0]["qty"] == 10
	url = f"https://carrier.example/track?no={under}"
	assert delivery["parcels"] == [{"carrier": by.name, "number": under, "url": url}]
	assert (delivery["expected_on"], delivery["arrived_on"]) == (add_days(nowdate(), 2), None)

	parcels.record(parcels.scanned(by, under, "Delivered", 1))
	settle()
	answer = told(order)
	assert (answer["stage"], answer["next"]) == ("Delivered", "All your goods have arrived.")
	assert answer["promise"]["state"] == "kept"
	assert answer["deliveries"][0]["arrived_on"] == str(parcels.hours_ago(1).date())
	assert ("On its way", "done") in steps(answer)
	assert not [line for line in answer["lines"] if line["remaining"]]


def test_a_part_and_what_came_back(goods, settle):
	order = order_of(goods)
	note = make.delivery_note(order, 4)
	settle()
	answer = told(order)
	assert ("Partly shipped", "current") in steps(answer)
	assert answer["next"].startswith("The rest of your order is to follow by ")
	assert answer["lines"][0]["remaining"] == 6

	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return

	back = make_sales_return(note.name).insert()
	frappe.get_doc("Delivery Note", back.name).submit()
	settle()
	answer = told(order)
	assert [delivery["name"] for delivery in answer["deliveries"]] == [note.name]
	assert "Partly shipped" not in dict(steps(answer))
	assert answer["stage"] == "Confirmed"


def test_a_promise_that_moved_and_one_that_passed(goods, settle, jobs):
	order = order_of(goods, days=5)
	jobs.run()
	later = add_days(nowdate(), 9)
	frappe.db.set_value("Sales Order Item", order.items[0].name, "delivery_date", later)
	from crm_o2c.services import delivery_promises

	delivery_promises.observe([order.name])
	promise = told(order)["promise"]
	assert (promise["on"], promise["first"]) == (later, add_days(nowdate(), 5))

	late = order_of(goods, days=-3)
	settle()
	answer = told(late)
	assert answer["promise"]["state"] == "late"
	assert answer["next"] == "The promised day has passed. We deliver as soon as we can."


def test_cancelled_and_closed(goods, settle):
	closed, cancelled = order_of(goods), order_of(goods)
	make.delivery_note(closed, 4)
	closed.reload()
	closed.update_status("Closed")
	cancelled.reload()
	cancelled.cancel()
	settle()
	assert told(cancelled)["next"] == "This order was cancelled."
	assert not [state for _label, state in steps(told(cancelled)) if state != "done"]
	answer = told(closed)
	assert answer["next"] == "This order is closed: nothing more will be delivered."
	assert answer["lines"][0]["remaining"] == 0
	assert not [state for _label, state in steps(answer) if state == "open"]


def test_an_order_before_its_stage_is_known(goods):
	answer = told(order_of(goods))
	assert (answer["stage"], answer["since"]) == ("Order received", nowdate())


def test_a_held_order_says_no_reason(goods, settle):
	order = order_of(goods)
	settle()
	order.reload()
	order.add_comment("Comment", "over his credit limit")
	order.update_status("On Hold")
	settle()
	answer = told(order)
	assert answer["stage"] == "Waiting"
	assert answer["next"] == "Your order is waiting. We go on with it as soon as we can."
	assert answer["promise"]["state"] == "unknown"
	assert ("Confirmed", "current") in steps(answer)
	assert not re.search(r"hold|credit|limit", frappe.as_json(answer), re.IGNORECASE)


def test_a_hidden_stage_shows_as_the_one_before(goods, settle):
	order = order_of(goods)
	settle()
	since = told(order)["since"]
	stage("On hold", visible_to_customer=0)
	order.reload()
	order.update_status("On Hold")
	settle()
	assert frappe.db.get_value(ORDER, order.name, "o2c_stage") == "On hold"
	answer = told(order)
	assert (answer["stage"], answer["since"]) == ("Confirmed", since)
	assert not re.search(r"hold|waiting", frappe.as_json(answer), re.IGNORECASE)
	assert answer["next"].startswith("We are preparing")


def test_a_hidden_first_stage(goods, settle):
	order = order_of(goods)
	settle()
	stage("Confirmed", visible_to_customer=0, customer_label="Secret step")
	answer = told(order)
	assert answer["stage"] == "Order received"
	assert "Secret" not in frappe.as_json(answer) and "Confirmed" not in frappe.as_json(answer)


def test_the_list_says_what_the_order_says(goods, settle, as_user):
	buyer = make.customer()
	login = make.portal_user(buyer)
	orders = [order_of(goods, buyer), order_of(goods, buyer, days=-3), order_of(goods, buyer)]
	make.delivery_note(orders[2])
	order_of(goods, buyer, submit=False)
	order_of(goods)
	settle()
	details = {order.name: told(order) for order in orders}
	as_user(login.name)
	answer = portal_orders.list_orders()
	assert {row["name"] for row in answer["rows"]} == set(details)
	assert not answer["has_more"]
	for row in answer["rows"]:
		detail = details[row["name"]]
		for field in ("po_no", "placed_on", "stage", "since"):
			assert row[field] == detail[field]
		assert row["promised_on"] == detail["promise"]["on"]
		assert row["late"] == (detail["promise"]["state"] == "late")
	assert row_of(answer, orders[1])["late"]


def test_as_many_queries_for_twenty_as_for_three(goods, as_user, queries, settle):
	counted = []
	for number in (3, 20):
		buyer = make.customer()
		login = make.portal_user(buyer)
		for _ in range(number):
			order_of(goods, buyer, qty=1)
		settle()
		as_user(login.name)
		portal_orders.list_orders()  # what is kept of users and stages is kept now
		queries.clear()
		assert len(portal_orders.list_orders()["rows"]) == number
		counted.append(len(queries))
		as_user("Administrator")
	assert counted[0] == counted[1] <= 2


def test_pages_of_twenty(goods, as_user):
	buyer = make.customer()
	login = make.portal_user(buyer)
	for _ in range(customer_orders.PAGE + 1):
		order_of(goods, buyer, qty=1)
	as_user(login.name)
	first, second = portal_orders.list_orders(), portal_orders.list_orders(20)
	assert (len(first["rows"]), first["has_more"]) == (20, True)
	assert (len(second["rows"]), second["has_more"]) == (1, False)
	assert portal_orders.list_orders(-5) == first


def test_nothing_of_the_company_is_told(goods, settle):
	order = order_of(goods)
	parcels.note(order, parcels.carrier(), parcels.number())
	settle()
	keys = set(re.findall(r'"(\w+)":', frappe.as_json(told(order))))
	assert keys == {
		"name", "po_no", "placed_on", "stage", "since", "steps", "label", "state", "state_label", "reached_on", "promise",
		"on", "first", "text", "next", "lines", "item_code", "item_name", "uom", "qty", "delivered", "remaining",
		"deliveries", "date", "items", "status", "parcels", "carrier", "number", "url", "expected_on", "arrived_on",
	}  # fmt: skip


# -- who may ask -------------------------------------------------------------------------------------------------------


def refusal(name: str) -> str:
	frappe.clear_messages()
	with pytest.raises(frappe.PermissionError) as refused:
		portal_orders.get_status(name)
	return str(refused.value)


def test_who_may_ask(goods, as_user):
	buyer, rival = make.customer(), make.customer()
	owner, other = make.portal_user(buyer), make.portal_user(rival)
	clerk, stranger = make.user("Sales User"), make.user("Projects User")
	order, draft = order_of(goods, buyer), order_of(goods, buyer, submit=False)
	frappe.share.add(ORDER, order.name, other.name, read=1)
	for user in (owner, clerk):
		as_user(user.name)
		assert portal_orders.get_status(order.name)["name"] == order.name
		assert refusal(draft.name) == refusal("no such order") == REFUSED
	for user in (other.name, stranger.name, "Guest"):
		as_user(user)
		assert refusal(order.name) == refusal(draft.name) == refusal("no such order") == REFUSED


def test_a_clerk_of_another_company_is_refused(goods, as_user):
	clerk = make.user("Sales User")
	order, allowed = order_of(goods), make.customer()
	values = {"doctype": "User Permission", "user": clerk.name, "allow": "Customer", "for_value": allowed.name}
	frappe.get_doc(values).insert()
	as_user(clerk.name)
	assert refusal(order.name) == REFUSED


def test_deliveries_that_a_clerk_may_not_read(goods, as_user):
	order = order_of(goods)
	make.delivery_note(order)
	clerk = make.user("Maintenance User")  # reads Sales Orders and no Delivery Notes
	as_user(clerk.name)
	if not frappe.has_permission(ORDER, "read") or frappe.has_permission("Delivery Note", "read"):
		pytest.skip("this role reads otherwise here")
	assert portal_orders.get_status(order.name)["deliveries"] == []
