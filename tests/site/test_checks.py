"""Orders as they are saved and submitted: alerts that are kept once, close themselves, and open again."""

import pytest

import frappe

import factories as make
import rule_book
from rule_book import alerts, rule


@pytest.fixture(autouse=True)
def no_other_rules(site):
	rule_book.retire_all()


def test_a_draft_gets_its_alert_once(jobs):
	rule("Low price", "price.low", percent=10)
	goods = make.item()
	order = make.sales_order(lines=[{"item_code": goods.name, "rate": 50}], submit=False)
	found = alerts(order)
	assert [(a.detector, a.line, a.status, a.action) for a in found] == [("price.low", 1, "Open", "Warn")]
	order.save()
	order.reload()
	order.save()
	assert [a.name for a in alerts(order)] == [found[0].name]


def test_an_alert_whose_cause_is_gone_closes_itself_and_says_so(jobs):
	rule("Low price", "price.low", percent=10)
	goods = make.item()
	order = make.sales_order(lines=[{"item_code": goods.name, "rate": 50}], submit=False)
	order.items[0].rate = make.PRICE
	order.save()
	assert [(a.status, bool(a.reason), a.closed_by) for a in alerts(order)] == [("Fixed", True, "Administrator")]
	order.items[0].rate = 50
	order.save()
	assert [a.status for a in alerts(order)] == ["Open"]


def test_what_a_person_decided_stays_decided(jobs):
	rule("Low price", "price.low", percent=10)
	order = make.sales_order(lines=[{"item_code": make.item().name, "rate": 50}], submit=False)
	frappe.db.set_value("O2C Order Alert", alerts(order)[0].name, "status", "Accepted")
	order.save()
	order.submit()
	assert [a.status for a in alerts(order)] == ["Accepted"]


def test_a_rule_that_blocks_refuses_the_submit_and_not_the_draft(jobs):
	from crm_o2c.exceptions import OrderBlocked

	rule("Below cost", "margin.negative", action="Block")
	order = make.sales_order(lines=[{"item_code": make.item(stock=5).name, "rate": 10}], submit=False)
	with pytest.raises(OrderBlocked, match="10"):
		order.submit()


def test_off_and_in_shadow_nothing_is_written(jobs):
	rule("Low price", "price.low", percent=10, action="Block")
	for mode in ("Off", "Shadow"):
		rule_book.switch(mode)
		order = make.sales_order(lines=[{"item_code": make.item().name, "rate": 50}])
		assert order.docstatus == 1 and not alerts(order)


def test_a_rule_in_shadow_changes_nothing(jobs):
	rule("Low price", "price.low", percent=10, action="Block", status="Shadow")
	order = make.sales_order(lines=[{"item_code": make.item().name, "rate": 50}])
	assert order.docstatus == 1 and not alerts(order) and not order.o2c_held
