"""The endpoints of checks: what they answer, who may call them, and what they make of hostile values."""

import inspect
import json

import pytest
from remedy_clicks import ALERT, alert, plain_site

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.api import checks as api
from crm_o2c.exceptions import ReleaseError, RemedyError

import factories as make

HOLD = "O2C Order Hold"
READ = {"get_checks", "get_alerts", "get_holds", "get_alert_counts"}
FORM = {"check_document", "what_if"}
DECIDE = {"decide_alert", "decide_alerts"}
APPLY = {"apply_remedy", "apply_remedies"}
RELEASE = {"release_hold", "release_holds"}
# By the roles of a user: what he gets done on an order that is held.
ALLOWED = {
	("Guest",): set(),
	("Employee",): set(),
	("O2C User",): set(),  # it comes without a right to Sales Orders
	("Stock User",): READ,
	("Sales User",): READ | FORM | DECIDE | APPLY,
	("O2C User", "Stock User"): READ | DECIDE,
	("O2C User", "Sales User"): READ | FORM | DECIDE | APPLY,
	("O2C Manager", "Sales User"): READ | FORM | DECIDE | APPLY | RELEASE,
	("System Manager", "Sales User"): READ | FORM | DECIDE | APPLY | RELEASE,
}


@pytest.fixture(autouse=True)
def _plain_site():
	plain_site()


def poor_customer(limit: float = 50):
	buyer = make.customer()
	buyer.append("credit_limits", {"company": make.COMPANY, "credit_limit": limit})
	return buyer.save()


def held_order(**fields):
	"""A submitted order over its customer's credit, with a price that is too low."""
	lines = [{"item_code": make.item(stock=9).name, "rate": 70, "qty": 2}]
	return make.sales_order(fields.pop("buyer", None) or poor_customer(), lines=lines, **fields)


def hold(order) -> str:
	return frappe.db.get_value(HOLD, {"sales_order": order.name, "status": "Held"}, "name")


def form(order) -> dict:
	return frappe.parse_json(frappe.get_doc(order.doctype, order.name).as_json())


# -- who may call what -------------------------------------------------------------------------------------------------------


def calls() -> dict:
	"""For each endpoint a call that does something, and how to tell that it did."""
	order = held_order()
	low, over = alert(order, "price.low").name, alert(order, "credit.limit").name
	values, why = form(order), "because"
	return {
		"get_checks": (lambda: api.get_checks("Sales Order", order.name), lambda answer: answer["alerts"]),
		"get_alerts": (lambda: api.get_alerts({"search": order.name}), lambda answer: answer["rows"]),
		"get_holds": (lambda: api.get_holds({"search": order.name}), lambda answer: answer["rows"]),
		"get_alert_counts": (lambda: api.get_alert_counts({"search": order.name}), lambda answer: answer["total"]),
		"check_document": (lambda: api.check_document(values), lambda answer: answer["alerts"]),
		"what_if": (lambda: api.what_if(values, {}), lambda answer: answer["ready"]),
		"decide_alert": (lambda: api.decide_alert(over, "Accepted", why), lambda _answer: True),
		"decide_alerts": (lambda: api.decide_alerts([over], "False Alarm", why), lambda answer: answer[0]["ok"]),
		"apply_remedy": (lambda: api.apply_remedy(low, "set_rate"), lambda answer: answer["fixed"]),
		"apply_remedies": (lambda: api.apply_remedies([low], "set_rate"), lambda answer: answer[0]["ok"]),
		"release_hold": (lambda: api.release_hold(hold(order), why), lambda _answer: True),
		"release_holds": (lambda: api.release_holds([hold(order)], why), lambda answer: answer[0]["ok"]),
	}


def allowed_calls(prepared: dict) -> set[str]:
	"""The endpoints that do for the user of the session what they are for."""
	found = set()
	for name, (call, did) in prepared.items():
		frappe.db.savepoint("o2c_try")
		try:
			if did(call()):
				found.add(name)
		except frappe.PermissionError:
			pass
		frappe.db.rollback(save_point="o2c_try")
	return found


def test_every_endpoint_is_tried_here():
	functions = inspect.getmembers(api, inspect.isfunction)
	assert {name for name, function in functions if function in frappe.whitelisted} == set(calls())


@pytest.mark.parametrize("roles", ALLOWED, ids=" and ".join)
def test_who_may_call_what(as_user, roles):
	prepared = calls()
	as_user("Guest" if roles == ("Guest",) else make.user(*roles).name)
	assert allowed_calls(prepared) == ALLOWED[roles]


def test_a_customer_may_call_nothing(as_user):
	prepared = calls()
	order = frappe.get_last_doc("Sales Order")
	login = make.portal_user(order.customer).name
	frappe.share.add("Sales Order", order.name, login, write=1, submit=1)
	as_user(login)
	assert allowed_calls(prepared) == set()


def test_orders_of_other_customers_are_not_there(as_user):
	mine, other = held_order(), held_order()
	seller = make.user("Sales User", "O2C Manager").name
	permission = {"doctype": "User Permission", "user": seller, "allow": "Customer", "for_value": mine.customer}
	frappe.get_doc(permission).insert()
	names = [alert(order, "credit.limit").name for order in (mine, other)]
	locks = [hold(order) for order in (mine, other)]
	typed, theirs = form(mine), form(other)
	as_user(seller)
	assert {row["sales_order"] for row in api.get_alerts()["rows"]} == {mine.name}
	assert {row["sales_order"] for row in api.get_holds()["rows"]} == {mine.name}
	assert api.get_alert_counts()["total"] == 2
	assert api.get_alert_counts()["holds"] == 1
	assert [row["ok"] for row in api.decide_alerts(names, "Accepted", "x")] == [True, False]
	assert [row["ok"] for row in api.release_holds(locks, "x")] == [True, False]
	for call in (
		lambda: api.get_checks("Sales Order", other.name),
		lambda: api.check_document(theirs),
		lambda: api.check_document({**typed, "customer": other.customer}),
		lambda: api.check_document({**typed, "name": "new", "customer": other.customer, "owner": seller}),
	):
		with pytest.raises(frappe.PermissionError):
			call()


def test_who_may_only_read_is_told_nothing_of_what_he_may_not(as_user):
	order = held_order()
	as_user(make.user("Stock User").name)
	alerts = api.get_checks("Sales Order", order.name)["alerts"]
	assert [remedy for row in alerts for remedy in row["remedies"] if remedy["code"] != "material_request"] == []
	assert not frappe.local.message_log


def test_only_the_role_of_the_hold_releases(as_user):
	order = held_order()
	frappe.db.set_value(HOLD, hold(order), "release_role", "Accounts Manager")
	releaser = make.user("Accounts Manager", "Sales User").name
	as_user(make.user("Sales User", "O2C User").name)
	assert not api.get_checks("Sales Order", order.name)["holds"][0]["may_release"]
	with pytest.raises(frappe.PermissionError, match="Accounts Manager"):
		api.release_hold(hold(order), "please")
	as_user(releaser)
	(shown,) = api.get_checks("Sales Order", order.name)["holds"]
	assert shown["may_release"]
	assert "receipt of" in shown["condition"]
	api.release_hold(shown["name"], "he is good for it", add_days(nowdate(), 3))
	kept = frappe.get_doc(HOLD, shown["name"])
	assert (kept.status, kept.released_how, kept.release_reason) == ("Released", "By Hand", "he is good for it")
	assert kept.release_until == getdate(add_days(nowdate(), 3))
	assert not frappe.db.get_value("Sales Order", order.name, "o2c_held")
	with pytest.raises(ReleaseError):
		api.release_hold(shown["name"], "again")


@pytest.mark.commits
def test_guests_and_customers_are_refused_over_http(web, committed):
	buyer = committed(make.customer())
	login = committed(make.portal_user(buyer))
	for contact in frappe.get_all("Contact", {"user": login.name}, pluck="name", order_by="name"):
		committed(frappe.get_doc("Contact", contact))
	frappe.db.commit()
	for visitor in (web.guest(), web.visitor(login.name)):
		for name, given in {
			"get_alerts": {},
			"get_holds": {},
			"get_checks": {"doctype": "Sales Order", "name": "x"},
		}.items():
			assert visitor.get(f"/api/method/crm_o2c.api.checks.{name}", params=given).status_code == 403
		sent = {"doc": json.dumps({"doctype": "Sales Order", "customer": buyer.name, "company": make.COMPANY})}
		assert visitor.post("/api/method/crm_o2c.api.checks.check_document", data=sent).status_code == 403


# -- what they answer --------------------------------------------------------------------------------------------------------


def test_a_saved_order_shows_what_is_kept_and_how_things_are():
	order = held_order()
	answer = api.get_checks("Sales Order", order.name)
	assert (answer["mode"], answer["docstatus"], answer["held"], answer["currency"]) == ("On", 1, True, "USD")
	assert [row["detector"] for row in answer["alerts"]] == ["credit.limit", "price.low"]
	over, low = answer["alerts"]
	assert over["name"] == alert(order, "credit.limit").name
	assert over["label"] == "Over the Credit Limit"
	assert [column["kind"] for column in over["evidence"]["columns"]] == ["word", "money"]
	assert [remedy["code"] for remedy in low["remedies"]] == ["set_rate", "accept", "false_alarm"]
	assert "release" in {remedy["code"] for remedy in over["remedies"]}
	assert (low["line"], low["age"], low["status"]) == (1, 0, "Open")
	assert answer["credit"]["headroom"] == -90
	assert answer["credit"]["used_percent"] == 280
	(line,) = answer["lines"]
	assert (line["price"]["state"], line["price"]["text"]) == ("low", "30 % below the list price")
	assert (line["price"]["list"], line["price"]["margin_percent"]) == (100, 14.3)
	assert (line["stock"]["state"], line["stock"]["wanted"], line["stock"]["now"]) == ("now", 2, 2)


def test_the_past_of_a_price_is_the_customers_own():
	buyer, item = make.customer(), make.item(stock=99).name
	for days, rate in ((-20, 90), (-10, 95)):
		make.sales_order(buyer, lines=[{"item_code": item, "rate": rate}], days=days)
	make.sales_order(lines=[{"item_code": item, "rate": 80}])
	order = make.sales_order(buyer, lines=[{"item_code": item}], submit=False)
	(line,) = api.get_checks("Sales Order", order.name)["lines"]
	assert [price for _day, price in line["price"]["history"]] == [90, 95]
	assert line["price"]["last"] == 95


def test_a_form_is_checked_before_it_is_saved():
	item = make.item(stock=1).name
	row = {
		"item_code": item,
		"qty": 3,
		"rate": 50,
		"warehouse": make.WAREHOUSE,
		"delivery_date": add_days(nowdate(), 5),
	}
	values = {"doctype": "Sales Order", "name": "new-sales-order-1", "company": make.COMPANY, "items": [row]}
	nothing = api.check_document(json.dumps(values))
	assert (nothing["lines"], nothing["alerts"], nothing["credit"]) == ([], [], None)  # no customer yet
	answer = api.check_document({**values, "customer": poor_customer().name, "transaction_date": nowdate()})
	found = {row["detector"]: row for row in answer["alerts"]}
	assert {"credit.limit", "stock.short", "price.low", "margin.negative"} <= set(found)
	assert {row["name"] for row in answer["alerts"]} == {None}
	assert [remedy["code"] for remedy in found["price.low"]["remedies"]] == ["set_rate"]
	assert answer["lines"][0]["stock"]["ledger"]["rows"]
	assert not frappe.db.exists(ALERT, {"item_code": item})


def test_a_form_of_a_saved_order_counts_it_once_and_knows_what_was_decided():
	order = held_order()
	api.decide_alert(alert(order, "credit.limit").name, "Accepted", "he pays on Friday")
	kept, typed = api.get_checks("Sales Order", order.name), api.check_document(form(order))
	assert typed["credit"] == kept["credit"]
	assert [row["detector"] for row in typed["alerts"]] == ["price.low"]
	(decided,) = typed["decided"]
	assert (decided["status"], decided["by"], decided["reason"]) == ("Accepted", "Administrator", "he pays on Friday")
	assert typed["held"]


def test_a_quotation_is_checked_as_if_it_were_an_order():
	row = {"item_code": make.item(stock=1).name, "qty": 3, "rate": 50, "warehouse": make.WAREHOUSE}
	values = {
		"doctype": "Quotation",
		"company": make.COMPANY,
		"quotation_to": "Customer",
		"party_name": poor_customer().name,
	}
	quotation = frappe.get_doc({**values, "items": [row]}).insert()
	for answer in (api.get_checks("Quotation", quotation.name), api.check_document(form(quotation))):
		assert {"credit.limit", "stock.short", "price.low"} <= {row["detector"] for row in answer["alerts"]}
		assert answer["credit"]["headroom"] == -100
		assert (answer["holds"], answer["held"]) == ([], False)
	lead = frappe.get_doc({"doctype": "Lead", "first_name": "Ann", "company_name": "Ann Ltd"}).insert()
	quotation = frappe.get_doc({**values, "quotation_to": "Lead", "party_name": lead.name, "items": [row]}).insert()
	assert api.get_checks("Quotation", quotation.name)["alerts"] == []


@pytest.mark.parametrize("to", ["Off", "Shadow"])
def test_an_engine_that_is_not_on_shows_nothing(to):
	order = held_order()
	settings = frappe.get_doc("O2C Settings")
	settings.anomaly_engine = to
	settings.save()
	answer = api.get_checks("Sales Order", order.name)
	assert (answer["mode"], answer["alerts"], answer["lines"], answer["credit"]) == (to, [], [], None)
	assert api.check_document(form(order))["alerts"] == []
	assert api.get_alerts()["rows"] == []
	assert api.get_alert_counts()["total"] == 0


def test_a_cancelled_order_and_one_of_our_own_companies_have_no_strip():
	order = held_order()
	order.cancel()
	answer = api.get_checks("Sales Order", order.name)
	assert (answer["alerts"], answer["lines"], answer["holds"]) == ([], [], [])


def test_lanes_and_counts_by_filter():
	buyer = poor_customer()
	orders = [held_order(buyer=buyer), held_order(buyer=buyer)]
	mine = {"customer": buyer.name}
	rows = api.get_alerts(mine)["rows"]
	risks = [row["value_at_risk"] for row in rows]
	assert len(rows) == 4
	assert risks == sorted(risks, reverse=True)
	assert {row["detector"] for row in api.get_alerts({**mine, "detector": "price.low"})["rows"]} == {"price.low"}
	page = api.get_alerts(mine, start=3, page_length=1)
	assert ([row["name"] for row in page["rows"]], page["has_more"]) == ([rows[3]["name"]], False)
	counts = api.get_alert_counts(json.dumps({**mine, "detector": "price.low"}))
	assert (counts["total"], counts["holds"]) == (2, 2)
	assert {row["detector"]: row["count"] for row in counts["detectors"]} == {"credit.limit": 2, "price.low": 2}
	assert [row["severity"] for row in counts["severities"]] == ["Critical", "High", "Medium", "Low"]
	held = api.get_holds(mine)["rows"]
	assert [row["sales_order"] for row in held] == [order.name for order in orders]
	assert all("receipt of" in row["condition"] and row["days"] == 0 for row in held)
	assert held[0]["total_text"] == "$ 140.00"


def test_decisions_stay_when_the_order_is_saved_again():
	order = held_order(submit=False)
	row = alert(order, "price.low")
	api.decide_alert(row.name, "False Alarm", "a special offer")
	frappe.get_doc("Sales Order", order.name).save()
	assert frappe.db.get_value(ALERT, row.name, ["status", "closed_by"]) == ("False Alarm", "Administrator")
	with pytest.raises(RemedyError):
		api.decide_alert(row.name, "Accepted", "x")


@pytest.mark.parametrize(("decision", "reason"), [("Fixed", "x"), ("Accepted", " "), ("Open", "x"), ("", "x")])
def test_decisions_that_are_none(decision, reason):
	with pytest.raises(RemedyError):
		api.decide_alert(alert(held_order(), "price.low").name, decision, reason)


# -- hostile values ----------------------------------------------------------------------------------------------------------

NASTY = [
	"' or 1=1 -- ",
	'"; drop table `tabSales Order`; --',
	"<script>alert(1)</script>",
	"%%",
	"\\",
	"{0}",
	"%(x)s",
	"数",
]


@pytest.mark.parametrize("text", NASTY)
def test_names_and_filters_are_values_and_nothing_else(text):
	held_order()
	for field in ("company", "customer", "severity", "detector"):
		assert api.get_alerts({field: text})["rows"] == []
	assert api.get_holds({"search": text})["rows"] == []
	assert api.get_alert_counts({"search": text})["total"] == 0
	for call in (
		lambda: api.get_checks("Sales Order", text),
		lambda: api.decide_alert(text, "Accepted", "x"),
		lambda: api.release_hold(text, "x"),
		lambda: api.apply_remedy(text, "set_rate"),
	):
		with pytest.raises(frappe.DoesNotExistError):
			call()
	assert not api.decide_alerts([text], "Accepted", "x")[0]["ok"]


def test_a_reason_stays_as_it_was_typed():
	order = held_order()
	api.decide_alert(alert(order, "price.low").name, "Accepted", "<b>{0}</b> %s")
	assert api.get_checks("Sales Order", order.name)["decided"][0]["reason"] == "<b>{0}</b> %s"


def test_a_form_brings_no_more_than_its_fields():
	order = held_order(submit=False)
	values = form(order)
	values |= {
		"flags": {"ignore_permissions": 1},
		"check_permission": "x",
		"owner": "somebody@example.com",
		"docstatus": 1,
	}
	values["items"][0] |= {"doctype": "User", "flags": {"x": 1}, "item_code": values["items"][0]["item_code"]}
	answer = api.check_document(values)
	assert (answer["docstatus"], answer["name"]) == (0, order.name)
	assert answer["alerts"]
	for wrong in ({"doctype": "User", "name": "Administrator"}, {"items": []}, [], "x", {"doctype": ["Sales Order"]}):
		with pytest.raises((frappe.ValidationError, TypeError)):
			api.check_document(wrong)
	odd = {**values, "items": [{"item_code": {"a": 1}}, 7, None], "customer": ["x"]}
	assert api.check_document(odd)["alerts"] == []
