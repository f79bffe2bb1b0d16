"""The customer's page and endpoints over HTTP: who is let in, and that texts are shown as texts."""

import json
import re

import pytest

import frappe

from crm_o2c.services import stage_book

import factories as make

ORDER, STAGE = "Sales Order", "O2C Stage"
API = "/api/method/crm_o2c.api.portal_orders."
REFUSED = "There is no such order, or it is not yours."
EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture
def shop(committed):
	"""An order with everything odd in it, of a customer with a login; another customer's login, and a draft."""
	goods = committed(make.item(stock=10))
	buyer, rival = committed(make.customer()), committed(make.customer())
	logins = []
	for customer in (buyer, rival):
		login = committed(make.portal_user(customer))
		for contact in frappe.get_all("Contact", {"user": login.name}, pluck="name", order_by="name"):
			committed(frappe.get_doc("Contact", contact))
		logins.append(login)
	order = committed(make.sales_order(buyer, lines=[{"item_code": goods.name, "qty": 2}]))
	draft = committed(make.sales_order(buyer, lines=[{"item_code": goods.name}], submit=False))
	frappe.db.set_value(ORDER, order.name, "po_no", EVIL, update_modified=False)
	frappe.db.set_value("Sales Order Item", {"parent": order.name}, "item_name", EVIL, update_modified=False)
	frappe.db.commit()
	kept = frappe.get_all(STAGE, ["name", "customer_label", "visible_to_customer"], order_by="name asc")
	yield frappe._dict(order=order.name, draft=draft.name, owner=logins[0], rival=logins[1])
	for row in kept:
		frappe.db.set_value(STAGE, row.pop("name"), row)
	frappe.db.commit()
	stage_book.forget()


def stage(code: str, **values):
	frappe.db.set_value(STAGE, code, values)


def put(order: str, code: str):
	"""The stage of an order as the ledger's job would have it."""
	values = {"o2c_stage": code, "o2c_stage_since": frappe.utils.now_datetime()}
	frappe.db.set_value(ORDER, order, values, update_modified=False)
	frappe.db.commit()
	stage_book.forget()


@pytest.mark.commits
def test_pages_over_http(web, shop):
	put(shop.order, "Confirmed")
	detail, api = f"/order-status/{shop.order}", f"{API}get_status?order={shop.order}"
	guest = web.guest()
	for path in ("/order-status", detail):
		answer = guest.get(path, allow_redirects=False)
		assert answer.status_code == 302
		assert answer.headers["Location"] == "/login?redirect-to=" + path
	assert guest.get(api).status_code == 403
	assert guest.get(f"{API}list_orders").status_code == 403

	owner = web.visitor(shop.owner.name)
	listing, page = owner.get("/order-status"), owner.get(detail)
	assert (listing.status_code, page.status_code) == (200, 200)
	assert f'href="{detail}"' in listing.text and shop.draft not in listing.text
	assert 'aria-current="step"' in page.text and "Confirmed" in page.text
	assert 'href="/order-status"' in page.text  # the menu of the portal
	assert owner.get(api).json()["message"]["name"] == shop.order
	assert [row["name"] for row in owner.get(f"{API}list_orders").json()["message"]["rows"]] == [shop.order]

	rival = web.visitor(shop.rival.name)
	bodies = set()
	for name in (shop.order, shop.draft, "SAL-ORD-0000-00000"):
		page, answer = rival.get(f"/order-status/{name}"), rival.get(f"{API}get_status", params={"order": name})
		assert (page.status_code, answer.status_code) == (403, 403)
		assert EVIL not in page.text and "onerror" not in page.text
		said = json.loads(json.loads(answer.json()["_server_messages"])[0])
		bodies.add((answer.json()["exc_type"], said["message"], name in answer.text))
	assert bodies == {("PermissionError", REFUSED, False)}
	assert owner.get(f"/order-status/{shop.draft}").status_code == 403
	assert shop.order not in rival.get("/order-status").text


@pytest.mark.commits
def test_texts_are_escaped(web, shop):
	stage("Confirmed", customer_label="<script>alert(2)</script>")
	put(shop.order, "Confirmed")
	owner = web.visitor(shop.owner.name)
	for path in ("/order-status", f"/order-status/{shop.order}"):
		text = owner.get(path).text
		assert EVIL not in text and "<script>alert(2)" not in text
		assert "&lt;img src=x" in text and "&lt;script&gt;alert(2)" in text


@pytest.mark.commits
def test_hidden_stage_over_http(web, shop):
	stage("Confirmed", customer_label="", label="Confirmed")
	stage("On hold", customer_label="Zebra", visible_to_customer=0)
	put(shop.order, "On hold")
	owner = web.visitor(shop.owner.name)
	texts = [owner.get(path).text for path in ("/order-status", f"/order-status/{shop.order}")]
	texts += [owner.get(f"{API}get_status?order={shop.order}").text, owner.get(f"{API}list_orders").text]
	for text in texts:
		assert "Order received" in text
		assert not re.search(r"zebra|on hold|o2c_", text, re.IGNORECASE)


@pytest.mark.commits
def test_in_chinese(web, shop):
	put(shop.order, "On hold")
	frappe.db.set_value("User", shop.owner.name, "language", "zh")
	frappe.clear_cache(user=shop.owner.name)
	frappe.db.commit()
	owner = web.visitor(shop.owner.name)
	listing, page = owner.get("/order-status").text, owner.get(f"/order-status/{shop.order}").text
	for text in (listing, page):
		assert "等待处理" in text and "我的订单到哪里了？" in text
		assert "Waiting" not in text
	assert "您的订单正在等待中" in page
