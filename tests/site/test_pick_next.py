"""What the warehouse is told to pick next, by rank and by what is on the shelf, and the Pick Lists made of it."""

import pytest
import stocking

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.api import warehouse as api
from crm_o2c.exceptions import PickError
from crm_o2c.services import pick_counts, picking

import factories as make

MONEY = ("rate", "amount", "price", "total", "value", "cost", "discount", "margin", "currency")


def day(number: int):
	return getdate(add_days(nowdate(), number))


@pytest.fixture
def buyer():
	return make.customer()


def order_of(buyer, *wanted, days: int = 5, **fields):
	"""An order for (item, quantity) each."""
	lines = [{"item_code": item.name, "qty": qty} for item, qty in wanted]
	return make.sales_order(buyer, lines=lines, days=days, **fields)


def rank(*orders) -> None:
	"""Give orders their places in the queue, the first one first."""
	for place, order in enumerate(orders):
		frappe.db.set_value("O2C Order Score", order.name, "queue_key", -1000 + place, update_modified=False)


def shown(buyer, show: str = picking.READY_NOW, **given) -> list[frappe._dict]:
	rows, _more = picking.pick_next(make.COMPANY, show=show, most=10000, **given)
	return [frappe._dict(row) for row in rows if row["customer"] == buyer.name]


def lines(rows) -> list[tuple]:
	return [(row.sales_order, row.ready) for row in rows]


# -- who comes first -------------------------------------------------------------------------------------------------------


def test_the_shelf_is_given_out_by_rank(buyer):
	item = make.item(stock=10)
	first, second, third = (order_of(buyer, (item, 6)) for _each in range(3))
	rank(third, first, second)
	assert lines(shown(buyer)) == [(third.name, 6), (first.name, 4)]
	everything = {row.sales_order: row.state for row in shown(buyer, picking.ALL)}
	assert everything == {third.name: "Ready", first.name: "Partly Ready", second.name: "Waiting for Stock"}
	assert lines(shown(buyer, picking.WAITING)) == [(second.name, 0)]


def test_without_scores_the_promise_ranks(buyer):
	item = make.item(stock=10)
	later, sooner = order_of(buyer, (item, 2), days=9), order_of(buyer, (item, 2), days=2)
	frappe.db.delete("O2C Order Score", {"name": ("in", [later.name, sooner.name])})
	assert lines(shown(buyer)) == [(sooner.name, 2), (later.name, 2)]


def test_what_is_due(buyer):
	item = make.item(stock=10)
	late, today, later = (order_of(buyer, (item, 1), days=days) for days in (-2, 0, 3))
	rank(later, today, late)
	rows = shown(buyer, picking.DUE)
	assert [(row.sales_order, row.days_late) for row in rows] == [(today.name, 0), (late.name, 2)]


def test_a_row_says_what_the_picker_needs_and_no_price(buyer):
	item = make.item(stock=4)
	order = order_of(buyer, (item, 3))
	row = shown(buyer)[0]
	assert (row.sales_order, row.item_code, row.warehouse) == (order.name, item.name, make.WAREHOUSE)
	assert (row.to_pick, row.ready, row.on_hand, row.uom, row.promised) == (3, 3, 4, "Nos", day(5))
	assert not [field for field in row if any(word in field for word in MONEY)]


# -- what is not to be picked ----------------------------------------------------------------------------------------------


def test_held_and_waiting_orders_stay_out(buyer):
	item = make.item(stock=10)
	held, on_hold, closed, draft = (order_of(buyer, (item, 1), submit=n < 3) for n in range(4))
	frappe.db.set_value("Sales Order", held.name, "o2c_held", 1)
	frappe.db.set_value("Sales Order", on_hold.name, "status", "On Hold")
	frappe.db.set_value("Sales Order", closed.name, "status", "Closed")
	assert draft.docstatus == 0
	assert not shown(buyer, picking.ALL)


def test_delivered_dropped_and_services_stay_out(buyer):
	item, service = make.item(stock=10), make.item(is_stock_item=0)
	done = order_of(buyer, (item, 2))
	make.delivery_note(done)
	order_of(buyer, (service, 1))
	drop = {"item_code": item.name, "qty": 1, "delivered_by_supplier": 1, "supplier": stocking.supplier()}
	make.sales_order(buyer, lines=[drop])
	assert not shown(buyer, picking.ALL)


def test_the_rest_of_a_partly_delivered_line(buyer):
	item = make.item(stock=10)
	order = order_of(buyer, (item, 5))
	make.delivery_note(order, 2)
	assert [(row.to_pick, row.ready, row.on_hand) for row in shown(buyer)] == [(3, 3, 8)]


def test_what_is_on_pick_lists_is_not_picked_twice(buyer):
	item = make.item(stock=10)
	order, other = order_of(buyer, (item, 6)), order_of(buyer, (item, 6))
	rank(order, other)
	made = api.make_pick_list([order.name])
	first, second = shown(buyer, picking.ALL)
	assert (first.state, first.to_pick, first.drafted, second.ready) == ("Being Picked", 0, 6, 4)
	frappe.get_doc("Pick List", made["name"]).submit()
	first, second = shown(buyer, picking.ALL)
	assert (first.to_pick, first.drafted, first.picked, second.ready) == (0, 0, 6, 4)
	make.delivery_note(order)
	assert lines(shown(buyer)) == [(other.name, 4)]


def test_stock_set_aside_is_its_line_s_own(buyer):
	item = make.item(stock=10)
	stocking.reserving()
	last, first = order_of(buyer, (item, 8)), order_of(buyer, (item, 5))
	rank(first, last)
	last.create_stock_reservation_entries(notify=False)
	assert lines(shown(buyer)) == [(first.name, 2), (last.name, 8)]
	assert shown(buyer)[1].set_aside == 8


def test_a_bundle_s_parts_are_picked(buyer):
	part, other = make.item(stock=10), make.item(stock=3)
	bundle = stocking.bundle((part.name, 2), (other.name, 1))
	order_of(buyer, (bundle, 4))
	found = {row.item_code: (row.to_pick, row.ready) for row in shown(buyer)}
	assert found == {part.name: (8, 8), other.name: (4, 3)}


def test_an_order_that_ships_complete_waits_for_all_of_it(buyer):
	there, lacking = make.item(stock=10), make.item(stock=1)
	whole, part = order_of(buyer, (there, 4), (lacking, 2)), order_of(buyer, (there, 9))
	frappe.db.set_value("Sales Order", whole.name, "o2c_delivery_policy", "Ship Complete")
	rank(whole, part)
	assert lines(shown(buyer)) == [(part.name, 9)]
	states = [row.state for row in shown(buyer, picking.ALL) if row.sales_order == whole.name]
	assert states == ["Waiting for the Rest", "Waiting for the Rest"]


def test_filters_by_warehouse_and_its_group(buyer):
	here, there = make.item(stock=5), make.item()
	order_of(buyer, (here, 1))
	make.sales_order(buyer, lines=[{"item_code": there.name, "qty": 1, "warehouse": stocking.SECOND}])
	group = frappe.db.get_value("Warehouse", make.WAREHOUSE, "parent_warehouse")
	for warehouse, items in ((make.WAREHOUSE, 1), (stocking.SECOND, 1), (group, 2)):
		assert len(shown(buyer, picking.ALL, warehouse=warehouse)) == items


def test_no_more_rows_than_asked_for(buyer):
	item = make.item(stock=10)
	for _each in range(3):
		order_of(buyer, (item, 1))
	rows, more = picking.pick_next(make.COMPANY, most=2)
	assert (len(rows), more) == (2, True)


def test_queries_do_not_grow_with_the_orders(buyer, queries):
	item = make.item(stock=50)
	counted = []
	for _each in range(2):
		for _order in range(3):
			order_of(buyer, (item, 1), (make.item(stock=1), 1))
		queries.clear()
		picking.pick_next(make.COMPANY, most=10000)
		counted.append(len(queries))
	assert counted[0] == counted[1]


# -- Pick Lists --------------------------------------------------------------------------------------------------------------


def test_one_pick_list_for_several_orders(buyer):
	item = make.item(stock=10)
	orders = [order_of(buyer, (item, 3)), order_of(make.customer(), (item, 4))]
	made = api.make_pick_list(frappe.as_json([order.name for order in orders]), make.WAREHOUSE)
	doc = frappe.get_doc("Pick List", made["name"])
	assert {row.sales_order: row.stock_qty for row in doc.locations} == {orders[0].name: 3, orders[1].name: 4}
	assert (doc.docstatus, doc.purpose, doc.parent_warehouse) == (0, "Delivery", make.WAREHOUSE)
	assert (made["orders"], made["left_out"]) == (2, [])


def test_an_order_that_can_t_be_picked_leaves_the_others(buyer):
	item = make.item(stock=10)
	good, drafted = order_of(buyer, (item, 3)), order_of(buyer, (item, 3))
	api.make_pick_list([drafted.name])
	draft = order_of(buyer, (item, 1), submit=False)
	made = api.make_pick_list([good.name, drafted.name, draft.name])
	assert made["orders"] == 1
	assert {row["order"] for row in made["left_out"]} == {drafted.name, draft.name}
	assert all(row["reason"] for row in made["left_out"])


def test_a_pick_list_of_nothing_is_refused(buyer):
	order = order_of(buyer, (make.item(), 3))
	many = [order.name] * (picking.MOST_ORDERS + 1)
	for orders in ([order.name], [], many):
		with pytest.raises(PickError):
			api.make_pick_list(orders)


@pytest.mark.parametrize("values", [{"status": "On Hold"}, {"o2c_held": 1}, {"status": "Closed"}], ids=str)
def test_an_order_that_is_held_is_not_picked(buyer, values):
	item = make.item(stock=10)
	order = order_of(buyer, (item, 3))
	frappe.db.set_value("Sales Order", order.name, values)
	with pytest.raises(PickError):
		api.make_pick_list([order.name])


# -- the report, the cards, who may ------------------------------------------------------------------------------------------


def test_the_report_runs_for_the_warehouse(as_user, buyer):
	item = make.item(stock=10)
	order = order_of(buyer, (item, 3))
	rank(order)
	as_user(make.user("Stock User").name)
	answer = run("Pick Next", {"company": make.COMPANY, "show": "Ready Now"})
	mine = [row for row in answer["result"] if row["sales_order"] == order.name]
	assert mine[0]["ready"] == 3
	names = {column["fieldname"] for column in answer["columns"]}
	assert not [name for name in names if any(word in name for word in MONEY)]
	assert not [column for column in answer["columns"] if column["fieldtype"] == "Currency"]


@pytest.mark.parametrize("roles", [("Employee",), ("Accounts User",)], ids=str)
def test_others_have_no_report(as_user, roles):
	as_user(make.user(*roles).name)
	with pytest.raises(frappe.PermissionError):
		run("Pick Next", {})


def test_customers_and_guests_have_none_of_it(as_user, buyer):
	item = make.item(stock=10)
	order = order_of(buyer, (item, 3))
	for login in (make.portal_user(buyer).name, "Guest"):
		as_user(login)
		for call in (
			api.get_to_pick, api.get_due, api.get_waiting, lambda: api.make_pick_list([order.name]), lambda: run("Pick Next", {}),
		):  # fmt: skip
			with pytest.raises(frappe.PermissionError):
				call()


def test_a_pick_list_takes_the_right_to_make_one_and_to_read_the_order(as_user, buyer):
	item = make.item(stock=10)
	order, other = order_of(buyer, (item, 3)), order_of(make.customer(), (item, 3))
	seller, picker = make.user("Sales User").name, make.user("Stock User").name
	frappe.get_doc(
		{"doctype": "User Permission", "user": picker, "allow": "Customer", "for_value": buyer.name}
	).insert()
	as_user(seller)
	with pytest.raises(frappe.PermissionError):
		api.make_pick_list([order.name])
	as_user(picker)
	with pytest.raises(frappe.PermissionError):
		api.make_pick_list([order.name, other.name])
	assert {row["sales_order"] for row in picking.pick_next(most=10000)[0]} & {order.name, other.name} == {order.name}
	frappe.set_user("Administrator")
	more = order_of(buyer, (item, 6))
	rank(other, order, more)
	as_user(picker)  # what others take is gone for him too
	assert {row.sales_order: row.ready for row in shown(buyer)} == {order.name: 3, more.name: 4}
	assert api.make_pick_list([order.name])["orders"] == 1


def test_a_user_sees_his_warehouses_alone(as_user, buyer):
	item, there = make.item(stock=5), make.item()
	order_of(buyer, (item, 1))
	make.sales_order(buyer, lines=[{"item_code": there.name, "qty": 1, "warehouse": stocking.SECOND}])
	picker = make.user("Stock User").name
	frappe.get_doc(
		{"doctype": "User Permission", "user": picker, "allow": "Warehouse", "for_value": stocking.SECOND}
	).insert()
	as_user(picker)
	assert {row.warehouse for row in shown(buyer, picking.ALL)} == {stocking.SECOND}


def test_the_cards_say_what_the_report_shows(as_user, buyer):
	before = pick_counts._count()
	item = make.item(stock=3)
	first, second = order_of(buyer, (item, 3), days=0), order_of(buyer, (item, 3), days=5)
	rank(first, second)
	order_of(buyer, (make.item(stock=1), 1), (make.item(), 1))
	as_user(make.user("Stock User").name)
	cards = {name: getattr(api, name)(filters="[]") for name in ("get_to_pick", "get_due", "get_waiting")}
	assert [card["value"] for card in cards.values()] == [before["ready"] + 2, before["due"] + 1, before["waits"] + 1]
	assert cards["get_due"]["route_options"] == {"show": "Due and Ready"}
	assert all(card["route_options"]["show"] in picking.SHOWN for card in cards.values())
