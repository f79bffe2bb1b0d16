"""What a ledger must bear: workers at the same moment, odd names, documents that are renamed or change sides, parts that fail."""

import threading

import ledger_book as book
import pytest
from at_once import at_once

import frappe
from frappe import client

from crm_o2c.services import events, ledger, ledger_runs, ledger_sweep

import factories as make


@pytest.fixture
def unheard_of(committed, jobs):
	"""A committed order without a history; none is left behind, as the next order may get its name."""
	order = committed(make.sales_order(submit=False))
	jobs.clear()
	yield order
	for doctype in (events.DOCTYPE, events.HEAD):
		frappe.db.delete(doctype, {"reference_name": order.name})
	frappe.db.commit()


@pytest.mark.commits
def test_two_workers_begin_the_same_history(unheard_of, monkeypatch):
	order = unheard_of
	frappe.db.commit()
	both_have_read, real = threading.Barrier(2), events.Writer.store
	monkeypatch.setattr(events.Writer, "store", lambda writer: _once(writer, both_have_read, real))
	told = lambda: ledger.record_documents([("Sales Order", order.name)])  # noqa: E731
	assert at_once(told, told) == ["done", "done"]
	assert [row.number for row in book.rows(order)] == [1, 2]
	assert book.history(order, "status") == ["Draft"]


def _once(writer, barrier, real):
	"""Each worker waits once for the other, before it writes."""
	if not getattr(frappe.local, "o2c_waited", False):
		frappe.local.o2c_waited = True
		barrier.wait(20)
	real(writer)


# -- names ----------------------------------------------------------------------------------------------------------------


def test_a_renamed_document_goes_on_with_its_history(settle, goods):
	order = book.order_of(goods)
	settle()
	before = [(row.number, row.what, row.to_state) for row in book.rows(order)]
	name = frappe.rename_doc("Sales Order", order.name, f"{order.name}-X", force=True)
	ledger_sweep.sweep()
	order = frappe.get_doc("Sales Order", name)
	assert [(row.number, row.what, row.to_state) for row in book.rows(order)] == before
	make.delivery_note(order, qty=2)
	settle()
	assert book.history(order, "stage") == ["Confirmed", "Partly shipped"]
	assert book.differences() == []


def test_the_old_name_of_a_renamed_document_may_be_another_s(settle, goods):
	order = book.order_of(goods)
	settle()
	frappe.rename_doc("Sales Order", order.name, f"{order.name}-X", force=True)
	other = make.sales_order(submit=False)
	settle()
	frappe.rename_doc("Sales Order", other.name, order.name, force=True)
	ledger_sweep.sweep()
	assert book.history(frappe.get_doc("Sales Order", order.name), "status") == ["Draft"]
	assert book.differences() == []


@pytest.mark.parametrize("names", [("L" * 135 + "1", "L" * 135 + "2"), ("Ä%s'\"\\ <b>:x", "🚚" * 130)])
def test_long_and_odd_names_have_a_history_each(jobs, names):
	for name in names:
		order = make.sales_order(submit=False)
		jobs.clear()
		frappe.db.sql("update `tabSales Order` set name = %s where name = %s", (name, order.name))
		frappe.db.sql("update `tabSales Order Item` set parent = %s where parent = %s", (name, order.name))
	ledger_sweep.sweep()
	for name in names:
		assert book.history(frappe._dict(doctype="Sales Order", name=name), "status") == ["Draft"]
		assert frappe.db.exists(events.HEAD, events.head_name("Sales Order", name))
	assert ledger_sweep.sweep() == 0


# -- documents that change sides --------------------------------------------------------------------------------------------


@pytest.fixture
def refund(settle, goods):
	"""A draft of a payment of a customer's that becomes a supplier's."""
	payment = make.payment(make.sales_invoice(book.order_of(goods)), submit=False)
	settle()
	supplier = {"doctype": "Supplier", "supplier_name": "Odd Supplier", "supplier_group": "All Supplier Groups"}
	account = frappe.db.get_value("Company", make.COMPANY, "default_payable_account")
	payment = frappe.get_doc("Payment Entry", payment.name)
	payment.update({"party_type": "Supplier", "party": frappe.get_doc(supplier).insert().name, "references": []})
	payment.update({"paid_from": account, "paid_from_account_currency": None})
	return payment.save()


def test_a_payment_that_becomes_a_suppliers_is_none_of_the_ledger_s(refund, settle):
	settle()
	assert book.history(refund, "status") == ["Draft", "Deleted"]
	assert book.differences() == []


def test_the_nightly_run_finds_it_too(refund, jobs):
	jobs.clear()
	ledger_runs.start()
	jobs.run(only=book.LEDGER)
	assert book.history(refund, "status") == ["Draft", "Deleted"]


def test_nobody_writes_or_deletes_the_end_of_a_history(settle, goods):
	"""Not even an administrator: without it the history would begin again."""
	order = book.order_of(goods)
	settle()
	name = events.head_name("Sales Order", order.name)
	with pytest.raises(frappe.PermissionError):
		client.set_value(events.HEAD, name, "number", 1)
	with pytest.raises(frappe.PermissionError):
		client.delete(events.HEAD, name)
