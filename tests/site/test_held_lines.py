"""A line of a held order under the name of another order: ERPNext counts it for the line."""

import pytest
import stocking

import frappe
from erpnext.selling.doctype.sales_order.sales_order import (
	create_pick_list,
	make_delivery_note,
	make_purchase_order,
	make_sales_invoice,
)

from crm_o2c.exceptions import OrderHeld

import factories as make
import rule_book
from rule_book import order_of, rule


@pytest.fixture(autouse=True)
def too_cheap(site, jobs):
	"""A rule that holds what is sold too cheap, and no other."""
	rule_book.retire_all()
	frappe.db.set_single_value("Selling Settings", "validate_selling_price", 0)
	rule("Too cheap", "price.low", action="Hold", percent=20)


@pytest.fixture
def two():
	"""An order that is held, and one of the same customer that is not."""
	buyer, goods = make.customer(), make.item(stock=100)
	return order_of(buyer, goods, 5, rate=70), order_of(buyer, goods, 5)


@pytest.mark.parametrize("mapped", [make_delivery_note, make_sales_invoice], ids=["note", "invoice"])
@pytest.mark.parametrize("docstatus", [0, 1])
def test_nothing_is_made_of_a_held_line_that_names_another_order(mapped, docstatus, two):
	held, free = two
	doc = mapped(free.name)
	doc.docstatus = docstatus
	doc.items[0].update({"so_detail": held.items[0].name, "rate": 70})
	with pytest.raises(OrderHeld, match=held.name):
		doc.insert()


@pytest.mark.parametrize("named", [True, False])
def test_nor_is_it_picked(named, two):
	held, free = two
	picks = create_pick_list(free.name)
	picks.locations[0].sales_order_item = held.items[0].name
	if not named:
		picks.locations[0].sales_order = None
	with pytest.raises(OrderHeld, match=held.name):
		picks.insert()


def test_nor_does_the_supplier_ship_it():
	buyer, goods, supplier = make.customer(), make.item(), stocking.supplier()
	line = {"item_code": goods.name, "qty": 5, "delivered_by_supplier": 1, "supplier": supplier}
	held, free = (make.sales_order(buyer, lines=[{**line, "rate": rate}]) for rate in (70, 100))
	purchase = make_purchase_order(free.name, selected_items=[free.items[0].as_dict()])
	purchase.supplier = supplier
	purchase.items[0].update({"sales_order_item": held.items[0].name, "rate": 60})
	with pytest.raises(OrderHeld, match=held.name):
		purchase.insert()
