"""Delivery dates promised to customers: every one is kept with who and why, and real deliveries say what became of it."""

import pytest
import stocking

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_purchase_order_for_default_supplier, update_status
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.api import promises as api
from crm_o2c.exceptions import PromiseError
from crm_o2c.services import delivery_promises, order_edits, promise_changes, promise_runs

import factories as make

PROMISE = "O2C Promise"


def day(number: int):
	return getdate(add_days(nowdate(), number))


@pytest.fixture
def buyer():
	return make.customer()


def order_of(buyer, days: int = 5, qty: float = 10, stock: float = 100, **fields):
	"""An order for a line of what is on the shelf, with its promise."""
	item = make.item()
	shelve(item, stock)
	made = make.sales_order(buyer, lines=[{"item_code": item.name, "qty": qty}], days=days, **fields)
	delivery_promises.observe([made.name])
	return made


def shelve(item, qty: float):
	"""Goods that have been on the shelf for long, so that they can leave on days that have passed."""
	row = {"item_code": item.name, "qty": qty, "t_warehouse": make.WAREHOUSE, "basic_rate": 60}
	entry = frappe.new_doc("Stock Entry", stock_entry_type="Material Receipt", purpose="Material Receipt")
	entry.update({"company": make.COMPANY, "set_posting_time": 1, "posting_date": day(-30), "items": [row]})
	entry.insert()
	entry.submit()


def promises(order) -> list[frappe._dict]:
	return frappe.get_all(PROMISE, {"sales_order": order.name}, ["*"], order_by="line asc, number asc")


def states(order) -> list[str]:
	return [row.status for row in promises(order)]


def deliver(order, qty: float | None = None, days: int = 0):
	note = make.delivery_note(order, qty, submit=False)
	note.set_posting_time, note.posting_date = 1, day(days)
	note.save()
	note.submit()
	delivery_promises.observe([order.name])
	return note


def move(order, days: int, line: int = 0):
	"""As somebody does it without telling us: ERPNext's own Update Items."""
	order.reload()
	order_edits.update_items(order, {order.items[line].name: {"delivery_date": str(day(days))}})


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
