"""What-if: nothing is saved, and both sides are what a check would find of them."""

import pytest
from remedy_clicks import bought, plain_site

import frappe
from frappe.utils import add_days, nowdate

from crm_o2c.api import checks as api
from crm_o2c.exceptions import RemedyError

import factories as make

WRITES = ("insert", "update", "delete", "replace")


@pytest.fixture(autouse=True)
def _plain_site():
	plain_site()


def form(order) -> dict:
	"""The values of an order's form, as the desk sends them."""
	return frappe.parse_json(frappe.get_doc("Sales Order", order.name).as_json())


def typed(buyer, item: str, **line) -> dict:
	"""The values of a form that was never saved."""
	row = {"doctype": "Sales Order Item", "name": "new-row-1", "idx": 1, "item_code": item, "qty": 1, "rate": 100}
	head = {"doctype": "Sales Order", "name": "new-sales-order-1", "company": make.COMPANY, "customer": buyer.name}
	day = add_days(nowdate(), 7)
	row |= {"delivery_date": day, "warehouse": make.WAREHOUSE, **line}
	return {**head, "transaction_date": nowdate(), "delivery_date": day, "items": [row]}


def by_label(answer: dict) -> dict[str, dict]:
	return {row["label"]: row for row in answer["table"]}


@pytest.mark.parametrize("submit", [False, True], ids=["draft", "submitted"])
def test_nothing_is_saved(submit, queries):
	order = make.sales_order(lines=[{"item_code": make.item(stock=5).name, "qty": 2}], submit=submit)
	frappe.db.set_single_value("Stock Settings", "auto_insert_price_list_rate_if_missing", 1)
	modified = frappe.db.get_value("Sales Order", order.name, "modified")
	values = form(order)
	del queries[:]
	answer = api.what_if(
		values, {"lines": [{"number": 1, "qty": 50, "rate": 10, "split": {"now": 20, "later_date": "2099-01-01"}}]}
	)
	assert answer["ready"]
	assert not [query for query in queries if query.strip().lower().startswith(WRITES)]
	assert frappe.db.get_value("Sales Order", order.name, "modified") == modified
	assert frappe.db.count("O2C Order Alert", {"sales_order": order.name, "status": "Open"}) == 0
	assert not frappe.local.message_log


def test_both_sides_in_figures():
	buyer = make.customer()
	buyer.append("credit_limits", {"company": make.COMPANY, "credit_limit": 500})
	buyer.save()
	item = make.item(stock=5).name
	order = make.sales_order(buyer, lines=[{"item_code": item, "qty": 4}], submit=False)
	day = add_days(nowdate(), 30)
	answer = api.what_if(form(order), {"lines": [{"number": 1, "qty": 9, "rate": 70, "date": day}]})
	before, after = answer["before"], answer["after"]
	assert (before["total"], after["total"]) == (400, 630)
	assert (before["margin"], after["margin"]) == ({"amount": 160, "percent": 40}, {"amount": 90, "percent": 14.3})
	assert (before["credit"]["headroom"], after["credit"]["headroom"]) == (100, -130)
	assert [line["stock"]["state"] for side in (before, after) for line in side["lines"]] == ["now", "short"]
	assert [line["date"] for line in after["lines"]] == [day]
	assert before["score"]["points"] > after["score"]["points"] - 1000  # both are there
	come = {alert["detector"] for alert in answer["alerts"]["come"]}
	assert {"credit.limit", "stock.short", "price.low"} <= come
	assert not answer["alerts"]["go"]
	rows = by_label(answer)
	assert rows["Total"]["changed"]
	assert rows["Score"]["before"].split()[0] in ("Critical", "High", "Normal", "Low")


def test_alerts_that_would_go():
	order = make.sales_order(lines=[{"item_code": make.item(stock=5).name, "rate": 20}], submit=False)
	answer = api.what_if(form(order), {"lines": [{"number": 1, "rate": 100}]})
	assert {"price.low", "margin.negative"} <= {alert["detector"] for alert in answer["alerts"]["go"]}
	assert not answer["alerts"]["come"]


def test_a_form_that_was_never_saved():
	item = make.item(stock=5).name
	answer = api.what_if(typed(make.customer(), item, qty=4), {"lines": [{"number": 1, "qty": 8}]})
	assert [line["stock"]["state"] for side in ("before", "after") for line in answer[side]["lines"]] == [
		"now",
		"short",
	]


def test_a_split_is_two_lines():
	item = make.item(stock=5).name
	bought(item, 99, days=20)
	late = add_days(nowdate(), 40)
	order = make.sales_order(lines=[{"item_code": item, "qty": 8}])
	answer = api.what_if(form(order), {"lines": [{"number": 1, "split": {"now": 5, "later_date": late}}]})
	lines = answer["after"]["lines"]
	assert [(line["qty"], line["date"] == late, line["stock"]["state"]) for line in lines] == [
		(5, False, "now"),
		(3, True, "by_date"),
	]
	assert answer["after"]["total"] == answer["before"]["total"]
	assert [alert["detector"] for alert in answer["alerts"]["go"]] == ["stock.late"]


def test_terms():
	row = {"invoice_portion": 100, "due_date_based_on": "Day(s) after invoice date", "credit_days": 90}
	name = frappe.generate_hash(length=8)
	frappe.get_doc({"doctype": "Payment Terms Template", "template_name": name, "terms": [row]}).insert()
	short = frappe.copy_doc(frappe.get_doc("Payment Terms Template", name))
	short.template_name = name + "s"
	short.terms[0].credit_days = 10
	short.insert()
	order = make.sales_order(make.customer(payment_terms=short.name), submit=False)
	answer = api.what_if(form(order), {"terms": name})
	assert "terms.changed" in {alert["detector"] for alert in answer["alerts"]["come"]}


def test_displaced_orders_are_named():
	item, other = make.item(stock=5).name, make.customer(name="Whose Turn It Is & Sons")
	bought(item, 99, days=20)
	waiting = make.sales_order(other, lines=[{"item_code": item, "qty": 4}], days=10)
	order = make.sales_order(lines=[{"item_code": item, "qty": 3}], days=12)
	assert not api.what_if(form(order), {"lines": [{"number": 1, "qty": 1}]})["displaced"]["rows"]
	(row,) = api.what_if(form(order), {"lines": [{"number": 1, "date": add_days(nowdate(), 5)}]})["displaced"]["rows"]
	assert (row["sales_order"], row["customer_name"], row["item"]) == (waiting.name, "Whose Turn It Is & Sons", item)
	assert (row["before"], row["after"], row["now"]) == (nowdate(), add_days(nowdate(), 20), False)


def test_displaced_orders_that_the_user_may_not_see_are_counted(as_user):
	item, mine = make.item(stock=5).name, make.customer()
	bought(item, 99, days=20)
	make.sales_order(lines=[{"item_code": item, "qty": 4}], days=10)
	order = make.sales_order(mine, lines=[{"item_code": item, "qty": 3}], days=12)
	seller = make.user("Sales User").name
	frappe.get_doc({"doctype": "User Permission", "user": seller, "allow": "Customer", "for_value": mine.name}).insert()
	values = form(order)
	as_user(seller)
	answer = api.what_if(values, {"lines": [{"number": 1, "date": add_days(nowdate(), 5)}]})
	assert (answer["displaced"]["rows"], answer["displaced"]["hidden"]) == ([], 1)


@pytest.mark.parametrize(
	"changes",
	[
		{"lines": [{"number": 9, "qty": 1}]},
		{"lines": [{"number": 1, "split": {"now": 7, "later_date": "2099-01-01"}}]},
		{"lines": [{"number": 1, "split": {"now": 1}}]},
	],
)
def test_changes_that_make_no_sense(changes):
	order = make.sales_order(submit=False)
	with pytest.raises(RemedyError):
		api.what_if(form(order), changes)


def test_a_quotation_has_no_score():
	row = {"item_code": make.item(stock=5).name, "qty": 2, "rate": 100, "warehouse": make.WAREHOUSE}
	quotation = {
		"doctype": "Quotation",
		"company": make.COMPANY,
		"quotation_to": "Customer",
		"party_name": make.customer().name,
	}
	saved = frappe.get_doc({**quotation, "items": [row]}).insert()
	values = frappe.parse_json(saved.as_json())
	answer = api.what_if(values, {"lines": [{"number": 1, "qty": 7}]})
	assert answer["after"]["score"] is None
	assert [line["stock"]["state"] for side in ("before", "after") for line in answer[side]["lines"]] == [
		"now",
		"short",
	]


def test_an_engine_that_is_off_says_so():
	settings = frappe.get_doc("O2C Settings")
	settings.anomaly_engine = "Off"
	settings.save()
	assert api.what_if(form(make.sales_order(submit=False)), {}) == {"mode": "Off", "ready": False}
