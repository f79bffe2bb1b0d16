"""Ship-To Plan: what of a line goes where is checked, and stays true when the order changes."""

import pytest
from shipping import address, contact, day, order, plan, row, total

import frappe

from crm_o2c.exceptions import ShipToError
from crm_o2c.services import order_edits, ship_to_notes

import factories as make


@pytest.fixture
def buyer():
	return make.customer()


@pytest.fixture
def three(buyer):
	return [address(buyer, city) for city in ("Kiel", "Bremen", "Emden")]


@pytest.fixture
def planned(buyer, three):
	"""Ten of an item for three addresses."""
	return order(buyer, [row(1, qty, place) for qty, place in zip((5, 3, 2), three, strict=True)])


# -- what is checked -----------------------------------------------------------------------------------------------------


def test_a_row_is_completed_from_its_line(buyer, three):
	made = order(buyer, [{"line": 1, "qty": 10, "address": three[0]}], submit=False)
	(stored,) = made.o2c_ship_to
	line = made.items[0]
	assert (stored.so_detail, stored.item_code, stored.uom) == (line.name, line.item_code, line.uom)
	assert str(stored.date) == str(line.delivery_date)


@pytest.mark.parametrize(
	("rows", "said"),
	[
		([(2, 10, {})], "row 1.*no line 2"),
		([(1, 0, {})], "row 1.*above 0"),
		([(1, 10, {"place": None})], "row 1.*address"),
		([(1, 9, {})], "row 1: 9 of 10.*1 more"),
		([(1, 9, {}), (1, 2, {"days": 9})], "row 1, 2: 11 of 10.*[Tt]ake off 1"),
		([(1, 5, {}), (1, 5, {})], "rows 1 and 2"),
	],
)
def test_what_does_not_hold_is_refused_by_row(buyer, three, rows, said):
	made = [row(line, qty, **{"place": three[0], **fields}) for line, qty, fields in rows]
	with pytest.raises((ShipToError, frappe.MandatoryError), match=said):
		order(buyer, made, submit=False)


def test_a_line_without_rows_needs_none(buyer, three):
	goods = make.item(stock=50).name
	lines = [{"item_code": goods, "qty": 10}, {"item_code": make.item(stock=5).name, "qty": 4}]
	made = order(buyer, [row(1, 10, three[0])], lines=lines)
	assert [r.line for r in plan(made.name)] == [1]


def test_an_address_of_somebody_else_is_refused_unless_a_manager_lets_it_through(buyer, as_user, three):
	other = address()
	manager, seller = make.user("O2C Manager", "Sales User").name, make.user("Sales User").name
	made = order(buyer, [row(1, 10, three[0])], submit=False)
	as_user(seller)
	made = frappe.get_doc("Sales Order", made.name)
	made.o2c_ship_to[0].address = other
	made.o2c_ship_to[0].one_off = 1  # a form may say so
	with pytest.raises(ShipToError, match=r"row 1.*O2C Manager"):
		made.save()
	as_user(manager)
	made = frappe.get_doc("Sales Order", made.name)
	made.o2c_ship_to[0].address = other
	made.save()
	assert plan(made.name)[0].one_off == 1
	as_user(seller)
	made = frappe.get_doc("Sales Order", made.name)
	made.save()  # he let this one through
	made.append("o2c_ship_to", row(1, 1, address(), days=9))
	made.o2c_ship_to[0].qty = 9
	with pytest.raises(ShipToError, match="row 2"):
		made.save()


def test_a_contact_of_somebody_else_is_refused(buyer, three):
	with pytest.raises(ShipToError, match=r"row 1.*contact"):
		order(buyer, [row(1, 10, three[0], contact=contact(make.customer()))], submit=False)


def test_a_form_can_t_say_what_is_delivered(planned):
	planned.o2c_ship_to[0].update({"delivered_qty": 5, "noted_qty": 5, "delivery_notes": "X"})
	planned.save()
	assert (plan(planned.name)[0].delivered_qty, plan(planned.name)[0].delivery_notes or "") == (0, "")


def test_rows_follow_their_line_when_lines_are_moved(buyer, three):
	lines = [{"item_code": make.item(stock=9).name, "qty": qty} for qty in (1, 2)]
	made = order(buyer, [row(1, 1, three[0]), row(2, 2, three[1])], lines=lines, submit=False)
	made.items = made.items[::-1]
	for place, line in enumerate(made.items, 1):
		line.idx = place
	made.save()
	assert [(r.line, r.qty) for r in plan(made.name)] == [(2, 1), (1, 2)]


def test_another_line_can_be_chosen_by_its_number(buyer, three):
	lines = [{"item_code": make.item(stock=9).name, "qty": 2} for _ in range(2)]
	made = order(buyer, [row(1, 2, three[0])], lines=lines, submit=False)
	made.o2c_ship_to[0].line = 2
	made.save()
	assert plan(made.name)[0].item_code == made.items[1].item_code


def test_the_row_of_a_line_that_is_gone_is_refused_in_a_draft(buyer, three):
	lines = [{"item_code": make.item(stock=9).name, "qty": 2} for _ in range(2)]
	made = order(buyer, [row(1, 2, three[0])], lines=lines, submit=False)
	made.remove(made.items[0])
	made.items[0].idx = 1
	with pytest.raises(ShipToError, match=r"row 1.*not in the order any more"):
		made.save()


# -- changes after submit ------------------------------------------------------------------------------------------------


def test_a_plan_can_be_made_and_changed_after_submit(buyer, three):
	made = order(buyer)
	made.append("o2c_ship_to", row(1, 10, three[0]))
	made.save()
	made.o2c_ship_to[0].qty = 4
	with pytest.raises(ShipToError, match="6 more"):
		made.save()
	made.reload()
	made.o2c_ship_to[0].qty = 4
	made.append("o2c_ship_to", row(1, 6, three[1]))
	made.save()
	assert [r.qty for r in plan(made.name)] == [4, 6]


def change_address(doc, three):
	doc.o2c_ship_to[0].address = three[1]
	doc.o2c_ship_to[0].date = day(20)


def change_qty(doc, three):
	doc.o2c_ship_to[0].qty, doc.o2c_ship_to[1].qty = 4, 4


def remove_row(doc, three):
	doc.o2c_ship_to[1].qty = 8
	doc.remove(doc.o2c_ship_to[0])


@pytest.mark.parametrize("change", [change_address, change_qty, remove_row])
def test_what_is_on_notes_stays_as_it_is(planned, three, change):
	ship_to_notes.make(planned.name)
	planned.reload()
	change(planned, three)
	with pytest.raises(ShipToError, match=r"row 1.*Delivery Note"):
		planned.save()


def test_update_items_is_not_stopped_and_the_notes_wait_for_the_plan(planned):
	line = planned.items[0].name
	order_edits.update_items(planned, {line: {"qty": 12}})
	assert planned.items[0].qty == 12
	with pytest.raises(ShipToError, match="2"):
		ship_to_notes.make(planned.name)
	planned.o2c_ship_to[0].qty = 7
	planned.save()
	ship_to_notes.make(planned.name)
	assert total(planned.name) == 12


def test_rows_go_with_a_line_that_update_items_removes(buyer, three):
	lines = [{"item_code": make.item(stock=9).name, "qty": 2} for _ in range(2)]
	made = order(buyer, [row(1, 2, three[0]), row(2, 2, three[1])], lines=lines)
	order_edits.update_items(made, {}, without=made.items[0].name)
	assert [(r.line, r.item_code) for r in plan(made.name)] == [(1, lines[1]["item_code"])]


def test_an_amended_order_has_its_plan_on_its_own_lines(planned):
	planned.cancel()
	copy = frappe.copy_doc(planned)
	for part in (copy, *copy.get_all_children()):
		part.docstatus = 0
	copy.amended_from = planned.name
	copy.insert()
	copy.submit()
	lines = {line.name for line in copy.items}
	assert {r.so_detail for r in copy.o2c_ship_to} == lines
	ship_to_notes.make(copy.name)
	assert (total(copy.name), total(planned.name)) == (10, 0)
