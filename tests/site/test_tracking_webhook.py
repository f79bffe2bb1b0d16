"""A carrier's messages: signed and fresh, or refused alike whatever is wrong."""

import json
import time

import pytest
from parcels import EVENT, SECRET, carrier, hours_ago, note, number, told

import frappe

from crm_o2c.services import tracking_webhook
from crm_o2c.services.tracking_webhook import receive, sign

PATH = "/api/method/crm_o2c.api.tracking.webhook"
NOW = 1_800_000_000


@pytest.fixture
def by():
	return carrier(how="Webhook", webhook_secret=SECRET)


def message(under: str, status: str = "DLV", **fields) -> bytes:
	scan = {"number": under, "status": status, "happened_at": hours_ago(1).isoformat(), **fields}
	return json.dumps({"scans": [scan]}).encode()


def sent(by, body: bytes, seconds: float = NOW, **changed):
	stamp = changed.get("timestamp", str(NOW))
	signature = changed.get("signature", sign(changed.get("secret", SECRET), stamp, body))
	return receive(changed.get("carrier", by.name), stamp, signature, changed.get("instead", body), seconds)


def test_a_signed_message_is_kept(by):
	under = number()
	doc = note(with_carrier=by, under=under)
	assert sent(by, message(under, place="Wuhan")) == {"received": 1, "unreadable": 0}
	assert told(doc) == "Delivered"
	assert frappe.db.get_value(EVENT, {"tracking_number": under}, ["source", "place"]) == ("Webhook", "Wuhan")


def test_a_message_of_trouble_makes_a_task_though_nobody_is_logged_in(by, as_user, jobs):
	under = number()
	doc = note(with_carrier=by, under=under)
	as_user("Guest")
	assert sent(by, message(under, status="Lost"))
	jobs.run()
	assert frappe.db.get_value("ToDo", {"reference_name": doc.name}, "allocated_to") == "Administrator"


def test_a_message_sent_again_changes_nothing(by):
	under = number()
	note(with_carrier=by, under=under)
	for _again in range(2):
		sent(by, message(under))
	assert frappe.db.count(EVENT, {"tracking_number": under}) == 1


def test_the_answer_does_not_tell_whether_a_number_exists(by):
	under = number()
	note(with_carrier=by, under=under)
	assert sent(by, message(under)) == sent(by, message(number()))


WRONG = {
	"another secret": {"secret": "another secret of length"},
	"no signature": {"signature": ""},
	"odd signature": {"signature": "é" * 64},
	"an empty secret": {"secret": ""},
	"the key of nobody": {"secret": tracking_webhook.NOBODY, "carrier": "nobody"},
	"another body": {"instead": b'{"scans": []}'},
	"another carrier": {"carrier": "nobody"},
	"no timestamp": {"timestamp": ""},
	"odd timestamp": {"timestamp": "1e9"},
	"odd digits": {"timestamp": "²"},
	"endless timestamp": {"timestamp": "9" * 5000},
	"old": {"timestamp": str(NOW - 301)},
	"from the future": {"timestamp": str(NOW + 301)},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused(by, wrong):
	under = number()
	assert sent(by, message(under), **WRONG[wrong]) is None
	assert not frappe.db.exists(EVENT, {"tracking_number": under})


@pytest.mark.parametrize(
	"body", [b"", b"{", b"7", b'{"scans": 7}', b"[" * 100_000, b"[" + b"1," * 600 + b"1]", b"\xff"]
)
def test_what_can_t_be_read_is_refused_and_logged(by, body):
	assert sent(by, body) is None
	assert frappe.db.exists("Error Log", {"reference_doctype": "O2C Carrier", "reference_name": by.name})


def test_a_huge_message_is_refused(by):
	assert sent(by, message(number(), description="x" * 1_000_001)) is None


@pytest.mark.parametrize("change", [{"enabled": 0}, {"how": "By Hand"}])
def test_only_carriers_that_send(by, change):
	by.update(change)
	by.save()
	assert sent(by, message(number())) is None


def test_one_bad_scan_does_not_cost_the_others(by):
	under = number()
	doc = note(with_carrier=by, under=under)
	good = json.loads(message(under))["scans"][0]
	bad = [7, {}, {**good, "number": ""}, {**good, "happened_at": "yesterday"}, {**good, "status": {"a": 1}}]
	body = json.dumps([*bad, good]).encode()
	assert sent(by, body) == {"received": 6, "unreadable": 5}
	assert told(doc) == "Delivered"
	assert "yesterday" in frappe.get_last_doc("Error Log", {"reference_name": by.name}).error


def test_halves_of_characters_do_not_cost_the_others(by):
	"""JSON may hold them by escapes; no database takes them."""
	under = number()
	doc = note(with_carrier=by, under=under)
	good = json.loads(message(under))["scans"][0]
	odd = [{**good, "number": "\ud800", "note": "\udfff"}, {**good, "happened_at": "\ud800"}]
	assert sent(by, json.dumps([*odd, good]).encode()) == {"received": 3, "unreadable": 1}
	assert told(doc) == "Delivered"


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_webhook_has_a_secret(secret):
	with pytest.raises(frappe.ValidationError):
		carrier(how="Webhook", webhook_secret=secret)


def test_a_secret_that_is_taken_away_is_asked_for(by):
	by.webhook_secret = ""
	with pytest.raises(frappe.ValidationError):
		by.save()


# -- over HTTP -----------------------------------------------------------------------------------------------------------


@pytest.mark.commits
def test_over_http(web, committed):
	by = committed(carrier(how="Webhook", webhook_secret=SECRET))
	frappe.db.commit()
	under, guest = number(), web.guest()

	def post(body: bytes, secret: str = SECRET, name: str = by.name, kind: str = "application/json"):
		stamp = str(int(time.time()))
		headers = {
			"X-O2C-Timestamp": stamp,
			"X-O2C-Signature": "sha256=" + sign(secret, stamp, body),
			"Content-Type": kind,
		}
		return guest.post(PATH, params={"carrier": name}, data=body, headers=headers)

	try:
		good = post(message(under))
		assert (good.status_code, good.json()["message"]) == (200, {"received": 1, "unreadable": 0})
		frappe.db.rollback()
		assert frappe.db.count(EVENT, {"tracking_number": under}) == 1
		refused = [post(message(under), secret="another secret of length"), post(message(under), name="nobody")]
		refused += [post(b"[", kind="text/plain"), post(b"[7, 8", kind="application/octet-stream")]
		refused += [guest.post(PATH), guest.post(PATH, json={"scans": [], "carrier": by.name})]
		assert {answer.status_code for answer in refused} == {401}
		assert len({answer.text for answer in refused}) == 1
		assert guest.get(PATH, params={"carrier": by.name}).status_code == 403
	finally:
		frappe.db.rollback()
		frappe.db.delete(EVENT, {"carrier": by.name})
		frappe.db.delete("Error Log", {"reference_name": by.name})
		frappe.db.commit()
