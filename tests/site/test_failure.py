"""Whatever of ours fails, the user's document is saved; the failure is logged, and shown on O2C Settings."""

from contextlib import contextmanager

import book
import pytest
import redis

import frappe
from erpnext.selling.doctype.sales_order.sales_order import update_status
from frappe.utils import add_days, nowdate

from crm_o2c.overrides import customer as customer_events
from crm_o2c.overrides import sales_order as order_events
from crm_o2c.services import context, dirty, guard, priority, scores
from crm_o2c.services.health import health

import factories as make


class Broken(Exception):
	pass


def broken(*args, **kwargs):
	raise Broken("out of order")


def unknown_column(*args, **kwargs):
	frappe.db.sql("select no_such_column from `tabSales Order`")


def thrown(*args, **kwargs):
	frappe.throw("Words that no user may see")


FAILURES = [broken, unknown_column, thrown]
SAVING = [
	(priority, "mode"),
	(priority, "ranking_context"),
	(priority, "facts_of"),
	(context.PriorityScorer, "decide"),
	(scores.Author, "write"),
	(scores, "write_bands"),
	(priority.notices, "queue_changed"),
	(dirty, "mark_order"),
]


@pytest.fixture(autouse=True)
def empty_log():
	"""Frappe keeps its Error Log outside of transactions."""
	clear = frappe.qb.from_("Error Log").delete()
	clear.run()
	yield
	clear.run()


def logged() -> list[str]:
	return frappe.get_all("Error Log", {"method": ("like", f"{guard.TITLE}%")}, pluck="method", order_by="name asc")


def everything_a_user_does():
	"""An order's whole life, with stock ERPNext's own results asserted."""
	goods = make.item(stock=10)
	order = make.sales_order(make.customer(tier="A"), lines=[{"item_code": goods.name, "qty": 2}])
	order.reload()
	order.letter_head = None
	order.save()
	update_status("On Hold", order.name)
	update_status("Draft", order.name)
	make.delivery_note(frappe.get_doc("Sales Order", order.name), qty=1)
	draft = make.sales_order(submit=False)
	frappe.delete_doc("Sales Order", draft.name)
	other = make.sales_order()
	frappe.get_doc("Sales Order", other.name).cancel()
	assert frappe.db.get_value("Sales Order", order.name, ["docstatus", "per_delivered"]) == (1, 50)
	assert frappe.db.get_value("Sales Order", other.name, "docstatus") == 2
	return order


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(("where", "what"), SAVING, ids=[what for _where, what in SAVING])
def test_orders_live_on_whatever_fails(monkeypatch, jobs, where, what, failure):
	monkeypatch.setattr(where, what, failure)
	everything_a_user_does()
	jobs.commit()
	assert logged()
	assert not [message for message in frappe.local.message_log if "no user may see" in str(message)]


def test_a_failure_is_shown_on_settings(monkeypatch):
	monkeypatch.setattr(priority, "facts_of", broken)
	make.sales_order()
	settings = frappe.get_doc("O2C Settings")
	settings.run_method("onload")
	shown = settings.get("__onload").health["failures"]
	assert shown[0]["title"] == "CRM O2C: score of Sales Order failed"
	assert shown[0]["count"] == 2  # the draft and the submission
	log = frappe.get_last_doc("Error Log", {"method": shown[0]["title"]})
	assert "out of order" in log.error
	assert log.reference_doctype == "Sales Order"


def test_where_scoring_fails_no_band_stays(monkeypatch):
	order = make.sales_order(days=1, submit=False)
	assert book.band(order)
	monkeypatch.setattr(priority, "facts_of", broken)
	order.save()
	assert book.band(order) == ""
	order.o2c_priority_band = "Critical"
	order.submit()
	assert (book.band(order), book.score(order)) == ("", None)


def test_what_failed_on_saving_is_made_good_in_the_background(monkeypatch, jobs):
	with monkeypatch.context() as for_now:
		for_now.setattr(priority, "facts_of", broken)
		order = make.sales_order()
	assert book.score(order) is None
	jobs.run()
	assert book.band(order) == book.score(order).band != ""


@contextmanager
def without_redis():
	def down(*args, **kwargs):
		raise redis.exceptions.ConnectionError("Redis is down")

	with pytest.MonkeyPatch.context() as patch:
		patch.setattr(redis.Redis, "execute_command", down)
		frappe.local.cache = {}
		yield


@pytest.mark.parametrize("event", ["validate", "on_update", "on_change", "before_update_after_submit", "on_cancel"])
def test_without_redis_an_order_is_scored_all_the_same(event):
	order = make.sales_order()
	order.reload()
	with without_redis():
		getattr(order_events, event)(order)
		frappe.db.after_commit.run()
	if event in ("validate", "before_update_after_submit"):
		assert order.o2c_priority_band == book.score(order).band
	assert logged() == []


def test_without_redis_a_customer_is_saved():
	buyer = make.customer()
	buyer.is_frozen = 1
	with without_redis():
		customer_events.on_update(buyer)
		frappe.db.after_commit.run()
	assert logged() == []


@pytest.mark.parametrize("text", ["{", "[]", '{"policy": {"unknown": 1}}', b"\x80", 5])
def test_a_spoilt_kept_context_stops_no_order(text):
	frappe.cache.set_value(f"{context.CACHE_KEY}::{make.COMPANY}", text)
	order = make.sales_order()
	assert order.docstatus == 1


def test_settings_that_are_missing_stop_no_order():
	frappe.db.delete("Singles", {"doctype": "O2C Settings"})
	frappe.clear_document_cache("O2C Settings", "O2C Settings")
	assert make.sales_order().docstatus == 1
	assert logged() == []


def test_without_a_policy_orders_have_no_band(jobs):
	frappe.db.set_value("O2C Priority Policy", book.STANDARD, {"status": "Retired", "active_scope": None})
	context.forget()
	order = make.sales_order()
	jobs.run()
	assert (book.band(order), book.score(order)) == ("", None)
	assert logged() == []


def test_without_figures_of_what_is_usual_terms_are_reported_missing():
	frappe.db.delete("O2C Priority Reference")
	context.forget()
	order = make.sales_order()
	assert '["value",0.0,1]' in book.score(order).terms
	assert book.band(order)


def test_a_policy_whose_field_is_gone_stops_no_order():
	curve = {"weight": 1, "curve": "Linear", "curve_points": "0: 0\n9: 9"}
	policy = book.policy(more_factors=[{"source": "Sales Order Field", "fieldname": "total_qty", **curve}])
	row = policy.factors[-1]
	frappe.db.set_value("O2C Priority Factor", row.name, "fieldname", "gone_field")
	context.forget()
	assert make.sales_order().docstatus == 1


def test_a_job_that_cannot_be_queued_stops_nobody(monkeypatch):
	order = make.sales_order()
	monkeypatch.setattr(frappe, "enqueue", broken)
	update_status("On Hold", order.name)
	frappe.db.after_commit.run()
	assert frappe.db.get_value("Sales Order", order.name, "status") == "On Hold"


def test_health_survives_without_workers(monkeypatch):
	from crm_o2c.services import health as service

	def down(*args, **kwargs):
		raise redis.exceptions.ConnectionError("Redis is down")

	monkeypatch.setattr(service, "get_workers", down)
	assert health()["workers"] is None


def test_a_deadlock_is_for_the_database_to_say(monkeypatch):
	"""The database has undone the user's transaction by then: to go on would save half of it."""

	def deadlock(*args, **kwargs):
		raise frappe.QueryDeadlockError

	monkeypatch.setattr(scores.Author, "write", deadlock)
	with pytest.raises(frappe.QueryDeadlockError):
		make.sales_order()


def test_a_promise_far_beyond_the_calendar_is_ranked():
	order = make.sales_order(days=12000)
	assert book.band(order) == "Low"
	assert add_days(nowdate(), 12000) in book.score(order).facts
