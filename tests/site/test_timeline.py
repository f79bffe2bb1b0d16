"""The timeline says where an order is, what is missing and what happened; of what a reader may not read it says nothing."""

import json

import pytest

import frappe
from frappe.utils import add_days, nowdate

from crm_o2c.api import timeline as api
from crm_o2c.services import timeline_events

import factories as make

LEDGER = "crm_o2c.services.ledger"


def told(doc) -> dict:
	return api.get_timeline(doc.doctype, doc.name)


def order_of(answer: dict, doc) -> dict:
	return next(order for order in answer["orders"] if order["name"] == doc.name)


def kinds(answer: dict) -> dict[str, list[dict]]:
	return {kind["doctype"]: kind["documents"] for kind in answer["chain"]}


def gaps(order: dict) -> dict[str, tuple]:
	return {gap["code"]: (gap["quantity"], gap["amount"]) for gap in order["gaps"]}


def codes(order: dict) -> list[str]:
	return [step["code"] for step in order["next"]]


def texts(answer: dict, doc) -> list[str]:
	return [row["text"] for row in answer["events"]["rows"] if row["document"] == doc.name]


def returned(note, qty: float):
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return

	back = make_sales_return(note.name)
	for row in back.items:
		row.qty = -qty
	back.insert()
	back = frappe.get_doc("Delivery Note", back.name)  # as ERPNext builds what a return updates when it is loaded
	back.submit()
	return back


def invoice_of(note, submit: bool = True):
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice

	bill = make_sales_invoice(note.name)
	bill.insert()
	if submit:
		bill.submit()
	return bill


@pytest.fixture
def sold(jobs):
	"""Ten ordered, four delivered, one of them returned, the four billed, half of that paid."""
	order = make.sales_order(lines=[{"item_code": make.item(stock=50).name, "qty": 10}])
	note = make.delivery_note(order, qty=4)
	bill = invoice_of(note)
	back = returned(note, 1)
	paid = make.payment(bill, 200)
	jobs.run(only=LEDGER)
	return frappe._dict(order=order, note=note, bill=bill, back=back, paid=paid)


def test_a_new_order_says_what_is_next(jobs):
	order = make.sales_order(qty=3)
	jobs.run(only=LEDGER)
	answer = told(order)
	one = order_of(answer, order)
	assert one["stage"]["code"] == "Confirmed"
	assert one["stage"]["since"] and one["stage"]["due"] and not one["stage"]["overdue"]
	assert one["who"]["user"] == "Administrator" or one["who"]["role"]
	assert codes(one) == ["next.deliver"]
	assert one["next"][0]["action"]["method"].endswith("sales_order.make_delivery_note")
	assert gaps(one) == {"gap.undelivered": (3.0, 300.0)}
	assert list(kinds(answer)) == ["Sales Order"]
	assert one["promise"]["latest"] == add_days(nowdate(), 7)


def test_a_draft_is_to_be_submitted(jobs):
	order = make.sales_order(submit=False)
	jobs.run(only=LEDGER)
	one = order_of(told(order), order)
	assert codes(one) == ["next.submit"]
	assert one["gaps"] == []


def test_the_chain_has_its_documents_with_the_orders_part(sold):
	answer = told(sold.order)
	found = kinds(answer)
	assert list(found) == ["Sales Order", "Delivery Note", "Sales Invoice", "Payment Entry"]
	notes = {row["name"]: row for row in found["Delivery Note"]}
	assert notes[sold.note.name]["amount"] == 400 and notes[sold.note.name]["quantity"] == 4
	assert notes[sold.back.name]["amount"] == -100 and notes[sold.back.name]["is_return"]
	assert found["Sales Invoice"][0]["amount"] == 400 and found["Sales Invoice"][0]["outstanding"] == 200
	assert found["Payment Entry"][0]["amount"] == 200
	total = {kind["doctype"]: kind["amount"] for kind in answer["chain"]}
	assert total["Delivery Note"] == 300 and total["Sales Order"] == 1000


def test_gaps_and_next_steps_after_a_return(sold):
	one = order_of(told(sold.order), sold.order)
	assert gaps(one) == {"gap.undelivered": (7.0, 700.0), "gap.unpaid": (None, 200.0)}
	assert codes(one) == ["next.deliver_rest", "next.credit", "next.await_payment"]
	assert sold.bill.name in one["next"][2]["text"]
	assert one["lines"][0]["delivered"] == 3 and one["lines"][0]["returned"] == 1
	assert one["lines"][0]["stage"]["code"] == "Partly shipped"


def test_what_happened_is_told_newest_first_with_the_step_back(sold):
	answer = told(sold.order)
	rows = answer["events"]["rows"]
	moments = [row["happened_at"] for row in rows]
	assert moments == sorted(moments, reverse=True)
	assert {row["document"] for row in rows} == {
		sold.order.name, sold.note.name, sold.bill.name, sold.back.name, sold.paid.name,
	}  # fmt: skip
	assert "made as a draft" in texts(answer, sold.order)
	assert "40 % delivered" in texts(answer, sold.order) or "30 % delivered" in texts(answer, sold.order)
	assert "to be paid" in " ".join(texts(answer, sold.bill))
	assert all(row["who"] and row["feed_label"] for row in rows)


def test_a_fall_of_what_is_delivered_is_a_step_back(jobs):
	order = make.sales_order(lines=[{"item_code": make.item(stock=50).name, "qty": 10}])
	note = make.delivery_note(order, qty=4)
	jobs.run(only=LEDGER)
	returned(note, 1)
	jobs.run(only=LEDGER)
	answer = told(order)
	back = [row for row in answer["events"]["rows"] if row["step_back"]]
	assert [row["text"] for row in back] == ["30 % delivered, was 40 %"]


def test_all_done_is_said_to_be_so(jobs):
	order = make.sales_order(lines=[{"item_code": make.item(stock=50).name, "qty": 2}])
	note = make.delivery_note(order)
	bill = invoice_of(note)
	make.payment(bill)
	jobs.run(only=LEDGER)
	one = order_of(told(order), order)
	assert one["stage"]["code"] == "Paid"
	assert codes(one) == ["next.nothing"]
	assert one["gaps"] == []
	assert one["promise"]["state"] == "kept"


def test_an_overdue_invoice_is_asked_for(jobs):
	order = make.sales_order(lines=[{"item_code": make.item(stock=50).name, "qty": 2}], days=-30)
	note = make.delivery_note(order)
	bill = invoice_of(note, submit=False)
	bill.set_posting_time = 1
	bill.posting_date = bill.due_date = add_days(nowdate(), -12)
	bill.payment_schedule = []
	bill.save()
	bill.submit()
	jobs.run(only=LEDGER)
	step = order_of(told(order), order)["next"][0]
	assert step["code"] == "next.ask_payment"
	assert bill.name in step["text"] and "12 days overdue" in step["text"]
	assert step["action"]["kind"] == "ask_payment"


def test_an_order_past_its_promise_is_late(jobs):
	order = make.sales_order(days=-3)
	one = order_of(told(order), order)
	assert one["promise"]["state"] == "late"
	assert "3 days" in one["promise"]["text"]


def test_a_draft_delivery_is_to_be_submitted(jobs):
	order = make.sales_order(lines=[{"item_code": make.item(stock=50).name, "qty": 2}])
	note = make.delivery_note(order, submit=False)
	step = order_of(told(order), order)["next"][0]
	assert step["code"] == "next.submit_note" and step["action"]["name"] == note.name


def test_a_note_and_an_invoice_tell_of_their_order(sold):
	for doc in (sold.note, sold.bill):
		answer = told(doc)
		assert [order["name"] for order in answer["orders"]] == [sold.order.name]
		assert answer["unseen_orders"] == 0
		assert {row["document"] for row in answer["events"]["rows"]} >= {sold.order.name, doc.name}


def test_a_document_of_several_orders_tells_of_each(jobs):
	item, buyer = make.item(stock=50).name, make.customer()
	one = make.sales_order(buyer, lines=[{"item_code": item, "qty": 3}])
	two = make.sales_order(buyer, lines=[{"item_code": item, "qty": 5}])
	note = make.delivery_note(one, submit=False)
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	for row in make_delivery_note(two.name).items:
		note.append("items", {**row.as_dict(), "name": None, "parent": None})
	note.save()
	note.submit()
	jobs.run(only=LEDGER)
	answer = told(note)
	assert sorted(order["name"] for order in answer["orders"]) == sorted([one.name, two.name])
	assert all(order["gaps"][0]["code"] == "gap.unbilled" for order in answer["orders"])
	assert [row["amount"] for row in kinds(answer)["Delivery Note"]] == [800]
	assert [row["amount"] for row in kinds(told(one))["Delivery Note"]] == [300]


def test_a_document_without_an_order_has_its_own_events(jobs):
	buyer, item = make.customer(), make.item(stock=5).name
	note = frappe.get_doc(
		{
			"doctype": "Delivery Note",
			"company": make.COMPANY,
			"customer": buyer.name,
			"items": [{"item_code": item, "qty": 1, "rate": 10, "warehouse": make.WAREHOUSE}],
		}
	).insert()
	note.submit()
	jobs.run(only=LEDGER)
	answer = told(note)
	assert answer["orders"] == [] and answer["chain"] == []
	assert texts(answer, note)


def test_an_amended_order_keeps_the_history_of_the_one_before(jobs):
	order = make.sales_order()
	order.cancel()
	amended = frappe.copy_doc(order)
	amended.amended_from = order.name
	amended.docstatus = 0
	amended.insert()
	amended.submit()
	jobs.run(only=LEDGER)
	answer = told(amended)
	assert {row["document"] for row in answer["events"]["rows"]} == {order.name, amended.name}
	assert "cancelled" in texts(answer, order)


def test_events_come_in_pages(sold, monkeypatch):
	monkeypatch.setattr(timeline_events.Page.__init__, "__defaults__", (0, 5))
	first = told(sold.order)["events"]
	assert len(first["rows"]) == 5 and first["has_more"]
	monkeypatch.undo()
	rest = api.get_events("Sales Order", sold.order.name, 5)
	assert rest["start"] == 5 and not rest["has_more"]
	assert not {row["name"] for row in first["rows"]} & {row["name"] for row in rest["rows"]}


def test_an_unknown_event_is_shown_as_it_is(jobs):
	from crm_o2c.services import events

	order = make.sales_order()
	events.note("Sales Order", order.name, "weighed", "12 kg", reason="on the scales")
	row = next(row for row in told(order)["events"]["rows"] if row["what"] == "weighed")
	assert row["text"] == "weighed: 12 kg" and row["reason"] == "on the scales"


# -- who may see what ----------------------------------------------------------------------------------------------------


def restrict(user, doctype: str, name: str) -> None:
	frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": user.name,
			"allow": doctype,
			"for_value": name,
			"apply_to_all_doctypes": 1,
		}
	).insert()


def test_who_reads_no_invoices_sees_none_and_no_payment(sold, as_user):
	seller = make.user("Sales User")
	as_user(seller.name)
	answer = told(sold.order)
	by_kind = {kind["doctype"]: kind for kind in answer["chain"]}
	assert by_kind["Sales Invoice"]["documents"] == [] and by_kind["Sales Invoice"]["hidden"] == 1
	assert by_kind["Sales Invoice"]["amount"] is None
	assert by_kind["Payment Entry"]["documents"] == [] and by_kind["Payment Entry"]["amount"] is None
	assert "gap.unpaid" not in gaps(order_of(answer, sold.order))
	assert "next.finance" in codes(order_of(answer, sold.order))
	whole = json.dumps(answer)
	assert sold.bill.name not in whole and sold.paid.name not in whole
	assert sold.bill.name not in json.dumps(api.get_events("Sales Order", sold.order.name))
	with pytest.raises(frappe.PermissionError):
		api.get_timeline("Sales Invoice", sold.bill.name)


def test_who_is_kept_to_another_customer_sees_nothing(sold, as_user):
	seller = make.user("Sales User", "Accounts User", "Stock User")
	restrict(seller, "Customer", make.customer().name)
	as_user(seller.name)
	for doc in (sold.order, sold.note, sold.bill):
		with pytest.raises(frappe.PermissionError):
			told(doc)
		with pytest.raises(frappe.PermissionError):
			api.get_events(doc.doctype, doc.name)


def test_a_shared_delivery_shows_no_order_that_is_not_shared(sold, as_user):
	stranger = make.user("Projects User")
	frappe.share.add("Delivery Note", sold.note.name, stranger.name, notify=0)
	as_user(stranger.name)
	answer = told(sold.note)
	assert answer["orders"] == [] and answer["unseen_orders"] == 1 and answer["chain"] == []
	assert {row["document"] for row in answer["events"]["rows"]} == {sold.note.name}
	assert sold.order.name not in json.dumps(answer)


def test_who_is_shared_one_order_lists_no_other(as_user):
	from crm_o2c import permissions

	one, other = make.sales_order(), make.sales_order()
	stranger = make.user("Projects User")
	frappe.share.add("Sales Order", one.name, stranger.name, notify=0)
	condition = permissions.order_conditions(stranger.name)
	found = frappe.db.sql("select name from `tabSales Order` where " + condition, pluck=True)
	assert one.name in found and other.name not in found


def test_customers_are_refused(sold, as_user):
	login = make.portal_user(sold.order.customer)
	frappe.share.add("Sales Order", sold.order.name, login.name, notify=0)
	as_user(login.name)
	with pytest.raises(frappe.PermissionError):
		told(sold.order)


def test_only_documents_with_a_timeline_have_one():
	with pytest.raises(frappe.ValidationError):
		api.get_timeline("Customer", make.customer().name)


def test_guests_are_refused_over_http(web):
	guest = web.guest()
	for method in ("get_timeline", "get_events"):
		answer = guest.get(f"/api/method/crm_o2c.api.timeline.{method}", params={"doctype": "Sales Order", "name": "X"})
		assert answer.status_code == 403


# -- speed ---------------------------------------------------------------------------------------------------------------


def test_as_many_queries_for_few_documents_as_for_many(jobs, queries):
	few = make.sales_order(lines=[{"item_code": make.item(stock=500).name, "qty": 100}])
	many = make.sales_order(lines=[{"item_code": few.items[0].item_code, "qty": 100}])
	invoice_of(make.delivery_note(few, qty=1))
	for _turn in range(20):
		invoice_of(make.delivery_note(many, qty=1))
	jobs.run(only=LEDGER)
	told(few), told(many)  # what is kept in memory is there then
	counts = []
	for order in (few, many):
		queries.clear()
		answer = told(order)
		counts.append(len(queries))
	assert sum(len(kind["documents"]) for kind in answer["chain"]) == 41
	assert counts[0] == counts[1] <= 25
