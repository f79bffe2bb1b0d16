"""The ledger: what documents tell of themselves, and that nobody changes it."""

import ledger_book as book
import pytest
import stocking

import frappe
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from erpnext.manufacturing.doctype.work_order.work_order import make_work_order
from erpnext.selling.doctype.sales_order.sales_order import create_pick_list, make_sales_invoice
from frappe.utils import get_datetime

from crm_o2c.overrides import ledger_documents
from crm_o2c.services import events

import factories as make

# -- what is told ---------------------------------------------------------------------------------------------------------


def test_an_order_tells_its_life(settle, goods):
	order = book.order_of(goods)
	settle()
	first, second = book.rows(order, "status")
	assert (first.from_state, first.to_state, first.happened_at) == ("", "Draft", get_datetime(order.creation))
	assert (second.from_state, second.to_state) == ("Draft", "To Deliver and Bill")
	assert (second.quantity, second.amount) == (10, order.base_grand_total)
	assert (second.customer, second.company, second.actor, second.feed) == (
		order.customer, make.COMPANY, "Administrator", "Document",
	)  # fmt: skip
	assert book.history(order, "stage") == ["Confirmed"]
	assert book.stage(order) == "Confirmed"


def test_a_draft_is_told_before_it_is_submitted(settle, goods):
	order = book.order_of(goods, submit=False)
	settle()
	assert (book.history(order, "status"), book.stage(order)) == (["Draft"], "Draft")
	order.submit()
	settle()
	assert book.history(order, "status") == ["Draft", "To Deliver and Bill"]
	assert book.history(order, "stage") == ["Draft", "Confirmed"]


def test_a_partial_delivery_tells_how_much_and_what_caused_it(settle, goods):
	order = book.order_of(goods)
	settle()
	note = make.delivery_note(order, qty=4)
	settle()
	(delivered,) = book.rows(order, "delivered")
	assert (delivered.to_state, delivered.quantity) == ("40.00", 4)
	assert (delivered.cause_doctype, delivered.cause_name) == ("Delivery Note", note.name)
	assert book.history(order, "stage") == ["Confirmed", "Partly shipped"]
	assert book.history(note, "status") == ["Draft", "To Bill"]


def test_a_return_is_a_step_back(settle, goods):
	order = book.order_of(goods)
	note = make.delivery_note(order)
	settle()
	assert book.stage(order) == "Shipped"
	returned = make_return_doc("Delivery Note", note.name)
	returned.insert()
	frappe.get_doc("Delivery Note", returned.name).submit()
	settle()
	assert book.stage(order) == "Confirmed"
	assert [row.regression for row in book.rows(order, "stage")] == [0, 1] or book.rows(order, "stage")[
		-1
	].regression == 1
	assert book.rows(order, "delivered")[-1].regression == 1


def test_an_order_goes_on_to_paid_and_back_when_the_payment_is_undone(settle, goods):
	order = book.order_of(goods)
	make.delivery_note(order)
	invoice = make.sales_invoice(order)
	settle()
	assert book.stage(order) == "Invoiced"
	payment = make.payment(invoice)
	settle()
	assert book.stage(order) == "Paid"
	assert book.history(invoice, "outstanding")[-1] == ""
	payment.cancel()
	settle()
	assert book.stage(order) == "Invoiced"
	assert book.rows(order, "stage")[-1].regression == 1
	assert book.history(payment, "status") == ["Draft", "Submitted", "Cancelled"]


def test_an_invoice_that_moves_the_stock_ships_the_order(settle, goods):
	order = book.order_of(goods)
	invoice = make_sales_invoice(order.name)
	invoice.update_stock = 1
	invoice.insert()
	invoice.submit()
	settle()
	assert (book.history(order, "delivered"), book.stage(order)) == (["100.00"], "Invoiced")


def test_goods_that_the_supplier_ships_count_as_delivered(settle):
	goods = make.item(delivered_by_supplier=1)
	seller = stocking.supplier()
	order = make.sales_order(
		lines=[{"item_code": goods.name, "qty": 5, "delivered_by_supplier": 1, "supplier": seller}]
	)
	purchase = stocking.purchase(
		goods, 5, 3, sales_order=order.name, sales_order_item=order.items[0].name, delivered_by_supplier=1
	)
	from erpnext.buying.doctype.purchase_order.purchase_order import update_status

	update_status("Delivered", purchase.name)
	settle()
	assert (book.history(order, "delivered"), book.stage(order)) == (["100.00"], "Delivered")


def test_picked_goods_are_ready_to_ship(settle, goods):
	order = book.order_of(goods)
	picks = create_pick_list(order.name)
	picks.insert()
	picks.submit()
	settle()
	assert book.stage(order) == "Ready to ship"
	assert book.history(picks, "status")[-1] == "Open"
	picks.cancel()
	settle()
	assert book.stage(order) == "Confirmed"


def test_a_work_order_puts_the_order_in_production(settle, goods):
	product = make.item()
	frappe.get_doc(
		{
			"doctype": "BOM",
			"item": product.name,
			"company": make.COMPANY,
			"quantity": 1,
			"items": [{"item_code": goods.name, "qty": 1, "rate": 10}],
		}
	).insert().submit()
	order = make.sales_order(lines=[{"item_code": product.name, "qty": 3}])
	work = make_work_order(frappe.db.get_value("BOM", {"item": product.name}), product.name, 3)
	work.update(
		{
			"company": make.COMPANY,
			"sales_order": order.name,
			"wip_warehouse": make.WAREHOUSE,
			"fg_warehouse": make.WAREHOUSE,
			"skip_transfer": 1,
		}
	)
	work.insert()
	work.submit()
	settle()
	assert book.stage(order) == "In production"
	assert book.history(work, "status")[-1] == "Not Started"


def test_on_hold_hides_the_stage_until_it_goes_on(settle, goods):
	order = book.order_of(goods)
	settle()
	order.update_status("On Hold")
	settle()
	assert book.stage(order) == "On hold"
	order.update_status("Draft")
	settle()
	assert book.stage(order) == "Confirmed"
	assert not any(row.regression for row in book.rows(order, "stage"))


def test_cancelled_amended_deleted(settle, goods):
	order = book.order_of(goods)
	settle()
	order.cancel()
	settle()
	assert (book.history(order, "status")[-1], book.stage(order)) == ("Cancelled", "Cancelled")
	amended = frappe.copy_doc(order)
	amended.amended_from, amended.docstatus = order.name, 0
	amended.insert()
	settle()
	assert (book.stage(amended), book.history(amended, "status")) == ("Draft", ["Draft"])
	amended.delete()
	settle()
	assert book.history(amended, "status") == ["Draft", "Deleted"]


# -- nobody changes it ------------------------------------------------------------------------------------------------------


def test_an_event_is_never_changed_or_deleted(settle, goods):
	order = book.order_of(goods)
	settle()
	event = frappe.get_doc(events.DOCTYPE, book.rows(order)[0].name)
	event.to_state = "Paid"
	with pytest.raises(frappe.PermissionError):
		event.save()
	with pytest.raises(frappe.PermissionError):
		event.delete()
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({**event.as_dict(), "name": "another"}).insert()


@pytest.mark.parametrize("role", ["Sales User", "Stock User", "Accounts User", "O2C User"])
def test_the_ledger_as_a_list_is_for_managers(settle, goods, role, as_user):
	order = book.order_of(goods)
	settle()
	as_user(make.user(role).name)
	with pytest.raises(frappe.PermissionError):
		frappe.get_list(events.DOCTYPE, {"reference_name": order.name}, order_by="number asc")
	as_user(make.user("O2C Manager").name) if False else None


def test_a_note_with_a_key_is_written_once(goods):
	order = book.order_of(goods)
	first = events.note("Sales Order", order.name, "promise", "2026-12-01", key="1", reason="ATP")
	assert events.note("Sales Order", order.name, "promise", "2026-12-02", key="1") == first
	(noted,) = book.rows(order, "promise")
	assert (noted.to_state, noted.number, noted.customer, noted.company) == (
		"2026-12-01",
		0,
		order.customer,
		make.COMPANY,
	)


def test_the_documents_themselves_pay_nothing(goods, queries):
	"""In the event a document is only marked: not one query."""
	note = make.delivery_note(book.order_of(goods))
	for doctype in ("Delivery Note", "Sales Invoice"):
		doc = frappe.get_doc(doctype, note.name) if doctype == "Delivery Note" else frappe.new_doc(doctype, name="X")
		queries.clear()
		ledger_documents.changed(doc)
		assert queries == []


def test_a_name_that_is_given_again_goes_on_after_the_deleted_one(settle, goods):
	order = book.order_of(goods, submit=False)
	settle()
	order.delete()
	settle()
	again = book.order_of(goods, submit=False)
	assert again.name == order.name  # ERPNext gives the last number of a series again
	settle()
	assert book.history(again, "status") == ["Draft", "Deleted", "Draft"]
	assert book.differences() == []
