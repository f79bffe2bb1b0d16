"""Each remedy, clicked as the desk does it, takes the cause away and closes its alert; on a draft and on a submitted order."""

from math import log

import pytest
from remedy_clicks import ALERT, alert, click, now, params, plain_site, reserved

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.api import checks as api
from crm_o2c.exceptions import RemedyError

import factories as make

BOTH = pytest.mark.parametrize("submit", [False, True], ids=["draft", "submitted"])


@pytest.fixture(autouse=True)
def _plain_site():
	plain_site()


# -- price -------------------------------------------------------------------------------------------------------------------


@BOTH
def test_set_rate(submit):
	order = make.sales_order(lines=[{"item_code": make.item(stock=9).name, "rate": 50}], submit=submit)
	click(order, "price.low", "set_rate")
	assert now(order).items[0].rate == make.PRICE
	assert now(order).docstatus == submit


@BOTH
def test_the_price_is_one_in_company_currency_before_tax_and_after_the_discount_of_the_order(submit):
	tax = {
		"charge_type": "On Net Total",
		"account_head": f"Duties and Taxes - {make.ABBR}",
		"rate": 25,
		"included_in_print_rate": 1,
	}
	tax["description"] = "Tax"
	order = make.sales_order(
		lines=[{"item_code": make.item(stock=9).name, "rate": 20, "qty": 2}],
		submit=submit,
		currency="EUR",
		conversion_rate=2,
		taxes=[tax],
		additional_discount_percentage=10,
		apply_discount_on="Net Total",
	)
	row = alert(order, "price.low")
	wanted = params(row, "set_rate")["rate"]
	api.apply_remedy(row.name, "set_rate", None)
	line = now(order).items[0]
	assert line.base_net_rate == pytest.approx(wanted, abs=0.02)
	assert line.rate == pytest.approx(wanted / 2 * 1.25 / 0.9, abs=0.02)


def test_a_price_that_a_pricing_rule_makes_is_not_set_here():
	item = make.item(stock=9).name
	rule = {
		"doctype": "Pricing Rule",
		"title": frappe.generate_hash(length=8),
		"apply_on": "Item Code",
		"items": [{"item_code": item}],
		"selling": 1,
		"company": make.COMPANY,
		"currency": "USD",
		"rate_or_discount": "Discount Percentage",
		"discount_percentage": 60,
	}
	frappe.get_doc(rule).insert()
	order = make.sales_order(lines=[{"item_code": item, "rate": 100}], submit=False)
	assert order.items[0].rate == 40
	with pytest.raises(RemedyError, match="Pricing rules make the price"):
		api.apply_remedy(alert(order, "margin.negative").name, "set_rate")


@BOTH
def test_drop_discount(submit):
	order = make.sales_order(lines=[{"item_code": make.item(stock=9, max_discount=5).name, "rate": 80}], submit=submit)
	click(order, "disc.stacked", "drop_discount")
	assert now(order).items[0].rate == make.PRICE


def test_set_fx():
	rate = {"from_currency": "EUR", "to_currency": "USD", "exchange_rate": 1.2, "date": nowdate(), "for_selling": 1}
	frappe.db.delete("Currency Exchange", {"from_currency": "EUR"})
	frappe.get_doc({"doctype": "Currency Exchange", **rate}).insert()
	lines = [{"item_code": make.item(stock=9).name, "rate": 100}]
	order = make.sales_order(lines=lines, submit=False, currency="EUR", conversion_rate=2)
	click(order, "fx.moved", "set_fx")
	assert now(order).conversion_rate == 1.2
	late = make.sales_order(lines=lines, currency="EUR", conversion_rate=2)
	with pytest.raises(RemedyError, match="amend"):
		api.apply_remedy(alert(late, "fx.moved").name, "set_fx")


def terms(name: str, days: int) -> str:
	template = {"doctype": "Payment Terms Template", "template_name": name + frappe.generate_hash(length=6)}
	row = {"invoice_portion": 100, "due_date_based_on": "Day(s) after invoice date", "credit_days": days}
	return frappe.get_doc({**template, "terms": [row]}).insert().name


def test_set_terms():
	short, long = terms("Short", 10), terms("Long", 90)
	order = make.sales_order(make.customer(payment_terms=short), submit=False, payment_terms_template=long)
	click(order, "terms.changed", "set_terms")
	assert now(order).payment_terms_template == short
	assert getdate(now(order).payment_schedule[0].due_date) == getdate(add_days(order.transaction_date, 10))


# -- quantity ----------------------------------------------------------------------------------------------------------------


@BOTH
def test_set_qty(submit):
	order = make.sales_order(
		lines=[{"item_code": make.item(stock=99, o2c_min_sales_qty=10).name, "qty": 4}], submit=submit
	)
	click(order, "moq.broken", "set_qty")
	assert now(order).items[0].qty == 10


def usual_quantity(item: str, qty: float) -> None:
	"""Say what is usual for an item."""
	values = {
		"name": frappe.generate_hash(length=10),
		"item_code": item,
		"price_list": "Standard Selling",
		"levels": "[]",
	}
	values |= {"line_count": 60, "mean_log": log(qty), "sd_log": 0.2}
	table = frappe.qb.DocType("O2C Item Pattern")
	frappe.qb.into(table).columns(*values).insert(*values.values()).run()


@BOTH
def test_set_uom(submit):
	item = make.item(
		stock=999, uoms=[{"uom": "Nos", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 12}]
	).name
	usual_quantity(item, 12)
	lines = [
		{"item_code": item, "qty": 12, "uom": "Box", "conversion_factor": 12, "rate": 1200, "price_list_rate": 1200}
	]
	order = make.sales_order(lines=lines, submit=submit)
	click(order, "uom.slip", "set_uom")
	line = now(order).items[0]
	assert (line.uom, line.conversion_factor, line.stock_qty, line.rate, line.price_list_rate) == (
		"Nos",
		1,
		12,
		100,
		100,
	)
	assert now(order).total == 1200
	assert submit is False or reserved(item) == 12


# -- the order ---------------------------------------------------------------------------------------------------------------


def poor_customer(limit: float):
	buyer = make.customer()
	buyer.append("credit_limits", {"company": make.COMPANY, "credit_limit": limit})
	return buyer.save()


@BOTH
def test_remove_line(submit):
	item = make.item(stock=9).name
	order = make.sales_order(poor_customer(150), lines=[{"item_code": item}, {"item_code": item}], submit=submit)
	assert bool(now(order).o2c_held) is submit
	click(order, "credit.limit", "remove_line")
	assert len(now(order).items) == 1
	assert not now(order).o2c_held
	assert submit is False or reserved(item) == 1


def test_the_only_line_stays():
	order = make.sales_order(poor_customer(50), submit=False)
	with pytest.raises(RemedyError, match="only line"):
		api.apply_remedy(alert(order, "credit.limit").name, "remove_line", {"line": 1})


def test_prepay():
	order = make.sales_order(poor_customer(50))
	row = alert(order, "credit.limit")
	answer = api.apply_remedy(row.name, "prepay")
	request = frappe.get_doc("Payment Request", answer["link"]["name"])
	assert (request.docstatus, request.grand_total, request.party) == (0, 50, order.customer)
	assert request.name in frappe.db.get_value(ALERT, row.name, "reason")
	assert frappe.db.get_value(ALERT, row.name, "status") == "Open"
	make.payment(order, 50)
	now(order).save()
	assert frappe.db.get_value(ALERT, row.name, "status") == "Fixed"
	assert not now(order).o2c_held


def test_a_draft_is_asked_no_payment_for():
	order = make.sales_order(poor_customer(50), submit=False)
	offered = {
		remedy["code"] for row in api.get_checks("Sales Order", order.name)["alerts"] for remedy in row["remedies"]
	}
	assert "prepay" not in offered
	with pytest.raises(RemedyError, match="submitted"):
		api.apply_remedy(alert(order, "credit.limit").name, "prepay")


def test_an_order_entered_twice_is_taken_back():
	if not frappe.db.exists("O2C Anomaly Rule", {"detector": "dup.order", "status": "Active"}):
		rule = {"doctype": "O2C Anomaly Rule", "rule_name": frappe.generate_hash(length=8), "detector": "dup.order"}
		frappe.get_doc({**rule, "severity": "High", "action": "Warn"}).insert().activate()
	buyer, lines = make.customer(), [{"item_code": make.item(stock=99).name, "qty": 4}]
	make.sales_order(buyer, lines=lines)
	again = make.sales_order(buyer, lines=lines, submit=False)
	row = alert(again, "dup.order")
	assert api.apply_remedy(row.name, "cancel_order", params(row, "cancel_order"))["fixed"]
	assert not frappe.db.exists("Sales Order", again.name)
	assert not frappe.db.exists(ALERT, row.name)


def test_cancel_order():
	draft = make.sales_order(poor_customer(50), submit=False)
	assert api.apply_remedy(alert(draft, "credit.limit").name, "cancel_order")["fixed"]
	assert not frappe.db.exists("Sales Order", draft.name)
	order = make.sales_order(poor_customer(50))
	row = alert(order, "credit.limit")
	assert api.apply_remedy(row.name, "cancel_order")["fixed"]
	assert now(order).docstatus == 2
	assert frappe.db.get_value(ALERT, row.name, "status") == "Fixed"


def test_release_accept_and_false_alarm_are_remedies_too():
	order = make.sales_order(poor_customer(50))
	(row,) = api.get_checks("Sales Order", order.name)["alerts"][:1]
	offered = {remedy["code"]: remedy["params"] for remedy in row["remedies"]}
	assert {"release", "accept", "false_alarm"} <= set(offered)
	api.apply_remedy(row["name"], "release", {**offered["release"], "reason": "he pays tomorrow"})
	assert not now(order).o2c_held
	assert frappe.db.get_value(ALERT, row["name"], ["status", "reason"]) == ("Accepted", "he pays tomorrow")
	other = alert(make.sales_order(poor_customer(50)), "credit.limit")
	api.apply_remedy(other.name, "accept", {"reason": "so be it"})
	assert frappe.db.get_value(ALERT, other.name, ["status", "reason"]) == ("Accepted", "so be it")
	with pytest.raises(RemedyError, match="closed already"):
		api.apply_remedy(row["name"], "false_alarm", {"reason": "x"})


# -- what stops a remedy -----------------------------------------------------------------------------------------------------


def test_a_remedy_is_for_the_line_it_was_found_on():
	first, second = make.item(stock=9).name, make.item(stock=9).name
	order = make.sales_order(lines=[{"item_code": first, "rate": 50}, {"item_code": second}], submit=False)
	row = alert(order, "price.low")
	with pytest.raises(RemedyError, match="not what it was"):
		api.apply_remedy(row.name, "set_rate", {"line": 2, "rate": 100})


@pytest.mark.parametrize(
	("code", "values", "text"),
	[
		("set_rate", {"line": 1, "rate": -1}, "price above 0"),
		("set_qty", {"line": 1, "qty": 0}, "quantity above 0"),
		("set_uom", {"line": 1, "uom": "Box"}, "not a unit"),
		("split", {"line": 1, "now": 9, "later_date": "2099-01-01"}, "part of the quantity"),
		("split", {"line": 1, "now": 1, "later_date": "2001-01-01"}, "today or later"),
		("transfer", {"line": 1, "from_warehouse": "' or 1=1 --", "qty": 1}, "not a warehouse"),
		("set_terms", {"terms": "<b>nix</b>"}, "no payment terms"),
		("set_fx", {"rate": 0}, "exchange rate above 0"),
		("explode", {"line": 1}, "no remedy"),
		("new_date", None, "does not offer"),
	],
)
def test_values_that_make_no_sense(code, values, text):
	order = make.sales_order(lines=[{"item_code": make.item(stock=9).name, "rate": 50, "qty": 2}], submit=False)
	with pytest.raises(RemedyError, match=text):
		api.apply_remedy(alert(order, "price.low").name, code, values)


def test_several_at_once_each_for_itself():
	orders = [
		make.sales_order(lines=[{"item_code": make.item(stock=9).name, "rate": 50}], submit=False) for _ in range(3)
	]
	names = [alert(order, "price.low").name for order in orders]
	frappe.db.set_value("Sales Order", orders[1].name, "status", "Closed")
	results = api.apply_remedies([*names, "nix"], "set_rate")
	assert [(row["name"], row["ok"]) for row in results] == [
		(names[0], True),
		(names[1], False),
		(names[2], True),
		("nix", False),
	]
	assert "closed or done" in results[1]["message"]
	assert [now(order).items[0].rate for order in orders] == [100, 50, 100]
	assert not frappe.local.message_log
