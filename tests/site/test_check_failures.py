"""Where a check fails, orders are saved, submitted, cancelled and deleted as in ERPNext alone, and what does not fail is done."""

import pytest
from test_failure import FAILURES, everything_a_user_does, logged

import frappe

from crm_o2c.services import alerts, check_reader, checks, dirty, holds, stock_promises

import factories as make
import rule_book
from rule_book import rule

POINTS = [
	(checks, "mode"),
	(checks, "get_check_context"),
	(checks, "run"),
	(checks, "bare"),
	(check_reader, "_rows"),
	(checks.credit, "draw"),
	(stock_promises, "lock"),
	(checks.Check, "say"),
	(alerts, "sync"),
	(alerts, "close_order"),
	(alerts, "forget_order"),
	(holds, "plan"),
	(holds, "close_order"),
	(dirty, "mark_credit"),
	(dirty, "mark_checked"),
]


@pytest.fixture(autouse=True)
def rules_that_stop(site):
	rule_book.retire_all()
	rule("Over credit", "credit.limit", action="Hold")
	rule("Short", "stock.short", action="Hold")
	rule("Date", "date.impossible")
	clear = frappe.qb.from_("Error Log").delete()
	clear.run()
	yield
	clear.run()


@pytest.mark.parametrize("failure", FAILURES[:2])
@pytest.mark.parametrize(("where", "what"), POINTS, ids=[what for _where, what in POINTS])
def test_orders_live_on_whatever_fails(monkeypatch, jobs, where, what, failure):
	monkeypatch.setattr(where, what, failure)
	frappe.db.set_single_value("Selling Settings", "allow_multiple_items", 1)
	everything_a_user_does()
	jobs.commit()
	assert logged() or what == "say"


@pytest.mark.parametrize(("where", "what"), [(alerts, "close_order"), (checks, "run"), (dirty, "mark_credit")])
def test_a_cancelled_order_is_held_by_nothing_whatever_fails(monkeypatch, jobs, where, what):
	buyer = make.customer(credit_limits=[{"company": make.COMPANY, "credit_limit": 1000}])
	order = make.sales_order(buyer, lines=[{"item_code": make.item(stock=50).name, "qty": 12}])
	assert rule_book.is_held(order)
	monkeypatch.setattr(where, what, FAILURES[0])
	frappe.get_doc("Sales Order", order.name).cancel()
	assert [hold.status for hold in rule_book.holds(order)] == ["Released"]
