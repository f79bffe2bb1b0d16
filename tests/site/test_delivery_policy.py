"""Delivery policy: what may leave of an order, who may go past it, and that two can't both be the last."""

import time

import pytest
from at_once import at_once
from shipping import address, order, row, without_trace

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return

from crm_o2c.exceptions import DeliveryRefused
from crm_o2c.services import holds, order_edits, ship_to_notes

import factories as make

COMPLETE = {"o2c_delivery_policy": "Ship Complete"}
TWO = {"o2c_delivery_policy": "At Most n Deliveries", "o2c_most_deliveries": 2}
VALUE = {"o2c_delivery_policy": "Minimum Value", "o2c_min_delivery_value": 500}


def deliver(made, qty: float, submit: bool = True, **fields):
	"""A Delivery Note of so much of the first line."""
	note = make_delivery_note(made.name)
	note.items[0].qty = qty
	note.update(fields)
	note.insert()
	if submit:
		note.submit()
	return note


def refused(made, qty: float, said: str = "", **fields) -> None:
	note = deliver(made, qty, submit=False, **fields)
	with pytest.raises(DeliveryRefused, match=said or "O2C Manager"):
		note.submit()
	note.reload()
	note.delete()


# -- where it comes from -------------------------------------------------------------------------------------------------


def test_an_order_takes_its_customer_s_policy():
	made = order(make.customer(**TWO), submit=False)
	assert (made.o2c_delivery_policy, made.o2c_most_deliveries) == ("At Most n Deliveries", 2)


def test_an_order_s_own_policy_counts():
	made = order(make.customer(**TWO), submit=False, **COMPLETE)
	assert (made.o2c_delivery_policy, made.o2c_most_deliveries or 0) == ("Ship Complete", 0)


def test_it_can_be_changed_before_and_after_submit():
	made = order(make.customer(**COMPLETE), submit=False)
	made.o2c_delivery_policy = ""
	made.save()
	assert not made.o2c_delivery_policy  # not taken from the customer again
	made.submit()
	made.update(COMPLETE)
	made.save()
	refused(made, 4)


@pytest.mark.parametrize("given", [{**TWO, "o2c_most_deliveries": 0}, {**VALUE, "o2c_min_delivery_value": 0}])
def test_a_policy_says_all_that_it_needs(given):
	with pytest.raises(frappe.ValidationError, match="above 0"):
		make.customer(**given)
	with pytest.raises(frappe.ValidationError, match="above 0"):
		order(submit=False, **given)


# -- when goods leave ----------------------------------------------------------------------------------------------------


def test_without_a_policy_parts_may_go():
	made = order()
	deliver(made, 1)
	deliver(made, 2)


def test_ship_complete():
	made = order(**COMPLETE)
	refused(made, 4, f"{made.name}.*6 Nos of {made.items[0].item_code}.*short-close.*O2C Manager")
	deliver(made, 10)


def test_ship_complete_is_for_every_line():
	lines = [{"item_code": make.item(stock=9).name, "qty": 2} for _ in range(2)]
	made = order(lines=lines, **COMPLETE)
	note = make_delivery_note(made.name, kwargs={"filtered_children": [made.items[0].name]})
	note.insert()
	with pytest.raises(DeliveryRefused, match=f"2 Nos of {lines[1]['item_code']}"):
		note.submit()


def test_services_and_drop_shipped_lines_are_not_waited_for():
	service = make.item(is_stock_item=0).name
	lines = [{"item_code": make.item(stock=9).name, "qty": 2}, {"item_code": service, "qty": 1}]
	made = order(lines=lines, **COMPLETE)
	note = make_delivery_note(made.name, kwargs={"filtered_children": [made.items[0].name]})
	note.insert()
	note.submit()


def test_a_bundle_is_goods():
	from stocking import bundle

	part = make.item(stock=50)
	kit = bundle((part.name, 2)).name
	lines = [{"item_code": make.item(stock=9).name, "qty": 2}, {"item_code": kit, "qty": 1}]
	made = order(lines=lines, **COMPLETE)
	note = make_delivery_note(made.name, kwargs={"filtered_children": [made.items[0].name]})
	note.insert()
	with pytest.raises(DeliveryRefused, match=kit):
		note.submit()


def test_at_most_two():
	made = order(**TWO)
	deliver(made, 3)
	refused(made, 3, "at most 2.*last one.*4 Nos")
	deliver(made, 7)


def test_drafts_and_cancelled_notes_are_no_deliveries():
	made = order(**TWO)
	deliver(made, 1, submit=False)
	deliver(made, 1).cancel()
	deliver(made, 3)
	refused(made, 3)


def test_a_policy_that_comes_later_counts_what_has_gone():
	made = order()
	for qty in (1, 1, 1):
		deliver(made, qty)
	made.reload()
	made.update(TWO)
	made.save()
	refused(made, 7, "number 4")


def test_minimum_value():
	made = order(**VALUE)
	refused(made, 4, "at least.*500.*400.*6 Nos")
	deliver(made, 8)
	deliver(made, 2)  # what is left at last


def test_the_value_is_in_the_company_s_currency():
	company = frappe.get_cached_value("Company", make.COMPANY, "default_currency")
	other = "EUR" if company != "EUR" else "USD"
	made = order(currency=other, conversion_rate=2, **VALUE)
	refused(made, 2, "400")
	deliver(made, 3)


def test_returns_are_let_through_and_what_replaces_them_too():
	made = order(**COMPLETE)
	note = deliver(made, 10)
	back = make_sales_return(note.name)
	back.items[0].qty = -4
	back.insert()
	frappe.get_doc("Delivery Note", back.name).submit()
	refused(made, 3, "1 Nos")
	deliver(made, 4)


def test_an_invoice_that_delivers_is_a_delivery():
	made = order(**TWO)
	bill = make_sales_invoice(made.name)
	bill.update_stock, bill.items[0].qty = 1, 3
	bill.insert()
	bill.submit()
	refused(made, 3, "last one")
	bill = make_sales_invoice(made.name)
	bill.update_stock, bill.items[0].qty = 1, 3
	bill.insert()
	with pytest.raises(DeliveryRefused):
		bill.submit()


@pytest.mark.parametrize("named", [True, False])
def test_a_line_is_judged_by_its_own_order_whatever_order_is_named(named):
	buyer = make.customer()
	strict, free = order(buyer, **COMPLETE), order(buyer)
	bill = make_sales_invoice(free.name)
	bill.update_stock = 1
	line = {"item_code": strict.items[0].item_code, "so_detail": strict.items[0].name, "qty": 3}
	bill.items[0].update({**line, "sales_order": free.name if named else None})
	bill.insert()
	with pytest.raises(DeliveryRefused, match=f"{strict.name}.*7 Nos"):
		bill.submit()


def test_an_invoice_that_only_bills_is_none():
	made = order(**COMPLETE)
	bill = make_sales_invoice(made.name)
	bill.items[0].qty = 3
	bill.insert()
	bill.submit()


def test_each_address_of_a_plan_stands_for_itself():
	buyer = make.customer()
	places = [address(buyer), address(buyer)]
	made = order(buyer, [row(1, 6, places[0]), row(1, 4, places[1])], **COMPLETE)
	notes = {note.shipping_address_name: note for note in ship_to_notes.make(made.name)}
	notes[places[0]].submit()
	note = notes[places[1]]
	note.items[0].qty = 3
	note.save()
	with pytest.raises(DeliveryRefused, match="1 Nos"):
		note.submit()
	note.reload()
	note.items[0].qty = 4
	note.save()
	note.submit()


def test_two_orders_on_one_note_are_judged_each_by_its_own():
	buyer = make.customer()
	strict, free = order(buyer, **COMPLETE), order(buyer)
	note = make_delivery_note(strict.name, make_delivery_note(free.name))
	note.items[0].qty = 1
	note.insert()
	note.submit()
	assert frappe.db.get_value("Sales Order", strict.name, "per_delivered") == 100


# -- past it -------------------------------------------------------------------------------------------------------------

PAST = {"o2c_policy_override": 1, "o2c_policy_override_reason": "The customer called"}


def test_a_manager_goes_past_with_a_reason(as_user):
	made = order(**COMPLETE)
	as_user(make.user("O2C Manager", "Stock User", "Sales User").name)
	refused_without = {"o2c_policy_override": 1, "o2c_policy_override_reason": " "}
	note = deliver(made, 4, submit=False, **refused_without)
	with pytest.raises(DeliveryRefused, match="reason"):
		note.submit()
	note.reload()
	note.update(PAST)
	note.submit()
	(noted,) = frappe.get_all(
		"O2C Event",
		{"reference_name": made.name, "what": "policy_override"},
		["to_state", "reason", "actor"],
		order_by="creation asc",
	)
	assert (noted.to_state, noted.actor) == (note.name, frappe.session.user)
	assert "The customer called" in noted.reason and "6 Nos" in noted.reason


@pytest.mark.parametrize("roles", [("Stock User",), ("Stock User", "Stock Manager", "O2C User")], ids=" and ".join)
def test_nobody_else_does(as_user, roles):
	made = order(**COMPLETE)
	as_user(make.user(*roles).name)
	note = deliver(made, 4, submit=False, **PAST)
	with pytest.raises(DeliveryRefused):
		note.submit()


def test_what_keeps_the_policy_is_noted_nowhere():
	made = order(**COMPLETE)
	deliver(made, 10, **PAST)
	assert not frappe.db.exists("O2C Event", {"reference_name": made.name, "what": "policy_override"})


# -- at the same moment --------------------------------------------------------------------------------------------------


@pytest.mark.commits
@pytest.mark.parametrize("attempt", range(3))
def test_two_at_the_same_moment_are_not_both_within_the_number(attempt, committed, jobs):
	"""At most two, and two people submit a part each: the second is the last one, and would leave something behind."""
	goods = committed(make.item())
	committed(make.receipt(goods.name, 100))
	made = committed(make.sales_order(committed(make.customer()), lines=[{"item_code": goods.name, "qty": 10}], **TWO))
	notes = [committed(deliver(made, qty, submit=False)).name for qty in (3, 4)]
	frappe.db.commit()
	found = at_once(*(lambda name=name: frappe.get_doc("Delivery Note", name).submit() for name in notes))
	late = frappe.get_doc("Delivery Note", notes[found.index("DeliveryOvertaken")])
	with pytest.raises(DeliveryRefused, match="last one"):
		late.submit()
	frappe.db.rollback()
	without_trace("Delivery Note", notes)
	assert sorted(found) == ["DeliveryOvertaken", "done"]


def after(seconds: float, act):
	"""Somebody who began to read before, and acts a little later."""

	def later():
		time.sleep(seconds)
		act()

	return later


def and_then_wait(act, seconds: float = 1.5):
	"""Somebody whose transaction takes long to end."""

	def slow():
		act()
		time.sleep(seconds)

	return slow


def submit(name: str):
	return lambda: frappe.get_doc("Delivery Note", name).submit()


@pytest.mark.commits
def test_a_return_at_the_moment_of_a_delivery_does_not_forget_it(committed, jobs):
	goods = committed(make.item())
	committed(make.receipt(goods.name, 100))
	made = committed(make.sales_order(committed(make.customer()), lines=[{"item_code": goods.name, "qty": 10}]))
	gone = deliver(made, 5).name
	back = make_sales_return(gone)
	back.items[0].qty = -2
	notes = [gone, deliver(made, 5, submit=False).name, back.insert().name]
	frappe.db.commit()
	found = at_once(and_then_wait(submit(notes[1])), after(0.5, submit(notes[2])))
	submit(notes[2])()
	delivered = frappe.db.get_value("Sales Order Item", made.items[0].name, "delivered_qty")
	without_trace("Delivery Note", notes[::-1])
	for name in notes[::-1]:
		frappe.delete_doc("Delivery Note", name, force=True)
	assert (found, delivered) == (["done", "DeliveryOvertaken"], 8)


def hold(made) -> None:
	holds.mark(made.name, True)


def close(made) -> None:
	frappe.get_doc("Sales Order", made.name).update_status("Closed")


def take_off_a_line(made) -> None:
	order_edits.remove(made, made.items[1])


@pytest.mark.commits
@pytest.mark.parametrize("change", [hold, close, take_off_a_line])
def test_nothing_leaves_of_an_order_that_somebody_changes_at_that_moment(change, committed, jobs):
	lines = []
	for _line in range(2):
		goods = committed(make.item())
		committed(make.receipt(goods.name, 100))
		lines.append({"item_code": goods.name, "qty": 10})
	made = committed(make.sales_order(committed(make.customer()), lines=lines))
	note = committed(make.delivery_note(made, submit=False)).name
	frappe.db.commit()
	found = at_once(and_then_wait(lambda: change(frappe.get_doc("Sales Order", made.name))), after(0.8, submit(note)))
	frappe.db.set_value("Sales Order", made.name, "status", "To Deliver and Bill")  # to be cancelled
	without_trace("Delivery Note", [note])
	assert found == ["done", "DeliveryOvertaken"]
