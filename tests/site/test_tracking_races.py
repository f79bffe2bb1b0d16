"""Scans at the same moment: each is kept once, none is overlooked."""

import pytest
from at_once import at_once
from parcels import EVENT, NOTE, carrier, note, number, record, scanned, told

import frappe

import factories as make

STATUSES = ("Announced", "Picked Up", "In Transit", "Out for Delivery", "Delivered")


@pytest.fixture
def setting(committed):
	"""A carrier and two Delivery Notes under numbers, for other connections to see."""
	by = committed(carrier())
	buyer, goods = committed(make.customer()), committed(make.item())
	committed(make.receipt(goods.name, 10))
	notes = []
	for _each in range(2):
		order = committed(make.sales_order(buyer, lines=[{"item_code": goods.name}]))
		notes.append(committed(note(order, with_carrier=by, under=number())))
	frappe.db.commit()
	yield by, notes
	frappe.db.rollback()
	names = [one.name for one in notes]
	frappe.db.delete(EVENT, {"carrier": by.name})
	frappe.db.delete("ToDo", {"reference_type": NOTE, "reference_name": ("in", names)})
	for doctype in ("O2C Event", "O2C Event Head"):
		frappe.db.delete(doctype, {"reference_doctype": NOTE, "reference_name": ("in", names)})
	frappe.db.commit()


@pytest.mark.commits
@pytest.mark.parametrize("attempt", range(2))
def test_different_scans_at_once(attempt, setting):
	by, (one, _two) = setting
	under = one.o2c_tracking_number
	reports = [scanned(by, under, status, 9 - place) for place, status in enumerate(STATUSES)]
	assert at_once(*(lambda report=report: record(report) for report in reports)) == ["done"] * len(reports)
	assert told(one) == "Delivered"
	assert frappe.db.count(EVENT, {"tracking_number": under}) == len(reports)
	changes = frappe.get_all(
		"O2C Event",
		{"reference_name": one.name, "what": "tracking", "feed": "Person"},
		["from_state", "to_state"],
		order_by="creation asc",
	)
	assert changes[-1].to_state == "Delivered"
	assert [change.from_state for change in changes[1:]] == [change.to_state for change in changes[:-1]]


@pytest.mark.commits
def test_the_same_scan_at_once(setting):
	by, (one, _two) = setting
	report = scanned(by, one.o2c_tracking_number, "Delivered", 1)
	assert at_once(*[lambda: record(report)] * 4) == ["done"] * 4
	assert frappe.db.count(EVENT, {"tracking_number": one.o2c_tracking_number}) == 1
	filters = {"reference_name": one.name, "what": "tracking", "feed": "Person"}
	assert frappe.db.count("O2C Event", filters) == 1


@pytest.mark.commits
@pytest.mark.parametrize("attempt", range(2))
def test_messages_about_the_same_two_in_either_order(attempt, setting):
	by, notes = setting
	pair = [scanned(by, one.o2c_tracking_number, "In Transit", 5) for one in notes]
	more = [scanned(by, one.o2c_tracking_number, "Delivered", 1) for one in reversed(notes)]
	assert at_once(lambda: record(*pair), lambda: record(*more)) == ["done", "done"]
	assert [told(one) for one in notes] == ["Delivered", "Delivered"]
