"""Delivery Notes that are made otherwise: by hand, from Pick Lists, for several orders."""

import pytest
from shipping import address, notes, order, plan, row, total

import frappe
from erpnext.selling.doctype.sales_order.sales_order import create_pick_list, make_delivery_note, make_sales_invoice

from crm_o2c.api import deliveries as api
from crm_o2c.exceptions import DeliveryRefused, MixedAddresses, ShipToError
from crm_o2c.services import ship_to_notes

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


# -- notes that are made otherwise ---------------------------------------------------------------------------------------


def test_a_note_to_one_of_the_addresses_is_for_its_row(planned, three):
	note = make_delivery_note(planned.name)
	note.shipping_address_name, note.items[0].qty = three[1], 3
	note.insert()
	note.submit()
	assert [r.delivered_qty for r in plan(planned.name)] == [0, 3, 0]
	ship_to_notes.make(planned.name)
	assert total(planned.name) == 10


@pytest.mark.parametrize(("place", "qty"), [(None, 10), (0, 6)])
def test_a_note_that_does_not_follow_the_plan_is_refused(planned, three, place, qty):
	note = make_delivery_note(planned.name)
	note.shipping_address_name = three[place] if place is not None else None
	note.items[0].qty = qty
	note.insert()
	with pytest.raises(ShipToError, match="Row 1"):
		note.submit()


def test_a_made_note_can_t_go_elsewhere_or_take_more(planned, three):
	ship_to_notes.make(planned.name)
	note = notes(planned.name)[0]["note"]
	note.shipping_address_name = next(p for p in three if p != note.shipping_address_name)
	note.save()
	with pytest.raises(ShipToError, match="Row 1"):
		note.submit()
	note.reload()
	note.shipping_address_name = plan(planned.name)[0].address
	note.items[0].qty = 6
	note.save()
	with pytest.raises(ShipToError, match="Row 1"):
		note.submit()


def test_a_copied_note_is_for_no_row(planned):
	ship_to_notes.make(planned.name)
	copy = frappe.copy_doc(notes(planned.name)[0]["note"], ignore_no_copy=False)
	copy.insert()
	assert copy.items[0].o2c_ship_to_row is None


def test_an_invoice_that_delivers_is_refused(planned):
	bill = make_sales_invoice(planned.name)
	bill.update_stock = 1
	bill.insert()
	with pytest.raises(ShipToError, match="Delivery Notes"):
		bill.submit()


# -- a row of somebody else's plan ---------------------------------------------------------------------------------------


def of_the_plan(planned, line) -> None:
	"""Send a line that says it is for a row of this plan."""
	line.set("o2c_ship_to_row", plan(planned.name)[0].name)


def test_it_is_not_counted_for_another_order(planned, buyer):
	note = make_delivery_note(order(buyer).name)
	of_the_plan(planned, note.items[0])
	note.insert()
	note.submit()
	assert [(r.delivered_qty, r.noted_qty) for r in plan(planned.name)] == [(0, 0)] * 3


@pytest.mark.parametrize("mapped", [make_delivery_note, make_sales_invoice], ids=["note", "invoice"])
def test_it_excuses_nobody_from_the_policy(planned, buyer, mapped):
	doc = mapped(order(buyer, o2c_delivery_policy="Ship Complete").name)
	doc.update({"docstatus": 1, "update_stock": 1})
	doc.items[0].qty = 3
	of_the_plan(planned, doc.items[0])
	with pytest.raises(DeliveryRefused):
		doc.insert()


def test_nor_an_invoice_from_the_plan(planned, three):
	bill = make_sales_invoice(planned.name)
	bill.update({"docstatus": 1, "update_stock": 1, "shipping_address_name": three[0]})
	bill.items[0].qty = 3
	of_the_plan(planned, bill.items[0])
	with pytest.raises(ShipToError, match="Delivery Notes"):
		bill.insert()


def test_nor_a_note_from_having_one_address(planned, buyer, three):
	first, second = two_places(buyer, three)
	note = make_delivery_note(first.name, make_delivery_note(second.name))
	for line in note.items:
		of_the_plan(planned, line)
	with pytest.raises(MixedAddresses):
		note.insert()


# -- Pick Lists and mixed notes ------------------------------------------------------------------------------------------


def pick(*orders):
	"""A submitted Pick List for orders."""
	picks = create_pick_list(orders[0].name)
	for more in orders[1:]:
		picks = create_pick_list(more.name, picks)
	picks.insert()
	picks.submit()
	return picks


def two_places(buyer, three):
	return [order(buyer, shipping_address_name=place, qty=4, stock=20) for place in three[:2]]


def test_a_pick_list_makes_a_note_for_each_address(buyer, three):
	first, second = two_places(buyer, three)
	third = order(buyer, shipping_address_name=three[0], qty=1, stock=5)
	picks = pick(first, second, third)
	api.create_delivery_note(picks.name)
	assert notes(first.name)[0]["parent"] == notes(third.name)[0]["parent"] != notes(second.name)[0]["parent"]
	for made in (first, second):
		note = notes(made.name)[0]["note"]
		assert note.shipping_address_name == made.shipping_address_name
		note.submit()
	picks.reload()
	assert (picks.status, picks.per_delivered) == ("Completed", 100)


def test_erpnext_s_own_path_leads_to_ours():
	path = "erpnext.stock.doctype.pick_list.pick_list.create_delivery_note"
	assert frappe.get_hooks("override_whitelisted_methods")[path] == ["crm_o2c.api.deliveries.create_delivery_note"]
	assert api.create_delivery_note in frappe.whitelisted


def test_the_button_of_the_pick_list_goes_there(buyer, three):
	from frappe.model.mapper import make_mapped_doc

	orders = two_places(buyer, three)
	picks = pick(*orders)
	made = make_mapped_doc("erpnext.stock.doctype.pick_list.pick_list.create_delivery_note", picks.name)
	assert made.doctype == "Delivery Note" and not made.is_new()
	assert len({notes(o.name)[0]["parent"] for o in orders}) == 2


def test_different_customers_stay_apart_as_before():
	orders = [order(qty=4, stock=20) for _ in range(2)]
	api.create_delivery_note(pick(*orders).name)
	assert [notes(o.name)[0]["note"].customer for o in orders] == [o.customer for o in orders]


def test_items_without_an_order_are_a_note_of_their_own(buyer, three):
	first = two_places(buyer, three)[0]
	loose = make.item(stock=5).name
	picks = create_pick_list(first.name)
	picks.append("locations", {"item_code": loose, "qty": 2, "stock_qty": 2, "uom": "Nos", "conversion_factor": 1})
	picks.insert()
	picks.submit()
	last = api.create_delivery_note(picks.name)
	assert [line.item_code for line in last.items] == [loose]
	assert len(notes(first.name)[0]["note"].items) == 1


def test_a_pick_list_of_a_planned_order_follows_its_plan(planned, three, buyer):
	other = order(buyer, shipping_address_name=three[0], qty=1, stock=5)
	picks = pick(planned, other)
	api.create_delivery_note(picks.name)
	found = {x["note"].shipping_address_name: x for x in notes(planned.name)}
	assert {place: x["qty"] for place, x in found.items()} == dict(zip(three, (5, 3, 2), strict=True))
	assert len(notes(other.name)) == 1
	for x in found.values():
		x["note"].submit()
	notes(other.name)[0]["note"].submit()
	picks.reload()
	assert (picks.status, [r.delivered_qty for r in plan(planned.name)]) == ("Completed", [5, 3, 2])
	assert ship_to_notes.make(planned.name) == []


def test_what_is_on_drafts_already_is_not_picked_for_twice(planned):
	picks = pick(planned)
	api.create_delivery_note(picks.name)
	with pytest.raises(ShipToError, match="Row 1"):
		api.create_delivery_note(picks.name)


def test_who_may_not_read_the_pick_list_makes_nothing(planned, as_user, buyer):
	picks = pick(planned)
	for login in (make.portal_user(buyer).name, make.user("Employee").name, "Guest"):
		as_user(login)
		with pytest.raises(frappe.PermissionError):
			api.create_delivery_note(picks.name)


def test_one_note_for_orders_of_different_addresses_is_refused(buyer, three):
	first, second = two_places(buyer, three)
	note = make_delivery_note(second.name, make_delivery_note(first.name))
	with pytest.raises(MixedAddresses, match=f"{three[0]}.*{three[1]}"):
		note.insert()


def test_one_note_for_orders_of_the_same_address_or_of_none_is_not(buyer, three):
	first, second = two_places(buyer, [three[0]] * 2)
	make_delivery_note(second.name, make_delivery_note(first.name)).insert()
	bare = order(make.customer(), qty=2)
	also = order(bare.customer, qty=2)
	make_delivery_note(also.name, make_delivery_note(bare.name)).insert()
