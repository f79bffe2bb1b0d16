"""Each remedy for what stock can't keep takes the cause away and closes its alert; on a draft and on a submitted order."""

import email

import pytest
from remedy_clicks import ALERT, OTHER, alert, bought, click, now, plain_site, reserved

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.api import checks as api
from crm_o2c.exceptions import RemedyError

import factories as make

BOTH = pytest.mark.parametrize("submit", [False, True], ids=["draft", "submitted"])


@pytest.fixture(autouse=True)
def _plain_site():
	plain_site()


@BOTH
def test_split(submit):
	item = make.item(stock=3, lead_time_days=10).name
	buyer = make.customer()
	order = make.sales_order(
		buyer, lines=[{"item_code": item, "qty": 8, "rate": 90}, {"item_code": make.item(stock=1).name}], submit=submit
	)
	click(order, "stock.short", "split", now=3)
	mine = [row for row in now(order).items if row.item_code == item]
	assert [row.qty for row in mine] == [3, 5]
	assert {(row.rate, row.price_list_rate, row.warehouse) for row in mine} == {(90, 100, make.WAREHOUSE)}
	assert getdate(mine[1].delivery_date) == getdate(add_days(nowdate(), 10))
	assert now(order).total == 8 * 90 + 100
	assert submit is False or reserved(item) == 8


def test_a_split_line_keeps_its_warehouse():
	item = make.item(lead_time_days=10).name
	order = make.sales_order(lines=[{"item_code": item, "qty": 8, "warehouse": OTHER}])
	row = alert(order, "stock.short")
	api.apply_remedy(row.name, "split", {"line": 1, "now": 3, "later_date": add_days(nowdate(), 10)})
	assert [line.warehouse for line in now(order).items] == [OTHER, OTHER]
	assert (reserved(item, OTHER), reserved(item)) == (8, 0)


@BOTH
@pytest.mark.parametrize("two_way", [False, True])
def test_substitute(submit, two_way):
	item = make.item(allow_alternative_item=1).name
	other = make.item(stock=50, allow_alternative_item=1, standard_rate=110).name
	pair = {"item_code": item, "alternative_item_code": other}
	if two_way:
		pair = {"item_code": other, "alternative_item_code": item, "two_way": 1}
	frappe.get_doc({"doctype": "Item Alternative", **pair}).insert()
	order = make.sales_order(lines=[{"item_code": item, "qty": 8}], submit=submit)
	row = alert(order, "stock.short")
	answer = api.apply_remedy(row.name, "substitute", {"line": 1, "item": other})
	assert answer["fixed"], answer
	(line,) = now(order).items
	assert (line.item_code, line.item_name, line.qty, line.rate, line.warehouse) == (
		other,
		other,
		8,
		110,
		make.WAREHOUSE,
	)
	assert submit is False or (reserved(item), reserved(other)) == (0, 8)


def test_a_substitute_must_be_listed():
	order = make.sales_order(lines=[{"item_code": make.item().name, "qty": 8}], submit=False)
	with pytest.raises(RemedyError, match="not listed"):
		api.apply_remedy(alert(order, "stock.short").name, "substitute", {"line": 1, "item": make.item(stock=9).name})


@BOTH
@pytest.mark.parametrize("code", ["transfer", "material_request"])
def test_what_is_asked_for_comes_later(submit, code):
	item = make.item(stock=1).name
	entry = frappe.copy_doc(make.receipt(item, 9))
	entry.items[0].t_warehouse = OTHER
	entry.insert().submit()
	order = make.sales_order(lines=[{"item_code": item, "qty": 4 + 9}], submit=submit)
	row = alert(order, "stock.short")
	answer = api.apply_remedy(row.name, code)
	request = frappe.get_doc(answer["link"]["doctype"], answer["link"]["name"])
	line = request.items[0]
	assert (request.docstatus, line.item_code, line.warehouse) == (0, item, make.WAREHOUSE)
	assert line.from_warehouse == (OTHER if code == "transfer" else None)
	kept = frappe.db.get_value(ALERT, row.name, ["status", "reason"], as_dict=True)
	assert kept.status == "Open"
	assert request.name in kept.reason
	assert api.apply_remedy(row.name, code)["link"] == answer["link"]  # a second click asks for nothing more
	request.submit()
	entry = frappe.copy_doc(entry)
	entry.items[0].t_warehouse = make.WAREHOUSE
	entry.insert().submit()
	now(order).save()
	assert frappe.db.get_value(ALERT, row.name, "status") == "Fixed"


@BOTH
def test_new_date_tells_the_customer(submit, monkeypatch):
	monkeypatch.setitem(frappe.conf, "auto_email_id", "shop@example.com")
	monkeypatch.setitem(frappe.conf, "mail_server", "localhost")
	buyer = make.customer()
	contact = {
		"doctype": "Contact",
		"first_name": "Ann",
		"email_ids": [{"email_id": "ann@example.com", "is_primary": 1}],
	}
	contact["links"] = [{"link_doctype": "Customer", "link_name": buyer.name}]
	person = frappe.get_doc(contact).insert()
	item = make.item(stock=2, lead_time_days=9, item_name="Saw <b> & blade").name
	order = make.sales_order(buyer, lines=[{"item_code": item, "qty": 5}], submit=submit, contact_person=person.name)
	frappe.flags.mute_emails = False
	row = alert(order, "stock.short")
	answer = api.apply_remedy(row.name, "new_date", {"line": 1, "date": add_days(nowdate(), 9)})
	assert "ann@example.com" in answer["message"]
	(mail,) = frappe.get_all("Email Queue", {"reference_name": order.name}, ["message"], order_by="name")
	parts = email.message_from_string(mail.message).walk()
	text = next(p for p in parts if p.get_content_type() == "text/html").get_payload(decode=True).decode()
	assert "Saw &lt;b&gt;" in text
	assert "stock" not in text.lower()
	assert frappe.utils.formatdate(add_days(nowdate(), 9)) in text
	assert getdate(now(order).items[0].delivery_date) == getdate(add_days(nowdate(), 9))
	assert now(order).delivery_date == getdate(add_days(nowdate(), 9))


@BOTH
@pytest.mark.parametrize("code", ["new_date", "split"])
def test_what_comes_late_is_promised_later(submit, code):
	item = make.item(stock=2).name
	bought(item, 9, days=20)
	order = make.sales_order(lines=[{"item_code": item, "qty": 5}], submit=submit)
	click(order, "stock.late", code)
	assert [row.qty for row in now(order).items] == ([5] if code == "new_date" else [2, 3])
	assert getdate(now(order).items[-1].delivery_date) >= getdate(add_days(nowdate(), 20))
	assert not frappe.db.exists(ALERT, {"sales_order": order.name, "status": "Open", "detector": ("like", "stock.%")})


def test_new_date_takes_an_impossible_date_away():
	order = make.sales_order(lines=[{"item_code": make.item(stock=9).name}], days=-3, submit=False)
	answer = click(order, "date.impossible", "new_date")
	assert "not told" in answer["message"]
	assert now(order).items[0].delivery_date >= getdate()
