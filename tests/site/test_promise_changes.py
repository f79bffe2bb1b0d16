"""A new date for a line: with a reason, by who may, and without touching anything else of the order."""

import pytest
import stocking
from promised import PROMISE, day, deliver, order_of, promises

import frappe
from erpnext.selling.doctype.sales_order.sales_order import update_status

from crm_o2c.api import promises as api
from crm_o2c.exceptions import PromiseError
from crm_o2c.services import delivery_promises, promise_changes

import factories as make


@pytest.fixture
def buyer():
	return make.customer()


# -- a new date with its reason ------------------------------------------------------------------------------------------------


def change(order, days: int, reason: str = "Truck broke down", line: int = 0, **given):
	return api.change_date(order.name, order.items[line].name, str(day(days)), reason, **given)


def test_a_new_date_is_written_with_its_reason(buyer, jobs):
	order = order_of(buyer)
	found = change(order, 9, cause="Carrier late")
	assert (found["first"], found["latest"], found["changes"]) == (day(5), day(9), 1)
	row = promises(order)[-1]
	assert (row.reason, row.cause, row.source, row.promised_by) == (
		"Truck broke down", "Carrier late", "By Hand", "Administrator",
	)  # fmt: skip
	order.reload()
	assert (order.items[0].delivery_date, order.delivery_date) == (day(9), day(9))
	event = frappe.get_all(
		"O2C Event",
		{"reference_name": order.name, "what": "promise"},
		["from_state", "to_state", "reason"],
		order_by="name asc",
	)
	assert event == [{"from_state": str(day(5)), "to_state": str(day(9)), "reason": "Truck broke down"}]
	jobs.run()
	delivery_promises.sweep()
	assert len(promises(order)) == 2


def test_the_order_s_own_date_is_that_of_its_last_line(buyer):
	order = make.sales_order(buyer, lines=[{"delivery_date": day(3)}, {"delivery_date": day(6)}])
	change(order, 4)
	assert frappe.db.get_value("Sales Order", order.name, "delivery_date") == day(6)
	change(order, 2, line=1)
	assert frappe.db.get_value("Sales Order", order.name, "delivery_date") == day(4)


def test_neither_prices_nor_the_credit_limit_are_looked_at_again(buyer):
	order = order_of(buyer)
	price = frappe.get_doc("Item Price", {"item_code": order.items[0].item_code, "selling": 1})
	price.price_list_rate = 175
	price.save()
	buyer.append("credit_limits", {"company": make.COMPANY, "credit_limit": 1})
	buyer.flags.ignore_validate = True
	frappe.get_doc(
		{
			"doctype": "Customer Credit Limit",
			"parent": buyer.name,
			"parenttype": "Customer",
			"parentfield": "credit_limits",
			"company": make.COMPANY,
			"credit_limit": 1,
		}
	).db_insert()
	before = (order.grand_total, order.items[0].rate)
	change(order, 9)
	order.reload()
	assert (order.grand_total, order.items[0].rate) == before


@pytest.mark.parametrize(
	("days", "given", "problem"),
	[
		(-1, {}, "a day that has passed"),
		(5, {}, "the same day"),
		(9, {"reason": "  "}, "no reason"),
		(9, {"source": "Order"}, "a source that only the order has"),
		(9, {"source": "Oracle"}, "no such source"),
		(9, {"cause": "No such cause"}, "no such cause"),
	],
	ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_date_that_can_t_be_promised(buyer, days, given, problem):
	order = order_of(buyer)
	with pytest.raises(PromiseError):
		change(order, days, **given)
	assert len(promises(order)) == 1


def test_what_is_delivered_closed_or_not_submitted_has_no_new_date(buyer):
	done, closed = order_of(buyer), order_of(buyer)
	deliver(done)
	update_status("Closed", closed.name)
	draft = make.sales_order(buyer, submit=False)
	for order in (done, closed, draft):
		with pytest.raises(PromiseError):
			change(order, 9)


def test_another_order_s_line_is_refused(buyer):
	order, other = order_of(buyer), order_of(buyer)
	with pytest.raises(PromiseError):
		api.change_date(order.name, other.items[0].name, str(day(9)), "No")


def test_stock_proposes_the_day_on_which_it_comes(buyer):
	item = make.item(stock=2)
	order = make.sales_order(buyer, lines=[{"item_code": item.name, "qty": 5}], days=1)
	line = order.items[0].name
	assert api.propose_dates(order.name) == {line: None}
	stocking.purchase(item, 10, 6)
	assert api.propose_dates(order.name) == {line: day(6)}


def test_the_form_s_history(buyer):
	order = order_of(buyer)
	change(order, 9, source="Customer")
	found = api.get_promises(order.name)
	line = found["lines"][0]
	assert [row["date"] for row in line["promises"]] == [day(9), day(5)]
	assert (line["first"], line["date"], line["left"], line["status"]) == (day(5), day(9), 10, "Open")
	assert "Supplier late" in [row["name"] for row in found["causes"]]


# -- who may -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("roles", "reads", "writes"),
	[
		(("Sales User",), True, True),
		(("Stock User",), True, False),
		(("Accounts User",), True, False),
		(("O2C User",), False, False),
		(("Employee",), False, False),
	],
	ids=str,
)
def test_roles(as_user, buyer, roles, reads, writes):
	order = order_of(buyer)
	as_user(make.user(*roles).name)
	if reads:
		assert api.get_promises(order.name)["lines"]
	else:
		with pytest.raises(frappe.PermissionError):
			api.get_promises(order.name)
	if writes:
		change(order, 9)
	else:
		with pytest.raises(frappe.PermissionError):
			change(order, 9)


def test_customers_and_guests_see_nothing(as_user, buyer):
	order = order_of(buyer)
	row = frappe.get_doc(PROMISE, promises(order)[0].name)
	for login in (make.portal_user(buyer).name, make.portal_user(make.customer()).name, "Guest"):
		as_user(login)
		assert not row.has_permission("read", user=login)
		for call in (api.get_promises, api.propose_dates):
			with pytest.raises(frappe.PermissionError):
				call(order.name)
		with pytest.raises(frappe.PermissionError):
			change(order, 9)
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(PROMISE, order_by="name asc")


def test_who_may_not_read_an_order_sees_none_of_its_promises(as_user, buyer):
	mine, other = order_of(buyer), order_of(make.customer())
	login = make.user("Sales User").name
	frappe.get_doc({"doctype": "User Permission", "user": login, "allow": "Customer", "for_value": buyer.name}).insert()
	as_user(login)
	seen = frappe.get_list(PROMISE, pluck="sales_order", order_by="name asc", limit=0)
	assert mine.name in seen
	assert other.name not in seen
	assert not frappe.has_permission(PROMISE, "read", doc=promise_name(other))


def promise_name(order) -> str:
	return frappe.db.get_value(PROMISE, {"sales_order": order.name}, "name")


@pytest.mark.parametrize("login", ["Administrator", "Sales Manager"])
def test_nobody_writes_or_deletes_a_promise_by_hand(as_user, buyer, login):
	order = order_of(buyer)
	as_user(login if login == "Administrator" else make.user(login).name)
	row = frappe.get_doc(PROMISE, promise_name(order))
	row.status = "Kept"
	with pytest.raises(frappe.PermissionError):
		row.save()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc(PROMISE, row.name)
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": PROMISE, "sales_order": order.name, "name": "mine"}).insert()


def test_whoever_writes_uses_the_same_open_quantity(buyer):
	order = order_of(buyer)
	deliver(order, 4)
	order.reload()
	assert promise_changes.open_qty(order.items[0]) == 6
