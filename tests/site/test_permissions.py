"""Who may call what: every endpoint of ours, by everybody who could try."""

import inspect
import json
import math

import book
import pytest

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.api import order_desk, portal_list, priority
from crm_o2c.exceptions import BoostError
from crm_o2c.services import boosts

import factories as make

POLICY = "O2C Priority Policy"


def endpoints() -> dict:
	"""Every whitelisted function of ours by its path."""
	found = {}
	for module in (order_desk, portal_list, priority):
		for name, function in inspect.getmembers(module, inspect.isfunction):
			if function in frappe.whitelisted and function.__module__ == module.__name__:
				found[f"{module.__name__}.{name}"] = function
	return found


def arguments(order: str, draft: str) -> dict[str, dict]:
	"""For each endpoint a call that an allowed user could make."""
	last = str(getdate(add_days(nowdate(), 2)))
	return {
		"crm_o2c.api.order_desk.get_queue": {},
		"crm_o2c.api.order_desk.get_summary": {},
		"crm_o2c.api.order_desk.get_card": {},
		"crm_o2c.api.priority.get_explanation": {"sales_order": order},
		"crm_o2c.api.priority.add_boost": {"sales_order": order, "points": 5, "reason": "x", "expires_on": last},
		"crm_o2c.api.priority.end_boost": {"sales_order": order},
		"crm_o2c.api.priority.rescore": {},
		"crm_o2c.api.priority.preview_policy": {"policy": draft},
		"crm_o2c.api.priority.get_policy_names": {},
		"crm_o2c.api.priority.get_tier_use": {"tier": "A"},
		"crm_o2c.api.priority.shadow_policy": {"policy": draft},
		"crm_o2c.api.priority.retire_policy": {"policy": draft},
		"crm_o2c.api.priority.activate_policy": {"policy": draft},
		"crm_o2c.api.priority.new_policy_version": {"policy": draft},
	}


DESK = {f"crm_o2c.api.order_desk.{name}" for name in ("get_queue", "get_summary", "get_card")}
LOOK = DESK | {"crm_o2c.api.priority.get_explanation"}
BOOST = {f"crm_o2c.api.priority.{name}" for name in ("add_boost", "end_boost")}
TIER = {"crm_o2c.api.priority.get_tier_use"}
READ = {f"crm_o2c.api.priority.{name}" for name in ("preview_policy", "get_policy_names")}
MANAGE = {
	f"crm_o2c.api.priority.{name}"
	for name in ("rescore", "shadow_policy", "retire_policy", "activate_policy", "new_policy_version")
}
# By the roles of a user: what he may call. (No rights to Sales Orders come with the app's own roles.)
ALLOWED = {
	("Guest",): set(),
	("Employee",): set(),
	("Stock User",): LOOK,  # ERPNext lets the warehouse read orders
	("Sales User",): LOOK | TIER,
	("O2C User",): READ | TIER,
	("O2C User", "Sales User"): LOOK | BOOST | READ | TIER,
	("O2C Manager", "Sales User"): LOOK | BOOST | READ | TIER | MANAGE,
	("System Manager", "Sales User"): LOOK | BOOST | READ | TIER | MANAGE,
}


@pytest.fixture(autouse=True)
def in_earnest(monkeypatch):
	"""In tests Frappe's `only_for` lets everybody in."""
	monkeypatch.setattr(frappe.flags, "in_test", False)


def allowed_calls(order: str) -> set[str]:
	"""The endpoints that let the user of the session in."""
	found = set()
	user = frappe.session.user
	for path, function in endpoints().items():
		if "portal_list" in path:
			continue  # the portal's own list: test_privacy.py
		frappe.set_user("Administrator")
		draft = book.policy(active=False).name
		frappe.set_user(user)
		frappe.db.savepoint("o2c_try")
		try:
			function(**arguments(order, draft)[path])
			found.add(path)
		except frappe.PermissionError:
			pass
		except frappe.ValidationError:
			found.add(path)  # let in, and refused for another reason
		frappe.db.rollback(save_point="o2c_try")
	return found


def test_every_endpoint_is_tried_here():
	assert {path for path in endpoints() if "portal_list" not in path} == set(arguments("", ""))


@pytest.mark.parametrize("roles", ALLOWED, ids=" and ".join)
def test_who_may_call_what(as_user, roles):
	order = make.sales_order().name
	as_user("Guest" if roles == ("Guest",) else make.user(*roles).name)
	assert allowed_calls(order) == ALLOWED[roles]


def test_a_customer_may_call_nothing(as_user):
	buyer = make.customer()
	order = make.sales_order(buyer).name
	login = make.portal_user(buyer).name
	frappe.share.add("Sales Order", order, login, write=1)
	as_user(login)
	assert allowed_calls(order) == set()


def test_user_permissions_hide_orders_everywhere(as_user):
	mine, other = make.customer(), make.customer()
	seen, hidden = make.sales_order(mine).name, make.sales_order(other).name
	for order in (seen, hidden):
		boosts.add(order, 5, "Fair", getdate())
	clerk = make.user("O2C User", "O2C Manager", "Sales User")
	frappe.permissions.add_user_permission("Customer", mine.name, clerk.name)
	as_user(clerk.name)
	assert {row["name"] for row in order_desk.get_queue(view="out")["rows"]} == {seen}
	assert order_desk.get_summary()["out"] == 1
	assert order_desk.get_card({"view": "out"})["value"] == 1
	for doctype in ("O2C Order Score", "O2C Priority Boost"):
		assert frappe.get_list(doctype, pluck="sales_order") == [seen]
	score, boost = (
		frappe.get_doc("O2C Order Score", hidden),
		frappe.get_doc("O2C Priority Boost", {"active_order": hidden}),
	)
	assert not score.has_permission("read")
	assert not boost.has_permission("read")
	for call in (
		lambda: priority.get_explanation(hidden),
		lambda: priority.add_boost(hidden, 5, "x", getdate()),
		lambda: priority.end_boost(hidden),
	):
		with pytest.raises(frappe.PermissionError):
			call()
	assert order_desk.get_queue(view="out", filters={"search": hidden})["rows"] == []
	assert order_desk.get_queue(view="out", filters={"customer": other.name})["rows"] == []


@pytest.mark.parametrize("doctype", ["O2C Order Score", "O2C Priority Boost", "O2C Run Log"])
def test_nobody_writes_what_the_app_keeps(as_user, doctype):
	order = make.sales_order().name
	boosts.add(order, 5, "Fair", getdate())
	as_user(make.user("O2C Manager", "System Manager", "Sales Manager").name)
	meta = frappe.get_meta(doctype)
	for right in ("create", "write", "submit", "import"):
		assert not frappe.has_permission(doctype, right, throw=False), (doctype, right)
	if doctype != "O2C Run Log":
		assert not frappe.has_permission(doctype, "delete", throw=False)
		with pytest.raises(frappe.PermissionError):
			frappe.client.delete(doctype, frappe.get_all(doctype, pluck="name", order_by="name asc")[0])
	assert meta.in_create


def test_in_shadow_only_managers_see_ranks(as_user):
	order = make.sales_order().name
	book.switch("Shadow")
	clerk, manager = make.user("O2C User", "Sales User").name, make.user("O2C Manager", "Sales User").name
	as_user(clerk)
	assert order_desk.get_queue(view="out")["rows"] == []
	assert not priority.get_explanation(order)["open"]
	assert order_desk.get_card({"view": "out"})["value"] == 0
	as_user(manager)
	assert [row["name"] for row in order_desk.get_queue(view="out")["rows"]] == [order]
	assert priority.get_explanation(order)["open"]


# -- over HTTP -------------------------------------------------------------------------------------------------------------------


def test_what_writes_takes_no_get(web):
	guest = web.guest()
	for path, function in endpoints().items():
		methods = frappe.allowed_http_methods_for_whitelisted_func[function]
		writes = path.rsplit(".", 1)[1].split("_")[0] in (
			"add",
			"end",
			"rescore",
			"activate",
			"shadow",
			"retire",
			"new",
		)
		assert ("GET" not in methods) == writes, path
		if writes:
			assert guest.get(f"/api/method/{path}").status_code == 403


# -- what users type -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [0, 50.01, -51, math.inf, -math.inf, math.nan])
def test_a_boost_has_a_size(points):
	order = make.sales_order().name
	with pytest.raises(BoostError):
		priority.add_boost(order, points, "Fair", getdate())


@pytest.mark.parametrize("days", [-1, 31, 4000])
def test_a_boost_has_an_end(days):
	order = make.sales_order().name
	with pytest.raises(BoostError):
		priority.add_boost(order, 5, "Fair", getdate(add_days(nowdate(), days)))


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_boost_has_a_reason(reason):
	order = make.sales_order().name
	with pytest.raises(BoostError):
		priority.add_boost(order, 5, reason, getdate())


def test_an_order_that_is_not_there_is_not_found(as_user):
	as_user(make.user("O2C Manager", "Sales User").name)
	for call in (
		lambda: priority.get_explanation("no such order"),
		lambda: priority.add_boost("no such order", 5, "x", getdate()),
		lambda: priority.end_boost("no such order"),
	):
		with pytest.raises(frappe.DoesNotExistError):
			call()


SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_scripts_that_users_type_do_no_harm(jobs):
	order = make.sales_order()
	priority.add_boost(order.name, 5, f"Fair {SCRIPT}", getdate())
	jobs.run()
	kept = priority.get_explanation(order.name)["boost"]["reason"]
	assert "onerror" not in kept and "<script" not in kept
	policy = book.policy(
		more_factors=[{"source": "Formula", "label": SCRIPT, "weight": 1, "formula": "lines"}],
		more_gates=[{"gate": "Condition", "condition": "lines > 0", "reason": SCRIPT}],
	)
	with pytest.raises(frappe.NameError):
		book.policy(policy_name=f"Named {SCRIPT}")
	for text in (policy.factors[-1].label, policy.gates[-1].reason):
		assert "<script" not in text and "onerror" not in text and "onmouseover" not in text


@pytest.mark.parametrize("text", ["' or 1=1 -- ", "%", "_", "\\", '"; drop table x; --', "%(param1)s", "{0}"])
def test_odd_texts_in_filters_find_nothing(text):
	order = make.sales_order().name
	for key in ("company", "band", "customer", "territory", "gate", "search"):
		rows = order_desk.get_queue(view="out", filters=json.dumps({key: text}))["rows"]
		assert rows == [] or (key == "search" and text == "_" and rows[0]["name"] == order), key
		counts = order_desk.get_summary(json.dumps({key: text}))
		if key not in ("band", "gate"):
			assert (counts["queue"], counts["out"]) == (0, 0)


@pytest.mark.parametrize("value", [["like", "%"], {"a": 1}, [["x') or 1=1 -- "]], True, 0, None])
def test_filters_that_are_no_texts_give_nobody_more(as_user, value):
	hidden = make.sales_order().name
	clerk = make.user("Sales User").name
	frappe.permissions.add_user_permission("Customer", make.customer().name, clerk)
	as_user(clerk)
	for key in ("company", "band", "customer", "territory", "gate", "search", "from_date"):
		assert hidden not in answer_or_refusal({key: value}), key


def answer_or_refusal(filters: dict) -> str:
	try:
		return json.dumps(order_desk.get_queue(view="out", filters=filters), default=str)
	except Exception as refused:
		return str(refused)
