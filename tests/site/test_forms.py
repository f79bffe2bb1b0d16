"""What the forms ask of the server, as each kind of user, and the demo data that they are tried with."""

import pytest

import frappe
from frappe.share import add as share
from frappe.utils import add_days, nowdate

from crm_o2c.api import priority as api
from crm_o2c.services import boosts
from crm_o2c.services.health import health
from crm_o2c.services.reference import measure_company

import factories as make


@pytest.fixture(autouse=True)
def usual():
	"""Some orders, so that the site knows what is usual, and the engine switched on."""
	buyer = make.customer(tier="B")
	for lines in (1, 2, 3):
		make.sales_order(buyer, lines=lines)
	switch("On")
	measure_company(make.COMPANY)


def switch(mode: str) -> None:
	frappe.db.set_single_value("O2C Settings", "priority_engine", mode)
	frappe.clear_document_cache("O2C Settings", "O2C Settings")


def policy_with(**factor):
	draft = frappe.get_doc("O2C Priority Policy", {"status": "Active"}).new_version()
	draft.append("factors", factor)
	draft.save()
	return draft


# -- the panel on the Sales Order ----------------------------------------------------------------------------------------


def test_an_open_order_is_explained_in_words(as_user):
	order = make.sales_order(make.customer(tier="A"), days=3)
	as_user(make.user("Sales User").name)
	seen = api.get_explanation(order.name)
	assert (seen["open"], seen["draft"], seen["mode"], seen["may_boost"], seen["boost"]) == (
		True,
		False,
		"On",
		False,
		None,
	)
	terms = {term["key"]: term for term in seen["terms"]}
	assert terms["tier"]["text"] == "customer tier A"
	assert ["Customer Tier", "A"] in terms["tier"]["inputs"]
	assert ["Usual order", "$ 200.00"] in terms["value"]["inputs"]
	sizes = [abs(term["points"]) for term in seen["terms"]]
	assert sizes == sorted(sizes, reverse=True)
	assert seen["points"] == pytest.approx(sum(term["points"] for term in seen["terms"]))
	assert {"key", "text", "band", "points"} == set(seen["changes"][0])


def test_what_is_not_known_is_marked_and_counts_what_the_policy_says():
	policy_with(
		source="Customer Field",
		fieldname="market_segment",
		weight=1,
		curve="Table",
		curve_points="Upper Income: 9",
		missing_points=-4,
	).activate()
	order = make.sales_order()
	term = next(t for t in api.get_explanation(order.name)["terms"] if t["key"] == "customer__market_segment")
	assert (term["missing"], term["points"], term["text"], term["label"]) == (True, -4, "not known", "Market Segment")


def test_only_amounts_are_shown_as_money():
	policy_with(source="Gross Margin %", weight=1, curve="Linear", curve_points="0: 0\n100: 10").activate()
	order = make.sales_order()
	term = next(t for t in api.get_explanation(order.name)["terms"] if t["key"] == "margin_percent")
	assert "$" not in term["text"] + str(term["inputs"])


def test_a_draft_is_told_where_it_would_rank():
	lines = [{"item_code": make.item(stock=5).name}]
	draft = make.sales_order(make.customer(tier="A"), lines=lines, days=3, submit=False)
	seen = api.get_explanation(draft.name)
	assert (seen["open"], seen["draft"], seen["gate"]) == (False, True, "not_submitted")
	assert "boost" not in seen
	draft.submit()
	after = api.get_explanation(draft.name)
	assert (after["band"], after["points"], after["gate"]) == (seen["band"], seen["points"], "")


def test_what_is_closed_or_cancelled_has_no_rank():
	closed, cancelled = make.sales_order(), make.sales_order()
	closed.update_status("Closed")
	cancelled.cancel()
	for order in (closed, cancelled):
		assert api.get_explanation(order.name) == {"open": False, "draft": False, "mode": "On"}


def test_the_switch_decides_who_sees_scores(as_user):
	order, seller = make.sales_order(), make.user("Sales User").name
	manager = make.user("Sales User", "O2C Manager").name

	def sees(user: str) -> bool:
		as_user(user)
		return "terms" in api.get_explanation(order.name)

	assert (sees(seller), sees(manager)) == (True, True)
	switch("Shadow")
	assert (sees(seller), sees(manager)) == (False, True)
	switch("Off")
	assert (sees(seller), sees(manager)) == (False, False)


def test_an_order_is_explained_to_nobody_who_may_not_read_it(as_user):
	order = make.sales_order()
	as_user(make.user("Employee").name)
	with pytest.raises(frappe.PermissionError):
		api.get_explanation(order.name)


def test_a_customer_sees_no_score_of_an_order_that_is_shared_with_him(as_user):
	order = make.sales_order()
	customer = make.portal_user(order.customer).name
	share("Sales Order", order.name, customer, read=1)
	as_user(customer)
	assert frappe.has_permission("Sales Order", "read", doc=order.name)
	with pytest.raises(frappe.PermissionError):
		api.get_explanation(order.name)


def test_a_boost_is_shown_with_its_reason_and_person(as_user):
	order = make.sales_order(days=3)
	user = make.user("Sales User", "O2C User")
	as_user(user.name)
	api.add_boost(order.name, 7, "<b>Launch</b>", add_days(nowdate(), 5))
	seen = api.get_explanation(order.name)
	assert (seen["boost"]["points"], seen["boost"]["reason"], seen["boost"]["owner_name"]) == (
		7,
		"<b>Launch</b>",
		"Test",
	)
	assert seen["may_boost"] and "boost" in {term["key"] for term in seen["terms"]}
	assert api.end_boost(order.name)
	assert api.get_explanation(order.name)["boost"] is None


def test_an_advised_boost_takes_the_place_of_the_one_there_is():
	"""A boost replaces the former one, so the advice names all the points that are needed, if so many may be given."""
	order = make.sales_order(days=2)

	def advised() -> float | None:
		texts = [c["text"] for c in api.get_explanation(order.name)["changes"] if c["key"] == "boost"]
		return float(texts[0].split()[3]) if texts else None

	alone = advised()
	boosts.add(order.name, 1, "a little", frappe.utils.getdate())
	assert advised() == alone
	frappe.db.set_single_value("O2C Settings", "largest_boost", alone - 1)
	frappe.clear_document_cache("O2C Settings", "O2C Settings")
	assert advised() is None


# -- policies, tiers, settings -------------------------------------------------------------------------------------------


def test_a_preview_counts_and_names_what_moves_and_changes_nothing():
	late, large = make.sales_order(days=2), make.sales_order(days=4, qty=20)
	draft = frappe.get_doc("O2C Priority Policy", {"status": "Active"}).new_version()
	next(row for row in draft.factors if row.source == "Order Value").weight = 50
	draft.save()
	before = frappe.db.get_value("O2C Order Score", large.name, ["points", "policy"])
	seen = api.preview_policy(draft.name)
	moves = {move["order"]: move for move in seen["moves"]}
	assert moves[large.name]["moved"] > 0 > moves[late.name]["moved"]
	assert moves[large.name]["customer_name"] == large.customer_name
	assert (
		seen["orders"] == seen["ranked"] == sum(row[1] for row in seen["bands"]) == sum(row[2] for row in seen["bands"])
	)
	assert seen["moved"] >= len(moves) and seen["other_band"] >= 1
	assert frappe.db.get_value("O2C Order Score", large.name, ["points", "policy"]) == before


def test_the_same_policy_moves_nothing():
	draft = frappe.get_doc("O2C Priority Policy", {"status": "Active"}).new_version()
	seen = api.preview_policy(draft.name)
	assert (seen["moved"], seen["other_band"], seen["moves"]) == (0, 0, [])


def test_the_names_for_formulas_are_those_that_a_policy_takes(as_user):
	as_user(make.user("O2C Manager").name)
	engine, order, customer = api.get_policy_names()
	assert {"value", "slack_days", "overdue_amount"} <= {row["name"] for row in engine["names"]}
	assert all(row["label"] and row["kind"] for row in engine["names"])
	assert (order["source"], customer["source"]) == ("Sales Order Field", "Customer Field")
	segment = next(row for row in customer["names"] if row["fieldname"] == "market_segment")
	assert (segment["name"], segment["label"], segment["kind"]) == (
		"customer__market_segment",
		"Market Segment",
		"text",
	)


def test_policies_are_closed_to_those_who_sell(as_user):
	policy = frappe.get_doc("O2C Priority Policy", {"status": "Active"}).name
	as_user(make.user("Sales User").name)
	for call in (api.get_policy_names, lambda: api.preview_policy(policy)):
		with pytest.raises(frappe.PermissionError):
			call()


def test_a_tier_says_who_has_it():
	tier = frappe.get_doc({"doctype": "O2C Customer Tier", "tier_name": "Gold", "factor": 3}).insert()
	make.sales_order(make.customer(tier=tier.name))
	make.customer(tier=tier.name)
	assert api.get_tier_use("Gold") == {"customers": 2, "open_orders": 1}


def test_health_tells_what_ranks_and_what_failed():
	frappe.log_error(title="CRM O2C: validate of Sales Order failed")
	seen = health()
	assert seen["failures"][0].title == "CRM O2C: validate of Sales Order failed"
	assert [policy.name for policy in seen["policies"]] == frappe.get_all(
		"O2C Priority Policy", {"status": "Active"}, pluck="name"
	)
	assert seen["orders"] == frappe.db.count("O2C Order Score")
	assert seen["workers"] is None or seen["workers"] >= 0
	assert isinstance(seen["scheduler"], bool)
