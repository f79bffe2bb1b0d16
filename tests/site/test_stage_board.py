"""The stage board shows each stage with its orders, to who may read them; and people put orders in the stages without a rule."""

import json

import pytest

import frappe
from frappe.utils import add_to_date, now_datetime

from crm_o2c.api import stages as api
from crm_o2c.exceptions import StageError

import factories as make

LEDGER = "crm_o2c.services.ledger"


@pytest.fixture
def buyer():
	return make.customer()


@pytest.fixture
def artwork():
	"""A stage that people put orders in, between Confirmed and In production."""
	values = {
		"stage_code": "Artwork",
		"label": "Waiting for artwork",
		"sequence": 38,
		"kind": "Progress",
		"colour": "pink",
	}
	return frappe.get_doc({"doctype": "O2C Stage", **values}).insert()


def column(stage: str, buyer, **filters) -> dict:
	board = api.get_board({"customer": buyer.name, **filters})
	return next(one for one in board["columns"] if one["stage"] == stage)


def names(cards: list[dict]) -> list[str]:
	return [card["name"] for card in cards]


def test_a_column_has_count_value_and_cards(jobs, buyer):
	orders = [make.sales_order(buyer, qty=2), make.sales_order(buyer, qty=3), make.sales_order(buyer, submit=False)]
	jobs.run(only=LEDGER)
	confirmed = column("Confirmed", buyer)
	assert confirmed["count"] == 2
	assert [row["value"] for row in confirmed["values"]] == [500]
	assert sorted(names(confirmed["cards"])) == sorted(order.name for order in orders[:2])
	assert names(column("Draft", buyer)["cards"]) == [orders[2].name]
	card = confirmed["cards"][0]
	assert card["customer_name"] == buyer.customer_name and card["due"] and not card["overdue"] and card["days"] == 7


def test_what_is_overdue_comes_first_and_is_counted(jobs, buyer):
	orders = [make.sales_order(buyer) for _n in range(3)]
	jobs.run(only=LEDGER)
	frappe.db.set_value("Sales Order", orders[2].name, "o2c_stage_due", add_to_date(now_datetime(), hours=-2))
	found = column("Confirmed", buyer)
	assert found["cards"][0]["name"] == orders[2].name and found["cards"][0]["overdue"]
	assert found["late"] == 1
	late = column("Confirmed", buyer, late=1)
	assert names(late["cards"]) == [orders[2].name] and late["count"] == 1


def test_columns_come_in_pages(jobs, buyer):
	item = make.item().name
	orders = [make.sales_order(buyer, lines=[{"item_code": item}]) for _n in range(32)]
	jobs.run(only=LEDGER)
	first = column("Confirmed", buyer)
	assert len(first["cards"]) == 30 and first["has_more"] and first["count"] == 32
	rest = api.get_cards("Confirmed", {"customer": buyer.name}, 30)
	assert len(rest["cards"]) == 2 and not rest["has_more"]
	assert sorted(names(first["cards"]) + names(rest["cards"])) == sorted(order.name for order in orders)


def test_few_queries_however_many_orders(jobs, buyer, queries):
	make.sales_order(buyer)
	jobs.run(only=LEDGER)
	api.get_board({})
	queries.clear()
	api.get_board({})
	assert len(queries) <= 3


def test_of_what_is_over_the_last_days_are_shown(jobs, buyer):
	old, new = make.sales_order(buyer), make.sales_order(buyer)
	for order in (old, new):
		order.cancel()
	jobs.run(only=LEDGER)
	frappe.db.set_value("Sales Order", old.name, "o2c_stage_since", add_to_date(now_datetime(), days=-40))
	cancelled = column("Cancelled", buyer)
	assert cancelled["over"] and cancelled["count"] == 1 and names(cancelled["cards"]) == [new.name]


def test_mine_are_those_i_made_or_have(jobs, buyer, as_user):
	seller = make.user("Sales User")
	theirs = make.sales_order(buyer)
	jobs.run(only=LEDGER)
	as_user(seller.name)
	assert names(column("Confirmed", buyer)["cards"]) == [theirs.name]
	assert column("Confirmed", buyer, mine=1)["count"] == 0
	as_user("Administrator")
	frappe.db.set_value("Sales Order", theirs.name, "owner", seller.name)
	as_user(seller.name)
	assert column("Confirmed", buyer, mine=1)["count"] == 1


def test_another_customers_orders_are_not_shown(jobs, buyer, as_user):
	seller, other = make.user("Sales User"), make.customer()
	order = make.sales_order(buyer)
	jobs.run(only=LEDGER)
	frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": seller.name,
			"allow": "Customer",
			"for_value": other.name,
			"apply_to_all_doctypes": 1,
		}
	).insert()
	as_user(seller.name)
	assert order.name not in json.dumps(api.get_board(), default=str)
	assert api.get_cards("Confirmed", {"customer": buyer.name})["cards"] == []


def test_customers_and_guests_are_refused(buyer, as_user, web):
	login = make.portal_user(buyer)
	as_user(login.name)
	for call in (
		api.get_board,
		lambda: api.get_cards("Confirmed"),
		lambda: api.put_order("x", "y"),
		lambda: api.take_out("x"),
	):
		with pytest.raises(frappe.PermissionError):
			call()
	guest = web.guest()
	assert guest.get("/api/method/crm_o2c.api.stages.get_board").status_code == 403
	assert guest.post("/api/method/crm_o2c.api.stages.put_order", data={"order": "x", "stage": "y"}).status_code == 403


def test_an_order_is_put_in_a_stage_and_taken_out(jobs, buyer, artwork):
	order = make.sales_order(buyer)
	jobs.run(only=LEDGER)
	api.put_order(order.name, artwork.name, "The logo is missing")
	found = column(artwork.name, buyer)
	assert found["by_hand"] and names(found["cards"]) == [order.name] and found["cards"][0]["by_hand"]
	api.take_out(order.name, "It came")
	assert names(column("Confirmed", buyer)["cards"]) == [order.name]
	told = frappe.get_all(
		"O2C Event", {"reference_name": order.name, "what": "stage_by_hand"}, pluck="reason", order_by="creation asc"
	)
	assert told == ["The logo is missing", "It came"]


def test_a_stage_with_a_rule_takes_no_order_by_hand(jobs, buyer):
	order = make.sales_order(buyer)
	jobs.run(only=LEDGER)
	with pytest.raises(StageError):
		api.put_order(order.name, "Shipped")


def test_it_takes_the_right_to_change_the_order(jobs, buyer, artwork, as_user):
	order = make.sales_order(buyer)
	jobs.run(only=LEDGER)
	reader = make.user("Stock User")
	as_user(reader.name)
	assert not api.get_board()["may_put"]
	for call in (lambda: api.put_order(order.name, artwork.name), lambda: api.take_out(order.name)):
		with pytest.raises(frappe.PermissionError):
			call()
