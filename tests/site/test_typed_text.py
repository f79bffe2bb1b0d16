"""What people type as a reason is shown by Frappe's forms as HTML: nothing in it may run."""

import ledger_book as book
import pytest

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.services import alerts, delivery_promises, events, holds, promise_changes, tracking
from crm_o2c.services.typed_text import cleaned

import factories as make

BAD = "<img src=x onerror=alert(1)>late"


@pytest.mark.parametrize("text", [BAD, f'["{BAD}"]', "<svg onload=alert(1)>", "<script>alert(1)</script>"])
def test_nothing_that_runs_is_left(text):
	assert not any(word in cleaned(text) for word in ("onerror", "onload", "<script"))


@pytest.mark.parametrize("text", ["", "a < b and b > c", "3 & 4", '"so"', "5 < 6"])
def test_plain_words_stay(text):
	assert cleaned(text) == text


def test_reasons_that_are_written_by_sql(goods, jobs):
	order = book.order_of(goods)
	events.note("Sales Order", order.name, "odd", "x", reason=BAD)
	assert book.rows(order, "odd")[0].reason == '<img src="x">late'
	delivery_promises.observe([order.name])
	day = getdate(add_days(nowdate(), 20))
	promise_changes.change_date(order.name, order.items[0].name, day, BAD, "By Hand")
	reasons = frappe.get_all("O2C Promise", {"sales_order": order.name}, pluck="reason", order_by="number asc")
	assert reasons == [None, '<img src="x">late']


def test_decisions_and_releases(monkeypatch):
	written = []
	monkeypatch.setattr(frappe.db, "set_value", lambda _doctype, _name, values: written.append(values))
	alerts.decide("any", "Accepted", BAD)
	holds.release(["any"], "By Hand", BAD)
	assert [values.get("reason") or values["release_reason"] for values in written] == ['<img src="x">late'] * 2


def test_what_a_carrier_says(goods, jobs):
	note = make.delivery_note(book.order_of(goods))
	scan = tracking.Scan("", "In Transit", frappe.utils.now_datetime(), "", BAD, None)
	tracking.record([tracking.Report(scan, "By Hand", doctype="Delivery Note", name=note.name)])
	assert frappe.get_all("O2C Tracking Event", {"reference_name": note.name}, pluck="description") == [
		'<img src="x">late'
	]
