"""Stages: by rule, by hand, how long, and what an admin changes without code."""

import governed
import ledger_book as book
import pytest

import frappe

from crm_o2c.services import stage_book, stages

import factories as make

# -- stages ---------------------------------------------------------------------------------------------------------------


def test_how_long_an_order_may_be_in_a_stage_is_working_time(settle, goods):
	frappe.db.set_value("O2C Stage", "Confirmed", "sla_hours", 8)
	stage_book.forget()
	order = book.order_of(goods)
	settle()
	since, until = frappe.db.get_value("Sales Order", order.name, ["o2c_stage_since", "o2c_stage_due"])
	assert since == frappe.db.get_value("Sales Order", order.name, "modified")
	from crm_o2c.engine.business_time import hours_between
	from crm_o2c.services.work_hours import work_hours

	assert hours_between(since, until, work_hours(make.COMPANY)) == pytest.approx(8)


def test_an_admin_adds_a_stage_without_code(settle, jobs, goods):
	order = book.order_of(goods)
	settle()
	frappe.get_doc(
		{
			"doctype": "O2C Stage",
			"stage_code": "Large",
			"label": "Large",
			"sequence": 35,
			"rule": "submitted and picked < 1",
		}
	).insert()
	assert f"{book.LEDGER}_runs.start" in jobs.names()
	settle()
	assert book.stage(order) == "Large"


@pytest.mark.parametrize(
	("changes", "words"),
	[
		({"rule": "submited"}, "submited is not known here"),
		({"rule": "delivered == 'all'"}, "can't be compared"),
		({"sequence": 30}, "Sequence 30"),
		({"stage_code": "a\tb"}, "letters"),
	],
)
def test_a_stage_that_can_not_work_is_refused_in_words(changes, words):
	stage = {"doctype": "O2C Stage", "stage_code": "New", "label": "New", "sequence": 33, **changes}
	with pytest.raises(frappe.ValidationError, match=words):
		frappe.get_doc(stage).insert()


def test_a_stage_with_orders_is_switched_off_and_not_deleted(settle, jobs, goods):
	order = book.order_of(goods)
	settle()
	with pytest.raises(frappe.ValidationError, match="Orders are in this stage"):
		frappe.delete_doc("O2C Stage", "Confirmed")
	stage = frappe.get_doc("O2C Stage", "Confirmed")
	stage.enabled = 0
	stage.save()
	settle()
	assert book.stage(order) == ""


@pytest.fixture
def by_hand():
	values = {"doctype": "O2C Stage", "stage_code": "Quality check", "label": "Quality check", "sequence": 45}
	return frappe.get_doc(values).insert().name


def test_a_stage_by_hand_lasts_until_the_facts_go_beyond(settle, goods, by_hand):
	order = book.order_of(goods)
	settle()
	stages.put(order.name, by_hand, "the customer asked for it")
	settle()
	assert book.stage(order) == by_hand
	assert book.rows(order, "stage_by_hand")[0].reason == "the customer asked for it"
	make.delivery_note(order, qty=1)
	settle()
	assert book.stage(order) == "Partly shipped"
	with pytest.raises(frappe.ValidationError, match="beyond"):
		stages.put(order.name, by_hand)


def test_a_stage_by_hand_is_left_by_hand(settle, goods, by_hand):
	order = book.order_of(goods)
	settle()
	stages.put(order.name, by_hand)
	stages.take_out(order.name)
	settle()
	assert book.stage(order) == "Confirmed"
	assert book.differences() == []


def test_a_stage_with_a_rule_is_not_set_by_hand(settle, goods, by_hand):
	order = book.order_of(goods)
	settle()
	with pytest.raises(frappe.ValidationError, match="Quality check"):
		stages.put(order.name, "Paid")


def test_a_follower_that_fails_stops_no_stage(settle, goods, monkeypatch):
	def fail(changes):
		raise ValueError("broken")

	monkeypatch.setattr("crm_o2c.services.order_workflow.follow", fail)
	order = book.order_of(goods)
	settle()
	assert book.stage(order) == "Confirmed"


def test_a_save_changes_no_stage(settle, goods):
	"""Neither a form that was opened before the order moved on, nor a request that says something of its own."""
	order = book.order_of(goods, submit=False, o2c_stage="Paid")
	assert book.stage(order) == ""
	old_form = frappe.get_doc("Sales Order", order.name)
	settle()
	old_form.submit()
	settle()
	old_form = frappe.get_doc("Sales Order", order.name)
	make.delivery_note(order, qty=4)
	settle()
	old_form.reload()
	old_form.update({"o2c_stage": "Paid", "o2c_stage_due": None, "po_no": "changed"})
	old_form.save()
	assert book.stage(order) == "Partly shipped"
	assert frappe.db.get_value("Sales Order", order.name, "o2c_stage_due") is not None
	assert book.differences() == []


@pytest.fixture(scope="module", autouse=True)
def state_field(site):
	governed.have_state_field()


def test_the_workflow_moves_in_the_same_step(settle, goods):
	order = book.order_of(goods)
	settle()
	governed.switch(True)
	make.delivery_note(order)
	settle()
	assert book.history(order, "workflow")[-1] == "Shipped"
	assert book.differences() == []
