"""The site answers over HTTP, and knows who asks."""

import pytest

import frappe

import factories as make


def test_guests_get_in_nowhere(web):
	assert web.guest().get("/api/method/ping").json() == {"message": "pong"}
	assert web.guest().get("/api/resource/Sales Order").status_code == 403


@pytest.mark.commits
def test_a_portal_customer_sees_his_orders_and_no_desk(web, committed):
	buyer = committed(make.customer())
	login = committed(make.portal_user(buyer))
	for contact in frappe.get_all("Contact", {"user": login.name}, pluck="name", order_by="name"):
		committed(frappe.get_doc("Contact", contact))
	visitor = web.visitor(login.name)
	assert visitor.get("/orders").status_code == 200
	assert visitor.get("/app/sales-order").status_code == 403
	logged = visitor.post("/api/method/frappe.auth.get_logged_user").json()
	assert logged == {"message": login.name}
