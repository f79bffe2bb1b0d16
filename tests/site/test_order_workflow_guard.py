"""Where a workflow governs orders nobody submits or cancels past it, in this process."""

import json

import governed
import pytest
from governed import (
	BOSS,
	FIELD,
	ORDER,
	REFUSALS,
	SALES,
	as_admin,
	asked,
	change,
	confirmed_by,
	draft_by,
	have_state_field,
	order,
	state,
	step,
	switch,
)

import frappe
from frappe.desk.doctype.bulk_update.bulk_update import submit_cancel_or_update_docs

from crm_o2c.exceptions import WorkflowRefused
from crm_o2c.services import order_workflow
from crm_o2c.setup.workflow import LARGE_ORDER, NAME

import factories as make


@pytest.fixture(scope="module", autouse=True)
def state_field(site):
	have_state_field()


@pytest.fixture
def workflow(commits):
	yield switch(True)
	frappe.clear_cache(doctype=ORDER)


@pytest.fixture
def people(workflow):
	return governed.people()


@pytest.fixture
def draft(people):
	return draft_by(people["sales"])


@pytest.fixture
def confirmed(people, draft):
	return confirmed_by(people, draft)


# -- past it ---------------------------------------------------------------------------------------------------------------


def submit(doc):
	doc.submit()


def put_docstatus(doc):
	doc.update({"docstatus": 1}).save()


def put_state_too(doc):
	doc.update({"docstatus": 1, FIELD: "Confirmed"}).save()


def put_a_state_of_drafts(doc):
	doc.update({"docstatus": 1, FIELD: "To confirm"}).save()


def client_submit(doc):
	from frappe.client import submit as client

	client(json.dumps(doc.as_dict(), default=str))


def client_submit_with_flags(doc):
	from frappe.client import submit as client

	client(json.dumps({**doc.as_dict(), "flags": {"ignore_workflow": 1, "ignore_permissions": 1}}, default=str))


def desk_submit(doc):
	from frappe.desk.form.save import savedocs

	savedocs(json.dumps(doc.as_dict(), default=str), "Submit")


WAYS = (
	submit,
	put_docstatus,
	put_state_too,
	put_a_state_of_drafts,
	client_submit,
	client_submit_with_flags,
	desk_submit,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_past_it_from_draft(people, as_user, draft, way):
	for user in (people["sales"], people["boss"], people["chief"], "Administrator"):
		as_user(user)
		with pytest.raises(WorkflowRefused):
			way(frappe.get_doc(ORDER, draft.name))
	assert state(draft) == ("Draft", 0)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nor_for_who_may_not_confirm(as_user, people, draft, way):
	asked(draft)
	with pytest.raises(REFUSALS):
		way(frappe.get_doc(ORDER, draft.name))
	assert state(draft) == ("To confirm", 0)


@pytest.mark.parametrize("way", [submit, put_docstatus, client_submit, desk_submit], ids=lambda way: way.__name__)
def test_who_may_confirm_may_do_it_any_way(as_user, people, draft, way):
	asked(draft)
	as_user(people["boss"])
	way(frappe.get_doc(ORDER, draft.name))
	assert state(draft) == ("Confirmed", 1)


def test_in_bulk(as_user, people, draft):
	failed = submit_cancel_or_update_docs(ORDER, json.dumps([draft.name]), "submit")
	assert failed == [draft.name]


@pytest.mark.parametrize(
	"fields", [{}, {FIELD: "Confirmed"}, {FIELD: "To confirm"}, {"_doc_before_save": {FIELD: "To confirm"}}]
)
def test_inserted_and_submitted_at_once(people, as_user, fields):
	buyer, goods = make.customer(), make.item()
	for user in ("sales", "boss"):
		as_user(people[user])
		new = make.sales_order(buyer, lines=[{"item_code": goods.name}], submit=False).as_dict()
		values = {key: value for key, value in new.items() if key not in ("name", "creation", "modified")}
		with pytest.raises(REFUSALS):
			frappe.get_doc({**values, "docstatus": 1, **fields}).insert()
		with pytest.raises(REFUSALS):  # a copy, by the name of a stored one
			frappe.get_doc({**values, "name": new.name, "__islocal": 1, "docstatus": 1, **fields}).save()


def test_data_import(people, as_user):
	"""The same calls as Data Import's, with submitting after import."""
	from frappe.core.doctype.data_import.importer import Importer

	buyer, goods = make.customer(), make.item()
	as_user(people["boss"])
	new = make.sales_order(buyer, lines=[{"item_code": goods.name}], submit=False)
	importer = Importer.__new__(Importer)
	importer.doctype = ORDER
	importer.data_import = frappe._dict(submit_after_import=1, mute_emails=1)
	values = {"doctype": ORDER, "company": make.COMPANY, "customer": buyer.name, "delivery_date": new.delivery_date}
	values["items"] = [{"item_code": goods.name, "qty": 1, "rate": 5, "delivery_date": new.delivery_date}]
	frappe.flags.in_import = True
	try:
		with pytest.raises(WorkflowRefused):
			importer.insert_record(frappe._dict(values))
	finally:
		frappe.flags.in_import = False


def test_an_amended_order_starts_again(people, as_user, draft):
	asked(draft)
	as_user(people["boss"])
	step(draft, "Confirm")
	step(draft, "Cancel")
	amended = frappe.copy_doc(frappe.get_doc(ORDER, draft.name), ignore_no_copy=False)
	amended.amended_from, amended.docstatus, amended.delivery_date = draft.name, 0, draft.delivery_date
	amended.items[0].delivery_date = draft.delivery_date
	with pytest.raises(REFUSALS):
		frappe.get_doc({**amended.as_dict(), "docstatus": 1}).insert()
	amended.insert()
	assert state(amended) == ("Draft", 0)


def test_values_that_change_with_the_submit_count_too(people, as_user, draft):
	asked(draft)
	as_user(people["boss"])
	doc = frappe.get_doc(ORDER, draft.name)
	doc.items[0].qty = LARGE_ORDER
	doc.docstatus = 1
	with pytest.raises(WorkflowRefused):
		doc.save()


def test_nobody_approves_his_own_where_the_workflow_says_so(people, as_user):
	as_user("Administrator")
	doc = frappe.get_doc("Workflow", NAME)
	for row in doc.transitions:
		row.allow_self_approval = 0
	doc.save()
	frappe.clear_cache(doctype=ORDER)
	buyer, goods = make.customer(), make.item()
	as_user(people["boss"])
	own = make.sales_order(buyer, lines=[{"item_code": goods.name}], submit=False)
	frappe.db.set_value(ORDER, own.name, FIELD, "To confirm")
	with pytest.raises(WorkflowRefused):
		frappe.get_doc(ORDER, own.name).submit()
	as_user("Administrator")
	other = make.user(*BOSS).name
	as_user(other)
	frappe.get_doc(ORDER, own.name).submit()
	assert state(own) == ("Confirmed", 1)


def test_another_s_workflow_holds_too(people, as_user):
	"""With a value that it sets, and a second way of submitting."""
	as_user("Administrator")
	frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": "Signed"}).insert()
	frappe.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": "Sign"}).insert()
	frappe.get_doc(
		{
			"doctype": "Workflow",
			"workflow_name": "Signing",
			"document_type": ORDER,
			"is_active": 1,
			"workflow_state_field": FIELD,
			"states": [
				{"state": "Draft", "doc_status": "0", "allow_edit": "Sales User"},
				{"state": "Confirmed", "doc_status": "1", "allow_edit": "Sales User"},
				{
					"state": "Signed",
					"doc_status": "1",
					"allow_edit": "Sales User",
					"update_field": "po_no",
					"update_value": "SIGNED",
				},
			],
			"transitions": [{"state": "Draft", "action": "Sign", "next_state": "Signed", "allowed": "Sales Manager"}],
		}
	).insert()
	frappe.clear_cache(doctype=ORDER)
	doc = order()
	as_user(people["sales"])
	with pytest.raises(WorkflowRefused):
		frappe.get_doc(ORDER, doc.name).submit()
	as_user(people["boss"])
	frappe.get_doc(ORDER, doc.name).submit()
	assert state(doc) == ("Signed", 1)
	assert frappe.db.get_value(ORDER, doc.name, "po_no") == "SIGNED"
	frappe.get_doc(ORDER, doc.name).cancel()  # it has no state for cancelled orders, so roles decide


def test_system_code_may(people, as_user, draft):
	doc = frappe.get_doc(ORDER, draft.name)
	doc.flags.ignore_workflow = True
	doc.submit()
	assert state(doc) == ("Confirmed", 1)


def test_without_an_active_workflow_nothing_is_asked(as_user):
	as_user(make.user(*SALES).name)
	buyer, goods = as_admin(make.customer), as_admin(make.item)
	assert make.sales_order(buyer, lines=[{"item_code": goods.name}]).docstatus == 1


# -- cancelling, and from state to state -----------------------------------------------------------------------------------


def test_cancelling_is_a_transition_too(people, as_user, confirmed):
	from frappe.client import cancel as client_cancel
	from frappe.desk.form.save import cancel as desk_cancel

	clerk = as_admin(make.user, "Sales User", "Accounts User").name
	as_admin(
		frappe.get_doc(
			{
				"doctype": "Custom DocPerm",
				"parent": ORDER,
				"role": "Accounts User",
				"read": 1,
				"write": 1,
				"submit": 1,
				"cancel": 1,
			}
		).insert
	)
	frappe.clear_cache(doctype=ORDER)
	as_user(clerk)
	for way in (
		lambda: frappe.get_doc(ORDER, confirmed.name).cancel(),
		lambda: client_cancel(ORDER, confirmed.name),
		lambda: desk_cancel(ORDER, confirmed.name, FIELD, "Cancelled"),
		lambda: frappe.get_doc(ORDER, confirmed.name).update({"docstatus": 2}).save(),
	):
		with pytest.raises(WorkflowRefused):
			way()
	assert state(confirmed) == ("Confirmed", 1)


def test_who_may_cancel_may_do_it_any_way_and_the_state_follows(people, as_user, confirmed):
	from frappe.desk.form.save import cancel as desk_cancel

	as_user(people["boss"])
	desk_cancel(ORDER, confirmed.name, FIELD, "Shipped")
	assert state(confirmed) == ("Cancelled", 2)


@pytest.mark.parametrize("to", ["Shipped", "Completed", "To confirm", "Draft", "Cancelled", "Rejected"])
def test_no_jump_by_saving(people, as_user, confirmed, to):
	for user in ("sales", "boss"):
		as_user(people[user])
		doc = frappe.get_doc(ORDER, confirmed.name)
		doc.set(FIELD, to)
		with pytest.raises(REFUSALS):
			doc.save()
	assert state(confirmed) == ("Confirmed", 1)


def test_a_draft_is_not_saved_into_a_submitted_state(people, as_user, draft):
	asked(draft)
	as_user(people["boss"])
	doc = frappe.get_doc(ORDER, draft.name)
	doc.set(FIELD, "Confirmed")
	with pytest.raises(WorkflowRefused):
		doc.save()
	assert state(draft) == ("To confirm", 0)


def test_a_form_that_shows_an_older_state_saves_all_the_same(people, as_user, confirmed):
	as_user(people["boss"])
	form = frappe.get_doc(ORDER, confirmed.name)
	order_workflow.follow([change(confirmed, "Confirmed", "Shipped")])
	form.po_no = "4711"
	form.save()
	assert state(confirmed) == ("Shipped", 1)
	assert frappe.db.get_value(ORDER, confirmed.name, "po_no") == "4711"
