"""What stages must bear: facts that change meanwhile, hours that change, pauses, orders worth nothing."""

import ledger_book as book
import pytest

import frappe

from crm_o2c.api.stages import get_board
from crm_o2c.services import events, ledger_sweep, progress, stages, timeline

import factories as make


@pytest.fixture
def checked():
	"""A stage that people put orders in."""
	values = {"doctype": "O2C Stage", "stage_code": "Quality check", "label": "Quality check", "sequence": 45}
	return frappe.get_doc(values).insert().name


def test_a_worker_that_read_before_another_wrote_writes_nothing_old(settle, goods):
	order = book.order_of(goods, submit=False)
	read_before = progress.named([order.name])
	order.submit()
	make.delivery_note(order, qty=4)
	stages.apply(read_before)
	assert book.stage(order) == "Partly shipped"


def test_other_hours_count_for_orders_that_are_in_the_stage(settle, jobs, goods):
	order = book.order_of(goods)
	settle()
	fields = ["o2c_stage_since", "o2c_stage_due"]
	since, before = frappe.db.get_value("Sales Order", order.name, fields)
	stage = frappe.get_doc("O2C Stage", "Confirmed")
	stage.sla_hours = 2
	stage.save()
	settle()
	assert frappe.db.get_value("Sales Order", order.name, fields) == (since, stages.due(stage, make.COMPANY, since))
	stage.sla_hours = 0
	stage.save()
	settle()
	assert frappe.db.get_value("Sales Order", order.name, fields) == (since, None) != (since, before)
	assert book.history(order, "stage")[-1] == "Confirmed"


def test_an_order_goes_on_after_a_pause_where_a_person_has_put_it(settle, goods, checked):
	order = book.order_of(goods)
	settle()
	stages.put(order.name, checked)
	settle()
	frappe.get_doc("Sales Order", order.name).update_status("On Hold")
	settle()
	order.reload()
	assert book.stage(order) == "On hold"
	assert not timeline.of_document(order)["orders"][0]["stage"]["by_hand"]
	frappe.get_doc("Sales Order", order.name).update_status("Draft")
	settle()
	order.reload()
	assert book.stage(order) == checked
	assert timeline.of_document(order)["orders"][0]["stage"]["by_hand"]
	cards = {card["name"]: card for column in get_board()["columns"] for card in column["cards"]}
	assert cards[order.name]["by_hand"]
	make.delivery_note(order)
	settle()
	assert (book.stage(order), frappe.db.get_value("Sales Order", order.name, "o2c_manual_stage")) == ("Shipped", None)
	assert book.differences() == []


@pytest.mark.parametrize("broken", ["Quotation", "Delivery Note"])
def test_a_part_of_the_sweep_that_fails_takes_no_other_along(jobs, goods, monkeypatch, broken):
	"""One document that can't be recorded must not stop the ledger."""
	make.delivery_note(order := book.order_of(goods), qty=1)
	make.sales_invoice(order)
	frappe.get_doc(_quotation()).insert()
	jobs.clear()
	real, before = events.record, frappe.db.get_default(ledger_sweep.SWEPT)

	def fail(doctype, *args, **kwargs):
		if doctype == broken:
			raise ValueError("broken")
		return real(doctype, *args, **kwargs)

	with monkeypatch.context() as patched:
		patched.setattr(events, "record", fail)
		patched.setattr(frappe.db, "rollback", lambda **_kwargs: None)  # the test's own documents stay
		ledger_sweep.sweep()
	assert book.stage(order) == "Partly shipped"
	assert frappe.db.exists("Error Log", {"method": ("like", "%part of the ledger's sweep failed")})
	assert frappe.db.get_default(ledger_sweep.SWEPT) == before
	ledger_sweep.sweep()
	assert book.differences() == []


def _quotation() -> dict:
	rows = [{"item_code": make.item().name, "qty": 1, "rate": 10}]
	buyer = make.customer().name
	return {
		"doctype": "Quotation", "quotation_to": "Customer", "party_name": buyer, "company": make.COMPANY, "items": rows,
	}  # fmt: skip


def test_goods_for_nothing_are_done_when_they_are_invoiced(settle, goods):
	order = make.sales_order(lines=[{"item_code": goods.name, "qty": 2, "discount_percentage": 100, "rate": 0}])
	assert order.base_grand_total == 0
	make.delivery_note(order)
	make.sales_invoice(order)
	settle()
	assert book.stage(order) == "Paid"
