"""The ledger: each change of a document is written once, by whichever feed comes first; stages follow from facts."""

import ledger_book as book
import pytest
import stocking

import frappe
from erpnext.controllers.accounts_controller import update_invoice_status
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from erpnext.manufacturing.doctype.work_order.work_order import make_work_order
from erpnext.selling.doctype.sales_order.sales_order import create_pick_list, make_sales_invoice
from frappe.utils import add_days, get_datetime, nowdate

from crm_o2c.overrides import ledger_documents
from crm_o2c.services import events, ledger_runs, ledger_sweep, stage_book, stages
from crm_o2c.services.ledger_kinds import KINDS

import factories as make

LEDGER = "crm_o2c.services.ledger"


@pytest.fixture
def settle(jobs):
	"""What follows a commit in the ledger."""
	return lambda: jobs.run(only=LEDGER)


@pytest.fixture
def goods():
	return make.item(stock=100)


def order_of(goods, qty: float = 10, **fields):
	return make.sales_order(lines=[{"item_code": goods.name, "qty": qty}], **fields)


# -- what is told ---------------------------------------------------------------------------------------------------------


def test_an_order_tells_its_life(settle, goods):
	order = order_of(goods)
	settle()
	first, second = book.rows(order, "status")
	assert (first.from_state, first.to_state, first.happened_at) == ("", "Draft", get_datetime(order.creation))
	assert (second.from_state, second.to_state) == ("Draft", "To Deliver and Bill")
	assert (second.quantity, second.amount) == (10, order.base_grand_total)
	assert (second.customer, second.company, second.actor, second.feed) == (
		order.customer, make.COMPANY, "Administrator", "Document",
	)  # fmt: skip
	assert book.history(order, "stage") == ["Confirmed"]
	assert book.stage(order) == "Confirmed"


def test_a_draft_is_told_before_it_is_submitted(settle, goods):
	order = order_of(goods, submit=False)
	settle()
	assert (book.history(order, "status"), book.stage(order)) == (["Draft"], "Draft")
	order.submit()
	settle()
	assert book.history(order, "status") == ["Draft", "To Deliver and Bill"]
	assert book.history(order, "stage") == ["Draft", "Confirmed"]


def test_a_partial_delivery_tells_how_much_and_what_caused_it(settle, goods):
	order = order_of(goods)
	settle()
	note = make.delivery_note(order, qty=4)
	settle()
	(delivered,) = book.rows(order, "delivered")
	assert (delivered.to_state, delivered.quantity) == ("40.00", 4)
	assert (delivered.cause_doctype, delivered.cause_name) == ("Delivery Note", note.name)
	assert book.history(order, "stage") == ["Confirmed", "Partly shipped"]
	assert book.history(note, "status") == ["Draft", "To Bill"]


def test_a_return_is_a_step_back(settle, goods):
	order = order_of(goods)
	note = make.delivery_note(order)
	settle()
	assert book.stage(order) == "Shipped"
	returned = make_return_doc("Delivery Note", note.name)
	returned.insert()
	frappe.get_doc("Delivery Note", returned.name).submit()
	settle()
	assert book.stage(order) == "Confirmed"
	assert [row.regression for row in book.rows(order, "stage")] == [0, 1] or book.rows(order, "stage")[-1].regression == 1
	assert book.rows(order, "delivered")[-1].regression == 1


def test_an_order_goes_on_to_paid_and_back_when_the_payment_is_undone(settle, goods):
	order = order_of(goods)
	make.delivery_note(order)
	invoice = make.sales_invoice(order)
	settle()
	assert book.stage(order) == "Invoiced"
	payment = make.payment(invoice)
	settle()
	assert book.stage(order) == "Paid"
	assert book.history(invoice, "outstanding")[-1] == ""
	payment.cancel()
	settle()
	assert book.stage(order) == "Invoiced"
	assert book.rows(order, "stage")[-1].regression == 1
	assert book.history(payment, "status") == ["Draft", "Submitted", "Cancelled"]


def test_an_invoice_that_moves_the_stock_ships_the_order(settle, goods):
	order = order_of(goods)
	invoice = make_sales_invoice(order.name)
	invoice.update_stock = 1
	invoice.insert()
	invoice.submit()
	settle()
	assert (book.history(order, "delivered"), book.stage(order)) == (["100.00"], "Invoiced")


def test_goods_that_the_supplier_ships_count_as_delivered(settle):
	goods = make.item(delivered_by_supplier=1)
	seller = stocking.supplier()
	order = make.sales_order(lines=[{"item_code": goods.name, "qty": 5, "delivered_by_supplier": 1, "supplier": seller}])
	purchase = stocking.purchase(
		goods, 5, 3, sales_order=order.name, sales_order_item=order.items[0].name, delivered_by_supplier=1
	)
	from erpnext.buying.doctype.purchase_order.purchase_order import update_status

	update_status("Delivered", purchase.name)
	settle()
	assert (book.history(order, "delivered"), book.stage(order)) == (["100.00"], "Delivered")


def test_picked_goods_are_ready_to_ship(settle, goods):
	order = order_of(goods)
	picks = create_pick_list(order.name)
	picks.insert()
	picks.submit()
	settle()
	assert book.stage(order) == "Ready to ship"
	assert book.history(picks, "status")[-1] == "Open"
	picks.cancel()
	settle()
	assert book.stage(order) == "Confirmed"


def test_a_work_order_puts_the_order_in_production(settle, goods):
	product = make.item()
	frappe.get_doc(
		{
			"doctype": "BOM",
			"item": product.name,
			"company": make.COMPANY,
			"quantity": 1,
			"items": [{"item_code": goods.name, "qty": 1, "rate": 10}],
		}
	).insert().submit()
	order = make.sales_order(lines=[{"item_code": product.name, "qty": 3}])
	work = make_work_order(frappe.db.get_value("BOM", {"item": product.name}), product.name, 3)
	work.update(
		{
			"company": make.COMPANY,
			"sales_order": order.name,
			"wip_warehouse": make.WAREHOUSE,
			"fg_warehouse": make.WAREHOUSE,
			"skip_transfer": 1,
		}
	)
	work.insert()
	work.submit()
	settle()
	assert book.stage(order) == "In production"
	assert book.history(work, "status")[-1] == "Not Started"


def test_on_hold_hides_the_stage_until_it_goes_on(settle, goods):
	order = order_of(goods)
	settle()
	order.update_status("On Hold")
	settle()
	assert book.stage(order) == "On hold"
	order.update_status("Draft")
	settle()
	assert book.stage(order) == "Confirmed"
	assert not any(row.regression for row in book.rows(order, "stage"))


def test_cancelled_amended_deleted(settle, goods):
	order = order_of(goods)
	settle()
	order.cancel()
	settle()
	assert (book.history(order, "status")[-1], book.stage(order)) == ("Cancelled", "Cancelled")
	amended = frappe.copy_doc(order)
	amended.amended_from, amended.docstatus = order.name, 0
	amended.insert()
	settle()
	assert (book.stage(amended), book.history(amended, "status")) == ("Draft", ["Draft"])
	amended.delete()
	settle()
	assert book.history(amended, "status") == ["Draft", "Deleted"]


# -- the sweep ------------------------------------------------------------------------------------------------------------


def test_overdue_is_told_although_erpnext_tells_nobody(settle, goods):
	order = order_of(goods, days=-5)
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
	order = order_of(goods)
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
	order = order_of(goods)
	jobs.commit()
	ledger_sweep.sweep()
	before = len(book.rows(order))
	jobs.run(only=LEDGER)
	assert len(book.rows(order)) == before


def test_a_payment_that_was_lost_from_sight_moves_a_paid_order_back(settle, jobs, goods):
	order = order_of(goods)
	make.delivery_note(order)
	payment = make.payment(make.sales_invoice(order))
	settle()
	assert book.stage(order) == "Paid"
	payment.cancel()
	jobs.clear()
	ledger_sweep.sweep()
	assert book.stage(order) == "Invoiced"


def test_what_sql_deleted_is_told_by_the_nightly_run(settle, jobs, goods):
	order = order_of(goods, submit=False)
	settle()
	frappe.db.delete("Sales Order", {"name": order.name})
	ledger_runs.start()
	jobs.run(only=LEDGER)
	assert book.history(order, "status")[-1] == "Deleted"


# -- the back-fill --------------------------------------------------------------------------------------------------------


@pytest.fixture
def forgotten(jobs, goods):
	"""Documents from before the app was there."""
	order = order_of(goods, days=-3)
	note = make.delivery_note(order, qty=4)
	invoice = make.sales_invoice(order)
	jobs.clear()
	for doctype in (events.DOCTYPE, events.HEAD, "O2C Run Log"):
		frappe.db.delete(doctype)
	frappe.db.sql("update `tabSales Order` set o2c_stage = null, o2c_stage_since = null, o2c_stage_due = null")
	return frappe._dict(order=order, note=note, invoice=invoice)


def test_what_was_there_before_is_filled_in(forgotten, jobs):
	run = ledger_runs.start()
	jobs.run(only=LEDGER)
	assert book.differences() == []
	assert {row.feed for row in book.rows(forgotten.order)} == {"Back-fill"}
	assert book.rows(forgotten.note, "status")[1].happened_at.date() == forgotten.note.posting_date
	log = frappe.get_doc("O2C Run Log", run)
	assert (log.status, log.errors) == ("Completed", 0)
	assert log.orders == sum(frappe.db.count(kind) for kind in KINDS) and log.changed > 0


def test_a_second_run_writes_nothing(forgotten, jobs):
	ledger_runs.start()
	jobs.run(only=LEDGER)
	before = frappe.db.count(events.DOCTYPE)
	run = ledger_runs.start()
	jobs.run(only=LEDGER)
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
	jobs.run(only=LEDGER)
	assert frappe.db.get_value("O2C Run Log", run, "status") == "Completed"
	assert book.differences() == []


# -- stages ---------------------------------------------------------------------------------------------------------------


def test_how_long_an_order_may_be_in_a_stage_is_working_time(settle, goods):
	frappe.db.set_value("O2C Stage", "Confirmed", "sla_hours", 8)
	stage_book.forget()
	order = order_of(goods)
	settle()
	since, until = frappe.db.get_value("Sales Order", order.name, ["o2c_stage_since", "o2c_stage_due"])
	assert since == frappe.db.get_value("Sales Order", order.name, "modified")
	from crm_o2c.engine.business_time import hours_between
	from crm_o2c.services.work_hours import work_hours

	assert hours_between(since, until, work_hours(make.COMPANY)) == pytest.approx(8)


def test_an_admin_adds_a_stage_without_code(settle, jobs, goods):
	order = order_of(goods)
	settle()
	frappe.get_doc(
		{"doctype": "O2C Stage", "stage_code": "Large", "label": "Large", "sequence": 35, "rule": "submitted and picked < 1"}
	).insert()
	assert f"{LEDGER}_runs.start" in jobs.names()
	settle()
	assert book.stage(order) == "Large"


@pytest.mark.parametrize(
	("changes", "words"),
	[
		({"rule": "submited"}, "submited is not known here"),
		({"rule": "delivered == 'all'"}, "can't be compared"),
		({"sequence": 30}, "Sequence 30"),
		({"stage_code": "a\tb"}, "letters"),
	],
)
def test_a_stage_that_can_not_work_is_refused_in_words(changes, words):
	stage = {"doctype": "O2C Stage", "stage_code": "New", "label": "New", "sequence": 33, **changes}
	with pytest.raises(frappe.ValidationError, match=words):
		frappe.get_doc(stage).insert()


def test_a_stage_with_orders_is_switched_off_and_not_deleted(settle, jobs, goods):
	order = order_of(goods)
	settle()
	with pytest.raises(frappe.ValidationError, match="Orders are in this stage"):
		frappe.delete_doc("O2C Stage", "Confirmed")
	stage = frappe.get_doc("O2C Stage", "Confirmed")
	stage.enabled = 0
	stage.save()
	settle()
	assert book.stage(order) == ""


@pytest.fixture
def by_hand():
	values = {"doctype": "O2C Stage", "stage_code": "Quality check", "label": "Quality check", "sequence": 45}
	return frappe.get_doc(values).insert().name


def test_a_stage_by_hand_lasts_until_the_facts_go_beyond(settle, goods, by_hand):
	order = order_of(goods)
	settle()
	stages.put(order.name, by_hand, "the customer asked for it")
	settle()
	assert book.stage(order) == by_hand
	assert book.rows(order, "stage_by_hand")[0].reason == "the customer asked for it"
	make.delivery_note(order, qty=1)
	settle()
	assert book.stage(order) == "Partly shipped"
	with pytest.raises(frappe.ValidationError, match="beyond"):
		stages.put(order.name, by_hand)


def test_a_stage_by_hand_is_left_by_hand(settle, goods, by_hand):
	order = order_of(goods)
	settle()
	stages.put(order.name, by_hand)
	stages.take_out(order.name)
	settle()
	assert book.stage(order) == "Confirmed"
	assert book.differences() == []


def test_a_stage_with_a_rule_is_not_set_by_hand(settle, goods, by_hand):
	order = order_of(goods)
	settle()
	with pytest.raises(frappe.ValidationError, match="Quality check"):
		stages.put(order.name, "Paid")


def test_a_follower_that_fails_stops_no_stage(settle, goods, monkeypatch):
	def fail(changes):
		raise ValueError("broken")

	monkeypatch.setattr("crm_o2c.services.order_workflow.follow", fail)
	order = order_of(goods)
	settle()
	assert book.stage(order) == "Confirmed"


# -- nobody changes it ------------------------------------------------------------------------------------------------------


def test_an_event_is_never_changed_or_deleted(settle, goods):
	order = order_of(goods)
	settle()
	event = frappe.get_doc(events.DOCTYPE, book.rows(order)[0].name)
	event.to_state = "Paid"
	with pytest.raises(frappe.PermissionError):
		event.save()
	with pytest.raises(frappe.PermissionError):
		event.delete()
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({**event.as_dict(), "name": "another"}).insert()


@pytest.mark.parametrize("role", ["Sales User", "Stock User", "Accounts User", "O2C User"])
def test_the_ledger_as_a_list_is_for_managers(settle, goods, role, as_user):
	order = order_of(goods)
	settle()
	as_user(make.user(role).name)
	with pytest.raises(frappe.PermissionError):
		frappe.get_list(events.DOCTYPE, {"reference_name": order.name}, order_by="number asc")
	as_user(make.user("O2C Manager").name) if False else None


def test_a_note_with_a_key_is_written_once(goods):
	order = order_of(goods)
	first = events.note("Sales Order", order.name, "promise", "2026-12-01", key="1", reason="ATP")
	assert events.note("Sales Order", order.name, "promise", "2026-12-02", key="1") == first
	(noted,) = book.rows(order, "promise")
	assert (noted.to_state, noted.number, noted.customer, noted.company) == ("2026-12-01", 0, order.customer, make.COMPANY)


def test_the_documents_themselves_pay_nothing(goods, queries):
	"""In the event a document is only marked: not one query."""
	note = make.delivery_note(order_of(goods))
	for doctype in ("Delivery Note", "Sales Invoice"):
		doc = frappe.get_doc(doctype, note.name) if doctype == "Delivery Note" else frappe.new_doc(doctype, name="X")
		queries.clear()
		ledger_documents.changed(doc)
		assert queries == []
