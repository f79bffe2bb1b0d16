"""Asking carriers, against one on this machine that is slow, broken, huge, wrong and out of order."""

import time

import pytest
from odd_carrier import Mine, make_mine, odd_carrier
from parcels import EVENT, carrier, hours_ago, note, number, shipment, told

import frappe
from frappe.utils import add_days, now_datetime, nowdate

from crm_o2c.exceptions import CarrierError
from crm_o2c.services import carriers, tracking, tracking_poll
from crm_o2c.services.tracking_http import JsonOverHttp, Limits

TOKEN = "a-token-nobody-may-see"
QUICK = Limits(connect=0.5, silence=0.3, total=1.5, attempts=3, pause=0.01, most_bytes=1_000_000)


@pytest.fixture
def server():
	with odd_carrier() as running:
		yield running


@pytest.fixture
def by(server):
	return carrier(how="Polling", adapter="JSON over HTTP", base_url=server.address, api_token=TOKEN)


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch):
	monkeypatch.setattr(
		tracking_poll,
		"json_over_http",
		lambda account: JsonOverHttp(account.base_url, account.token, tracking.zone(), now_datetime(), QUICK),
	)


def provider(server, **limits) -> JsonOverHttp:
	return JsonOverHttp(server.address, TOKEN, tracking.zone(), now_datetime(), QUICK)


def row(status: str, hours: float, **fields) -> dict:
	return {"status": status, "happened_at": hours_ago(hours).isoformat(), **fields}


GOOD = {"scans": [{"status": "TRN", "happened_at": "2026-03-02 09:30"}]}
ODD_TIME = {"scans": [{"status": "TRN", "happened_at": "yesterday"}]}


# -- the adapter ---------------------------------------------------------------------------------------------------------


def test_it_asks_with_the_token_and_reads_scans(server):
	server.answer("A%2F1", {"scans": [row("DLV", 1, place="Wuhan", number="another", eta="2026-12-01")]})
	scans = provider(server).fetch("A/1")
	assert [(scan.number, scan.raw_status, scan.place, str(scan.eta)) for scan in scans] == [
		("A/1", "DLV", "Wuhan", "2026-12-01")
	]
	assert server.headers[0]["Authorization"] == f"Bearer {TOKEN}"


def test_a_list_alone_and_an_unknown_number(server):
	server.answer("A", [row("DLV", 1)])
	assert len(provider(server).fetch("A")) == 1
	assert provider(server).fetch("B") == []


@pytest.mark.parametrize("trouble", ["slow", "closed", "half", "drip", 429, 500, 503])
def test_what_may_be_better_next_time_is_tried_again(server, trouble):
	server.answer("A", trouble, GOOD)
	before = time.monotonic()
	if trouble == "drip":  # it eats up all the time there is
		with pytest.raises(CarrierError):
			provider(server).fetch("A")
	else:
		assert len(provider(server).fetch("A")) == 1
		assert len(server.asked) == 2
	assert time.monotonic() - before < 3


@pytest.mark.parametrize("trouble", ["slow", "closed", "half", "drip", "headers", 500])
def test_it_gives_up_soon(server, trouble):
	server.answer("A", trouble)
	before = time.monotonic()
	with pytest.raises(CarrierError):
		provider(server).fetch("A")
	assert len(server.asked) <= 3
	assert time.monotonic() - before < 3


@pytest.mark.parametrize(
	"trouble",
	[
		"huge", "zipped", 302, 400, 401, 403, b"<html>", b"", b"\xff\xfe", b"[" * 100_000, b"null", {"scans": None},
		{"scans": [7]}, {"scans": [{}]}, ODD_TIME,
	],
	ids=str,
)  # fmt: skip
def test_what_is_wrong_is_asked_once(server, trouble):
	server.answer("A", trouble)
	with pytest.raises(CarrierError) as refused:
		provider(server).fetch("A")
	assert server.asked == ["A"]
	assert TOKEN not in str(refused.value)


def test_nobody_there_is_an_error(server):
	server.shutdown()
	server.server_close()
	with pytest.raises(CarrierError):
		provider(server).fetch("A")


@pytest.mark.parametrize(
	"address",
	["http://carrier.example/x", "ftp://localhost/x", "https://me:pass@carrier.example", "file:///etc/passwd", "x", "http://[", ""],
)  # fmt: skip
def test_only_https_and_this_machine_are_asked(address):
	with pytest.raises(CarrierError):
		JsonOverHttp(address, "", tracking.zone(), now_datetime())
	if address:
		with pytest.raises(frappe.ValidationError):
			carrier(how="Polling", base_url=address)


# -- a run ---------------------------------------------------------------------------------------------------------------


def test_a_run_brings_what_is_under_way_in_line(server, by):
	under, other, done = number(), number(), number()
	one, two = note(with_carrier=by, under=under), note()
	sent = shipment(two, with_carrier=by, under=other)
	over = note(with_carrier=by, under=done)
	frappe.db.set_value("Delivery Note", over.name, "o2c_tracking_status", "Delivered")
	note(with_carrier=by)
	server.answer(under, [row("DLV", 1), row("TRN", 8), row("DLV", 1)])  # out of order, and twice
	server.answer(other, [row("TRN", 3)])
	assert tracking_poll.poll(by.name) == {"asked": 2, "stored": 3, "failed": 0}
	assert sorted(server.asked) == sorted([under, other])
	assert (told(one), told(two), told(sent, "tracking_status")) == ("Delivered", "In Transit", "In Progress")
	assert tracking_poll.poll(by.name) == {"asked": 1, "stored": 0, "failed": 0}
	assert frappe.db.count(EVENT, {"carrier": by.name}) == 3
	by.reload()
	assert by.polled_at and not by.poll_problem


def test_a_number_that_fails_does_not_stop_the_others(server, by):
	bad, good = "A" + number(), "B" + number()
	note(with_carrier=by, under=bad)
	doc = note(with_carrier=by, under=good)
	server.answer(bad, b"<html>")
	server.answer(good, [row("DLV", 1)])
	assert tracking_poll.poll(by.name) == {"asked": 2, "stored": 1, "failed": 1}
	assert told(doc) == "Delivered"
	by.reload()
	assert bad in by.poll_problem
	logs = frappe.get_all("Error Log", {"reference_name": by.name}, ["method", "error"], order_by="creation asc")
	assert len(logs) == 1 and logs[0].method.startswith("CRM O2C: ") and TOKEN not in logs[0].error
	server.answer(bad, [row("DLV", 1)])
	tracking_poll.poll(by.name)
	by.reload()
	assert not by.poll_problem


def test_a_carrier_that_is_down_is_left_alone_for_this_hour(server, by):
	for _each in range(5):
		under = number()
		note(with_carrier=by, under=under)
		server.answer(under, 500)
	assert tracking_poll.poll(by.name)["asked"] == tracking_poll.MOST_IN_A_ROW


def test_a_token_that_is_refused_ends_the_run(server, by):
	for _each in range(3):
		under = number()
		note(with_carrier=by, under=under)
		server.answer(under, 401)
	assert tracking_poll.poll(by.name) == {"asked": 1, "stored": 0, "failed": 1}


def test_the_next_run_goes_on_where_the_last_one_ended(server, by):
	under = sorted(number() for _each in range(3))
	for one in under:
		note(with_carrier=by, under=one)
	by.numbers_per_run = 2
	by.save()
	tracking_poll.poll(by.name)
	tracking_poll.poll(by.name)
	assert server.asked == [*under[:2], under[2], under[0]]


def test_what_is_long_over_or_not_sent_is_not_asked(server, by):
	old = note(with_carrier=by, under=number())
	frappe.db.set_value("Delivery Note", old.name, "posting_date", add_days(nowdate(), -200), update_modified=False)
	cancelled = note(with_carrier=by, under=number())
	cancelled.cancel()
	shipment(note(), with_carrier=by, under=number(), submit=False)
	assert tracking_poll.poll(by.name)["asked"] == 0


@pytest.mark.parametrize("change", [{"enabled": 0}, {"how": "By Hand"}])
def test_a_carrier_that_is_switched_off_is_not_asked(server, by, change):
	note(with_carrier=by, under=number())
	by.update(change)
	by.save()
	assert tracking_poll.poll(by.name)["asked"] == 0


def test_each_carrier_is_a_job_of_its_own(server, by, jobs, monkeypatch):
	class Broken:
		def fetch(self, _number):
			raise ZeroDivisionError

	other = carrier(how="Polling", base_url=server.address)
	bad, under = number(), number()
	note(with_carrier=by, under=bad)
	doc = note(with_carrier=other, under=under)
	server.answer(under, [row("DLV", 1)])
	real = tracking_poll.make_provider
	monkeypatch.setattr(tracking_poll, "make_provider", lambda name: Broken() if name == by.name else real(name))
	tracking_poll.start()
	assert jobs.names().count("crm_o2c.services.tracking_poll.poll") == len(carriers.enabled("Polling"))
	jobs.run()
	assert told(doc) == "Delivered"
	assert "ZeroDivisionError" in frappe.db.get_value("O2C Carrier", by.name, "poll_problem")


def test_an_app_may_bring_its_own_adapter(by, monkeypatch):
	under = number()
	doc = note(with_carrier=by, under=under)
	real = frappe.get_hooks
	own = {"Mine": ["my_app.tracking.make_provider"]}
	monkeypatch.setattr(
		frappe, "get_hooks", lambda hook=None, *a, **k: own if hook == carriers.ADAPTERS_HOOK else real(hook, *a, **k)
	)
	find = frappe.get_attr
	monkeypatch.setattr(frappe, "get_attr", lambda path: make_mine if path == own["Mine"][0] else find(path))
	by.adapter = "Mine"
	by.save()
	Mine.accounts.clear()
	assert tracking_poll.poll(by.name)["stored"] == 1
	assert told(doc) == "Delivered"
	account = Mine.accounts[0]
	assert (account.carrier, account.token) == (by.name, TOKEN)
	assert TOKEN not in repr(account)


def test_an_adapter_that_is_not_there_is_refused():
	with pytest.raises(frappe.ValidationError):
		carrier(how="Polling", adapter="Pigeon", base_url="https://carrier.example")
