"""Promises to pay: kept or broken by what the ledger says, and no user can say otherwise."""

import pytest

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.services.payment_promises import LATE_BOOKINGS, settle

import factories as make

PROMISE = "O2C Payment Promise"


def day(days: int):
	return getdate(add_days(nowdate(), days))


@pytest.fixture
def buyer():
	return make.customer()


def invoice(buyer, amount: float = 1000.0):
	"""A submitted invoice over this amount."""
	order = make.sales_order(buyer, lines=[{"item_code": make.item(is_stock_item=0).name, "qty": 1, "rate": amount}])
	return make.sales_invoice(order)


def promise(buyer, amount: float = 1000.0, given: int = 0, due: int = 5, bill=None, **fields):
	values = {
		"doctype": PROMISE,
		"customer": buyer.name,
		"company": make.COMPANY,
		"sales_invoice": bill.name if bill else None,
		"amount": amount,
		"promised_on": day(given),
		"promised_for": day(due),
	}
	return frappe.get_doc({**values, **fields}).insert()


def pay(document, amount: float | None = None, days: int = 0):
	"""Money received on a day."""
	entry = make.payment(document, amount, submit=False)
	entry.posting_date = day(days)
	entry.reference_date = day(days)
	entry.save()
	entry.submit()
	return entry


def status(doc) -> str:
	return frappe.db.get_value(PROMISE, doc.name, "status")


# -- kept and broken -------------------------------------------------------------------------------------------------------


def test_a_promise_is_open_until_its_day_has_passed(buyer):
	given = promise(buyer, bill=invoice(buyer), due=5)
	settle(day(5))
	assert status(given) == "Open"
	settle(day(6))
	assert status(given) == "Broken"


@pytest.mark.parametrize("for_invoice", [True, False])
def test_a_payment_in_time_keeps_it(buyer, for_invoice):
	bill = invoice(buyer)
	given = promise(buyer, bill=bill if for_invoice else None)
	pay(bill)
	assert settle() == {"Kept": 1}
	given.reload()
	assert (given.status, given.received, given.settled_on) == ("Kept", 1000, getdate())
	assert settle(day(9)) == {}


def test_a_payment_before_or_after_does_not_keep_it(buyer):
	early, late = invoice(buyer), invoice(buyer)
	pay(early, 400, days=-3)
	before = promise(buyer, 400, given=-1, due=2, bill=early)
	after = promise(buyer, 1000, given=-8, due=-4, bill=late)
	pay(late, days=-1)
	settle(day(3))
	assert (status(before), status(after)) == ("Broken", "Broken")


def test_a_part_is_counted_and_is_not_enough(buyer):
	bill = invoice(buyer)
	given = promise(buyer, 1000, due=2, bill=bill)
	pay(bill, 999)
	settle(day(2))
	given.reload()
	assert (given.status, given.received) == ("Open", 999)
	settle(day(3))
	assert status(given) == "Broken"


def test_an_invoice_with_nothing_open_on_the_day_is_kept_however_it_was_closed(buyer):
	bill = invoice(buyer)
	given = promise(buyer, 1000, due=2, bill=bill)
	credit = frappe.copy_doc(bill)
	credit.is_return, credit.return_against, credit.update_outstanding_for_self = 1, bill.name, 0
	for row in credit.items:
		row.qty = -row.qty
	credit.insert()
	credit.submit()
	settle()
	assert status(given) == "Open"  # not yet: the day is still to come
	settle(day(2))
	assert status(given) == "Kept"


def test_a_payment_counts_once(buyer):
	bill = invoice(buyer, 2000)
	first, second = promise(buyer, 1000, due=3), promise(buyer, 500, due=4)
	pay(bill, 1000)
	settle(day(5))
	assert (status(first), status(second)) == ("Kept", "Broken")


def test_a_payment_counts_once_on_an_invoice_too(buyer):
	bill = invoice(buyer, 2000)
	first, second = promise(buyer, 1000, due=3, bill=bill), promise(buyer, 1000, due=4)
	pay(bill, 1500)
	settle(day(5))
	second.reload()
	assert (status(first), second.status, second.received) == ("Kept", "Broken", 500)


def test_money_for_another_invoice_does_not_keep_it(buyer):
	bill, other = invoice(buyer), invoice(buyer)
	given = promise(buyer, bill=bill, due=1)
	pay(other)
	settle(day(2))
	assert status(given) == "Broken"


def test_another_customer_s_money_does_not_keep_it(buyer):
	given = promise(buyer, due=1)
	pay(invoice(make.customer()))
	settle(day(2))
	assert status(given) == "Broken"


def test_an_advance_on_an_order_keeps_a_promise_for_a_sum(buyer):
	order = make.sales_order(buyer, qty=10)
	given = promise(buyer, 1000)
	pay(order)
	settle()
	assert status(given) == "Kept"


def test_a_payment_booked_late_or_cancelled_changes_what_was_found(buyer):
	bill = invoice(buyer)
	given = promise(buyer, given=-5, due=-2, bill=bill)
	settle()
	assert status(given) == "Broken"
	late = pay(bill, days=-3)
	settle()
	assert status(given) == "Kept"
	late.cancel()
	settle()
	assert status(given) == "Broken"


def test_what_was_found_long_ago_stays(buyer):
	bill = invoice(buyer)
	given = promise(buyer, given=-LATE_BOOKINGS - 9, due=-LATE_BOOKINGS - 5, bill=bill)
	settle()
	assert status(given) == "Broken"
	pay(bill, days=-LATE_BOOKINGS - 6)
	settle()
	assert status(given) == "Broken"


def test_settling_some_customers_leaves_the_others(buyer):
	mine, other = promise(buyer, due=1), promise(make.customer(), due=1)
	settle(day(2), customers=[buyer.name])
	assert (status(mine), status(other)) == ("Broken", "Open")


# -- what users may do -------------------------------------------------------------------------------------------------------


def test_a_promise_begins_open_whatever_it_says(buyer):
	given = promise(buyer, status="Kept", received=1000, settled_on="2020-01-01")
	assert (given.status, given.received or 0, given.settled_on) == ("Open", 0, None)


@pytest.mark.parametrize(
	"forged", [{"status": "Kept"}, {"status": "Broken"}, {"received": 1000}, {"settled_on": "2020-01-01"}]
)
def test_saving_does_not_settle_a_promise(buyer, forged):
	given = promise(buyer)
	given.update(forged)
	given.save()
	given.reload()
	assert (given.status, given.received or 0, given.settled_on) == ("Open", 0, None)


def test_a_promise_can_be_withdrawn_and_taken_back(buyer):
	given = promise(buyer, due=1)
	for to in ("Withdrawn", "Open", "Withdrawn"):
		given.status = to
		given.save()
		assert status(given) == to
	settle(day(2))
	assert status(given) == "Withdrawn"


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("change", [{"status": "Withdrawn"}, {"promised_for": 9}, {"amount": 1}])
def test_once_its_day_has_passed_nobody_gets_out_of_it(buyer, change, settled):
	given = promise(buyer, given=-5, due=-1)
	if settled:
		settle()
		given.reload()
	if "promised_for" in change:
		change = {"promised_for": day(change["promised_for"])}
	given.update(change)
	try:
		given.save()
	except frappe.ValidationError:
		pass
	settle()
	given.reload()
	assert (given.status, given.amount, given.promised_for) == ("Broken", 1000, day(-1))


@pytest.mark.parametrize(
	"wrong",
	[{"amount": 0}, {"amount": -5}, {"given": 1}, {"due": -1}, {"customer": ""}],
	ids=lambda wrong: next(iter(wrong)),
)
def test_a_promise_that_can_t_be_is_refused(buyer, wrong):
	with pytest.raises(frappe.ValidationError):
		promise(buyer, **wrong)


def test_the_invoice_must_be_the_customer_s_and_payable(buyer):
	draft = make.sales_invoice(make.sales_order(buyer), submit=False)
	for bill in (invoice(make.customer()), draft):
		with pytest.raises(frappe.ValidationError):
			promise(buyer, bill=bill)


MAY_WRITE = {
	("Accounts User",): True,
	("Accounts Manager",): True,
	("O2C User",): True,
	("O2C Manager",): True,
	("Sales User",): False,
	("Stock User",): False,
	("Employee",): False,
}


@pytest.mark.parametrize("roles", MAY_WRITE, ids=" and ".join)
def test_who_may_take_a_promise(as_user, buyer, roles):
	as_user(make.user(*roles).name)
	assert bool(frappe.has_permission(PROMISE, "create")) == MAY_WRITE[roles]
	assert bool(frappe.has_permission(PROMISE, "read")) == MAY_WRITE[roles]


def test_customers_and_guests_see_none(as_user, buyer):
	given = promise(buyer)
	for login in (make.portal_user(buyer).name, "Guest"):
		as_user(login)
		assert not given.has_permission("read", user=login)
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(PROMISE, order_by="name asc")
