"""Each detector of the catalogue on a real order: as it is entered, and as it stands in the database."""

import pytest

import frappe
from frappe.utils import add_days, nowdate

from crm_o2c.engine.anomaly.catalogue import DETECTORS
from crm_o2c.services import check_loader, checks, patterns, recheck
from crm_o2c.services.check_context import get_check_context

import factories as make
import rule_book
from rule_book import alerts, rule

SCENES = {}


def scene(code, **params):
	"""A function that makes a draft which the detector finds."""

	def keep(make_it):
		SCENES[code] = (make_it, params)
		return make_it

	return keep


@pytest.fixture(autouse=True)
def no_other_rules(site):
	rule_book.retire_all()


def draft(buyer=None, lines=None, **fields):
	rows = lines or [{"item_code": make.item(stock=100).name}]
	return make.sales_order(buyer or make.customer(), lines=rows, submit=False, **fields)


def past_orders(item, count=6, rate=100.0, qty=1.0, buyer=None, learn=True):
	"""What the item was sold for before, without a list price."""
	for number in range(count):
		lines = [{"item_code": item.name, "rate": rate, "qty": qty}]
		make.sales_order(buyer or make.customer(), lines=lines, transaction_date=add_days(nowdate(), -20 - number))
	if learn:
		patterns.learn_all()


def unlisted(**fields):
	"""An item without a price in any list."""
	return make.item(stock=1000, standard_rate=0, **fields)


def overdue_invoice(buyer, days=20):
	order = make.sales_order(buyer, transaction_date=add_days(nowdate(), -days - 5), days=-days)
	invoice = make.sales_invoice(order, submit=False)
	invoice.update({"set_posting_time": 1, "posting_date": add_days(nowdate(), -days - 2), "payment_schedule": []})
	invoice.due_date = add_days(nowdate(), -days)
	invoice.insert() if invoice.is_new() else invoice.save()
	invoice.submit()
	return invoice


@scene("credit.limit")
def _():
	limit = [{"company": make.COMPANY, "credit_limit": 50}]
	return draft(make.customer(credit_limits=limit))


@scene("credit.overdue", days=10)
def _():
	buyer = make.customer()
	overdue_invoice(buyer)
	return draft(buyer)


@scene("credit.promise")
def _():
	buyer = make.customer()
	values = {"customer": buyer.name, "company": make.COMPANY, "amount": 100, "promised_for": add_days(nowdate(), -3)}
	promise = frappe.get_doc(
		{"doctype": "O2C Payment Promise", "promised_on": add_days(nowdate(), -9), **values}
	).insert()
	frappe.db.set_value("O2C Payment Promise", promise.name, "status", "Broken")
	return draft(buyer)


@scene("stock.short")
def _():
	return draft(lines=[{"item_code": make.item(stock=3).name, "qty": 5}])


@scene("stock.late")
def _():
	item = make.item()
	supplier = frappe.get_doc(
		{"doctype": "Supplier", "supplier_name": f"Supplier {item.name}", "supplier_type": "Company"}
	)
	supplier.insert()
	row = {
		"item_code": item.name,
		"qty": 9,
		"rate": 10,
		"schedule_date": add_days(nowdate(), 30),
		"warehouse": make.WAREHOUSE,
	}
	values = {"doctype": "Purchase Order", "supplier": supplier.name, "company": make.COMPANY, "items": [row]}
	frappe.get_doc({**values, "schedule_date": row["schedule_date"]}).insert().submit()
	return draft(lines=[{"item_code": item.name, "qty": 5}])


@scene("price.low")
def _():
	return draft(lines=[{"item_code": make.item(stock=10).name, "rate": 60}])


@scene("price.high")
def _():
	return draft(lines=[{"item_code": make.item(stock=10).name, "rate": 160}])


@scene("price.slip")
def _():
	item = unlisted()
	past_orders(item, rate=37.4)
	return draft(lines=[{"item_code": item.name, "rate": 374}])


@scene("price.swap")
def _():
	item = unlisted(stock_uom="Kg")  # which is sold in fractions
	past_orders(item, rate=37.5, qty=8)
	return draft(lines=[{"item_code": item.name, "rate": 8, "qty": 37.5}])


@scene("disc.stacked")
def _():
	return draft(lines=[{"item_code": make.item(stock=10, max_discount=10).name, "rate": 85}])


@scene("qty.outlier")
def _():
	item = unlisted()
	past_orders(item, count=12, qty=3)
	return draft(lines=[{"item_code": item.name, "qty": 900, "rate": 100}])


@scene("uom.slip")
def _():
	item = unlisted(uoms=[{"uom": "Nos", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 12}])
	past_orders(item, count=12, qty=24)
	line = {"item_code": item.name, "qty": 24, "uom": "Box", "conversion_factor": 12, "rate": 1200}
	return draft(lines=[line])


@scene("dup.order")
def _():
	buyer, item = make.customer(), make.item(stock=100)
	lines = [{"item_code": item.name, "qty": 7}]
	make.sales_order(buyer, lines=lines)
	return draft(buyer, lines=[{"item_code": item.name, "qty": 7}])


@scene("cust.new_large", amount=50)
def _():
	return draft()


def _address(buyer, line):
	links = [{"link_doctype": "Customer", "link_name": buyer.name}]
	values = {"address_title": f"{buyer.name} {line}", "address_type": "Shipping", "address_line1": line, "city": "X"}
	country = frappe.db.get_value("Company", make.COMPANY, "country")
	return frappe.get_doc({"doctype": "Address", "country": country, "links": links, **values}).insert().name


@scene("addr.new", amount=50)
def _():
	buyer = make.customer()
	make.sales_order(buyer, shipping_address_name=_address(buyer, "Old Road 1"))
	return draft(buyer, shipping_address_name=_address(buyer, "New Road 2"))


def _terms(days):
	name = f"O2C {days} days"
	if not frappe.db.exists("Payment Terms Template", name):
		row = {"due_date_based_on": "Day(s) after invoice date", "credit_days": days, "invoice_portion": 100}
		term = frappe.get_doc({"doctype": "Payment Term", "payment_term_name": name, **row}).insert()
		rows = [{"payment_term": term.name, **row}]
		frappe.get_doc({"doctype": "Payment Terms Template", "template_name": name, "terms": rows}).insert()
	return name


@scene("terms.changed")
def _():
	return draft(make.customer(payment_terms=_terms(10)), payment_terms_template=_terms(60))


@scene("date.impossible")
def _():
	order = draft(transaction_date=add_days(nowdate(), -10))
	order.delivery_date = add_days(nowdate(), -3)
	order.items[0].delivery_date = add_days(nowdate(), -3)
	return order.save()


@scene("margin.negative")
def _():
	return draft(lines=[{"item_code": make.item(stock=10).name, "rate": 20}])


@scene("fx.moved", percent=5)
def _():
	own = frappe.get_cached_value("Company", make.COMPANY, "default_currency")
	other = "EUR" if own != "EUR" else "USD"
	values = {
		"from_currency": other,
		"to_currency": own,
		"date": nowdate(),
		"exchange_rate": 2,
		"for_selling": 1,
		"for_buying": 1,
	}
	frappe.get_doc({"doctype": "Currency Exchange", **values}).insert()
	return draft(currency=other, conversion_rate=1.5, plc_conversion_rate=1)


@scene("moq.broken")
def _():
	return draft(lines=[{"item_code": make.item(stock=10, o2c_min_sales_qty=5).name, "qty": 2}])


@scene("item.discontinued")
def _():
	item = make.item(stock=10)
	order = draft(lines=[{"item_code": item.name}], days=30)
	frappe.db.set_value("Item", item.name, "end_of_life", add_days(nowdate(), 5))
	return order.save()


def test_every_detector_has_a_scene():
	assert set(SCENES) | {"expression", "script"} == set(DETECTORS)


@pytest.mark.parametrize("code", sorted(SCENES))
def test_a_detector_finds_its_order_as_it_is_entered_and_as_it_stands(code, jobs):
	make_it, params = SCENES[code]
	rule("The rule", code, **params)
	order = make_it()
	found = [a for a in alerts(order) if a.status == "Open"]
	assert [a.detector for a in found] == [code]
	assert found[0].subject and frappe.parse_json(found[0].remedies) is not None
	recheck.recheck_orders([order.name])
	assert [(a.name, a.status) for a in alerts(order) if a.name == found[0].name] == [(found[0].name, "Open")]


def test_an_expression_finds_what_an_admin_wrote(jobs):
	fields = {"expression": "net > 150 and order_type == 'Sales'", "text": "Large order"}
	rule("Own", "expression", fields=fields)
	assert not alerts(draft())
	assert [a.subject for a in alerts(draft(lines=[{"item_code": make.item().name, "qty": 2}]))] == ["Large order"]


def test_a_server_script_decides_where_the_site_allows_it(jobs, monkeypatch):
	from crm_o2c.services import scripts

	name = "O2C test script"
	text = "for line in order.lines:\n\tif line.qty > 3:\n\t\tfindings.append({'message': 'Much', 'line': line.number})"
	values = {"script_type": "API", "api_method": "o2c_test_script", "script": text}
	frappe.get_doc({"doctype": "Server Script", **values}).insert(set_name=name)
	monkeypatch.setattr(scripts, "is_safe_exec_enabled", lambda: True)
	monkeypatch.setattr("frappe.utils.safe_exec.is_safe_exec_enabled", lambda: True)
	rule("Script", "script", fields={"server_script": name, "text": "Script"})
	found = alerts(draft(lines=[{"item_code": make.item(stock=50).name, "qty": 5}]))
	assert [(a.line, "Much" in a.subject) for a in found] == [(1, True)]
	monkeypatch.setattr(scripts, "is_safe_exec_enabled", lambda: False)
	assert not alerts(draft(lines=[{"item_code": make.item(stock=50).name, "qty": 5}]))


@pytest.mark.parametrize("submit", [False, True])
def test_a_document_and_its_rows_make_the_same_facts(submit, jobs):
	rule("Low", "price.low")
	for code in sorted(set(DETECTORS) - {"expression", "script", "price.low", "disc.stacked"}):
		rule(code, code)
	order = draft(lines=[{"item_code": make.item(stock=2).name, "qty": 3, "rate": 90}, {"item_code": make.item().name}])
	if submit:
		order.submit()
	order.reload()
	ready = get_check_context(make.COMPANY)
	kept = frappe.db.get_value("Sales Order", order.name, checks.KEPT, as_dict=True)
	one = checks.run(order, ready, kept=kept).facts
	loaded = check_loader.named([order.name])
	around = checks.look_around([loaded[0].order], ready)
	many = checks.check_again(loaded[0].order, around, ready).facts
	assert one == many


def test_the_book_and_a_single_check_agree(jobs):
	from crm_o2c.services import check_runs

	for code in sorted(set(DETECTORS) - {"expression", "script"}):
		rule(code, code, **SCENES[code][1])
	buyer = make.customer()
	item = unlisted()
	past_orders(item, count=6, rate=50, qty=3, buyer=buyer)
	orders = [
		make.sales_order(
			buyer,
			lines=[{"item_code": item.name, "rate": 500, "qty": 3}, {"item_code": make.item(stock=1).name, "qty": 9}],
		),
		make.sales_order(make.customer(), lines=[{"item_code": item.name, "rate": 20, "qty": 3000}]),
	]

	def seen():
		return {(a.sales_order, a.name, a.status, a.params) for order in orders for a in alerts(order)}

	recheck.recheck_orders([order.name for order in orders])
	single = seen()
	assert {detector for a in orders for detector in (x.detector for x in alerts(a))} >= {"price.slip", "stock.short"}
	check_runs.start()
	jobs.run()
	assert seen() == single
