"""What came of a rule's alerts, one click to a milder action; who sees rules, alerts and holds; what a site starts with."""

import pytest
from rule_records import ALERT, HOLD, RULE, alert, hold, rule

import frappe

from crm_o2c.api import rules as api
from crm_o2c.engine.anomaly.defaults import DEFAULT_RULES, EXAMPLE_RULES
from crm_o2c.install import after_migrate
from crm_o2c.services import rule_record
from crm_o2c.setup.example_scripts import EXAMPLE_SCRIPTS

import factories as make

# -- record and demotion ---------------------------------------------------------------------------------------------------


@pytest.fixture
def order():
	return make.sales_order()


def judged(order, of, **numbers):
	for status, number in numbers.items():
		for _number in range(number):
			alert(order, of, status.replace("_", " "))


def test_a_rule_shows_its_record(order):
	made = rule(active=True, detector="credit.limit", action="Hold")
	judged(order, made, Open=2, Fixed=3, Accepted=1, False_Alarm=1, Expired=2)
	alert(order, made, "Fixed", days=8, value_at_risk=50)
	alert(order, made, "Fixed", days=7 * rule_record.WEEKS + 1)
	alert(order, rule(active=True), "False Alarm")
	for hours in (2, 4, 9, None):
		hold(order.name, made, hours)
	seen = api.get_rule_record(made.name)
	assert (seen["alerts"], seen["judged"]) == (10, 6)
	assert seen["shares"] == {"Fixed": 66.7, "Accepted": 16.7, "False Alarm": 16.7}
	currency = frappe.db.get_value("Company", make.COMPANY, "default_currency")
	assert seen["caught"] == [{"currency": currency, "value": 350}]
	assert seen["holds"] == {"holds": 4, "waiting": 1, "median_hours": 4}
	assert len(seen["weeks"]) == rule_record.WEEKS
	assert [(week["alerts"], week["false"]) for week in seen["weeks"]][-1] == (9, 1)
	assert sum(week["alerts"] for week in seen["weeks"]) == 10


def test_a_rule_without_alerts_has_an_empty_record():
	seen = api.get_rule_record(rule(active=True).name)
	assert (seen["alerts"], seen["judged"], seen["caught"], seen["proposal"]) == (0, 0, [], None)
	assert set(seen["shares"].values()) == {None}
	assert seen["holds"]["median_hours"] is None


@pytest.mark.parametrize(
	("right", "wrong", "limit", "proposed"),
	[(7, 3, 30, False), (6, 4, 30, True), (5, 4, 30, False), (0, 10, 100, False), (6, 4, 50, False), (9, 1, 0, True)],
)
def test_a_noisy_rule_is_proposed_for_demotion(order, right, wrong, limit, proposed):
	made = rule(active=True, action="Warn", false_limit=limit)
	judged(order, made, Fixed=right - right // 2, Accepted=right // 2, False_Alarm=wrong, Open=5, Expired=5)
	proposal = api.get_rule_record(made.name)["proposal"]
	assert bool(proposal) == proposed
	if proposed:
		assert (proposal["action"], proposal["judged"], proposal["false"]) == ("Note", 10, wrong)


@pytest.mark.parametrize(("action", "milder"), [("Block", "Hold"), ("Hold", "Warn"), ("Warn", "Note")])
def test_one_click_makes_it_milder(order, action, milder):
	made = rule(active=True, detector="credit.limit", action=action)
	judged(order, made, False_Alarm=10)
	name = api.demote_rule(made.name)
	demoted = frappe.get_doc(RULE, name)
	assert (demoted.status, demoted.action, demoted.based_on) == ("Active", milder, made.name)
	assert {r.parameter: r.value for r in demoted.parameters} == {r.parameter: r.value for r in made.parameters}
	assert frappe.db.get_value(RULE, made.name, "status") == "Retired"
	assert api.get_rule_record(name)["proposal"] is None  # judged anew
	assert api.get_rule_record(name)["alerts"] == 10


def test_only_an_active_rule_that_does_something_can_be_made_milder():
	for made in (rule(active=True, action="Note"), rule(action="Warn")):
		with pytest.raises(frappe.ValidationError, match="mild"):
			api.demote_rule(made.name)


def test_no_proposal_for_what_is_not_active(order):
	made = rule(active=True)
	judged(order, made, False_Alarm=10)
	api.retire_rule(made.name)
	assert api.get_rule_record(made.name)["proposal"] is None


# -- who may what ----------------------------------------------------------------------------------------------------------


def calls(of: str) -> dict:
	return {
		"read": api.get_detectors,
		"names": api.get_rule_names,
		"record": lambda: api.get_rule_record(of),
		"shadow": lambda: api.shadow_rule(of),
		"activate": lambda: api.activate_rule(of),
		"retire": lambda: api.retire_rule(of),
		"new": lambda: api.new_rule_version(of),
		"demote": lambda: api.demote_rule(of),
	}


LOOK = {"read", "names"}
ALL = set(calls(""))
MAY = {
	("Guest",): set(),
	("Employee",): set(),
	("Sales User",): LOOK,
	("Accounts User",): LOOK,
	("O2C User",): LOOK | {"record"},
	("O2C Manager",): ALL,
	("System Manager",): ALL,
}


def let_in(of: str) -> set[str]:
	entered = set()
	for name, call in calls(of).items():
		frappe.db.savepoint("o2c_try")
		try:
			call()
			entered.add(name)
		except frappe.PermissionError:
			pass
		except frappe.ValidationError:
			entered.add(name)
		frappe.db.rollback(save_point="o2c_try")
	return entered


@pytest.mark.parametrize("roles", MAY, ids=" and ".join)
def test_who_may_call_what(as_user, roles):
	made = rule()
	as_user("Guest" if roles == ("Guest",) else make.user(*roles).name)
	assert let_in(made.name) == MAY[roles]


def test_a_customer_may_call_nothing(as_user):
	made = rule()
	as_user(make.portal_user(make.customer()).name)
	assert let_in(made.name) == set()


def test_what_writes_takes_no_get():
	for name in ("activate_rule", "shadow_rule", "retire_rule", "new_rule_version", "demote_rule"):
		assert frappe.allowed_http_methods_for_whitelisted_func[getattr(api, name)] == ["POST"]


@pytest.mark.parametrize("doctype", [ALERT, HOLD])
def test_nobody_writes_what_the_app_keeps(as_user, order, doctype):
	made = rule(active=True)
	kept = alert(order, made) if doctype == ALERT else hold(order.name, made)
	as_user(make.user("O2C Manager", "System Manager", "Sales Manager", "Accounts Manager").name)
	for right in ("create", "write", "delete", "submit", "import", "share"):
		assert not frappe.has_permission(doctype, right, throw=False), right
	values = {key: value for key, value in kept.as_dict().items() if key not in ("name", "creation", "modified")}
	for forge in (
		lambda: frappe.client.set_value(doctype, kept.name, "status", "Released"),
		lambda: frappe.client.insert({**values, "name": "forged", "active_key": None}),
		lambda: frappe.client.delete(doctype, kept.name),
		lambda: frappe.client.save({**kept.as_dict(), "status": "Fixed"}),
	):
		with pytest.raises(frappe.PermissionError):
			forge()
	assert frappe.db.get_value(doctype, kept.name, "status") == kept.status


def sees(doctype: str) -> list[str]:
	"""The orders whose records a user lists; none where he may not list. The standard rules may have found more of them."""
	try:
		return sorted(set(frappe.get_list(doctype, pluck="sales_order", order_by="sales_order asc")))
	except frappe.PermissionError:
		return []


@pytest.mark.parametrize("doctype", [ALERT, HOLD])
@pytest.mark.parametrize(
	("roles", "stock_too"),
	[
		(("O2C Manager", "Sales User"), True),
		(("O2C User", "Sales User"), True),
		(("Sales User",), True),
		(("Accounts User",), True),
		(("Stock User",), False),
		(("O2C Manager",), None),
		(("Employee",), None),
	],
	ids=lambda value: " and ".join(value) if isinstance(value, tuple) else "",
)
def test_who_sees_alerts_and_holds(as_user, order, doctype, roles, stock_too):
	made = rule(active=True)
	kept = alert(order, made) if doctype == ALERT else hold(order.name, made)
	allowed = stock_too or (stock_too is False and doctype == HOLD)
	as_user(make.user(*roles).name)
	assert sees(doctype) == ([order.name] if allowed else [])
	assert bool(kept.has_permission("read")) == bool(allowed)


@pytest.mark.parametrize("doctype", [ALERT, HOLD])
def test_user_permissions_and_customers(as_user, doctype):
	mine, other = make.customer(), make.customer()
	seen, hidden = make.sales_order(mine), make.sales_order(other)
	made = rule(active=True)
	kept = {o.name: alert(o, made) if doctype == ALERT else hold(o.name, made) for o in (seen, hidden)}
	clerk = make.user("O2C Manager", "Sales User").name
	frappe.permissions.add_user_permission("Customer", mine.name, clerk)
	buyer = make.portal_user(mine).name
	frappe.share.add("Sales Order", seen.name, buyer, write=1)
	as_user(clerk)
	assert sees(doctype) == [seen.name]
	assert not kept[hidden.name].has_permission("read")
	for nobody in (buyer, "Guest"):
		as_user(nobody)
		assert sees(doctype) == []
		assert not kept[seen.name].has_permission("read")


def test_alerts_and_holds_are_no_obstacle_to_deleting_an_order(order):
	draft = make.sales_order(submit=False)
	made = rule(active=True)
	alert(draft, made)
	hold(draft.name, made, hours=1)
	frappe.delete_doc("Sales Order", draft.name)
	assert not frappe.db.exists("Sales Order", draft.name)


# -- seeds -----------------------------------------------------------------------------------------------------------------


def test_a_site_starts_with_the_standard_rules_and_examples():
	for seeded in DEFAULT_RULES:
		doc = frappe.get_doc(RULE, {"rule_name": seeded.rule})
		assert (doc.status, doc.detector, doc.action, doc.severity) == (
			"Active",
			seeded.detector,
			seeded.action,
			seeded.severity,
		)
	for example in EXAMPLE_RULES:
		assert frappe.get_doc(RULE, {"rule_name": example.rule}).status == "Draft"
	for name in EXAMPLE_SCRIPTS:
		script = frappe.get_doc("Server Script", name)
		assert (script.disabled, script.module, script.script_type, script.allow_guest) == (1, "CRM O2C", "API", 0)


def test_what_an_admin_made_of_the_seeds_survives_a_migration():
	kept, gone = DEFAULT_RULES[0].rule, EXAMPLE_RULES[0].rule
	first = frappe.get_doc(RULE, {"rule_name": kept})
	api.retire_rule(first.name)
	frappe.delete_doc(RULE, f"{gone} v1")
	after_migrate()
	assert frappe.get_all(RULE, {"rule_name": kept}, pluck="status") == ["Retired"]
	assert not frappe.db.exists(RULE, {"rule_name": gone})


def test_an_older_site_gets_the_rules_once():
	names = frappe.get_all(RULE, pluck="name", order_by="name asc")
	for doctype in (RULE, "O2C Anomaly Parameter"):
		frappe.db.delete(doctype)
	frappe.db.delete("DefaultValue", {"defkey": "o2c_rules_seeded"})
	frappe.db.delete("Singles", {"doctype": "O2C Settings", "field": "anomaly_engine"})
	frappe.clear_cache()
	after_migrate()
	assert frappe.get_all(RULE, pluck="name", order_by="name asc") == names
	assert (
		frappe.db.get_single_value("O2C Settings", "anomaly_engine") == "Shadow"
	)  # nothing is held from one day to the next


def test_a_new_site_is_checked_from_the_start():
	frappe.db.delete("DefaultValue", {"defkey": ("in", ["o2c_seeded", "o2c_rules_seeded"])})
	frappe.db.delete("Singles", {"doctype": "O2C Settings"})
	frappe.clear_cache()
	after_migrate()
	assert frappe.db.get_single_value("O2C Settings", "anomaly_engine") == "On"
