"""Hand-offs: made once on entering a stage, accepted or sent back, late ones escalated; for whom they are meant and nobody else."""

from datetime import datetime, timedelta
from itertools import count

import pytest

import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime

from crm_o2c.api import handoffs as api
from crm_o2c.engine.stages import StageChange
from crm_o2c.exceptions import HandoffError
from crm_o2c.services import context, events, handoff_sweep, handoffs
from crm_o2c.services.work_hours import work_hours
from crm_o2c.setup.handoffs import EXAMPLES, SEEDED, seed_handoffs

import factories as make

HANDOFF, RULE, ORDER = "O2C Handoff", "O2C Handoff Rule", "Sales Order"
_minutes = count(1)


@pytest.fixture(autouse=True)
def nobody_else(commits, monkeypatch):
	monkeypatch.setattr(frappe, "sendmail", lambda *args, **kwargs: None)  # the test site has no account to send from
	"""Users of earlier tests on a kept site are not in these roles."""
	frappe.db.delete("Has Role", {"role": ("in", ("Stock User", "Stock Manager", "Accounts User", "O2C Manager"))})


@pytest.fixture
def seller():
	return make.user("Sales User").name


@pytest.fixture
def order(seller):
	doc = make.sales_order()
	frappe.db.set_value(ORDER, doc.name, "owner", seller)
	return doc


@pytest.fixture
def pickers():
	return sorted(make.user("Stock User").name for _number in range(3))


def rule(stage="Confirmed", role="Stock User", steps=(), **fields):
	values = {"doctype": RULE, "rule_name": f"Rule {next(_minutes)}", "stage": stage, "role": role, "enabled": 1}
	rows = [{"step": step, "must_be_done": must} for step, must in steps]
	return frappe.get_doc({**values, "steps": rows, **fields}).insert()


def enter(doc, stage="Confirmed", before="Draft", since=None) -> StageChange:
	"""The order enters a stage, each time at another moment."""
	since = since or add_to_date(now_datetime(), minutes=next(_minutes))
	change = StageChange(doc.name, doc.company, before, stage, since)
	handoffs.stages_changed([change])
	return change


def all_of(doc, **filters):
	names = frappe.get_all(
		HANDOFF, {"sales_order": doc.name, **filters}, pluck="name", order_by="creation asc, name asc"
	)
	return [frappe.get_doc(HANDOFF, name) for name in names]


def only(doc):
	(found,) = all_of(doc)
	return found


def todos(handoff, status="Open") -> list[str]:
	filters = {"reference_type": HANDOFF, "reference_name": handoff.name, "status": status}
	return sorted(frappe.get_all("ToDo", filters, pluck="allocated_to", order_by="name asc"))


def history(doc) -> list[tuple[str, str]]:
	filters = {"reference_doctype": ORDER, "reference_name": doc.name, "what": "handoff"}
	rows = frappe.get_all("O2C Event", filters, ["from_state", "to_state"], order_by="happened_at asc, creation asc")
	return [(row.from_state, row.to_state) for row in rows]


# -- made --------------------------------------------------------------------------------------------------------------------


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


# -- missed ---------------------------------------------------------------------------------------------------------------------


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


# -- closed --------------------------------------------------------------------------------------------------------------------


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


# -- steps ---------------------------------------------------------------------------------------------------------------------


def accept(doc):
	handoff = only(doc)
	frappe.set_user(handoff.user)
	api.accept(handoff.name)
	frappe.set_user("Administrator")
	return only(doc)


def test_accepted_ticked_and_finished(order, pickers):
	rule(steps=[("Count", 1), ("Pack", 0)])
	enter(order)
	handoff = accept(order)
	assert (handoff.status, handoff.accepted_by) == ("Accepted", handoff.user)
	frappe.set_user(handoff.user)
	with pytest.raises(HandoffError, match="Count"):
		api.finish(handoff.name)
	shown = api.tick(handoff.name, handoff.checks[0].name, True)
	assert [(row.step, row.done, row.done_by) for row in shown["checks"]] == [
		("Count", 1, handoff.user),
		("Pack", 0, None),
	]
	api.tick(handoff.name, handoff.checks[0].name, False)
	assert not only(order).checks[0].done_by
	api.tick(handoff.name, handoff.checks[0].name, True)
	assert api.finish(handoff.name)["status"] == "Done"
	assert todos(handoff) == []
	assert history(order) == [("", "Waiting"), ("Waiting", "Accepted"), ("Accepted", "Done")]


def test_no_step_before_it_is_accepted(order, pickers):
	rule(steps=[("Count", 1)])
	enter(order)
	handoff = only(order)
	frappe.set_user(handoff.user)
	for act in (
		lambda: api.tick(handoff.name, handoff.checks[0].name, True),
		lambda: api.finish(handoff.name),
		lambda: api.hand_over(handoff.name),
	):
		with pytest.raises(HandoffError):
			act()


def test_sent_back_to_who_handed_it_over_and_handed_over_again(order, pickers, seller):
	rule(due_hours=8)
	enter(order)
	handoff = accept(order)
	picker = handoff.user
	frappe.set_user(picker)
	for empty in ("", "  "):
		with pytest.raises(HandoffError):
			api.send_back(handoff.name, empty)
	shown = api.send_back(handoff.name, "Two lines have no warehouse")
	assert (shown["status"], shown["user"]) == ("Sent Back", seller)
	assert not shown["may_accept"]
	assert todos(handoff) == [seller]
	for act in (lambda: api.accept(handoff.name), lambda: api.hand_over(handoff.name)):
		with pytest.raises(frappe.PermissionError):
			act()
	frappe.set_user(seller)
	shown = api.hand_over(handoff.name, "Both are in Stores")
	assert (shown["status"], shown["user"]) == ("Waiting", picker)
	assert todos(handoff) == [picker]
	frappe.set_user("Administrator")
	assert (only(order).rounds, only(order).handed_over_by) == (1, seller)
	assert history(order)[1:] == [("Waiting", "Accepted"), ("Accepted", "Sent Back"), ("Sent Back", "Waiting")]
	reasons = frappe.get_all(
		"O2C Event", {"reference_name": order.name, "what": "handoff"}, pluck="reason", order_by="creation"
	)
	assert any("Two lines have no warehouse" in reason for reason in reasons)


def test_it_goes_back_to_the_one_before(order, pickers):
	clerk = make.user("Accounts User").name
	rule()
	rule("Shipped", "Accounts User")
	enter(order)
	picker = accept(order).user
	enter(order, "Shipped", "Confirmed")
	(handoff,) = all_of(order, stage="Shipped")
	assert (handoff.user, handoff.handed_over_by) == (clerk, picker)
	frappe.set_user(clerk)
	assert api.send_back(handoff.name, "Nothing is signed")["user"] == picker


def test_where_the_owner_is_no_desk_user_a_manager_gets_it_back(order, pickers):
	rule()
	enter(order)
	handoff = only(order)
	portal = make.portal_user(make.customer()).name
	frappe.db.set_value(ORDER, order.name, "owner", portal)
	frappe.db.set_value(HANDOFF, handoff.name, "handed_over_by", portal)
	frappe.set_user(handoff.user)
	with pytest.raises(HandoffError):
		api.send_back(handoff.name, "No address")
	frappe.set_user("Administrator")
	manager = make.user("O2C Manager", "Sales User").name
	frappe.set_user(handoff.user)
	assert api.send_back(handoff.name, "No address")["user"] == manager


def test_steps_go_on_when_the_rule_is_gone(order, pickers):
	made_by = rule(due_hours=4)
	enter(order)
	frappe.delete_doc(RULE, made_by.name)
	handoff = accept(order)
	frappe.set_user(handoff.user)
	api.finish(handoff.name)
	assert only(order).status == "Done"


# -- whose it is ---------------------------------------------------------------------------------------------------------------

STEPS = {
	"accept": lambda name, row: api.accept(name),
	"send_back": lambda name, row: api.send_back(name, "Why"),
	"hand_over": lambda name, row: api.hand_over(name),
	"tick": lambda name, row: api.tick(name, row, True),
	"finish": lambda name, row: api.finish(name),
}


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_others_take_no_step(order, pickers, seller, step):
	rule(steps=[("Count", 1)])
	enter(order)
	handoff = only(order)
	portal = make.portal_user(order.customer).name
	strangers = {
		"no role": make.user("Sales User").name,
		"role but not this order": make.user("Stock User").name,
		"no orders": make.user("HR User").name,
		"customer": portal,
		"guest": "Guest",
		"another customer": make.portal_user(make.customer()).name,
	}
	permission = {"doctype": "User Permission", "user": strangers["role but not this order"], "allow": "Customer"}
	frappe.get_doc({**permission, "for_value": make.customer().name}).insert()
	frappe.share.add(ORDER, order.name, portal, write=1)
	for who, user in strangers.items():
		frappe.set_user(user)
		with pytest.raises(frappe.PermissionError):
			STEPS[step](handoff.name, handoff.checks[0].name)
			pytest.fail(who)
	frappe.set_user("Administrator")
	assert only(order).status == "Waiting"


def test_a_colleague_of_the_role_and_a_manager_may(order, pickers):
	rule()
	enter(order)
	handoff = only(order)
	colleague = next(user for user in pickers if user != handoff.user)
	frappe.set_user(colleague)
	assert api.accept(handoff.name)["user"] == colleague
	frappe.set_user("Administrator")
	manager = make.user("O2C Manager", "Sales User").name
	frappe.set_user(manager)
	assert api.finish(handoff.name)["status"] == "Done"


def test_who_sees_them(order, pickers):
	rule()
	enter(order)
	handoff = only(order)
	portal = make.portal_user(order.customer).name
	for user, sees in (
		(pickers[0], True),
		(make.user("Sales User").name, True),
		(make.user("HR User").name, False),
		(portal, False),
		("Guest", False),
	):
		frappe.set_user(user)
		assert bool(frappe.has_permission(HANDOFF, "read", doc=handoff)) == sees, user
		assert handoff.name in listed() if sees else not listed(), user
		if sees:
			assert api.get_order(order.name)["open"][0]["name"] == handoff.name
		else:
			with pytest.raises(frappe.PermissionError):
				api.get_order(order.name)
			with pytest.raises(frappe.PermissionError):
				api.get_handoff(handoff.name)


def listed() -> list[str]:
	try:
		return frappe.get_list(HANDOFF, pluck="name", order_by="name asc")
	except frappe.PermissionError:
		return []


def test_nobody_writes_one_past_the_steps(order, pickers):
	rule()
	enter(order)
	handoff = only(order)
	for user in (handoff.user, make.user("O2C Manager").name):
		frappe.set_user(user)
		doc = frappe.get_doc(HANDOFF, handoff.name)
		doc.status = "Done"
		with pytest.raises(frappe.PermissionError):
			doc.save()
		with pytest.raises(frappe.PermissionError):
			frappe.copy_doc(doc).insert()
		with pytest.raises(frappe.PermissionError):
			frappe.delete_doc(HANDOFF, handoff.name)


def test_what_the_form_is_told(order, pickers):
	rule(due_hours=1)
	enter(order)
	frappe.db.set_value(HANDOFF, only(order).name, "due", add_to_date(now_datetime(), minutes=-1))
	other = make.user("Sales User").name
	frappe.set_user(only(order).user)
	(shown,) = api.get_order(order.name)["open"]
	assert (shown["late"], shown["may_accept"], shown["may_send_back"], shown["may_finish"]) == (
		True,
		True,
		True,
		False,
	)
	assert shown["names"][shown["user"]]
	frappe.set_user(other)
	(shown,) = api.get_order(order.name)["open"]
	assert (shown["may_accept"], shown["may_send_back"]) == (False, False)


# -- business time and escalation --------------------------------------------------------------------------------------------


def test_due_counts_working_hours_alone(order, pickers, monkeypatch):
	holidays = make_holidays("2027-03-06", "2027-03-07", "2027-03-08")
	frappe.db.set_value("Company", make.COMPANY, "default_holiday_list", holidays)
	settings = frappe.get_doc("O2C Settings")
	settings.update({"workday_start": "08:00", "workday_end": "16:30"})
	settings.save()
	context.forget()
	monkeypatch.setattr(handoffs, "now_datetime", lambda: datetime(2027, 3, 5, 15, 30))
	rule(due_hours=3)
	enter(order)
	assert get_datetime(only(order).due) == datetime(2027, 3, 9, 10, 0)


def make_holidays(*days) -> str:
	rows = [{"holiday_date": day, "description": "Off"} for day in days]
	values = {"holiday_list_name": f"Off {next(_minutes)}", "from_date": "2027-01-01", "to_date": "2027-12-31"}
	return frappe.get_doc({"doctype": "Holiday List", **values, "holidays": rows}).insert().name


def test_a_working_day_that_ends_before_it_starts_is_refused():
	settings = frappe.get_doc("O2C Settings")
	settings.update({"workday_start": "17:00", "workday_end": "09:00"})
	with pytest.raises(frappe.ValidationError):
		settings.save()


def test_a_site_that_never_chose_hours_works_nine_to_five():
	frappe.db.delete("Singles", {"doctype": "O2C Settings", "field": ("in", ("workday_start", "workday_end"))})
	frappe.clear_document_cache("O2C Settings", "O2C Settings")
	context.forget()
	hours = work_hours(make.COMPANY)
	assert (hours.start.hour, hours.end.hour) == (9, 17)


def make_late(doc):
	frappe.db.set_value(HANDOFF, only(doc).name, "due", now_datetime() - timedelta(hours=1))


def test_a_late_one_is_escalated_once(order, pickers, jobs):
	chief, boss = make.user("Stock Manager", "Stock User").name, make.user("Sales Manager").name
	frappe.db.delete("Has Role", {"role": "Stock User", "parent": chief})
	rule(due_hours=1, escalate_role="Stock Manager", escalate_user=boss)
	enter(order)
	assert handoff_sweep.escalate_late() == 0
	make_late(order)
	may_read_orders = [
		user for user in (chief, boss) if frappe.has_permission(ORDER, "read", doc=order.name, user=user)
	]
	handoff_sweep.escalate_late()
	handoff = only(order)
	assert handoff.escalated_at
	assert set(todos(handoff)) == {handoff.user, *may_read_orders}
	assert handoff_sweep.escalate_late() == 0
	assert [step for step in history(order) if step[1] == "Escalated"] == [("Waiting", "Escalated")]
	frappe.set_user(boss)
	assert api.accept(handoff.name)["user"] == boss


def test_what_is_closed_or_has_nobody_to_tell_is_not_escalated(order, pickers):
	rule(due_hours=1)
	enter(order)
	make_late(order)
	assert handoff_sweep.escalate_late() == 0
	frappe.db.set_value(HANDOFF, only(order).name, {"escalate_role": "Stock User", "status": "Done"})
	assert handoff_sweep.escalate_late() == 0


def test_handed_over_again_it_may_be_late_again(order, pickers, seller):
	boss = make.user("Sales Manager").name
	rule(due_hours=1, escalate_user=boss, role="Stock User")
	enter(order)
	make_late(order)
	assert handoff_sweep.escalate_late() == 1
	frappe.set_user(only(order).user)
	api.send_back(only(order).name, "Why not")
	frappe.set_user(seller)
	api.hand_over(only(order).name)
	frappe.set_user("Administrator")
	assert get_datetime(only(order).due) > now_datetime()
	make_late(order)
	assert handoff_sweep.escalate_late() == 1


# -- as it is seeded -----------------------------------------------------------------------------------------------------------


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
