"""The order workflow: seeded once and switched off; its ordinary way; and orders that follow their stages."""

from datetime import datetime

import governed
import pytest
from governed import (
	FIELD,
	ORDER,
	asked,
	change,
	draft_by,
	have_state_field,
	make_confirmed,
	order,
	state,
	step,
	switch,
)

import frappe
from frappe.model.workflow import get_transitions

from crm_o2c.engine.stages import StageChange
from crm_o2c.exceptions import WorkflowRefused
from crm_o2c.services import order_workflow
from crm_o2c.setup.workflow import LARGE_ORDER, NAME, OF_STAGES, SEEDED, STATES, delete_workflow, seed_workflow

import factories as make
from rule_book import limited, retire_all


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


def test_what_was_submitted_while_it_was_off_gets_a_state_for_it(jobs):
	doc, other = order(), order()
	switch(True)
	switch(False)
	assert state(doc) == ("Draft", 0)
	frappe.get_doc(ORDER, doc.name).submit()
	frappe.db.set_value(ORDER, other.name, FIELD, "Approved")  # of a workflow there was before
	switch(True)
	assert [state(doc), state(other)] == [("Confirmed", 1), ("Draft", 0)]


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


# -- the facts move it -----------------------------------------------------------------------------------------------------


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


def test_since_is_no_matter(workflow):
	doc = make_confirmed()
	assert order_workflow.follow([StageChange(doc.name, doc.company, "", "Shipped", datetime(2026, 1, 1))])
