"""Two people at the same moment: neither the last of a credit line nor the last unit goes to both."""

import os
import threading

import pytest

import frappe

import factories as make
import rule_book
from rule_book import holds, is_held, rule

PATIENCE = 30  # seconds for both


@pytest.fixture
def lasting_rules(request, site):
	"""Rules that other processes see, and the former ones back afterwards."""
	before = frappe.get_all("O2C Anomaly Rule", {"status": "Active"}, ["name", "active_rule"], order_by="name asc")
	rule_book.retire_all()
	made = []

	def lasting(*args, **kwargs):
		made.append(rule(*args, **kwargs))
		frappe.db.commit()
		return made[-1]

	frappe.db.commit()
	yield lasting
	for doc in made:
		frappe.db.delete("O2C Anomaly Parameter", {"parent": doc.name})
		frappe.db.delete("O2C Anomaly Rule", {"name": doc.name})
	for row in before:
		frappe.db.set_value("O2C Anomaly Rule", row.name, {"status": "Active", "active_rule": row.active_rule})
	rule_book.check_context.forget()
	frappe.db.commit()
	rule_book.check_context.forget()


def submit_at_once(*orders: str) -> list[str]:
	"""Submit the orders at the same moment, each by a thread with a connection of its own; what became of each."""
	barrier, found = threading.Barrier(len(orders)), {}
	site, path = frappe.local.site, os.getcwd()
	threads = [threading.Thread(target=_submit, args=(site, path, order, barrier, found)) for order in orders]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join(PATIENCE)
	frappe.db.rollback()  # see what they have committed
	return [found.get(order) for order in orders]


def _submit(site: str, path: str, order: str, barrier: threading.Barrier, found: dict[str, str]) -> None:
	frappe.init(site=site, sites_path=path)
	frappe.connect()
	frappe.flags.in_test = frappe.flags.mute_emails = True
	try:
		frappe.get_all("Sales Order", limit=1, order_by="name asc")  # the transaction's view of the data begins here
		doc = frappe.get_doc("Sales Order", order)
		barrier.wait(PATIENCE)
		doc.submit()
		frappe.db.commit()
		found[order] = "submitted"
	except Exception as e:
		found[order] = type(e).__name__
		frappe.db.rollback()
	finally:
		frappe.destroy()


@pytest.mark.commits
@pytest.mark.parametrize("attempt", range(3))
def test_the_last_of_a_credit_line_goes_to_one(attempt, lasting_rules, committed, jobs):
	lasting_rules("Over credit", "credit.limit", action="Hold")
	limit = [{"company": make.COMPANY, "credit_limit": 1000}]
	buyer, goods = committed(make.customer(credit_limits=limit)), committed(make.item())
	committed(make.receipt(goods.name, 100))  # ERPNext itself fails where two orders make the first bin
	orders = [
		committed(make.sales_order(buyer, lines=[{"item_code": goods.name, "qty": 6}], submit=False)) for _n in range(2)
	]
	frappe.db.commit()
	assert submit_at_once(*(order.name for order in orders)) == ["submitted", "submitted"]
	assert sorted(is_held(order) for order in orders) == [False, True]
	assert sum(len(holds(order)) for order in orders) == 1


@pytest.mark.commits
@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.parametrize(
	("action", "outcomes"), [("Hold", ["submitted"] * 2), ("Block", ["OrderBlocked", "submitted"])]
)
def test_the_last_unit_goes_to_one(action, outcomes, attempt, lasting_rules, committed, jobs):
	lasting_rules("Short", "stock.short", action=action)
	goods = committed(make.item())
	committed(make.receipt(goods.name, 10))
	orders = [
		committed(
			make.sales_order(committed(make.customer()), lines=[{"item_code": goods.name, "qty": 7}], submit=False)
		)
		for _n in range(2)
	]
	frappe.db.commit()
	assert sorted(submit_at_once(*(order.name for order in orders))) == outcomes
	reserved = frappe.db.get_value("Bin", {"item_code": goods.name, "warehouse": make.WAREHOUSE}, "reserved_qty")
	assert reserved == 7 * outcomes.count("submitted")
	if action == "Hold":
		assert sorted(is_held(order) for order in orders) == [False, True]
