"""The report on how long orders have been in their stages: hours of work, what is past due, and of whose orders."""

from datetime import datetime, timedelta

import pytest

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_to_date, now_datetime

from crm_o2c.crm_o2c.report.stage_ageing.stage_ageing import execute
from crm_o2c.engine.business_time import hours_between
from crm_o2c.services.work_hours import work_hours

import factories as make

LEDGER = "crm_o2c.services.ledger"
DAYS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 40)


@pytest.fixture
def buyer(jobs):
	"""A customer with ten confirmed orders, in their stage for so many days; the last is past due."""
	buyer, item = make.customer(), make.item().name
	for days in DAYS:
		order = make.sales_order(buyer, lines=[{"item_code": item, "qty": 2}])
		jobs.run(only=LEDGER)
		since = add_to_date(now_datetime(), days=-days)
		due = add_to_date(now_datetime(), days=1 if days < 40 else -1)
		frappe.db.set_value(
			"Sales Order", order.name, {"o2c_stage_since": since, "o2c_stage_due": due}, update_modified=False
		)
	return buyer


def rows(buyer, **filters) -> list[dict]:
	return execute({"customer": buyer.name, **filters})[1]


def hours(days: int) -> float:
	now = now_datetime()
	return hours_between(now - timedelta(days=days), now, work_hours(make.COMPANY))


def test_by_stage_it_counts_hours_of_work(buyer):
	(row,) = rows(buyer)
	assert (row["stage"], row["orders"], row["value"], row["past_due"]) == ("Confirmed", 10, 2000, 1)
	assert row["median_hours"] == pytest.approx(hours(5), abs=0.2)
	assert row["p90_hours"] == pytest.approx(hours(9), abs=0.2)
	assert row["oldest_order"] and row["oldest_since"] < datetime.now() - timedelta(days=39)


def test_by_order_the_longest_comes_first(buyer):
	found = rows(buyer, view="Order")
	assert len(found) == 10
	assert [row["hours"] for row in found] == sorted((row["hours"] for row in found), reverse=True)
	assert found[0]["hours_late"] > 0 and not any(row["hours_late"] for row in found[1:])


def test_filters(buyer):
	assert rows(buyer, stage="Confirmed")[0]["orders"] == 10
	assert rows(buyer, stage="Shipped") == []
	assert rows(buyer, company=make.COMPANY)[0]["orders"] == 10
	assert rows(buyer, territory="All Territories")[0]["orders"] == 10
	other = frappe.get_doc(
		{
			"doctype": "Territory",
			"territory_name": frappe.generate_hash(length=8),
			"parent_territory": "All Territories",
		}
	).insert()
	assert rows(buyer, territory=other.name) == []


def test_what_is_over_is_left_out(jobs):
	buyer = make.customer()
	order = make.sales_order(buyer)
	order.cancel()
	jobs.run(only=LEDGER)
	assert rows(buyer) == [] and rows(buyer, view="Order") == []


def test_two_queries_however_many_orders(buyer, queries):
	rows(buyer)
	for view in ("Stage", "Order"):
		queries.clear()
		rows(buyer, view=view)
		assert len(queries) <= 2


def test_it_runs_as_a_report_with_chart_and_sums(buyer, as_user):
	seller = make.user("Sales User")
	as_user(seller.name)
	answer = run("Stage Ageing", filters={"customer": buyer.name, "view": "Stage"})
	assert answer["result"][0]["orders"] == 10
	assert answer["chart"]["data"]["labels"] == ["Confirmed"]
	assert [one["value"] for one in answer["report_summary"]] == [10, 1]


def test_orders_of_others_are_not_counted(buyer, as_user):
	seller, other = make.user("Sales User"), make.customer()
	frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": seller.name,
			"allow": "Customer",
			"for_value": other.name,
			"apply_to_all_doctypes": 1,
		}
	).insert()
	as_user(seller.name)
	assert rows(buyer) == [] and rows(buyer, view="Order") == []
	assert all(row["customer"] == other.name for row in execute({"view": "Order"})[1])


def test_customers_and_strangers_are_refused(buyer, as_user):
	for login in (make.portal_user(buyer), make.user("Projects User")):
		as_user(login.name)
		with pytest.raises(frappe.PermissionError):
			rows(buyer)
		with pytest.raises(frappe.PermissionError):
			run("Stage Ageing", filters={})
		as_user("Administrator")
