"""The factories make what their names say, and a test leaves nothing behind."""

import frappe
from frappe.utils import add_days, getdate, nowdate

import factories as make


def test_an_order_goes_all_the_way_to_payment():
	goods = make.item(stock=10)
	order = make.sales_order(lines=[{"item_code": goods.name, "qty": 4}], days=3)
	make.delivery_note(order)
	invoice = make.sales_invoice(order)
	make.payment(invoice)
	order.reload()
	invoice.reload()
	assert (order.status, order.per_delivered, invoice.outstanding_amount) == ("Completed", 100, 0)


def test_an_order_can_be_late_and_partly_delivered():
	goods = make.item(stock=10)
	order = make.sales_order(lines=[{"item_code": goods.name, "qty": 4}], days=-2)
	make.delivery_note(order, qty=1)
	order.reload()
	assert (order.per_delivered, order.delivery_date) == (25, getdate(add_days(nowdate(), -2)))


def test_a_portal_user_belongs_to_the_customer():
	buyer = make.customer()
	login = make.portal_user(buyer)
	assert login.user_type == "Website User"
	assert frappe.db.exists("Portal User", {"parent": buyer.name, "user": login.name})


SEEN = {}


def test_rollback_first_half():
	SEEN["customer"] = make.customer("Here Today").name
	assert frappe.get_cached_value("Customer", "Here Today", "territory") == "All Territories"


def test_rollback_second_half():
	assert SEEN
	assert not frappe.db.exists("Customer", "Here Today")
	assert not frappe.db.get_value("Customer", "Here Today")


def test_a_commit_is_counted_and_not_made(commits):
	make.customer("Not Kept")
	frappe.db.commit()
	assert commits == [1]


def test_jobs_wait_until_they_are_run(jobs):
	frappe.enqueue("frappe.client.insert", doc={"doctype": "ToDo", "description": "later"}, enqueue_after_commit=True)
	assert not frappe.db.exists("ToDo", {"description": ("like", "%later%")})
	assert jobs.run() == 1
	assert frappe.db.exists("ToDo", {"description": ("like", "%later%")})


def test_a_job_waits_once(jobs):
	for _ in range(2):
		frappe.enqueue("frappe.ping", job_id="once", deduplicate=True)
	assert jobs.names() == ["frappe.ping"]
