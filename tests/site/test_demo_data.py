"""The demo data: made once, ranked, checked, and showing what the app is for."""

from contextlib import nullcontext

import pytest

import frappe

from crm_o2c.services import demo_cases, demo_data

import factories as make


@pytest.fixture
def small_demo(monkeypatch):
	monkeypatch.setattr(demo_data, "ORDERS", 15)
	monkeypatch.setattr(demo_data, "INVOICES", 2)
	return lambda: list(demo_data.make(lambda numbers, label: nullcontext(numbers)))


@pytest.fixture
def without_cases(monkeypatch):
	"""The order book alone, which is quicker."""
	monkeypatch.setattr(demo_cases, "make", lambda place: [])


def counts() -> dict[str, int]:
	kinds = (
		"Customer",
		"Item",
		"Item Price",
		"Stock Entry",
		"Sales Order",
		"Delivery Note",
		"Sales Invoice",
		"Holiday List",
	)
	return {kind: frappe.db.count(kind) for kind in kinds}


def test_demo_data_is_made_once_and_ranked(without_cases, small_demo):
	lines = small_demo()
	assert "15 sales orders made" in lines and "2 overdue invoices made" in lines
	after = counts()
	orders = frappe.get_all(
		"Sales Order", {"po_no": ("like", "DEMO-%")}, ["name", "docstatus", "base_net_total", "status"]
	)
	assert len(orders) == 15 and all(order.docstatus == 1 and order.base_net_total > 0 for order in orders)
	assert frappe.db.count("Sales Order", {"po_no": ("like", "DEMO-%"), "per_delivered": ("between", [1, 99])}) == 2
	found = frappe.get_all("Sales Order", {"po_no": ("like", "DEMO-%")}, pluck="o2c_stage")
	assert {"Ready to ship", "Partly shipped", "Shipped", "Delivered", "Invoiced", "Paid", "On hold"} <= set(found)
	assert any(order.status == "On Hold" for order in orders)
	assert frappe.db.count("Customer", {"is_frozen": 1}) == 2
	due = frappe.get_all("Sales Invoice", {"po_no": ("like", "DEMO-I%")}, ["due_date", "outstanding_amount"])
	assert all(row.outstanding_amount > 0 for row in due)
	ranked = frappe.get_all("O2C Order Score", {"name": ("in", [order.name for order in orders])}, pluck="name")
	assert len(ranked) == 15 - found.count("Shipped") - found.count("Delivered") - found.count(
		"Invoiced"
	) - found.count("Paid")
	again = small_demo()
	assert again[:4] == ["0 items made", "0 customers made", "0 sales orders made", "0 overdue invoices made"]
	assert counts() == after


def test_demo_data_that_lost_an_order_gets_the_same_one_again(without_cases, small_demo):
	small_demo()
	lost = frappe.get_doc("Sales Order", {"po_no": "DEMO-0001"})
	was = (lost.customer, lost.delivery_date, lost.base_net_total)
	lost.cancel()
	lost.delete()
	assert "1 sales orders made" in small_demo()
	made = frappe.get_doc("Sales Order", {"po_no": "DEMO-0001"})
	assert (made.customer, made.delivery_date, made.base_net_total) == was


def test_a_site_with_orders_of_its_own_is_told_from_one_with_demo_data():
	make.sales_order()
	assert demo_data.has_own_orders()
	frappe.db.set_value("Sales Order", {"name": ("is", "set")}, "po_no", "DEMO-X")
	assert not demo_data.has_own_orders()


# -- what is wrong with some of it -----------------------------------------------------------------------------------------

FOUND = {
	"C03": {"credit.limit"},
	"C04": {"credit.overdue", "credit.promise"},
	"C05": {"stock.late", "stock.short"},
	"C06": {"dup.order"},
	"C07": {"price.slip"},
	"C08": {"price.slip", "margin.negative"},
	"C09": {"price.swap", "margin.negative"},
	"C12": {"price.low"},
	"C13": {"cust.new_large"},
	"C14": {"item.discontinued"},
	"C15": {"moq.broken"},
}


def test_the_demo_shows_what_is_found_held_and_released(small_demo):
	lines = small_demo()
	assert "18 orders with something to check made" in lines
	assert lines[-1].startswith("Checked: ") and lines[-1].endswith(" 2 holds, 1 released")
	alerts = frappe.get_all("O2C Order Alert", {"status": "Open"}, ["sales_order", "detector"])
	found = {}
	for alert in alerts:
		mark = (frappe.db.get_value("Sales Order", alert.sales_order, "po_no") or "").removeprefix("DEMO-")
		found.setdefault(mark, set()).add(alert.detector)
	assert [mark for mark, detectors in FOUND.items() if not detectors <= found.get(mark, set())] == []
	held = {order.po_no: order.o2c_held for order in map(order_of, ("C01", "C02", "C03"))}
	assert held == {"DEMO-C01": 0, "DEMO-C02": 1, "DEMO-C03": 1}
	assert order_of("C01").status != "Draft"


def test_a_second_call_adds_no_case(small_demo):
	small_demo()
	kinds = ("Item", "Customer", "Purchase Order", "Payment Entry", "O2C Payment Promise", "O2C Order Hold")
	before = {**counts(), **{kind: frappe.db.count(kind) for kind in kinds}}
	assert "0 orders with something to check made" in small_demo()
	assert {**counts(), **{kind: frappe.db.count(kind) for kind in kinds}} == before


def test_without_holds_erpnext_refuses_credit_and_the_demo_leaves_drafts(small_demo):
	frappe.db.set_single_value("O2C Settings", "anomaly_engine", "Shadow")
	assert small_demo()[-1] == "Checked: 0 open alerts, 0 of them critical; 0 holds, 0 released"
	assert [order_of(mark).docstatus for mark in ("C01", "C03", "C04")] == [0, 0, 1]


def order_of(mark: str):
	return frappe.get_doc("Sales Order", {"po_no": f"DEMO-{mark}"})
