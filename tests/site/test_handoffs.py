"""Hand-offs: made once as an order enters a stage, made up for where that was missed, closed as it leaves."""

import pytest
from handoff_book import (
	HANDOFF,
	ORDER,
	RULE,
	accept,
	all_of,
	alone,
	enter,
	history,
	only,
	order_of,
	rule,
	three_pickers,
	todos,
)

import frappe
from frappe.utils import add_to_date, now_datetime

from crm_o2c.api import handoffs as api
from crm_o2c.engine.stages import StageChange
from crm_o2c.exceptions import HandoffError
from crm_o2c.services import events, handoff_sweep, handoffs
from crm_o2c.setup.handoffs import EXAMPLES, SEEDED, seed_handoffs

import factories as make


@pytest.fixture(autouse=True)
def nobody_else(commits, monkeypatch):
	alone(monkeypatch)


@pytest.fixture
def seller():
	return make.user("Sales User").name


@pytest.fixture
def order(seller):
	return order_of(seller)


@pytest.fixture
def pickers():
	return three_pickers()


# -- made ------------------------------------------------------------------------------------------------------------------


def test_entering_the_stage_gives_the_order_to_somebody(order, pickers):
	made_by = rule(steps=[("Count", 1), ("Pack", 0)])
	enter(order)
	handoff = only(order)
	assert (handoff.status, handoff.stage, handoff.rule, handoff.role) == (
		"Waiting",
		"Confirmed",
		made_by.name,
		"Stock User",
	)
	assert handoff.user in pickers
	assert todos(handoff) == [handoff.user]
	assert [(row.step, row.must_be_done, row.done) for row in handoff.checks] == [("Count", 1, 0), ("Pack", 0, 0)]
	assert history(order) == [("", "Waiting")]
	assert handoff.handed_over_by == frappe.db.get_value(ORDER, order.name, "owner")


def test_whoever_is_told_is_told_by_frappe(order, pickers):
	rule()
	enter(order)
	filters = {"document_type": HANDOFF, "document_name": only(order).name}
	told = frappe.get_all("Notification Log", filters, ["for_user", "type"], order_by="creation asc")
	assert [(row.for_user, row.type) for row in told] == [(only(order).user, "Assignment")]


def test_an_order_that_is_submitted_is_handed_over(pickers, jobs):
	"""From the document's event to the person, with nothing in between left out."""
	rule()
	doc = make.sales_order(lines=[{"item_code": make.item(stock=5).name}])
	jobs.run()
	assert only(doc).stage == "Confirmed"
	make.delivery_note(doc)
	jobs.run()
	assert only(doc).status == "Passed"


def test_the_same_change_makes_it_once(order, pickers):
	rule()
	change = enter(order)
	handoffs.stages_changed([change])
	handoffs.stages_changed([change, change])
	assert len(all_of(order)) == 1
	enter(order, "Shipped", "Confirmed")
	enter(order, "Confirmed", "Shipped")
	assert [doc.status for doc in all_of(order)] == ["Passed", "Waiting"]


def test_the_key_is_unique_in_the_database(order, pickers):
	rule()
	enter(order)
	twin = frappe.copy_doc(only(order), ignore_no_copy=True)
	twin.event_key = only(order).event_key
	with pytest.raises(frappe.UniqueValidationError):
		twin.insert()


def test_the_least_loaded_gets_it(pickers):
	rule()
	orders = [make.sales_order() for _number in range(3)]
	changes = [StageChange(doc.name, doc.company, "Draft", "Confirmed", now_datetime()) for doc in orders]
	handoffs.stages_changed(changes)
	assert sorted(only(doc).user for doc in orders) == pickers
	frappe.set_user(only(orders[1]).user)
	api.accept(only(orders[1]).name)
	api.finish(only(orders[1]).name)
	frappe.set_user("Administrator")
	free = make.sales_order()
	enter(free)
	assert only(free).user == only(orders[1]).user


def test_everybody_of_the_role_may_take_it_and_one_does(order, pickers):
	rule(assign_to="Everybody of the Role")
	enter(order)
	handoff = only(order)
	assert handoff.user is None
	assert todos(handoff) == pickers
	frappe.set_user(pickers[1])
	api.accept(handoff.name)
	frappe.set_user("Administrator")
	assert only(order).user == pickers[1]
	assert todos(handoff) == [pickers[1]]
	frappe.set_user(pickers[2])
	with pytest.raises(HandoffError):
		api.accept(handoff.name)


def test_one_user(order, pickers):
	rule(assign_to="One User", user=pickers[2], role=None)
	enter(order)
	assert only(order).user == pickers[2]


def test_who_is_disabled_or_may_not_read_the_order_gets_none(order, pickers):
	frappe.db.set_value("User", pickers[0], "enabled", 0)
	frappe.get_doc(
		{"doctype": "User Permission", "user": pickers[1], "allow": "Customer", "for_value": make.customer().name}
	).insert()
	rule()
	enter(order)
	assert only(order).user == pickers[2]
	frappe.db.set_value("User", pickers[2], "enabled", 0)
	other = make.sales_order()
	enter(other)
	assert only(other).user is None  # it waits; managers see it
	assert todos(only(other)) == []


@pytest.mark.parametrize(
	("condition", "met"),
	[
		("grand_total > 50", True),
		("grand_total > 5000", False),
		("po_no == ''", True),
		("currency in ['USD', 'EUR'] and grand_total > 50", None),
		("order_type == 'Sales' and not skip_delivery_note", True),
	],
)
def test_a_condition_chooses_the_orders(order, pickers, condition, met):
	rule(condition=condition)
	enter(order)
	expected = order.currency in ("USD", "EUR") if met is None else met
	assert bool(all_of(order)) == expected


@pytest.mark.parametrize("fields", [{"enabled": 0}, {"stage": "Shipped"}, {"for_company": "other"}])
def test_rules_that_do_not_apply(order, pickers, fields):
	if "for_company" in fields:
		values = {
			"doctype": "Company",
			"company_name": "O2C Other",
			"abbr": "O2O",
			"default_currency": "USD",
			"country": "Germany",
		}
		company = frappe.get_doc(values)
		company.db_insert()
		fields = {"for_company": company.name}
	rule(**fields)
	enter(order)
	assert all_of(order) == []


@pytest.mark.parametrize(
	"fields",
	[
		{"condition": "nonsense >"},
		{"condition": "unheard_of == 1"},
		{"condition": "customer > 5"},
		{"assign_to": "One User", "user": None},
		{"assign_to": "Least Loaded of the Role", "role": None},
		{"due_hours": -1},
	],
	ids=str,
)
def test_a_rule_that_cannot_work_is_refused(fields):
	with pytest.raises(frappe.ValidationError):
		rule(**fields)


def test_a_customer_s_login_is_no_assignee():
	login = make.portal_user(make.customer())
	with pytest.raises(frappe.ValidationError):
		rule(assign_to="One User", user=login.name, role=None)


def test_one_that_fails_stops_no_other(pickers, monkeypatch):
	rule()
	orders = [make.sales_order() for _number in range(2)]
	real = handoffs.choose

	def choose(of, name, people):
		if name == orders[0].name:
			raise ValueError("broken")
		return real(of, name, people)

	monkeypatch.setattr(handoffs, "choose", choose)
	handoffs.stages_changed(
		[StageChange(doc.name, doc.company, "Draft", "Confirmed", now_datetime()) for doc in orders]
	)
	assert [len(all_of(doc)) for doc in orders] == [0, 1]
	assert frappe.db.exists("Error Log", {"reference_name": orders[0].name})


def test_without_rules_it_costs_two_queries(order, queries):
	frappe.db.set_value(RULE, {"enabled": 1}, "enabled", 0)
	enter(order)
	queries.clear()
	enter(order)
	assert len(queries) <= 2


# -- missed ----------------------------------------------------------------------------------------------------------------


def is_in(doc, stage="Confirmed", before="Draft", minutes=0):
	"""The order is in a stage, and nobody has said so to the hand-offs."""
	since = add_to_date(now_datetime(), minutes=minutes)
	frappe.db.set_value(ORDER, doc.name, {"o2c_stage": stage, "o2c_stage_since": since})
	row = frappe.db.get_value(ORDER, doc.name, ["o2c_stage_since", "company"], as_dict=True)
	filters = {"reference_doctype": ORDER, "reference_name": doc.name}
	frappe.db.delete("O2C Event", {**filters, "what": "stage"})
	name = events.note(ORDER, doc.name, "stage", stage, from_state=before)
	frappe.db.set_value("O2C Event", name, "number", 99)
	return StageChange(doc.name, row.company, before, stage, row.o2c_stage_since)


def test_what_was_missed_is_made_up_for(order, pickers):
	rule()
	is_in(order, minutes=5)
	handoff_sweep.sweep()
	handoff_sweep.sweep()
	assert todos(only(order)) == [only(order).user]


def test_however_many_entered_before_it(pickers, monkeypatch):
	rule()
	monkeypatch.setattr(handoff_sweep, "ORDERS", 1)
	orders = [make.sales_order() for _number in range(3)]
	for minutes, doc in enumerate(orders, 5):
		is_in(doc, minutes=minutes)
	handoff_sweep.make_missing()
	assert [len(all_of(doc)) for doc in orders] == [1, 1, 1]


def test_what_was_made_is_not_made_up_for(order, pickers):
	rule()
	handoffs.stages_changed([is_in(order, minutes=5)])
	handoff_sweep.sweep()
	assert len(all_of(order)) == 1
	is_in(order, before="On hold", minutes=9)
	handoff_sweep.sweep()
	assert len(all_of(order)) == 1


def test_a_rule_that_is_switched_on_does_not_reach_back(order, pickers):
	is_in(order, minutes=-5)
	rule()
	handoff_sweep.sweep()
	assert all_of(order) == []


def test_with_the_queue_down_it_waits_and_is_told_of_later(order, pickers, monkeypatch):
	rule()
	with monkeypatch.context() as down:
		down.setattr(handoffs, "assign", lambda *args: 1 / 0)
		enter(order)
	handoff = only(order)
	assert (handoff.status, todos(handoff)) == ("Waiting", [])
	assert handoff_sweep.assign_missing() == 1
	assert todos(handoff) == [handoff.user]
	assert handoff_sweep.assign_missing() == 0


def test_with_nobody_in_the_role_it_waits_for_the_first(order):
	rule()
	enter(order)
	assert only(order).user is None
	assert handoff_sweep.assign_missing() == 0
	picker = make.user("Stock User").name
	assert handoff_sweep.assign_missing() == 1
	assert only(order).user == picker


def test_who_closes_his_todo_is_not_asked_again_and_again(order, pickers):
	rule()
	enter(order)
	frappe.db.set_value("ToDo", {"reference_name": only(order).name}, "status", "Closed")
	assert handoff_sweep.assign_missing() == 0


# -- closed ----------------------------------------------------------------------------------------------------------------


def test_leaving_the_stage_closes_it(order, pickers):
	rule()
	enter(order)
	enter(order, "Shipped", "Confirmed")
	assert only(order).status == "Passed"
	assert todos(only(order)) == []
	assert only(order).closed_at
	assert history(order) == [("", "Waiting"), ("Waiting", "Passed")]


def test_an_accepted_one_is_done_then(order, pickers):
	rule()
	enter(order)
	accept(order)
	enter(order, "Shipped", "Confirmed")
	assert only(order).status == "Done"


def test_of_a_cancelled_order_nothing_is_done(order, pickers):
	rule()
	enter(order)
	accept(order)
	enter(order, "Cancelled", "Confirmed")
	assert only(order).status == "Passed"


def test_a_pause_changes_nothing(order, pickers):
	rule()
	enter(order)
	enter(order, "On hold", "Confirmed")
	assert only(order).status == "Waiting"
	enter(order, "Confirmed", "On hold")
	assert len(all_of(order)) == 1
	enter(order, "On hold", "Confirmed")
	enter(order, "Shipped", "On hold")
	assert only(order).status == "Passed"


def test_a_deleted_order_takes_them_along(pickers):
	rule()
	draft = make.sales_order(submit=False)
	enter(draft)
	handoff = only(draft)
	frappe.delete_doc(ORDER, draft.name)
	assert not frappe.db.exists(HANDOFF, handoff.name)
	assert not frappe.db.exists("ToDo", {"reference_type": HANDOFF, "reference_name": handoff.name})


# -- as it is seeded -------------------------------------------------------------------------------------------------------


def test_examples_come_switched_off_and_once():
	names = [name for name, *_rest in EXAMPLES]
	rules = frappe.get_all(RULE, {"name": ("in", names)}, ["name", "enabled"], order_by="name asc")
	assert {row.name for row in rules} == set(names)
	assert not any(row.enabled for row in rules)
	frappe.delete_doc(RULE, names[0])
	seed_handoffs()
	assert not frappe.db.exists(RULE, names[0])
	frappe.db.delete("DefaultValue", {"defkey": SEEDED})
	frappe.clear_cache()
	seed_handoffs()
	assert frappe.db.exists(RULE, names[0])
