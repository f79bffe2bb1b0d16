"""Tracking: scans from everywhere are kept once, and Delivery Notes and Shipments say what they say together."""

import pytest
from parcels import (
	EVENT,
	NOTE,
	carrier,
	events_of,
	hours_ago,
	note,
	number,
	record,
	scanned,
	shipment,
	told,
)  # fmt: skip

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.exceptions import TrackingError
from crm_o2c.services import tracking, tracking_state

import factories as make


@pytest.fixture
def by():
	return carrier()


def ledger(doc) -> list[tuple[str, str]]:
	filters = {"reference_doctype": doc.doctype, "reference_name": doc.name, "what": "tracking", "feed": "Person"}
	rows = frappe.get_all("O2C Event", filters, ["from_state", "to_state"], order_by="creation asc, number asc")
	return [(row.from_state, row.to_state) for row in rows]


# -- kept once, in whatever order ------------------------------------------------------------------------------------------


def test_scans_bring_the_delivery_note_in_line(by):
	under = number()
	doc = note(with_carrier=by, under=under)
	counts = record(
		scanned(by, under, "TRN", 5, place="Wuhan"), scanned(by, under, "DLV", 1, eta=getdate(add_days(nowdate(), 1)))
	)
	assert counts == {"received": 2, "stored": 2, "repeated": 0, "unknown": 0, "changed": 1}
	assert told(doc, "o2c_tracking_status", "o2c_arrived_at", "o2c_last_scan_at", "o2c_eta") == (
		"Delivered", hours_ago(1), hours_ago(1), getdate(add_days(nowdate(), 1)),
	)  # fmt: skip
	assert ledger(doc) == [("", "Delivered")]


def test_the_same_scan_is_kept_once(by):
	under = number()
	doc = note(with_carrier=by, under=under)
	first = scanned(by, under, "TRN", 5, place="Wuhan")
	assert record(first, first)["stored"] == 1
	again = record(first)
	assert (again["stored"], again["repeated"], again["changed"]) == (0, 1, 0)
	assert len(events_of(doc)) == 1
	assert ledger(doc) == [("", "In Transit")]


def test_a_scan_that_comes_late_does_not_turn_back_the_clock(by):
	under = number()
	doc = note(with_carrier=by, under=under)
	record(scanned(by, under, "Out for Delivery", 1))
	record(scanned(by, under, "Picked Up", 9))
	assert told(doc) == "Out for Delivery"
	record(scanned(by, under, "Delivered", 0.5))
	record(scanned(by, under, "In Transit", 0.2))
	assert told(doc) == "Delivered"
	record(scanned(by, under, "Returned", 0.1))
	assert told(doc) == "Returned"
	assert ledger(doc) == [("", "Out for Delivery"), ("Out for Delivery", "Delivered"), ("Delivered", "Returned")]


def test_a_scan_of_a_number_that_nobody_knows_yet_waits_for_it(by):
	under = number()
	assert record(scanned(by, under, "TRN", 5))["unknown"] == 1
	doc = note(with_carrier=by, under=under)
	assert told(doc) == "In Transit"


def test_a_number_entered_after_the_submit_finds_its_scans(by):
	under = number()
	record(scanned(by, under, "DLV", 5))
	doc = note()
	doc.update({"o2c_carrier": by.name, "o2c_tracking_number": under})
	doc.save()
	assert told(doc) == doc.o2c_tracking_status == "Delivered"
	doc.o2c_tracking_number = number()
	doc.save()
	assert (told(doc) or "") == ""


def test_a_number_is_one_carrier_s(by):
	under = number()
	doc = note(with_carrier=carrier(), under=under)
	assert record(scanned(by, under, "DLV", 1))["unknown"] == 1
	assert not told(doc)


def test_a_number_used_again_does_not_bring_old_scans(by):
	under = number()
	record(scanned(by, under, "DLV", 24 * 100))
	assert not told(note(with_carrier=by, under=under))


def test_one_parcel_may_hold_several_deliveries(by):
	under = number()
	one, two = note(with_carrier=by, under=under), note(with_carrier=by, under=under)
	record(scanned(by, under, "DLV", 1))
	assert told(one) == told(two) == "Delivered"
	assert len(tracking.history([one.name, two.name])) == 1


def test_a_word_that_is_learned_later_counts_then(by, jobs):
	under = number()
	doc = note(with_carrier=by, under=under)
	record(scanned(by, under, "HUB SCAN 17", 5))
	assert (told(doc) or "", told(doc, "o2c_last_scan_at")) == ("", hours_ago(5))
	by.append("words", {"raw_status": "hub scan 17", "status": "In Transit"})
	by.save()
	jobs.run()
	assert told(doc) == "In Transit"
	by.enabled = 0
	by.save()
	assert "crm_o2c.services.tracking.apply_words" not in jobs.names()


# -- Shipments -----------------------------------------------------------------------------------------------------------


def test_scans_of_a_shipment_count_for_its_deliveries(by):
	under = number()
	one, two = note(), note()
	sent = shipment(one, two, with_carrier=by, under=under)
	record(scanned(by, under, "TRN", 5))
	assert (told(one), told(two), told(sent, "tracking_status")) == ("In Transit", "In Transit", "In Progress")
	record(scanned(by, under, "DLV", 1))
	assert (told(one), told(two), told(sent, "tracking_status")) == ("Delivered", "Delivered", "Delivered")


def test_a_delivery_in_two_shipments_has_arrived_with_the_last(by):
	first, second = number(), number()
	doc = note()
	shipment(doc, with_carrier=by, under=first)
	other = shipment(doc, with_carrier=by, under=second)
	record(scanned(by, first, "DLV", 5))
	assert (told(doc), told(doc, "o2c_arrived_at")) == ("Announced", None)
	record(scanned(by, second, "TRN", 4))
	assert told(doc) == "In Transit"
	record(scanned(by, second, "DLV", 1))
	assert told(doc, "o2c_tracking_status", "o2c_arrived_at") == ("Delivered", hours_ago(1))
	other.cancel()
	assert told(doc, "o2c_arrived_at") == hours_ago(5)


@pytest.mark.parametrize(
	("said", "status"),
	[("In Progress", "In Transit"), ("Delivered", "Delivered"), ("Returned", "Returned"), ("Lost", "Lost")],
)
def test_a_status_set_on_a_shipment_is_a_scan(said, status):
	doc = note()
	sent = shipment(doc)
	sent.tracking_status = said
	sent.save()
	assert (told(doc), told(sent, "tracking_status")) == (status, said)
	assert [event.source for event in events_of(sent)] == ["Shipment"]


def test_a_status_set_by_mistake_is_set_back():
	doc = note()
	sent = shipment(doc)
	for said, status in (("Delivered", "Delivered"), ("In Progress", "In Transit"), ("Delivered", "Delivered")):
		sent.tracking_status = said
		sent.save()
		assert (told(doc), sent.tracking_status) == (status, said)


def test_what_the_carrier_says_is_not_set_back_by_hand(by):
	under = number()
	sent = shipment(note(), with_carrier=by, under=under)
	record(scanned(by, under, "DLV", 1))
	sent.reload()
	sent.tracking_status = "In Progress"
	sent.save()
	assert told(sent, "tracking_status") == sent.tracking_status == "Delivered"


# -- by hand -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_number", [True, False])
def test_everything_works_without_a_carrier_s_account(with_number):
	by = carrier() if with_number else None
	doc = note(with_carrier=by, under=number() if with_number else None)
	tracking.add_by_hand(NOTE, doc.name, "Picked Up", hours_ago(5), "Gate 4", "", None)
	tracking.add_by_hand(NOTE, doc.name, "Delivered", hours_ago(1), "", "Signed by Ann", None)
	assert told(doc, "o2c_tracking_status", "o2c_arrived_at") == ("Delivered", hours_ago(1))


def test_two_deliveries_without_numbers_have_scans_of_their_own():
	one, two = note(), note()
	for doc in (one, two):
		tracking.add_by_hand(NOTE, doc.name, "Delivered", hours_ago(1), "", "", None)
	assert (len(events_of(one)), len(events_of(two))) == (1, 1)


def test_a_mistake_is_withdrawn_and_stays_to_be_seen():
	doc = note()
	tracking.add_by_hand(NOTE, doc.name, "Picked Up", hours_ago(5), "", "", None)
	tracking.add_by_hand(NOTE, doc.name, "Delivered", hours_ago(1), "", "", None)
	wrong = events_of(doc)[-1]
	tracking.withdraw(wrong.name, "The wrong delivery")
	tracking.withdraw(wrong.name, "The wrong delivery")
	assert told(doc, "o2c_tracking_status", "o2c_arrived_at") == ("Picked Up", None)
	assert len(events_of(doc)) == 3
	with pytest.raises(TrackingError):
		tracking.add_by_hand(NOTE, doc.name, "Delivered", hours_ago(1), "", "", None)
	assert [scan["status"] for scan in tracking.history([doc.name])] == ["Picked Up"]
	assert ledger(doc)[-1] == ("Delivered", "Picked Up")


@pytest.mark.parametrize(("status", "hours"), [("Somewhere", 1), ("Delivered", -1)])
def test_what_can_t_be_is_refused(status, hours):
	doc = note()
	with pytest.raises(TrackingError):
		tracking.add_by_hand(NOTE, doc.name, status, hours_ago(hours), "", "", None)


def test_a_cancelled_delivery_is_not_tracked():
	doc = note()
	doc.cancel()
	with pytest.raises(TrackingError):
		tracking.add_by_hand(NOTE, doc.name, "Delivered", hours_ago(1), "", "", None)


# -- what users and forms can't do ---------------------------------------------------------------------------------------


def test_a_form_that_was_open_keeps_what_a_scan_said(by):
	under = number()
	doc = note(with_carrier=by, under=under)
	opened = frappe.get_doc(NOTE, doc.name)
	record(scanned(by, under, "DLV", 1))
	opened.o2c_proof_of_delivery = "/files/signed.png"
	opened.o2c_tracking_status = "Lost"
	opened.save()
	assert told(doc, "o2c_tracking_status", "o2c_arrived_at") == ("Delivered", hours_ago(1))


def test_a_new_delivery_note_begins_without_a_status():
	doc = make.delivery_note(make.sales_order(lines=[{"item_code": make.item(stock=5).name}]), submit=False)
	forged = frappe.copy_doc(doc)
	forged.update({"o2c_tracking_status": "Delivered", "o2c_arrived_at": hours_ago(1)})
	forged.insert()
	assert told(forged, "o2c_tracking_status", "o2c_arrived_at") in ((None, None), ("", None))


def test_nobody_changes_or_deletes_a_scan(by):
	doc = note(with_carrier=by, under=number())
	tracking.add_by_hand(NOTE, doc.name, "Delivered", hours_ago(1), "", "", None)
	event = frappe.get_doc(EVENT, events_of(doc)[0].name)
	event.status = "Lost"
	for act in (event.save, event.delete, lambda: frappe.copy_doc(event).insert(set_name="forged")):
		with pytest.raises(frappe.PermissionError):
			act()
	with pytest.raises(frappe.ValidationError):
		frappe.delete_doc("O2C Carrier", by.name)


def test_a_date_by_hand_stays_until_the_carrier_says_another(by):
	under, soon, later = number(), getdate(add_days(nowdate(), 2)), getdate(add_days(nowdate(), 5))
	doc = note(with_carrier=by, under=under)
	record(scanned(by, under, "TRN", 9, eta=soon))
	doc.reload()
	doc.o2c_eta = later
	doc.save()
	record(scanned(by, under, "TRN", 9, eta=soon))  # the same once more
	assert told(doc, "o2c_eta") == later


def test_history_is_in_order_and_names_the_delivery(by):
	under = number()
	doc = note()
	shipment(doc, with_carrier=by, under=under)
	record(scanned(by, under, "DLV", 1, description="At the door"), scanned(by, under, "TRN", 8, place="Wuhan"))
	rows = tracking.history([doc.name])
	assert [(row["status"], row["place"], row["description"]) for row in rows] == [
		("In Transit", "Wuhan", ""),
		("Delivered", "", "At the door"),
	]
	assert {row["reference"] for row in rows} == {doc.name}
	assert tracking.history([]) == []


def test_a_plain_save_of_a_delivery_note_asks_nothing_of_tracking(queries):
	doc = note()
	doc.reload()
	doc.o2c_proof_of_delivery = "/files/signed.png"
	queries.clear()
	doc.save()
	assert not [query for query in queries if "Tracking Event" in query or "tabShipment" in query]


def test_scans_of_many_take_as_many_queries_as_of_one(by, queries):
	def asked(count: int) -> int:
		pairs = [(note(with_carrier=by, under=under), under) for under in (number() for _ in range(count))]
		queries.clear()
		tracking_state.Book([doc.name for doc, _under in pairs], lock=True)
		return len(queries)

	assert asked(4) == asked(1) <= 6
