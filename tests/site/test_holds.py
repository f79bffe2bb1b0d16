"""Orders that are held: over credit they are submitted and wait, keep stock and place, and go on when their condition is met."""

import book
import pytest

import frappe

from crm_o2c.exceptions import OrderHeld, ReleaseError
from crm_o2c.services import holds as service
from crm_o2c.services import recheck

import factories as make
import rule_book
from rule_book import alerts, holds, is_held, limited, order_of, over_credit, rule


@pytest.fixture(autouse=True)
def no_other_rules(site):
	rule_book.retire_all()


@pytest.fixture
def goods():
	return make.item(stock=1000)


def test_an_order_over_credit_is_held_and_not_refused(goods, jobs):
	over_credit()
	buyer = limited()
	first, second = order_of(buyer, goods, 6), order_of(buyer, goods, 7)
	assert (first.docstatus, is_held(first)) == (1, False)
	assert (second.docstatus, is_held(second)) == (1, True)
	(hold,) = holds(second)
	assert (hold.status, hold.asks, hold.order_total) == ("Held", "Payment", 700)
	assert frappe.parse_json(hold.ways)[0] == ["pay", {"amount": 300.0}]
	assert [a.value_at_risk for a in alerts(second)] == [300]


def test_without_a_hold_rule_erpnext_refuses_as_ever(goods, jobs):
	rule("Over credit", "credit.limit", action="Warn")
	buyer = limited()
	order = order_of(buyer, goods, 11, submit=False)
	with pytest.raises(frappe.ValidationError, match="credit limit"):
		order.submit()


def test_where_our_check_fails_erpnext_still_refuses(goods, jobs, monkeypatch):
	from crm_o2c.services import checks

	over_credit()
	order = order_of(limited(), goods, 11, submit=False)

	def broken(*_args, **_kwargs):
		raise RuntimeError("no check today")

	monkeypatch.setattr(checks, "run", broken)
	with pytest.raises(frappe.ValidationError, match="credit limit"):
		order.submit()


def test_a_rule_laxer_than_the_limit_is_no_way_around_it(goods, jobs):
	rule("Over credit", "credit.limit", action="Hold", percent=150)
	order = order_of(limited(), goods, 12, submit=False)
	with pytest.raises(frappe.ValidationError, match="credit limit"):
		order.submit()


def test_a_customer_without_credit_pays_before_delivery(goods, jobs):
	over_credit()
	buyer = make.customer(o2c_no_credit=1)
	order = order_of(buyer, goods, 1)
	assert is_held(order)
	make.payment(order)
	jobs.run()
	assert not is_held(order)


def test_a_held_order_keeps_its_reserved_stock_and_its_score(goods, jobs):
	over_credit()
	order = order_of(limited(), goods, 20)
	reserved = frappe.db.get_value("Bin", {"item_code": goods.name, "warehouse": make.WAREHOUSE}, "reserved_qty")
	assert reserved == 20
	kept = book.score(order)
	assert kept.gate == "held" and kept.points is not None


def documents(order):
	"""What would take an order further, each as a function that makes it."""
	from erpnext.selling.doctype.sales_order import sales_order as erpnext_order

	pick = lambda: erpnext_order.create_pick_list(order.name).insert()  # noqa: E731
	return {
		"Delivery Note": lambda: make.delivery_note(order, submit=False),
		"Sales Invoice": lambda: make.sales_invoice(order, submit=False),
		"Pick List": pick,
	}


@pytest.mark.parametrize("kind", ["Delivery Note", "Sales Invoice", "Pick List"])
def test_a_held_order_goes_no_further(kind, goods, jobs):
	over_credit()
	order = order_of(limited(), goods, 20)
	with pytest.raises(OrderHeld) as refused:
		documents(order)[kind]()
	assert order.name in str(refused.value) and "1,000" in str(refused.value)
	service.release_by_hand(holds(order)[0].name, "the boss knows them", None)
	assert documents(order)[kind]().name


def test_a_work_order_for_a_held_order_is_refused(goods, jobs):
	over_credit()
	order = order_of(limited(), goods, 20)
	bom = frappe.get_doc({"doctype": "BOM", "item": goods.name, "company": make.COMPANY, "quantity": 1})
	bom.append("items", {"item_code": make.item(stock=50).name, "qty": 1})
	bom.insert().submit()
	values = {"production_item": goods.name, "bom_no": bom.name, "qty": 1, "company": make.COMPANY}
	places = {"wip_warehouse": make.WAREHOUSE, "fg_warehouse": make.WAREHOUSE, "skip_transfer": 1}
	work = frappe.get_doc({"doctype": "Work Order", "sales_order": order.name, **values, **places})
	with pytest.raises(OrderHeld):
		work.insert()


def test_a_draft_note_from_before_is_refused_too(goods, jobs):
	over_credit(hold_submitted=1)
	buyer = limited()
	order = order_of(buyer, goods, 9)
	note = make.delivery_note(order, submit=False)
	doc = frappe.get_doc("Customer", buyer.name)
	doc.o2c_no_credit = 1
	doc.save()
	recheck.recheck_orders([order.name])
	assert is_held(order)
	note.reload()
	with pytest.raises(OrderHeld):
		note.submit()


def test_payment_releases_the_order_by_itself(goods, jobs):
	over_credit()
	buyer = limited()
	first, second = order_of(buyer, goods, 6), order_of(buyer, goods, 7)
	jobs.run()
	make.payment(first, amount=200)
	jobs.run()
	assert is_held(second)
	assert frappe.parse_json(holds(second)[0].ways)[0] == ["pay", {"amount": 100.0}]
	make.payment(first, amount=100)
	jobs.run()
	assert not is_held(second)
	(hold,) = holds(second)
	assert (hold.status, hold.released_how, hold.active_key) == ("Released", "Condition Met", None)
	assert [a.status for a in alerts(second)] == ["Fixed"]
	assert make.delivery_note(second).docstatus == 1


def test_who_waits_longest_is_released_first(goods, jobs):
	over_credit()
	buyer = limited()
	paid = order_of(buyer, goods, 10)
	early, late = order_of(buyer, goods, 3), order_of(buyer, goods, 2)
	assert is_held(early) and is_held(late)
	make.payment(paid, amount=300)
	jobs.run()
	assert (is_held(early), is_held(late)) == (False, True)
	make.payment(paid, amount=200)
	jobs.run()
	assert not is_held(late)


def test_an_edit_that_meets_the_condition_releases(goods, jobs):
	from erpnext.controllers.accounts_controller import update_child_qty_rate

	over_credit()
	order = order_of(limited(), goods, 12)
	assert is_held(order)
	row = order.items[0]
	less = [{"docname": row.name, "item_code": row.item_code, "qty": 10, "rate": row.rate, "conversion_factor": 1}]
	update_child_qty_rate("Sales Order", frappe.as_json(less), order.name)
	assert not is_held(order)
	assert holds(order)[0].released_how == "Condition Met"


def test_a_release_counts_for_the_order_as_it_was(goods, jobs):
	from erpnext.controllers.accounts_controller import update_child_qty_rate

	over_credit()
	order = order_of(limited(), goods, 12)
	service.release_by_hand(holds(order)[0].name, "agreed by phone", None)
	recheck.recheck_orders([order.name])
	assert not is_held(order)
	row = frappe.get_doc("Sales Order", order.name).items[0]
	more = [{"docname": row.name, "item_code": row.item_code, "qty": 15, "rate": row.rate, "conversion_factor": 1}]
	update_child_qty_rate("Sales Order", frappe.as_json(more), order.name)
	assert is_held(order)
	assert [hold.status for hold in holds(order)] == ["Released", "Held"]


def test_a_release_that_has_run_out_holds_again(goods, jobs):
	over_credit()
	order = order_of(limited(), goods, 12)
	service.release_by_hand(holds(order)[0].name, "until tomorrow", frappe.utils.getdate())
	recheck.sweep()
	assert not is_held(order)
	frappe.db.set_value("O2C Order Hold", holds(order)[0].name, "release_until", frappe.utils.add_days(None, -1))
	recheck.sweep()
	assert is_held(order)


def test_a_release_needs_a_reason_and_a_hold_that_lasts(goods, jobs):
	over_credit()
	order = order_of(limited(), goods, 12)
	name = holds(order)[0].name
	for reason, until in ((" ", None), ("yes", frappe.utils.getdate("2020-01-01"))):
		with pytest.raises(ReleaseError):
			service.release_by_hand(name, reason, until)
	service.release_by_hand(name, "yes", None)
	with pytest.raises(ReleaseError):
		service.release_by_hand(name, "again", None)


def test_cancelling_ends_hold_and_alerts(goods, jobs):
	over_credit()
	order = order_of(limited(), goods, 12)
	order.reload()
	order.cancel()
	assert [(hold.status, hold.released_how) for hold in holds(order)] == [("Released", "Cancelled")]
	assert [a.status for a in alerts(order)] == ["Expired"]


def test_a_sweep_finds_what_no_event_told(goods, jobs):
	over_credit()
	buyer = limited()
	order = order_of(buyer, goods, 12)
	jobs.clear()
	frappe.db.set_value("Customer Credit Limit", {"parent": buyer.name}, "credit_limit", 5000)  # by SQL
	recheck.sweep()
	assert not is_held(order)


def test_a_retired_rule_lets_go(goods, jobs):
	held_by = over_credit()
	order = order_of(limited(), goods, 12)
	held_by.retire()
	recheck.sweep()
	assert not is_held(order)


def test_orders_that_come_otherwise_are_held_too(goods, jobs):
	"""Submitted as it is inserted, as REST and Data Import do it; and as a repeated order."""
	over_credit()
	buyer = limited()
	order = order_of(buyer, goods, 12, submit=False)
	at_once = frappe.copy_doc(order)
	at_once.docstatus = 1
	at_once.insert()
	assert is_held(at_once) and holds(at_once)


def test_held_and_released_orders_show_in_the_queue(goods, jobs):
	over_credit()
	order = order_of(limited(), goods, 12)
	assert book.score(order).gate == "held"
	service.release_by_hand(holds(order)[0].name, "fine", None)
	jobs.run()
	assert book.score(order).gate == ""


def test_who_waits_never_counts_against_who_was_let_through(goods, jobs):
	"""Also where a rule holds what is submitted, too: the order of service is not turned round."""
	over_credit(hold_submitted=1)
	buyer = limited()
	fine, waits = order_of(buyer, goods, 6), order_of(buyer, goods, 7)
	recheck.recheck_orders([fine.name, waits.name])
	assert (is_held(fine), is_held(waits)) == (False, True)
	assert not alerts(fine)


def test_while_the_engine_is_in_shadow_active_rules_are_counted(goods, jobs):
	from crm_o2c.services import check_runs

	counted = over_credit()
	buyer = make.customer(o2c_no_credit=1)
	order_of(buyer, goods, 6)
	rule_book.switch("Shadow")
	check_runs.start()
	jobs.run()
	assert frappe.db.get_value("O2C Anomaly Rule", counted.name, "shadow_orders") == 1
