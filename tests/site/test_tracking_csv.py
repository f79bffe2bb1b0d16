"""Scans from a file: all of it is checked, each wrong row is told with what to do, and the same file twice is one."""

import pytest
from parcels import EVENT, carrier, note, number, shipment, told

import frappe

from crm_o2c.api import tracking as api
from crm_o2c.exceptions import TrackingError

import factories as make

HEADER = "carrier,number,status,happened_at,place,description,eta"


@pytest.fixture
def by():
	return carrier()


def upload(*lines: str, header: str = HEADER, **options):
	return api.upload_scans("\n".join((header, *lines)), **options)


def kept() -> int:
	return frappe.db.count(EVENT)


def test_a_file_is_kept_and_twice_is_once(by):
	under, other = number(), number()
	one, two = note(with_carrier=by, under=under), note()
	shipment(two, with_carrier=by, under=other)
	lines = [
		f'{by.name},{under},TRN,2026-03-02 09:30,"Wuhan, north",,2026-03-09',
		f"{by.name},{under},DLV,2026/3/4 7:05,,At the door,",
		"",
		f"{by.name},{other},Out for Delivery,2026-03-04T01:00:00Z,,,",
	]
	answer = upload(*lines)
	assert (answer["rows"], answer["bad"], answer["stored"], answer["changed"]) == (3, [], 3, 2)
	assert (told(one), told(two)) == ("Delivered", "Out for Delivery")
	before = kept()
	again = upload(*lines)
	assert (again["stored"], again["repeated"], again["changed"], kept()) == (0, 3, 0, before)


def test_each_wrong_row_is_told_and_nothing_is_kept(by):
	under = number()
	doc = note(with_carrier=by, under=under)
	lines = [
		f"{by.name},{under},DLV,2026-03-04 07:05,,,",
		f"{by.name},{under},DLV,4.3.2026,,,",
		f"{by.name},{under},,2026-03-04 07:05,,,",
		f"Nobody,{under},DLV,2026-03-04 07:05,,,",
		f"{by.name},1.2E+12,DLV,2026-03-04 07:05,,,",
		f"{by.name},{number()},DLV,2026-03-04 07:05,,,",
		f",{under},DLV,2026-03-04 07:05,,,",
		f"{by.name},{under},DLV,2999-01-01,,,soon",
	]
	answer = upload(*lines)
	assert [(bad["row"], bad["column"]) for bad in answer["bad"]] == [
		(3, "happened_at"),
		(4, "status"),
		(5, "carrier"),
		(6, "number"),
		(7, "number"),
		(8, "carrier"),
		(9, "happened_at"),
	]
	assert all(bad["remedy"] for bad in answer["bad"])
	assert (answer["stored"], told(doc) or "") == (0, "")
	answer = upload(*lines, store_good=True)
	assert (answer["stored"], len(answer["bad"]), told(doc)) == (1, 7, "Delivered")


def test_a_row_may_name_the_delivery_note():
	doc = note()
	answer = upload(f"{doc.name};Delivered;2026-03-04 07:05", header="\ufeffDelivery Note;Status;Time")
	assert (answer["stored"], told(doc)) == (1, "Delivered")


def test_what_one_may_not_change_is_told_like_what_is_not_there(as_user, by):
	under = number()
	hidden = note(with_carrier=by, under=under)
	clerk = make.user("Stock User").name
	frappe.permissions.add_user_permission("Customer", make.customer().name, clerk)
	as_user(clerk)
	answer = upload(
		f"{by.name},{under},DLV,2026-03-04 07:05,,,",
		f"{by.name},{number()},DLV,2026-03-04 07:05,,,",
	)
	assert answer["stored"] == 0
	assert len({(bad["column"], bad["remedy"]) for bad in answer["bad"]}) == 1
	answer = upload(f"{hidden.name},Delivered,2026-03-04", header="delivery_note,status,happened_at")
	assert (answer["stored"], len(answer["bad"])) == (0, 1)


@pytest.mark.parametrize(
	"content",
	[
		"",
		"number,status\n1,2",
		"status,happened_at\nDelivered,2026-03-04",
		"number,status,happened_at,time\n",
		"number,status,happened_at\n" + "1,2,3\n" * 2001,
		"x" * 2_000_001,
		'number,status,happened_at\n"' + "x" * 200_000 + '",1,2',
	],
	ids=["empty", "no time", "no number", "twice", "many", "long", "odd"],
)
def test_what_is_no_file_of_scans_is_refused(content):
	with pytest.raises(TrackingError):
		api.upload_scans(content)


@pytest.mark.parametrize("roles", [("Accounts User",), ("Employee",), ("O2C User",)])
def test_who_may_not(as_user, roles):
	as_user(make.user(*roles).name)
	with pytest.raises(frappe.PermissionError):
		upload("")
