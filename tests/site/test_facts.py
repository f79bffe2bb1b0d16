"""Saving an order and a run over the book load the same facts and make the same score, to the byte."""

import book
import pytest

import frappe
from frappe.utils import add_days, nowdate

from crm_o2c.services import priority

import factories as make


@pytest.fixture(autouse=True)
def reference():
	book.usual()


RISING = {"weight": 1, "curve": "Linear", "curve_points": "0: 0\n100: 20"}
FACTORS = [
	{"source": "Gross Margin %", **RISING},
	{"source": "Order Age", **RISING},
	{"source": "Customer Overdue Amount", "weight": 1, "curve": "Steps", "curve_points": "0: 0\n100: -10"},
	{"source": "Customer Overdue Days", **RISING},
	{"source": "Sales Order Field", "fieldname": "conversion_rate", **RISING},
	{
		"source": "Sales Order Field",
		"fieldname": "status",
		"weight": 1,
		"curve": "Table",
		"curve_points": "To Deliver and Bill: 3\nTo Deliver: 2",
	},
	{
		"source": "Customer Field",
		"fieldname": "customer_group",
		"weight": 1,
		"curve": "Table",
		"curve_points": "Commercial: 3",
	},
	{
		"source": "Formula",
		"label": "Size",
		"weight": 0.1,
		"formula": "units * 2 + (total_qty if po_no == 'PO 1' else 0)",
	},
]
SERVICE = {
	"gate": "Condition",
	"condition": "order_type == 'Maintenance' and customer__customer_type == 'Company'",
	"reason": "Service",
}


def everything() -> None:
	"""A policy that reads whatever a policy can read."""
	book.policy(more_factors=FACTORS, more_gates=[SERVICE])


def second_warehouse() -> str:
	values = {"doctype": "Warehouse", "warehouse_name": "Far", "company": make.COMPANY}
	return frappe.get_doc(values).insert().name


def third_of_a_dozen(code: str) -> str:
	frappe.get_doc({"doctype": "UOM", "uom_name": "Third"}).insert()
	item = frappe.get_doc("Item", code)
	item.append("uoms", {"uom": "Third", "conversion_factor": 1 / 3})
	item.save()
	return "Third"


def in_euros():
	account = frappe.get_doc(
		{
			"doctype": "Account",
			"account_name": "Debtors EUR",
			"parent_account": f"Accounts Receivable - {make.ABBR}",
			"account_type": "Receivable",
			"account_currency": "EUR",
			"company": make.COMPANY,
		}
	).insert()
	buyer = make.customer(default_currency="EUR")
	buyer.append("accounts", {"company": make.COMPANY, "account": account.name})
	buyer.save()
	return buyer


def bundle(stock: float) -> str:
	part, whole = make.item(stock=stock), make.item(is_stock_item=0)
	row = {"item_code": part.name, "qty": 2}
	frappe.get_doc({"doctype": "Product Bundle", "new_item_code": whole.name, "items": [row]}).insert()
	return whole.name


def overdue_invoice(buyer, code: str) -> None:
	order = make.sales_order(buyer, lines=[{"item_code": code, "qty": 3}])
	invoice = make.sales_invoice(order, submit=False)
	invoice.set_posting_time, invoice.posting_date = 1, add_days(nowdate(), -9)
	invoice.due_date = add_days(nowdate(), -4)
	invoice.payment_schedule = []
	invoice.save()
	invoice.submit()


def varied_orders():
	"""Orders of every kind, by what is special about them."""
	goods, none, service = make.item(stock=30), make.item(), make.item(is_stock_item=0)
	late_payer, far = make.customer("Müller & Söhne \"Nord\" \\ 'Ost'\n😀", tier="B"), second_warehouse()
	overdue_invoice(late_payer, service.name)
	third = third_of_a_dozen(goods.name)
	euros = in_euros()
	dates = [{"item_code": goods.name, "delivery_date": add_days(nowdate(), n)} for n in (9, 4, 30)]
	discount = {"apply_discount_on": "Net Total", "additional_discount_percentage": 7.77}
	foreign = {"currency": "EUR", "conversion_rate": 1.0909090909090909, "selling_price_list": "Standard Selling"}
	return {
		"plain": make.sales_order(lines=[{"item_code": goods.name, "qty": 3}], po_no="PO 1"),
		"late payer": make.sales_order(late_payer, lines=2, days=-3),
		"foreign currency": make.sales_order(euros, lines=[{"item_code": goods.name, "rate": 33.33}], **foreign),
		"discount": make.sales_order(lines=[{"item_code": goods.name, "qty": 7, "rate": 14.29}], **discount),
		"not in stock": make.sales_order(lines=[{"item_code": none.name}]),
		"partly in stock": make.sales_order(lines=[{"item_code": none.name}, {"item_code": goods.name}]),
		"service": make.sales_order(lines=[{"item_code": service.name, "qty": 7}]),
		"bundle": make.sales_order(lines=[{"item_code": bundle(10)}]),
		"bundle, no stock": make.sales_order(lines=[{"item_code": bundle(0)}]),
		"several dates": make.sales_order(lines=dates),
		"several warehouses": make.sales_order(
			lines=[{"item_code": goods.name}, {"item_code": goods.name, "warehouse": far}]
		),
		"uom": make.sales_order(
			lines=[{"item_code": goods.name, "uom": third, "qty": 1e7, "conversion_factor": 1 / 3}]
		),
		"no value": make.sales_order(lines=[{"item_code": goods.name, "rate": 0, "discount_percentage": 100}]),
		"no promise": make.sales_order(
			order_type="Maintenance",
			delivery_date=None,
			lines=[{"item_code": service.name, "delivery_date": None}],
		),
		"many": make.sales_order(lines=25, days=90),
	}


def differences(orders) -> dict:
	"""Where a run over the book would not find exactly what saving the order has kept."""
	found = {}
	for kind, order in orders.items():
		loaded, kept = book.load(order), book.score(order)
		loaded, ready = priority.load_now(order.name)
		decision = ready.scorer.decide(loaded.facts)
		now = (loaded.facts.to_json(), decision.terms_json(), decision.points, loaded.kept_digest)
		if now != (kept.facts, kept.terms, kept.points, kept.digest):
			found[kind] = (now, kept)
	return found


@pytest.mark.parametrize("policy", ["standard", "everything"])
def test_saving_and_a_run_find_the_same_to_the_byte(jobs, queries, policy):
	if policy == "everything":
		everything()
	orders = varied_orders()
	assert differences(orders) == {}
	jobs.clear()
	for order in orders.values():
		order.reload()
		order.save()  # scored from memory once more
	assert differences(orders) == {}
	del queries[:]
	priority.rescore_orders([order.name for order in orders.values()])
	assert not [query for query in queries if query.lower().startswith(("insert", "update", "delete"))]


def test_part_delivered_saving_and_a_run_find_the_same(jobs):
	everything()
	goods = make.item(stock=50)
	order = make.sales_order(lines=[{"item_code": goods.name, "qty": 3, "rate": 33.33}, {"item_code": goods.name}])
	make.delivery_note(order, qty=1)
	jobs.run()
	by_run = book.score(order)
	order.reload()
	order.save()
	assert book.score(order) == by_run


def test_the_order_of_the_book_changes_no_score(jobs):
	names = [make.sales_order(days=days, qty=days).name for days in (3, 9, 1, 40)]
	results = []
	for order in (names, names[::-1]):
		frappe.db.sql(
			"update `tabO2C Order Score` set digest = 'x', band = 'Low', points = 0 where name in %s", [names]
		)
		priority.rescore_orders(order)
		results.append([book.score(name) for name in names])
	assert results[0] == results[1]
