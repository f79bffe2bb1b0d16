"""A customer never sees the band of an order or his own tier, whichever way he asks."""

import json
from urllib.parse import quote

import book
import pytest

import frappe

import factories as make

SECRETS = ("o2c_", "Critical", "Gold & Dust")
ORDER = "Sales Order"


@pytest.fixture
def shop(committed):
	"""An order of the highest band, its customer with a tier, his login, and another customer's."""
	tier = committed(
		frappe.get_doc({"doctype": "O2C Customer Tier", "tier_name": "Gold & Dust", "factor": 1000000}).insert()
	)
	goods = committed(make.item())
	buyer, rival = committed(make.customer(tier=tier.name)), committed(make.customer())
	logins = []
	for customer in (buyer, rival):
		login = committed(make.portal_user(customer))
		for contact in frappe.get_all("Contact", {"user": login.name}, pluck="name", order_by="name"):
			committed(frappe.get_doc("Contact", contact))
		logins.append(login.name)
	order = committed(make.sales_order(buyer, lines=[{"item_code": goods.name}], days=-1))
	assert book.band(order) == "Critical"
	frappe.db.commit()
	return frappe._dict(order=order.name, buyer=buyer.name, login=logins[0], rival=logins[1])


def rpc(path: str, /, **arguments):
	"""A call of v1, with arguments as query and as form."""
	return path, {key: value if isinstance(value, str) else json.dumps(value) for key, value in arguments.items()}


BAND = "o2c_priority_band"
FIELDS = ["name", BAND]


def calls(shop) -> list[tuple[str, dict]]:
	"""Everything that hands out an order or a customer, or parts of them."""
	return [*lists_and_documents(shop), *desk_calls(shop), *prints_and_copies(shop), *own_calls(shop)]


def lists_and_documents(shop) -> list[tuple[str, dict]]:
	order, buyer = shop.order, shop.buyer
	return [
		rpc("frappe.www.list.get", doctype=ORDER),
		rpc("frappe.www.list.get", doctype=ORDER, txt=order[:4], limit_start="0"),
		rpc("frappe.www.list.get_list_data", doctype=ORDER),
		rpc("frappe.www.list.get", doctype="Customer"),
		rpc("frappe.client.get", doctype=ORDER, name=order),
		rpc("frappe.client.get", doctype="Customer", name=buyer),
		rpc("frappe.client.get_list", doctype=ORDER, fields=FIELDS),
		rpc("frappe.client.get_value", doctype=ORDER, filters={"name": order}, fieldname=BAND),
		rpc("frappe.client.get_value", doctype="Customer", filters={"name": buyer}, fieldname="o2c_tier"),
		rpc("frappe.client.get_count", doctype=ORDER, filters={BAND: "Critical"}),
		rpc("frappe.client.validate_link", doctype=ORDER, docname=order, fields=FIELDS),
		rpc("frappe.client.get_list", doctype="O2C Order Score", fields=["*"]),
		rpc("frappe.client.get", doctype="O2C Order Score", name=order),
		rpc("frappe.client.get_list", doctype="O2C Customer Tier", fields=["*"]),
		rpc("frappe.client.get_list", doctype="Version", fields=["*"], filters={"docname": order}),
	]


def desk_calls(shop) -> list[tuple[str, dict]]:
	order, buyer = shop.order, shop.buyer
	return [
		rpc("frappe.desk.reportview.get", doctype=ORDER, fields=FIELDS),
		rpc("frappe.desk.reportview.get_list", doctype=ORDER, fields=FIELDS),
		rpc("frappe.desk.reportview.get_count", doctype=ORDER, filters={BAND: "Critical"}),
		rpc("frappe.desk.reportview.export_query", doctype=ORDER, fields=FIELDS, file_format_type="CSV", title="x"),
		rpc("frappe.desk.reportview.get_sidebar_stats", doctype=ORDER, stats=[BAND], filters=[]),
		rpc("frappe.desk.form.load.getdoc", doctype=ORDER, name=order),
		rpc("frappe.desk.form.load.get_docinfo", doctype=ORDER, name=order),
		rpc("frappe.desk.search.search_link", doctype=ORDER, txt=order),
		rpc("frappe.desk.search.search_widget", doctype="Customer", txt=buyer, searchfield="o2c_tier"),
		rpc("frappe.desk.link_preview.get_preview_data", doctype=ORDER, docname=order),
		rpc("frappe.desk.form.linked_with.get", doctype="Customer", docname=buyer),
		rpc("frappe.utils.global_search.search", text=order, start="0", limit="9"),
		rpc("frappe.utils.global_search.web_search", text=order),
	]


def prints_and_copies(shop) -> list[tuple[str, dict]]:
	order, buyer = shop.order, shop.buyer
	return [
		rpc("frappe.www.printview.get_html_and_style", doc=ORDER, name=order),
		rpc("frappe.www.printview.get_html_and_style", doc={"doctype": ORDER, "name": order}),
		rpc("frappe.utils.print_format.download_pdf", doctype=ORDER, name=order, format="Standard"),
		rpc(
			"frappe.model.mapper.make_mapped_doc",
			method="erpnext.selling.doctype.sales_order.sales_order.make_delivery_note",
			source_name=order,
		),
		rpc("erpnext.selling.doctype.sales_order.sales_order.make_sales_invoice", source_name=order),
		rpc("frappe.website.doctype.web_form.web_form.get_form_data", doctype=ORDER, docname=order, web_form_name="x"),
		rpc(
			"frappe.website.doctype.web_form.web_form.get_link_options", web_form_name="x", doctype="O2C Customer Tier"
		),
		rpc("erpnext.accounts.party.get_party_details", party=buyer, party_type="Customer", doctype=ORDER),
		rpc("run_doc_method", dt=ORDER, dn=order, method="as_dict"),
	]


def own_calls(shop) -> list[tuple[str, dict]]:
	order = shop.order
	return [
		rpc("crm_o2c.api.priority.get_explanation", sales_order=order),
		rpc("crm_o2c.api.priority.add_boost", sales_order=order, points="5", reason="x", expires_on="2099-01-01"),
		rpc("crm_o2c.api.order_desk.get_queue"),
		rpc("crm_o2c.api.order_desk.get_queue", view="out"),
		rpc("crm_o2c.api.order_desk.get_summary"),
		rpc("crm_o2c.api.order_desk.get_card"),
		rpc("crm_o2c.api.priority.get_tier_use", tier="Gold & Dust"),
		rpc("crm_o2c.api.priority.get_policy_names"),
		rpc("crm_o2c.api.priority.preview_policy", policy=book.STANDARD),
	]


def pages(shop) -> list[str]:
	order, name = quote(ORDER), quote(shop.order)
	return [
		"/orders",
		f"/orders/{name}",
		f"/printview?doctype={order}&name={name}",
		f"/printview?doctype={order}&name={name}&format=Standard&no_letterhead=1&trigger_print=0",
		f"/{order}/{name}",
		f"/api/resource/{order}/{name}",
		f"/api/resource/{order}?fields=[%22*%22]",
		f'/api/resource/{order}?filters={{"o2c_priority_band":"Critical"}}',
		f"/api/resource/Customer/{quote(shop.buyer)}",
		"/api/resource/O2C Order Score",
		f"/api/resource/O2C Order Score/{name}",
		"/api/resource/O2C Priority Boost",
		"/api/resource/O2C Customer Tier",
		"/api/resource/O2C Priority Policy",
		"/api/resource/O2C Settings/O2C Settings",
		f"/api/v2/document/{order}",
		f"/api/v2/document/{order}/{name}",
		f"/api/v2/document/Customer/{quote(shop.buyer)}",
		"/me",
		"/app/order-desk",
	]


def leaks(visitor, shop) -> list[str]:
	"""The ways by which this visitor sees anything of ours."""
	found = []

	def look(way, answer):
		text = answer.text if "pdf" not in answer.headers.get("Content-Type", "") else pdf_text(answer.content)
		if answer.ok and any(secret in text for secret in SECRETS):
			found.append(way)

	for page in pages(shop):
		look(page, visitor.get(page))
	for method, arguments in calls(shop):
		for start in ("/api/method/", "/api/v2/method/"):
			look(f"GET {start}{method}", visitor.get(start + method, params=arguments))
			look(f"POST {start}{method}", visitor.post(start + method, data=arguments))
	return found


def pdf_text(content: bytes) -> str:
	from io import BytesIO

	from pypdf import PdfReader

	return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


@pytest.mark.commits
def test_neither_the_customer_nor_another_nor_a_guest_sees_anything(web, shop):
	found = {
		"customer": leaks(web.visitor(shop.login), shop),
		"rival": leaks(web.visitor(shop.rival), shop),
		"guest": leaks(web.guest(), shop),
	}
	assert found == {"customer": [], "rival": [], "guest": []}


@pytest.mark.commits
def test_the_customer_sees_his_order_all_the_same(web, shop):
	visitor, rival = web.visitor(shop.login), web.visitor(shop.rival)
	assert shop.order in visitor.get("/orders").text
	assert visitor.get(f"/orders/{shop.order}").ok
	for start in ("/api/method/", "/api/v2/method/"):
		listed = visitor.get(f"{start}frappe.www.list.get", params={"doctype": ORDER})
		answer = listed.json().get("message") or listed.json()["data"]
		assert json.loads(answer["raw_result"])[0]["name"] == shop.order
		assert shop.order not in rival.get(f"{start}frappe.www.list.get", params={"doctype": ORDER}).text


@pytest.mark.commits
def test_a_key_to_share_an_order_shows_the_order_only(web, shop):
	key = frappe.get_doc(ORDER, shop.order).get_document_share_key()
	frappe.db.commit()
	guest = web.guest()
	named = f"doctype={quote(ORDER)}&name={quote(shop.order)}&key={key}"
	for path in (
		f"/printview?{named}",
		f"/{quote(ORDER)}/{quote(shop.order)}?key={key}",
	):
		answer = guest.get(path)
		assert answer.ok, path
		assert shop.order in answer.text
		assert not [secret for secret in SECRETS if secret in answer.text], path
	assert not guest.get(f"/api/resource/{ORDER}/{shop.order}?key={key}").ok
	frappe.db.delete("Document Share Key", {"reference_docname": shop.order})
	frappe.db.commit()


@pytest.mark.commits
def test_shared_with_a_customer_s_login_an_order_shows_no_score(web, shop):
	share = frappe.share.add(ORDER, shop.order, shop.login)
	frappe.db.commit()
	try:
		visitor = web.visitor(shop.login)
		for method, arguments in own_calls(shop):
			answer = visitor.get(f"/api/method/{method}", params=arguments)
			assert not (answer.ok and shop.order in answer.text), method
			assert not (answer.ok and "Critical" in answer.text), method
	finally:
		frappe.delete_doc("DocShare", share.name, ignore_permissions=True)
		frappe.db.commit()


def test_prints_and_mails_of_an_order_show_nothing():
	order = make.sales_order(make.customer(tier="A"), days=-1)
	word = book.band(order)
	for print_format in (None, "Standard"):
		html = frappe.get_print(ORDER, order.name, print_format)
		assert order.name in html
		assert word not in html and "o2c_" not in html
	for doctype, field in ((ORDER, "o2c_priority_band"), ("Customer", "o2c_tier")):
		df = frappe.get_meta(doctype).get_field(field)
		assert df.print_hide and not df.in_global_search


def test_the_band_is_copied_nowhere():
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice

	order = make.sales_order()
	for made in (make_delivery_note(order.name), make_sales_invoice(order.name), frappe.copy_doc(order, False)):
		assert not made.get("o2c_priority_band")


def test_a_desk_user_without_rights_to_orders_sees_nothing(as_user):
	from crm_o2c.api import order_desk, priority

	order = make.sales_order()
	nobody = make.user("Employee")
	as_user(nobody.name)
	for ask in (
		lambda: order_desk.get_queue(),
		lambda: order_desk.get_summary(),
		lambda: order_desk.get_card(),
		lambda: priority.get_explanation(order.name),
		lambda: priority.get_policy_names(),
		lambda: frappe.client.get_list("O2C Order Score"),
		lambda: frappe.client.get_list("O2C Priority Boost"),
	):
		with pytest.raises(frappe.PermissionError):
			ask()
