"""Tracking's endpoints: what they show, and who may call them."""

import pytest
from parcels import EVENT, NOTE, SHIPMENT, carrier, events_of, hours_ago, note, number, record, scanned, shipment, told

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c import permissions
from crm_o2c.api import tracking as api
from crm_o2c.services import carriers

import factories as make


@pytest.fixture
def by():
	return carrier()


@pytest.fixture(autouse=True)
def in_earnest(monkeypatch):
	"""In tests Frappe's `only_for` lets everybody in."""
	monkeypatch.setattr(frappe.flags, "in_test", False)


def calls(doc, scan: str) -> dict:
	"""Each endpoint of the desk, as an allowed user would call it."""
	return {
		"get": lambda: api.get_tracking(doc.doctype, doc.name),
		"add": lambda: api.add_scan(doc.doctype, doc.name, "Delivered", hours_ago(1)),
		"withdraw": lambda: api.withdraw_scan(scan, "A mistake"),
		"upload": lambda: api.upload_scans(f"delivery_note,status,happened_at\n{doc.name},Lost,2026-03-04"),
	}


def let_in(doc, scan: str) -> set[str]:
	found = set()
	for name, call in calls(doc, scan).items():
		frappe.db.savepoint("o2c_try")
		try:
			answer = call()
			if name != "upload" or answer["stored"]:
				found.add(name)
		except frappe.PermissionError:
			pass
		frappe.db.rollback(save_point="o2c_try")
	return found


ALL = {"get", "add", "withdraw", "upload"}
ALLOWED = {
	("Guest",): set(),
	("Employee",): set(),
	("O2C User",): set(),
	("Accounts User",): {"get"},
	("Stock User",): ALL,
	("Sales User",): ALL,
	("Delivery User",): ALL,
}


@pytest.mark.parametrize("roles", ALLOWED, ids=" and ".join)
def test_who_may_call_what(as_user, roles):
	doc = note()
	api.add_scan(NOTE, doc.name, "Picked Up", hours_ago(5))
	as_user("Guest" if roles == ("Guest",) else make.user(*roles).name)
	assert let_in(doc, events_of(doc)[0].name) == ALLOWED[roles]


def test_a_shipment_is_for_who_may_change_it(as_user):
	doc = shipment(note())
	api.add_scan(SHIPMENT, doc.name, "Picked Up", hours_ago(5))
	scan = events_of(doc)[0].name
	clerk, manager = make.user("Stock User").name, make.user("Stock Manager").name
	as_user(clerk)
	assert let_in(doc, scan) == set()
	as_user(manager)
	assert let_in(doc, scan) == ALL - {"upload"}


def test_customers_may_call_nothing(as_user):
	order = make.sales_order(lines=[{"item_code": make.item(stock=5).name}])
	doc = note(order)
	api.add_scan(NOTE, doc.name, "Picked Up", hours_ago(5))
	login = make.portal_user(order.customer).name
	frappe.share.add(NOTE, doc.name, login, write=1)
	scan = events_of(doc)[0].name
	for user in (login, make.portal_user(make.customer()).name):
		as_user(user)
		assert let_in(doc, scan) == set()
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(EVENT, order_by="name asc")
		assert not frappe.has_permission(EVENT, "read", doc=frappe.get_doc(EVENT, scan))


@pytest.mark.parametrize("doctype", ["Sales Order", "User", "O2C Carrier"])
def test_nothing_else_is_tracked(doctype):
	with pytest.raises(frappe.ValidationError):
		api.get_tracking(doctype, "Administrator")


# -- the records ---------------------------------------------------------------------------------------------------------


def test_a_scan_is_seen_by_who_may_read_its_document(as_user, by):
	seen, hidden = note(), note()
	sent, unknown = shipment(note()), number()
	for doc in (seen, hidden, sent):
		api.add_scan(doc.doctype, doc.name, "Picked Up", hours_ago(5))
	record(scanned(by, unknown, "DLV", 1))
	clerk = make.user("Stock User", "Sales User")
	manager, both = make.user("O2C Manager").name, make.user("O2C Manager", "Stock Manager").name
	frappe.permissions.add_user_permission("Customer", seen.customer, clerk.name)
	as_user(clerk.name)
	assert frappe.get_list(EVENT, pluck="reference_name", order_by="name asc") == [seen.name]
	for doc, answer in ((seen, True), (hidden, False), (sent, False)):
		scan = frappe.get_doc(EVENT, events_of(doc)[0].name)
		assert bool(frappe.has_permission(EVENT, "read", doc=scan)) == answer
	as_user(manager)
	assert frappe.get_list(EVENT, pluck="tracking_number", order_by="name asc") == [unknown]
	as_user(both)
	assert len(frappe.get_list(EVENT, order_by="name asc")) == 4


@pytest.mark.parametrize("right", ["write", "create", "delete", "import"])
def test_nobody_writes_scans(as_user, right):
	as_user(make.user("O2C Manager", "System Manager", "Stock Manager").name)
	assert not frappe.has_permission(EVENT, right)


@pytest.mark.parametrize(
	("roles", "may"), [(("O2C Manager",), True), (("Stock Manager",), False), (("O2C User",), False)]
)
def test_only_managers_change_carriers(as_user, by, roles, may):
	by.update({"how": "Polling", "base_url": "https://carrier.example", "api_token": "a-token-nobody-may-see"})
	by.save()
	as_user(make.user(*roles).name)
	assert bool(frappe.has_permission("O2C Carrier", "write", doc=by.name)) == may
	assert "nobody-may-see" not in str(frappe.get_doc("O2C Carrier", by.name).as_dict())


def test_a_scan_of_no_document_is_withdrawn_by_managers_alone(as_user, by):
	unknown = number()
	record(scanned(by, unknown, "DLV", 1))
	scan = frappe.db.get_value(EVENT, {"tracking_number": unknown})
	clerk, manager = make.user("Stock Manager").name, make.user("O2C Manager").name
	as_user(clerk)
	with pytest.raises(frappe.PermissionError):
		api.withdraw_scan(scan, "A mistake")
	as_user(manager)
	assert api.withdraw_scan(scan, "A mistake")["stored"] == 1
	with pytest.raises(frappe.DoesNotExistError):
		api.withdraw_scan("no such scan", "A mistake")


# -- what is shown -------------------------------------------------------------------------------------------------------


def test_the_way_of_a_delivery(by):
	under, other = "A/1 ?", number()
	order = make.sales_order(days=3, lines=[{"item_code": make.item(stock=5).name}])
	doc = note(order, with_carrier=by, under=under)
	sent = shipment(doc, with_carrier=by, under=other)
	record(scanned(by, under, "TRN", 5, eta=getdate(add_days(nowdate(), 5))), scanned(by, other, "HUB 7", 2))
	way = api.get_tracking(NOTE, doc.name)
	assert (way["status"], way["may_write"], way["eta"]) == ("Announced", True, getdate(add_days(nowdate(), 5)))
	assert way["promise"] == {"date": getdate(add_days(nowdate(), 3)), "late": True, "days": 2}
	assert [(p["doctype"], p["name"], p["url"]) for p in way["parcels"]] == [
		(NOTE, doc.name, "https://carrier.example/track?no=A%2F1%20%3F"),
		(SHIPMENT, sent.name, f"https://carrier.example/track?no={other}"),
	]
	assert [(scan["status"], scan["raw_status"]) for scan in way["scans"]] == [("", "HUB 7"), ("In Transit", "TRN")]
	assert api.get_tracking(SHIPMENT, sent.name)["last_scan_at"] == hours_ago(2)


@pytest.mark.parametrize(("days", "late"), [(-1, True), (3, False)])
def test_what_has_arrived_is_late_by_its_arrival(days, late):
	order = make.sales_order(days=days, lines=[{"item_code": make.item(stock=5).name}])
	doc = note(order)
	api.add_scan(NOTE, doc.name, "Delivered", hours_ago(0))
	assert api.get_tracking(NOTE, doc.name)["promise"]["late"] is late
	assert told(doc) == "Delivered"


def test_a_delivery_without_an_order_has_no_promise():
	doc = note()
	frappe.db.set_value("Delivery Note Item", {"parent": doc.name}, "so_detail", None)
	assert api.get_tracking(NOTE, doc.name)["promise"] is None


@pytest.mark.parametrize(
	"template",
	["javascript:alert('{number}')", "data:text/html,{number}", "//x/{number}", "https://x.example/", "{number}"],
)
def test_a_page_is_a_web_address_with_the_number(template):
	with pytest.raises(frappe.ValidationError):
		carrier(tracking_url=template)
	assert carriers.tracking_url(template, "1") in ("", "https://x.example/")


def test_who_may_write_the_delivery_note_attaches_the_proof(as_user):
	doc = note()
	reader, writer = make.user("Accounts User").name, make.user("Stock User").name
	as_user(reader)
	assert not permissions.may_change(NOTE, doc.name)
	opened = frappe.get_doc(NOTE, doc.name)
	opened.o2c_proof_of_delivery = "/private/files/signed.png"
	with pytest.raises(frappe.PermissionError):
		opened.save()
	as_user(writer)
	opened.save()
	assert told(doc, "o2c_proof_of_delivery") == "/private/files/signed.png"
