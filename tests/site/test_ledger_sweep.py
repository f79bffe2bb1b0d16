"""The sweep finds what no event told, the back-fill what was there before; each once."""

import ledger_book as book
import pytest

import frappe
from erpnext.controllers.accounts_controller import update_invoice_status
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import add_days, get_datetime, nowdate

from crm_o2c.services import events, ledger_runs, ledger_sweep, o2c_scheduler
from crm_o2c.services.ledger_kinds import KINDS

import factories as make

# -- the sweep ------------------------------------------------------------------------------------------------------------


def test_overdue_is_told_although_erpnext_tells_nobody(settle, goods):
	order = book.order_of(goods, days=-5)
	invoice = make_sales_invoice(order.name)
	invoice.set_posting_time, invoice.posting_date = 1, add_days(nowdate(), -3)
	invoice.payment_schedule, invoice.due_date = [], add_days(nowdate(), -2)
	invoice.insert()
	invoice.submit()
	frappe.db.set_value("Sales Invoice", invoice.name, "status", "Unpaid", update_modified=False)
	settle()
	update_invoice_status()
	ledger_sweep.sweep()
	overdue = book.rows(invoice, "status")[-1]
	assert (overdue.from_state, overdue.to_state, overdue.feed, overdue.actor) == ("Unpaid", "Overdue", "Sweep", None)
	assert overdue.happened_at == get_datetime(add_days(nowdate(), -1))


def test_what_a_lost_job_would_have_told_is_found_once(jobs, goods):
	order = book.order_of(goods)
	make.delivery_note(order, qty=3)
	make.sales_invoice(order)
	jobs.clear()
	assert book.stage(order) == ""
	assert ledger_sweep.sweep() > 0
	assert book.stage(order) == "Partly shipped"
	assert book.differences() == []
	before = frappe.db.count(events.DOCTYPE)
	assert ledger_sweep.sweep() == 0
	assert frappe.db.count(events.DOCTYPE) == before


def test_the_late_job_finds_nothing_left_to_tell(jobs, goods):
	order = book.order_of(goods)
	jobs.commit()
	ledger_sweep.sweep()
	before = len(book.rows(order))
	jobs.run(only=book.LEDGER)
	assert len(book.rows(order)) == before


def test_a_payment_that_was_lost_from_sight_moves_a_paid_order_back(settle, jobs, goods):
	order = book.order_of(goods)
	make.delivery_note(order)
	payment = make.payment(make.sales_invoice(order))
	settle()
	assert book.stage(order) == "Paid"
	payment.cancel()
	jobs.clear()
	ledger_sweep.sweep()
	assert book.stage(order) == "Invoiced"


def test_what_sql_deleted_is_told_by_the_nightly_run(settle, jobs, goods):
	order = book.order_of(goods, submit=False)
	settle()
	frappe.db.delete("Sales Order", {"name": order.name})
	ledger_runs.start()
	jobs.run(only=book.LEDGER)
	assert book.history(order, "status")[-1] == "Deleted"


# -- the back-fill --------------------------------------------------------------------------------------------------------


@pytest.fixture
def forgotten(jobs, goods):
	"""Documents from before the app was there."""
	order = book.order_of(goods, days=-3)
	note = make.delivery_note(order, qty=4)
	invoice = make.sales_invoice(order)
	jobs.clear()
	for doctype in (events.DOCTYPE, events.HEAD, "O2C Run Log"):
		frappe.db.delete(doctype)
	frappe.db.sql("update `tabSales Order` set o2c_stage = null, o2c_stage_since = null, o2c_stage_due = null")
	return frappe._dict(order=order, note=note, invoice=invoice)


def test_what_was_there_before_is_filled_in(forgotten, jobs):
	run = ledger_runs.start()
	jobs.run(only=book.LEDGER)
	assert book.differences() == []
	assert {row.feed for row in book.rows(forgotten.order)} == {"Back-fill"}
	assert book.rows(forgotten.note, "status")[1].happened_at.date() == forgotten.note.posting_date
	log = frappe.get_doc("O2C Run Log", run)
	assert (log.status, log.errors) == ("Completed", 0)
	assert log.orders == sum(frappe.db.count(kind) for kind in KINDS) and log.changed > 0


def test_a_second_run_writes_nothing(forgotten, jobs):
	ledger_runs.start()
	jobs.run(only=book.LEDGER)
	before = frappe.db.count(events.DOCTYPE)
	run = ledger_runs.start()
	jobs.run(only=book.LEDGER)
	assert frappe.db.get_value("O2C Run Log", run, ["changed", "status"]) == (0, "Completed")
	assert frappe.db.count(events.DOCTYPE) == before


def test_a_killed_back_fill_goes_on_where_it_was(forgotten, jobs, monkeypatch):
	monkeypatch.setattr(ledger_runs.chunks, "chunk_size", lambda: 2)
	run = ledger_runs.start()
	real, done = events.record, []

	def die(doctype, *args, **kwargs):
		if len(done) == 2:
			raise KeyboardInterrupt
		done.append(doctype)
		return real(doctype, *args, **kwargs)

	with monkeypatch.context() as killed:
		killed.setattr(events, "record", die)
		frappe.db.savepoint("worker")
		with pytest.raises(KeyboardInterrupt):
			ledger_runs.work(run)
		frappe.db.rollback(save_point="worker")  # what the database does when the worker's connection is gone
	assert frappe.db.exists("O2C Run Chunk", {"parent": run, "status": "Pending"})
	ledger_runs.resume()
	jobs.run(only=book.LEDGER)
	assert frappe.db.get_value("O2C Run Log", run, "status") == "Completed"
	assert book.differences() == []


def test_a_site_that_has_no_ledger_yet_is_filled_before_it_is_swept(forgotten, jobs):
	o2c_scheduler.every_few_minutes()
	names = jobs.names()
	assert f"{book.LEDGER}_sweep.sweep" not in names
	jobs.run(only=book.LEDGER)
	assert {row.feed for row in book.rows(forgotten.order)} == {"Back-fill"}
	o2c_scheduler.every_few_minutes()
	assert f"{book.LEDGER}_sweep.sweep" in jobs.names()


def test_a_deleted_draft_whose_job_was_lost_is_told_by_the_sweep(settle, jobs, goods):
	order = book.order_of(goods, submit=False)
	settle()
	order.delete()
	jobs.clear()
	ledger_sweep.sweep()
	assert book.history(order, "status") == ["Draft", "Deleted"]
	assert ledger_sweep.sweep() == 0
