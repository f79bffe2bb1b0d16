"""Hand-offs are accepted or sent back by whom they are meant for and nobody else; late ones are escalated once."""

from datetime import datetime, timedelta

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
from frappe.utils import add_to_date, get_datetime, now_datetime

from crm_o2c.api import handoffs as api
from crm_o2c.exceptions import HandoffError
from crm_o2c.services import context, handoff_sweep, handoffs
from crm_o2c.services.work_hours import work_hours

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


# -- steps -----------------------------------------------------------------------------------------------------------------


def test_accepted_ticked_and_finished(order, pickers):
	rule(steps=[("Count", 1), ("Pack", 0)])
	enter(order)
	handoff = accept(order)
	assert (handoff.status, handoff.accepted_by) == ("Accepted", handoff.user)
	assert "ToDo" not in str(frappe.local.message_log)  # nobody is told that he has it already
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


# -- whose it is -----------------------------------------------------------------------------------------------------------

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


# -- business time and escalation ------------------------------------------------------------------------------------------


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
	values = {"holiday_list_name": f"Off {days[0]}", "from_date": "2027-01-01", "to_date": "2027-12-31"}
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
