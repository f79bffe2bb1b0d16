"""The order workflow: seeded once and off; where one is on, nobody submits past it; orders follow their stages."""

import json
from datetime import datetime

import pytest
from governed import FIELD, ORDER, committed_workflow, have_state_field, state, step, switch

import frappe
from frappe.desk.doctype.bulk_update.bulk_update import submit_cancel_or_update_docs
from frappe.model.workflow import WorkflowPermissionError, get_transitions
from frappe.utils import now_datetime

from crm_o2c.engine.stages import StageChange
from crm_o2c.exceptions import WorkflowRefused
from crm_o2c.services import order_workflow
from crm_o2c.setup.workflow import LARGE_ORDER, NAME, OF_STAGES, SEEDED, STATES, delete_workflow, seed_workflow

import factories as make
from rule_book import limited, retire_all

SALES, BOSS = ("Sales User",), ("Sales User", "Sales Manager")


@pytest.fixture(scope="module", autouse=True)
def state_field(site):
	have_state_field()


@pytest.fixture
def workflow(commits):
	yield switch(True)
	frappe.clear_cache(doctype=ORDER)


@pytest.fixture
def people(workflow):
	return {
		"sales": make.user(*SALES).name,
		"boss": make.user(*BOSS).name,
		"chief": make.user("Sales User", "O2C Manager").name,
	}


@pytest.fixture
def draft(people, as_user):
	as_user(people["sales"])
	buyer, goods = as_admin(make.customer), as_admin(make.item)
	as_user(people["sales"])
	return make.sales_order(buyer, lines=[{"item_code": goods.name}], submit=False)


def as_admin(do, *args, **kwargs):
	user = frappe.session.user
	frappe.set_user("Administrator")
	try:
		return do(*args, **kwargs)
	finally:
		frappe.set_user(user)


def order(**fields):
	return make.sales_order(submit=False, **fields)


def asked(doc):
	"""Asked for confirmation, by the one who is there."""
	step(doc, "Ask for Confirmation")
	return frappe.get_doc(ORDER, doc.name)


# -- as it is seeded -------------------------------------------------------------------------------------------------------


def test_it_comes_switched_off_and_complete():
	doc = frappe.get_doc("Workflow", NAME)
	assert not doc.is_active
	assert doc.document_type == ORDER
	assert [(row.state, row.doc_status) for row in doc.states] == [(name, status) for name, status, *_rest in STATES]
	allowed = {(row.state, row.next_state): row.allowed for row in doc.transitions}
	assert allowed["Draft", "To confirm"] == "Sales User"
	assert all(frappe.db.exists("Role", row.allowed) for row in doc.transitions)


def test_the_stages_name_their_states():
	found = dict(
		frappe.get_all("O2C Stage", {"workflow_state": ("is", "set")}, ["name", FIELD], as_list=True, order_by="name")
	)
	assert found == OF_STAGES


def test_migrating_changes_nothing_of_it_and_brings_nothing_back():
	doc = frappe.get_doc("Workflow", NAME)
	doc.transitions[0].allowed = "Sales Manager"
	doc.save()
	seed_workflow()
	assert frappe.get_doc("Workflow", NAME).transitions[0].allowed == "Sales Manager"
	frappe.delete_doc("Workflow", NAME)
	seed_workflow()
	assert not frappe.db.exists("Workflow", NAME)


def test_a_site_that_had_the_app_before_gets_it():
	frappe.delete_doc("Workflow", NAME)
	frappe.db.delete("DefaultValue", {"defkey": SEEDED})
	frappe.clear_cache()
	seed_workflow()
	assert frappe.db.exists("Workflow", NAME)


def test_uninstalling_takes_it_and_leaves_what_others_use(workflow):
	doc = order()
	asked(doc)  # its state must stay, or it could not be saved
	with_shipped = frappe.get_doc(
		{
			"doctype": "Workflow",
			"workflow_name": "Another",
			"document_type": "Quotation",
			"workflow_state_field": "another_state",
			"states": [{"state": "Shipped", "doc_status": "0", "allow_edit": "Sales User"}],
			"transitions": [],
		}
	)
	with_shipped.flags.ignore_mandatory = True
	with_shipped.db_insert()
	for row in with_shipped.states:
		row.db_insert()
	delete_workflow()
	assert not frappe.db.exists("Workflow", NAME)
	left = set(frappe.get_all("Workflow State", {"name": ("in", [name for name, *_rest in STATES])}, pluck="name"))
	assert left >= {"Shipped", "To confirm", "Rejected"}  # another workflow's, an order's, Frappe's own
	assert "Ready to ship" not in left
	assert not frappe.db.exists("Workflow Action Master", "Ask for Confirmation")
	assert not frappe.db.exists("Workflow Action", {"reference_doctype": ORDER, "status": "Open"})


def test_switching_it_on_takes_in_what_is_there(jobs):
	draft_before, rejected, submitted = order(), order(), make.sales_order()
	gone = make.sales_order()
	gone.cancel()
	frappe.db.set_value(ORDER, rejected.name, FIELD, "Rejected")
	frappe.db.set_value(ORDER, submitted.name, "o2c_stage", "Shipped")
	frappe.db.set_value(ORDER, {"name": ("in", [draft_before.name, submitted.name, gone.name])}, FIELD, None)
	switch(True)
	assert [state(doc) for doc in (draft_before, rejected, submitted, gone)] == [
		("Draft", 0),
		("Rejected", 0),
		("Confirmed", 1),
		("Cancelled", 2),
	]
	jobs.commit()
	order_workflow.catch_up()
	assert state(submitted) == ("Shipped", 1)
	assert state(draft_before) == ("Draft", 0)


# -- the ordinary way ------------------------------------------------------------------------------------------------------


def test_from_draft_to_done(people, as_user, draft):
	step(draft, "Ask for Confirmation")
	assert state(draft) == ("To confirm", 0)
	as_user(people["boss"])
	step(draft, "Confirm")
	assert state(draft) == ("Confirmed", 1)
	for action, comes in (
		("Start Production", "In production"),
		("Mark as Ready", "Ready to ship"),
		("Mark as Shipped", "Shipped"),
	):
		step(draft, action)
		assert state(draft) == (comes, 1)
	step(draft, "Complete")
	assert state(draft) == ("Completed", 1)


def test_rejected_and_reopened(people, as_user, draft):
	step(draft, "Ask for Confirmation")
	as_user(people["boss"])
	step(draft, "Reject")
	assert state(draft) == ("Rejected", 0)
	with pytest.raises(WorkflowRefused):
		frappe.get_doc(ORDER, draft.name).submit()
	as_user(people["sales"])
	step(draft, "Reopen")
	assert state(draft) == ("Draft", 0)


def test_cancelled_by_its_action(people, as_user, draft):
	step(draft, "Ask for Confirmation")
	as_user(people["boss"])
	step(draft, "Confirm")
	step(draft, "Cancel")
	assert state(draft) == ("Cancelled", 2)


def test_a_large_order_is_for_an_o2c_manager(people, as_user):
	as_user("Administrator")
	doc = order(lines=[{"item_code": make.item().name, "rate": LARGE_ORDER + 1}])
	asked(doc)
	as_user(people["boss"])
	assert [row.action for row in get_transitions(frappe.get_doc(ORDER, doc.name))] == ["Reject"]
	with pytest.raises(WorkflowRefused):
		frappe.get_doc(ORDER, doc.name).submit()
	as_user(people["chief"])
	step(doc, "Confirm")
	assert state(doc) == ("Confirmed", 1)


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
REFUSALS = (WorkflowRefused, WorkflowPermissionError)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_past_it_from_draft(people, as_user, draft, way):
	for user in ("sales", "boss", "chief"):
		as_user(people[user])
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


# -- cancelling, and from state to state -------------------------------------------------------------------------------------


@pytest.fixture
def confirmed(people, as_user, draft):
	asked(draft)
	as_user(people["boss"])
	step(draft, "Confirm")
	as_user(people["sales"])
	return frappe.get_doc(ORDER, draft.name)


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


# -- the facts move it -------------------------------------------------------------------------------------------------------


def change(doc, from_stage: str, to_stage: str) -> StageChange:
	return StageChange(doc.name, doc.company, from_stage, to_stage, now_datetime())


def test_an_order_follows_its_stage(workflow):
	doc = make_confirmed()
	modified = frappe.db.get_value(ORDER, doc.name, "modified")
	for before, stage, comes in (
		("Confirmed", "In production", "In production"),
		("In production", "Ready to ship", "Ready to ship"),
		("Ready to ship", "Partly shipped", "Ready to ship"),
		("Partly shipped", "Shipped", "Shipped"),
		("Shipped", "On hold", "Shipped"),
		("On hold", "Delivered", "Shipped"),
		("Delivered", "Paid", "Completed"),
	):
		order_workflow.follow([change(doc, before, stage)])
		assert state(doc) == (comes, 1), stage
	assert frappe.db.get_value(ORDER, doc.name, "modified") == modified


def make_confirmed(**fields):
	doc = make.sales_order(submit=False, **fields)
	doc.flags.ignore_workflow = True
	doc.submit()
	assert state(doc) == ("Confirmed", 1)
	return doc


def test_a_delivery_moves_it_from_document_to_state(workflow, jobs):
	doc = make_confirmed(lines=[{"item_code": make.item(stock=5).name, "qty": 2}])
	make.delivery_note(doc, qty=1)
	jobs.run()
	assert state(doc) == ("Ready to ship", 1)
	note = make.delivery_note(frappe.get_doc(ORDER, doc.name))
	jobs.run()
	assert state(doc) == ("Shipped", 1)
	note.cancel()
	jobs.run()
	assert state(doc) == ("Ready to ship", 1)


def test_it_goes_back_where_the_stage_does_and_only_then(workflow):
	doc = make_confirmed()
	order_workflow.follow([change(doc, "Confirmed", "Shipped")])
	assert order_workflow.follow([change(doc, "", "In production")]) == {}
	assert order_workflow.follow([change(doc, "On hold", "Confirmed")]) == {}
	assert state(doc) == ("Shipped", 1)
	assert order_workflow.follow([change(doc, "Shipped", "Partly shipped")]) == {doc.name: ("Shipped", "Ready to ship")}
	assert state(doc) == ("Ready to ship", 1)


def test_whom_people_put_further_stays_there(workflow):
	doc = make_confirmed()
	step(doc, "Mark as Ready")
	order_workflow.follow([change(doc, "Confirmed", "In production")])
	assert state(doc) == ("Ready to ship", 1)


def test_drafts_and_cancelled_orders_stay(workflow):
	doc, gone = order(), make_confirmed()
	gone.cancel()
	assert order_workflow.follow([change(doc, "Draft", "Confirmed"), change(gone, "Confirmed", "Shipped")]) == {}
	assert (state(doc), state(gone)) == (("Draft", 0), ("Cancelled", 2))


def test_of_several_changes_the_last_counts(workflow):
	docs = [make_confirmed() for _number in range(3)]
	changes = [change(doc, "Confirmed", "In production") for doc in docs] + [
		change(docs[0], "In production", "Shipped")
	]
	assert len(order_workflow.follow(changes)) == 3
	assert [state(doc)[0] for doc in docs] == ["Shipped", "In production", "In production"]


def test_what_people_were_asked_is_closed(workflow):
	doc = make_confirmed()
	open_actions = {"reference_name": doc.name, "status": "Open"}
	assert frappe.db.exists("Workflow Action", open_actions)
	order_workflow.follow([change(doc, "Confirmed", "Shipped")])
	assert not frappe.db.exists("Workflow Action", open_actions)


def test_another_s_workflow_is_followed_in_the_states_it_shares(workflow):
	doc = make_confirmed()
	shorter = frappe.get_doc("Workflow", NAME)
	shorter.transitions = [row for row in shorter.transitions if "In production" not in (row.state, row.next_state)]
	shorter.states = [row for row in shorter.states if row.state != "In production"]
	shorter.save()
	frappe.clear_cache(doctype=ORDER)
	assert order_workflow.follow([change(doc, "Confirmed", "In production")]) == {}
	assert order_workflow.follow([change(doc, "In production", "Shipped")])


def test_without_a_workflow_nothing_moves(queries):
	doc = make.sales_order()
	queries.clear()
	assert order_workflow.follow([change(doc, "Confirmed", "Shipped")]) == {}
	assert not any("update" in query.lower() for query in queries)


def test_a_customer_over_credit_stops_no_system_move(workflow):
	"""ERPNext asks for credit whenever a submitted order is saved; a delivery must not wait for that."""
	retire_all()
	buyer = limited(1000)
	doc = make_confirmed(buyer=buyer, qty=8)
	frappe.db.set_value("Customer Credit Limit", {"parent": buyer.name}, "credit_limit", 100)
	frappe.clear_document_cache("Customer", buyer.name)
	with pytest.raises(frappe.ValidationError, match=r"[Cc]redit"):
		step(doc, "Mark as Ready")
	assert order_workflow.follow([change(doc, "Confirmed", "Shipped")])
	assert state(doc) == ("Shipped", 1)


def test_many_at_once_take_few_queries(workflow, queries):
	docs = [make_confirmed() for _number in range(4)]
	queries.clear()
	order_workflow.follow([change(doc, "Confirmed", "Shipped") for doc in docs[:1]])
	one = len(queries)
	queries.clear()
	order_workflow.follow([change(doc, "Confirmed", "Shipped") for doc in docs[1:]])
	assert len(queries) <= one


# -- over HTTP -------------------------------------------------------------------------------------------------------------


@pytest.mark.commits
def test_over_http_nobody_gets_past(web, committed):
	buyer, goods = committed(make.customer()), committed(make.item())
	with committed_workflow():
		doc = committed(make.sales_order(buyer, lines=[{"item_code": goods.name}], submit=False))
		clerk, boss = committed(make.user(*SALES)), committed(make.user(*BOSS))
		login = committed(make.portal_user(buyer))
		for contact in frappe.get_all("Contact", {"user": login.name}, pluck="name", order_by="name"):
			committed(frappe.get_doc("Contact", contact))
		frappe.db.commit()
		visitors = {
			name: web.visitor(user.name) for name, user in (("clerk", clerk), ("boss", boss), ("customer", login))
		}
		visitors["guest"] = web.guest()
		for who, visitor in visitors.items():
			for code, way in ways_over_http(visitor, doc):
				assert not code.ok, (who, way)
				frappe.db.rollback()
				assert state(doc) == ("Draft", 0), (who, way)
				assert frappe.db.count(ORDER, {"customer": buyer.name}) == 1, (who, way)
			if who in ("clerk", "boss"):
				assert (
					"WorkflowRefused"
					in visitor.put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 1}).text
				)
		act = "/api/method/frappe.model.workflow.apply_workflow"
		assert (
			visitors["clerk"]
			.post(act, json={"doc": {"doctype": ORDER, "name": doc.name}, "action": "Ask for Confirmation"})
			.ok
		)
		assert not visitors["clerk"].put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 1}).ok
		assert visitors["boss"].put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 1}).ok
		frappe.db.rollback()
		assert state(doc) == ("Confirmed", 1)
		assert not visitors["clerk"].put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 2}).ok
		assert visitors["boss"].put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 2}).ok
		frappe.db.rollback()
		assert state(doc) == ("Cancelled", 2)
		frappe.delete_doc("Workflow Action", asked_of(doc))
		frappe.db.commit()


def asked_of(doc) -> list[str]:
	"""What the workflow asked people to do with an order."""
	return frappe.get_all("Workflow Action", {"reference_name": doc.name}, pluck="name", order_by="name asc")


def ways_over_http(visitor, doc):
	"""Each answer with what was tried."""
	path, values = f"/api/resource/Sales Order/{doc.name}", json.loads(doc.as_json())
	flags = {"flags": {"ignore_workflow": True, "ignore_permissions": True, "ignore_validate": True}}
	new = {k: v for k, v in values.items() if k not in ("name", "creation", "modified", "owner")}
	method = "/api/method/frappe."
	yield visitor.put(path, json={"docstatus": 1}), "REST"
	yield visitor.put(path, json={"docstatus": 1, **flags}), "REST with flags"
	yield visitor.put(path, json={"docstatus": 1, FIELD: "Confirmed"}), "REST with state"
	yield (
		visitor.put(path, json={"docstatus": 1, "owner": "x@example.com", FIELD: "To confirm"}),
		"REST with a draft's state",
	)
	yield visitor.put(f"/api/v2/document/Sales Order/{doc.name}", json={"docstatus": 1}), "REST v2"
	yield visitor.post(f"/api/v2/document/Sales Order/{doc.name}/method/submit", json={}), "REST v2, submit"
	yield visitor.post("/api/resource/Sales Order", json={**new, "docstatus": 1, **flags}), "REST, new"
	yield visitor.post(method + "client.insert", json={"doc": {**new, "docstatus": 1, **flags}}), "insert"
	yield visitor.post(method + "client.submit", json={"doc": {**values, **flags}}), "client.submit"
	yield visitor.post(method + "client.save", json={"doc": {**values, "docstatus": 1, **flags}}), "client.save"
	submit_form = {"doc": json.dumps(values), "action": "Submit"}
	yield visitor.post(method + "desk.form.save.savedocs", data=submit_form), "desk"
	run = {"docs": json.dumps({**values, **flags}), "method": "submit"}
	yield visitor.post(method + "handler.run_doc_method", data=run), "run_doc_method"


def test_since_is_no_matter(workflow):
	doc = make_confirmed()
	assert order_workflow.follow([StageChange(doc.name, doc.company, "", "Shipped", datetime(2026, 1, 1))])
