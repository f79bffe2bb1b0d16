"""What does not agree is found, closes when it is put right, and comes back when it is not."""

import pytest
import stocking

import frappe
from erpnext.selling.doctype.sales_order.sales_order import update_status
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice, make_sales_return
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.api import consistency as api
from crm_o2c.exceptions import FindingError
from crm_o2c.services import consistency
from crm_o2c.services import finding_queries as queries
from crm_o2c.services.finding_rows import DOCTYPE

import factories as make


def day(number: int):
	return getdate(add_days(nowdate(), number))


@pytest.fixture
def buyer():
	return make.customer()


def order_of(buyer, qty: float = 10, rate: float = 100, **fields):
	"""An order for what has been on the shelf for long."""
	item = make.item(is_stock_item=1)
	row = {"item_code": item.name, "qty": 100, "t_warehouse": make.WAREHOUSE, "basic_rate": 60}
	entry = frappe.new_doc("Stock Entry", stock_entry_type="Material Receipt", purpose="Material Receipt")
	entry.update({"company": make.COMPANY, "set_posting_time": 1, "posting_date": day(-60), "items": [row]})
	entry.insert()
	entry.submit()
	line = {"item_code": item.name, "qty": qty, "rate": rate}
	return make.sales_order(buyer, lines=[line], transaction_date=day(-50), **fields)


def deliver(order, days: int = 0, qty: float | None = None):
	note = make.delivery_note(order, qty, submit=False)
	note.set_posting_time, note.posting_date = 1, day(days)
	note.save()
	note.submit()
	return note


def invoice(order, qty: float | None = None, rate: float | None = None):
	bill = make.sales_invoice(order, submit=False)
	for row in bill.items:
		row.qty, row.rate = qty or row.qty, rate or row.rate
	bill.ignore_pricing_rule = 1
	bill.save()
	bill.submit()
	return bill


def pay(buyer, amount: float, days: int = 0):
	"""Money that somebody has not allocated."""
	entry = frappe.new_doc("Payment Entry", payment_type="Receive", party_type="Customer", party=buyer.name)
	entry.update(
		{
			"company": make.COMPANY,
			"posting_date": day(days),
			"paid_from": frappe.get_cached_value("Company", make.COMPANY, "default_receivable_account"),
			"paid_to": frappe.get_cached_value("Company", make.COMPANY, "default_cash_account"),
			"paid_amount": amount,
			"received_amount": amount,
			"reference_no": "x",
			"reference_date": day(days),
		}
	)
	entry.insert()
	entry.submit()
	return entry


def findings(buyer, kind: str | None = None, **filters) -> list[frappe._dict]:
	"""What a check now finds of a customer."""
	consistency.check()
	wanted = {"customer": buyer.name, "status": "Open", **({"kind": kind} if kind else {}), **filters}
	return frappe.get_all(DOCTYPE, wanted, ["*"], order_by="kind asc, name asc")


def raw(doctype: str, name: str, **values) -> None:
	"""As a document may be left behind by an import or another app."""
	frappe.db.set_value(doctype, name, values, update_modified=False)


# -- what agrees ---------------------------------------------------------------------------------------------------------------


def test_an_order_that_is_delivered_billed_and_paid_has_no_finding(buyer):
	order = order_of(buyer)
	deliver(order, -20)
	make.payment(invoice(order))
	assert not findings(buyer)


# -- rates -----------------------------------------------------------------------------------------------------------------


def test_an_invoice_at_another_rate(buyer):
	order = order_of(buyer, qty=10, rate=100)
	deliver(order)
	bill = invoice(order, rate=90)
	found = findings(buyer, queries.RATES)[0]
	assert (found.reference_doctype, found.reference_name) == ("Sales Invoice", bill.name)
	assert (found.sales_order, found.expected, found.found, found.amount) == (order.name, 100, 90, 100)
	assert found.item_code == order.items[0].item_code


def test_credited_and_billed_anew_at_the_right_rate_is_no_finding(buyer):
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return as make_credit_note

	order = order_of(buyer)
	bill = invoice(order, rate=90)
	assert findings(buyer, queries.RATES)
	credit = make_credit_note(bill.name).insert()
	frappe.get_doc("Sales Invoice", credit.name).submit()
	invoice(order)
	assert not findings(buyer, queries.RATES)


def test_rounding_is_no_finding(buyer):
	order = order_of(buyer, qty=3, rate=33.33)
	bill = invoice(order)
	raw("Sales Invoice Item", bill.items[0].name, amount=100.0)
	assert not findings(buyer, queries.RATES)
	raw("Sales Invoice Item", bill.items[0].name, amount=100.5)
	assert findings(buyer, queries.RATES)


# -- billed ----------------------------------------------------------------------------------------------------------------


def test_a_delivery_that_nobody_bills(buyer):
	order = order_of(buyer)
	note = deliver(order, -8, qty=4)
	deliver(order, -2)
	found = findings(buyer, queries.UNBILLED)
	assert [(row.reference_name, row.amount, row.severity) for row in found] == [(note.name, 400, "Medium")]
	bill = make_sales_invoice(note.name).insert()
	bill.submit()
	assert not findings(buyer, queries.UNBILLED)
	row = frappe.get_doc(DOCTYPE, found[0].name)
	assert (row.status, bool(row.closed_at), bool(row.reason)) == ("Fixed", True, True)
	bill.reload()
	bill.cancel()
	assert findings(buyer, queries.UNBILLED)[0].name == row.name
	row.reload()
	assert (row.status, row.closed_at, row.reason) == ("Open", None, None)


def test_a_delivery_that_nobody_has_billed_for_long_is_worse(buyer):
	deliver(order_of(buyer), -40)
	assert findings(buyer, queries.UNBILLED)[0].severity == "High"


def test_what_came_back_need_not_be_billed(buyer):
	note = deliver(order_of(buyer), -20)
	back = make_sales_return(note.name).insert()
	frappe.get_doc("Delivery Note", back.name).submit()
	assert not findings(buyer, queries.UNBILLED)


def test_the_days_are_those_of_the_settings(buyer):
	deliver(order_of(buyer), -5)
	assert not findings(buyer, queries.UNBILLED)
	frappe.db.set_single_value("O2C Settings", "unbilled_days", 5)
	assert findings(buyer, queries.UNBILLED)
	frappe.db.set_single_value("O2C Settings", "unbilled_days", 6)
	assert not findings(buyer, queries.UNBILLED)


def test_a_site_without_these_settings_has_the_usual_ones(buyer):
	frappe.db.delete("Singles", {"doctype": "O2C Settings", "field": ("in", list(queries.USUAL_DAYS))})
	deliver(order_of(buyer), -5)
	late = deliver(order_of(buyer), -8)
	assert [row.reference_name for row in findings(buyer, queries.UNBILLED)] == [late.name]


def test_more_billed_than_ordered(buyer):
	order = order_of(buyer, qty=10)
	bill = invoice(order)
	raw("Sales Invoice Item", bill.items[0].name, qty=12, stock_qty=12, amount=1200)
	found = findings(buyer, queries.OVERBILLED)[0]
	assert (found.reference_name, found.expected, found.found, found.amount) == (bill.name, 10, 12, 200)
	frappe.db.set_single_value("Accounts Settings", "over_billing_allowance", 25)
	frappe.clear_document_cache("Accounts Settings", "Accounts Settings")
	assert not findings(buyer, queries.OVERBILLED)


def test_returned_and_not_credited(buyer):
	order = order_of(buyer)
	note = deliver(order, -30)
	bill = invoice(order)
	back = make_sales_return(note.name)
	back.set_posting_time, back.posting_date = 1, day(-20)
	for row in back.items:
		row.qty = -3
	back.insert()
	frappe.get_doc("Delivery Note", back.name).submit()
	found = findings(buyer, queries.UNCREDITED)[0]
	assert (found.reference_name, found.expected, found.found, found.amount) == (bill.name, 7, 10, 300)
	raw("Delivery Note", back.name, posting_date=day(-2))
	assert not findings(buyer, queries.UNCREDITED)


# -- paid ------------------------------------------------------------------------------------------------------------------


def test_a_payment_that_is_not_allocated(buyer):
	bill = invoice(order_of(buyer))
	entry = pay(buyer, 1500, -5)
	found = findings(buyer, queries.UNALLOCATED)
	assert [(row.reference_name, row.found, row.amount) for row in found] == [(entry.name, 1500, 1000)]
	make.payment(bill)
	assert not findings(buyer, queries.UNALLOCATED)


def test_a_payment_of_today_or_of_a_customer_who_owes_nothing_is_none(buyer):
	pay(buyer, 500, -5)
	assert not findings(buyer, queries.UNALLOCATED)
	other = make.customer()
	invoice(order_of(other))
	pay(other, 500)
	assert not findings(other, queries.UNALLOCATED)


def test_a_credit_note_that_is_not_allocated(buyer):
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return as make_credit_note

	bill = invoice(order_of(buyer))
	invoice(order_of(buyer))
	credit = make_credit_note(bill.name)
	credit.set_posting_time, credit.posting_date = 1, day(-5)
	credit.update_outstanding_for_self = 1
	raw("Sales Invoice", bill.name, posting_date=day(-9))
	credit.insert()
	frappe.get_doc("Sales Invoice", credit.name).submit()
	found = findings(buyer, queries.UNALLOCATED)
	assert [(row.reference_name, row.amount) for row in found] == [(credit.name, 1000)]


# -- counted ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["note", "invoice"])
def test_a_delivered_quantity_that_is_not_what_was_delivered(buyer, way):
	order = order_of(buyer)
	if way == "note":
		deliver(order, qty=4)
	else:
		bill = make.sales_invoice(order, submit=False)
		bill.update_stock = 1
		bill.items[0].qty = 4
		bill.save()
		bill.submit()
	assert not findings(buyer, queries.DELIVERED)
	raw("Sales Order Item", order.items[0].name, delivered_qty=6)
	found = findings(buyer, queries.DELIVERED)[0]
	assert (found.reference_name, found.expected, found.found, found.amount) == (order.name, 4, 6, 200)


def test_a_closed_order_that_keeps_stock(buyer):
	stocking.reserving()
	order = order_of(buyer)
	order.create_stock_reservation_entries(notify=False)
	assert not findings(buyer, queries.RESERVED)
	raw("Sales Order", order.name, status="Closed")
	found = findings(buyer, queries.RESERVED)[0]
	assert (found.reference_name, found.found, found.amount) == (order.name, 10, 1000)
	update_status("Draft", order.name)
	assert not findings(buyer, queries.RESERVED)


# -- how they are kept -------------------------------------------------------------------------------------------------------


def test_with_nothing_changed_nothing_is_written(buyer, queries):
	deliver(order_of(buyer), -8)
	assert findings(buyer)
	queries.clear()
	assert not any(consistency.check().values())
	assert not [query for query in queries if query.lstrip().lower().startswith(("insert", "update"))]


def test_documents_older_than_the_settings_say_are_left_as_they_are(buyer):
	note = deliver(order_of(buyer), -40)
	assert findings(buyer, queries.UNBILLED)
	frappe.db.set_single_value("O2C Settings", "findings_look_back", 30)
	assert [row.reference_name for row in findings(buyer, queries.UNBILLED)] == [note.name]
	make_sales_invoice(note.name).insert().submit()
	assert findings(buyer, queries.UNBILLED)


def test_a_kind_that_fails_costs_itself_alone(buyer, monkeypatch):
	deliver(order_of(buyer), -8)

	def fail(kind, limits):
		raise ValueError("no such column")

	monkeypatch.setitem(queries._FINDERS, queries.RATES, fail)
	assert findings(buyer, queries.UNBILLED)
	assert frappe.get_all("Error Log", {"method": ("like", "%kind of finding%")}, order_by="name asc")


def test_accepted_with_a_reason_it_stays_closed_until_more_is_at_stake(buyer):
	order = order_of(buyer)
	bill = invoice(order, rate=90)
	name = findings(buyer, queries.RATES)[0].name
	with pytest.raises(FindingError):
		api.accept_findings(name, " ")
	api.accept_findings(frappe.as_json([name]), "A gift to a good customer")
	assert not findings(buyer, queries.RATES)
	row = frappe.get_doc(DOCTYPE, name)
	assert (row.status, row.reason, row.closed_by) == ("Accepted", "A gift to a good customer", "Administrator")
	raw("Sales Invoice Item", bill.items[0].name, rate=50, amount=500)
	assert findings(buyer, queries.RATES)[0].amount == 500
	api.accept_findings(name, "Still")
	api.reopen_findings(name)
	assert frappe.db.get_value(DOCTYPE, name, "status") == "Open"


# -- who may -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("roles", "sees"),
	[
		(("Accounts User",), True),
		(("Accounts Manager", "Accounts User"), True),
		(("Accounts Manager",), False),  # has no right to Delivery Notes in ERPNext
		(("O2C User", "Stock User"), True),
		(("O2C User",), False),
		(("Stock User",), False),
		(("Sales User",), False),
		(("Employee",), False),
	],
	ids=str,
)
def test_a_finding_is_for_who_may_read_its_document(as_user, buyer, roles, sees):
	deliver(order_of(buyer), -8)
	found = findings(buyer, queries.UNBILLED)[0]
	as_user(make.user(*roles).name)
	assert bool(frappe.has_permission(DOCTYPE, "read", doc=found.name)) == sees
	if frappe.has_permission(DOCTYPE, "read"):
		listed = frappe.get_list(DOCTYPE, {"customer": buyer.name}, pluck="name", order_by="name asc")
		assert (found.name in listed) == sees
	if not sees:
		with pytest.raises(frappe.PermissionError):
			api.accept_findings(found.name, "Why not")


def test_user_permissions_narrow_it(as_user, buyer):
	other = make.customer()
	deliver(order_of(buyer), -8)
	deliver(order_of(other), -8)
	mine, theirs = findings(buyer)[0].name, findings(other)[0].name
	login = make.user("Accounts User").name
	frappe.get_doc({"doctype": "User Permission", "user": login, "allow": "Customer", "for_value": buyer.name}).insert()
	as_user(login)
	listed = frappe.get_list(DOCTYPE, pluck="name", order_by="name asc", limit=0)
	assert mine in listed
	assert theirs not in listed
	with pytest.raises(frappe.PermissionError):
		api.accept_findings([mine, theirs], "Both")


def test_customers_and_guests_never(as_user, buyer):
	deliver(order_of(buyer), -8)
	found = frappe.get_doc(DOCTYPE, findings(buyer)[0].name)
	for login in (make.portal_user(buyer).name, make.portal_user(make.customer()).name, "Guest"):
		as_user(login)
		assert not found.has_permission("read", user=login)
		for call in (lambda: api.accept_findings(found.name, "Why not"), lambda: api.reopen_findings(found.name)):
			with pytest.raises(frappe.PermissionError):
				call()
		with pytest.raises(frappe.PermissionError):
			api.check_now()


def test_who_may_check_at_once(as_user, jobs):
	clerk, manager = make.user("Accounts User").name, make.user("Accounts Manager").name
	as_user(clerk)
	with pytest.raises(frappe.PermissionError):
		api.check_now()
	as_user(manager)
	api.check_now()
	assert "crm_o2c.services.consistency.check" in jobs.names()


def test_nobody_writes_a_finding_by_hand(buyer):
	deliver(order_of(buyer), -8)
	found = frappe.get_doc(DOCTYPE, findings(buyer)[0].name)
	found.amount = 0
	with pytest.raises(frappe.PermissionError):
		found.save()
