"""Who is told of goods in trouble: one task for each cause, closed when it has passed."""

import pytest
from parcels import NOTE, carrier, hours_ago, note, number, record, scanned, shipment

import frappe

from crm_o2c.services import o2c_scheduler, tracking_alerts
from crm_o2c.services.tracking_alerts import PREFIX

import factories as make

DAY = 24


@pytest.fixture
def by():
	return carrier(alert_days=3)


def tasks_of(doc, status: str = "Open") -> list:
	filters = {"reference_type": NOTE, "reference_name": doc.name, "status": status, "name": ("like", f"{PREFIX}%")}
	return frappe.get_all("ToDo", filters, ["name", "allocated_to", "role", "description"], order_by="creation asc")


def owned_by(doc, login: str):
	frappe.db.set_value(NOTE, doc.name, "owner", login, update_modified=False)
	return doc


@pytest.mark.parametrize("status", ["Exception", "Returned", "Lost"])
def test_trouble_makes_one_task_for_the_owner(by, jobs, status):
	login, under = make.user("Stock User").name, number()
	doc = owned_by(note(with_carrier=by, under=under), login)
	record(scanned(by, under, "TRN", 9), scanned(by, under, status, 1))
	jobs.run()
	assert [task.allocated_to for task in tasks_of(doc)] == [login]
	record(scanned(by, under, status, 0.5))
	jobs.run()
	tracking_alerts.look()
	assert len(tasks_of(doc)) == 1
	assert frappe.db.count("Notification Log", {"for_user": login, "document_name": doc.name}) == 1


def test_what_is_closed_by_a_person_stays_closed(by, jobs):
	under = number()
	doc = note(with_carrier=by, under=under)
	record(scanned(by, under, "Exception", 1))
	jobs.run()
	task = frappe.get_doc("ToDo", tasks_of(doc)[0].name)
	task.status = "Closed"
	task.save()
	tracking_alerts.look()
	assert tasks_of(doc) == []


def test_a_task_is_closed_when_its_cause_has_passed_and_made_anew_for_a_new_one(by, jobs):
	under = number()
	doc = note(with_carrier=by, under=under)
	record(scanned(by, under, "Exception", 9))
	jobs.run()
	record(scanned(by, under, "TRN", 5))
	jobs.run()
	assert (len(tasks_of(doc)), len(tasks_of(doc, "Closed"))) == (0, 1)
	record(scanned(by, under, "Exception", 1))
	jobs.run()
	assert (len(tasks_of(doc)), len(tasks_of(doc, "Closed"))) == (1, 1)


@pytest.mark.parametrize(("days", "tasks"), [(2.9, 0), (3.1, 1), (61, 0)])
def test_silence(by, days, tasks):
	under = number()
	doc = note(with_carrier=by, under=under)
	record(scanned(by, under, "TRN", days * DAY))
	tracking_alerts.look()
	tracking_alerts.look()
	assert len(tasks_of(doc)) == tasks


def test_a_scan_ends_the_silence(by, jobs):
	under = number()
	doc = note(with_carrier=by, under=under)
	record(scanned(by, under, "TRN", 4 * DAY))
	tracking_alerts.look()
	record(scanned(by, under, "TRN", 1, place="Wuhan"))
	tracking_alerts.look()
	assert (len(tasks_of(doc)), len(tasks_of(doc, "Closed"))) == (0, 1)


def test_silence_from_the_first_day(by):
	doc = note(with_carrier=by, under=number())
	frappe.db.set_value(NOTE, doc.name, "posting_date", hours_ago(4 * DAY).date(), update_modified=False)
	tracking_alerts.look()
	assert len(tasks_of(doc)) == 1


def test_silence_of_a_shipment(by):
	under = number()
	doc = note()
	shipment(doc, with_carrier=by, under=under)
	record(scanned(by, under, "TRN", 4 * DAY))
	tracking_alerts.look()
	assert len(tasks_of(doc)) == 1


def test_no_silence_where_the_carrier_says_never_or_all_has_arrived(by):
	quiet, under, other = carrier(alert_days=0), number(), number()
	one, two = note(with_carrier=quiet, under=under), note(with_carrier=by, under=other)
	record(scanned(quiet, under, "TRN", 4 * DAY), scanned(by, other, "DLV", 4 * DAY))
	tracking_alerts.look()
	assert tasks_of(one) == tasks_of(two) == []


def test_where_the_owner_has_left_a_manager_of_the_stock_gets_it(by, jobs):
	login, under = make.user("Stock User", enabled=0).name, number()
	doc = owned_by(note(with_carrier=by, under=under), login)
	manager = make.user("Stock Manager").name
	record(scanned(by, under, "Lost", 1))
	jobs.run()
	assert tasks_of(doc)[0].allocated_to not in (login, None)
	assert frappe.db.exists("Has Role", {"parent": tasks_of(doc)[0].allocated_to, "role": "Stock Manager"})
	assert manager


def test_what_a_customer_is_called_does_no_harm(by, jobs):
	under = number()
	doc = note(with_carrier=by, under=under)
	name = "Ann <img src=x onerror=alert(1)>"
	frappe.db.set_value(NOTE, doc.name, "customer_name", name, update_modified=False)
	record(scanned(by, under, "Lost", 1))
	jobs.run()
	assert "<img" not in tasks_of(doc)[0].description


def test_the_clock_looks_and_asks(jobs):
	o2c_scheduler.hourly()
	names = jobs.names()
	assert "crm_o2c.services.tracking_poll.start" in names
	assert "crm_o2c.services.tracking_alerts.look" in names
