"""The life of a policy: checked, tried, active one at a time, and never changed once it has decided."""

import json

import book
import pytest

import frappe

from crm_o2c.api import priority as api
from crm_o2c.install import after_migrate
from crm_o2c.services import context, preview, reference
from crm_o2c.services.policy import active_policy

import factories as make

POLICY = "O2C Priority Policy"


def second_company() -> str:
	values = {"company_name": "Other Test", "abbr": "OTH", "default_currency": "USD", "country": "United States"}
	return frappe.get_doc({"doctype": "Company", **values}).insert().name


def statuses() -> list[str]:
	return frappe.get_all(POLICY, {"active_scope": "*"}, pluck="name", order_by="name asc")


# -- one active -----------------------------------------------------------------------------------------------------------------


def test_activating_one_retires_the_other_and_starts_a_run(jobs):
	order = make.sales_order()
	fresh = book.policy(active=False, midpoint=-500)
	api.activate_policy(fresh.name)
	assert statuses() == [fresh.name]
	old = frappe.get_doc(POLICY, book.STANDARD)
	assert (old.status, bool(old.retired_on), old.active_scope) == ("Retired", True, None)
	fresh.reload()
	assert (fresh.status, fresh.activated_by) == ("Active", "Administrator")
	jobs.run()
	assert (book.score(order).policy, book.band(order)) == (fresh.name, "Critical")


def test_a_company_s_own_policy_goes_before_the_one_for_all():
	other = second_company()
	own = book.policy(for_company=make.COMPANY, midpoint=-500)
	assert active_policy(make.COMPANY) == own.name
	assert active_policy(other) == book.STANDARD
	assert frappe.db.get_value(POLICY, book.STANDARD, "status") == "Active"
	assert make.sales_order().o2c_priority_band == "Critical"


def test_a_policy_for_all_does_not_take_the_user_s_company(as_user):
	manager = make.user("O2C Manager", "Sales User")
	frappe.defaults.set_user_default("company", make.COMPANY, manager.name)
	as_user(manager.name)
	assert not book.policy(active=False).for_company


@pytest.mark.commits
def test_of_two_activations_at_once_one_counts(committed):
	first, second = (committed(book.policy(active=False)) for _ in range(2))
	frappe.db.commit()
	try:
		frappe.db.get_value(POLICY, first.name, "modified")  # an old view of the database, as a slow request has it
		with book.somebody_else() as other:
			frappe.get_doc(POLICY, second.name).activate()
			other.commit()
		with pytest.raises(frappe.ValidationError):
			frappe.get_doc(POLICY, first.name).activate()
		frappe.db.rollback()
		assert statuses() == [second.name]
	finally:
		frappe.db.rollback()
		for name in (first.name, second.name):
			frappe.db.set_value(POLICY, name, {"status": "Draft", "active_scope": None})
		frappe.db.set_value(POLICY, book.STANDARD, {"status": "Active", "active_scope": "*", "retired_on": None})
		frappe.db.commit()
		context.forget()


def test_a_renamed_company_keeps_one_policy_and_its_figures():
	other = second_company()
	first = book.policy(for_company=other)
	values = {"value_median": 50, "lines_average": 1, "units_average": 1}
	frappe.get_doc({"doctype": "O2C Priority Reference", "company": other, **values}).insert()
	frappe.rename_doc("Company", other, "New Name")
	second = book.policy(for_company="New Name")
	first.reload()
	assert (first.status, second.status) == ("Retired", "Active")
	assert context.load_reference("New Name").value_median == 50
	reference.measure_company("New Name")
	assert frappe.db.count("O2C Priority Reference", {"company": "New Name"}) == 1


# -- nobody forges a life ------------------------------------------------------------------------------------------------------------


FORGED = {
	"status": "Active",
	"active_scope": "*",
	"version": 77,
	"activated_by": "Guest",
	"policy_name": "Other",
	"retired_on": "2020-01-01 00:00:00",
}


@pytest.mark.parametrize("field", FORGED)
def test_saving_does_not_move_a_policy_through_its_life(field):
	draft = book.policy(active=False)
	before = frappe.db.get_value(POLICY, draft.name, list(FORGED))
	doc = frappe.get_doc(POLICY, draft.name)
	doc.set(field, FORGED[field])
	doc.flags.update({})
	try:
		doc.save()
	except frappe.CannotChangeConstantError:
		assert field == "policy_name"
	assert frappe.db.get_value(POLICY, draft.name, list(FORGED)) == before


def test_a_new_policy_is_a_draft_whatever_it_says():
	values = frappe.get_doc(POLICY, book.STANDARD).as_dict()
	for key in ("name", "creation", "modified"):
		values.pop(key)
	made = frappe.get_doc({**values, **FORGED, "__islocal": 1, "flags": {"o2c_status_change": True}}).insert()
	assert (made.status, made.active_scope, made.version) == ("Draft", None, 1)
	assert (made.activated_by, made.retired_on) == (None, None)
	assert statuses() == [book.STANDARD]


@pytest.mark.parametrize("status", ["Active", "Retired"])
def test_what_has_decided_is_never_changed(status):
	policy = book.policy(active=False)
	policy.activate()
	if status == "Retired":
		book.policy()
		policy.reload()
	assert policy.status == status
	policy.midpoint = 99
	with pytest.raises(frappe.ValidationError, match="new version"):
		policy.save()


@pytest.mark.parametrize("way", ["row", "row of the desk", "delete", "client", "insert", "client delete"])
def test_rows_of_what_has_decided_are_never_changed(way):
	row = frappe.get_doc(POLICY, book.STANDARD).factors[0]
	before = frappe.get_doc(POLICY, book.STANDARD).as_json()
	values = {"doctype": row.doctype, "parent": row.parent, "parenttype": POLICY, "parentfield": "factors"}
	with pytest.raises(frappe.ValidationError):
		if way == "row":
			doc = frappe.get_doc(row.doctype, row.name)
			doc.weight = 99
			doc.save()
		elif way == "row of the desk":
			from frappe.desk.form.save import savedocs

			doc = frappe.get_doc(row.doctype, row.name)
			savedocs(json.dumps({**doc.as_dict(), "weight": 99}, default=str), "Save")
		elif way == "delete":
			frappe.delete_doc(row.doctype, row.name)
		elif way == "client":
			frappe.client.set_value(row.doctype, row.name, "weight", 99)
		elif way == "insert":
			frappe.client.insert(
				{**values, "source": "Order Age", "weight": 9, "curve": "Linear", "curve_points": "0: 0"}
			)
		else:
			frappe.client.delete_doc(row.doctype, row.name)
	assert frappe.get_doc(POLICY, book.STANDARD).as_json() == before


def test_a_row_of_a_draft_is_changed_with_its_policy_only():
	draft = book.policy(active=False)
	frappe.client.set_value("O2C Priority Factor", draft.factors[0].name, "weight", 3)
	assert frappe.get_doc(POLICY, draft.name).factors[0].weight == 3
	with pytest.raises(frappe.ValidationError):
		frappe.client.set_value("O2C Priority Factor", draft.factors[0].name, "weight", -3)


def test_a_retired_policy_stays_readable(as_user):
	book.policy()
	manager = make.user("O2C Manager")
	as_user(manager.name)
	old = frappe.get_doc(POLICY, book.STANDARD)
	old.check_permission("read")
	assert old.status == "Retired"
	assert len(old.factors) == 4
	for name in (book.STANDARD, active_policy(make.COMPANY)):
		with pytest.raises(frappe.ValidationError):
			frappe.delete_doc(POLICY, name)


def test_a_draft_can_be_deleted_and_no_policy_renamed():
	draft = book.policy(active=False)
	frappe.delete_doc(POLICY, draft.name)
	assert not frappe.db.exists(POLICY, draft.name)
	with pytest.raises(frappe.ValidationError):
		frappe.rename_doc(POLICY, book.STANDARD, "Other")


def test_the_steps_of_a_life_come_in_order():
	draft = book.policy(active=False)
	api.shadow_policy(draft.name)
	draft.reload()
	assert draft.status == "Shadow"
	with pytest.raises(frappe.ValidationError):
		api.shadow_policy(draft.name)
	api.retire_policy(draft.name)
	for step in (api.activate_policy, api.shadow_policy, api.retire_policy):
		with pytest.raises(frappe.ValidationError):
			step(draft.name)
	with pytest.raises(frappe.ValidationError):
		api.retire_policy(book.STANDARD)
	assert statuses() == [book.STANDARD]


def test_a_new_version_is_a_draft_like_the_one_it_came_from():
	name = api.new_policy_version(book.STANDARD)
	draft = frappe.get_doc(POLICY, name)
	assert (draft.status, draft.version, draft.based_on, draft.name) == ("Draft", 2, book.STANDARD, "Standard v2")
	assert [row.source for row in draft.factors] == [
		row.source for row in frappe.get_doc(POLICY, book.STANDARD).factors
	]
	assert not (draft.activated_on or draft.active_scope or draft.retired_on)


# -- checks -----------------------------------------------------------------------------------------------------------------------------


CURVE = {"weight": 1, "curve": "Linear", "curve_points": "0: 0\n9: 9"}


@pytest.mark.parametrize(
	("rows", "words"),
	[
		([{"source": "Sales Order Field", "fieldname": "no_such", **CURVE}], ["row 5", "no_such"]),
		([{"source": "Sales Order Field", "fieldname": "o2c_priority_band", **CURVE}], ["row 5", "o2c_priority_band"]),
		([{"source": "Order Age", **CURVE, "curve_points": "nonsense"}], ["row 5", "Points"]),
		([{"source": "Formula", "label": "F", "weight": 1, "formula": "__import__('os')"}], ["row 5", "Formula"]),
		([{"source": "Formula", "label": "F", "weight": 1, "formula": "value +"}], ["row 5", "Formula"]),
		([{"source": "Order Age", **CURVE}, {"source": "Order Age", **CURVE}], ["row 6"]),
		([{"source": "Order Value", "weight": 1}], ["row 5"]),
	],
)
def test_a_wrong_factor_is_refused_naming_its_row(rows, words):
	with pytest.raises(frappe.ValidationError) as refused:
		book.policy(active=False, more_factors=rows)
	for word in ("Factors", *words):
		assert word in str(refused.value)


def test_wrong_gates_bands_and_numbers_are_refused_naming_their_place():
	with pytest.raises(frappe.ValidationError, match="Gates, row 4, Condition"):
		book.policy(active=False, more_gates=[{"gate": "Condition", "condition": "1 +", "reason": "x"}])
	draft = book.policy(active=False)
	draft.bands[1].from_score = 80
	with pytest.raises(frappe.ValidationError, match="row 2"):
		draft.save()
	draft.reload()
	draft.spread = 0
	with pytest.raises(frappe.ValidationError, match=frappe.get_meta(POLICY).get_label("spread")):
		draft.save()


# -- preview ------------------------------------------------------------------------------------------------------------------------------


def test_a_preview_lists_what_moves_most_and_changes_nothing(jobs, queries):
	goods = make.item()
	buyers = [make.customer(tier=tier) for tier in ("A", "B", "C")]
	for n in range(23):
		make.sales_order(buyers[n % 3], lines=[{"item_code": goods.name, "qty": 1 + n}], days=1 + n)
	draft = book.policy(active=False)
	draft.factors[0].weight = 0
	draft.save()
	jobs.clear()
	frappe.local.form_dict = frappe._dict()
	before = frappe.get_all("O2C Order Score", fields=["*"], order_by="name asc")
	del queries[:]
	shown = api.preview_policy(draft.name)
	assert not [query for query in queries if query.lower().startswith(("insert", "update", "delete"))]
	assert frappe.get_all("O2C Order Score", fields=["*"], order_by="name asc") == before
	assert jobs.names() == []
	moves = [abs(move["moved"]) for move in shown["moves"]]
	assert 0 < len(moves) <= preview.MOVES == 20
	assert moves == sorted(moves, reverse=True)
	assert all(moves)
	assert (shown["orders"], shown["ranked"]) == (23, 23)
	assert sum(after for _band, _before, after in shown["bands"]) == 23
	assert api.preview_policy(book.STANDARD)["moved"] == 0


# -- the switch ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["Off", "Shadow"])
def test_off_and_in_shadow_no_order_shows_a_band(jobs, to):
	order, draft = make.sales_order(), make.sales_order(submit=False)
	book.switch(to)
	jobs.run()
	assert (book.band(order), book.band(draft)) == ("", "")
	assert bool(book.score(order)) == (to == "Shadow")
	assert make.sales_order().o2c_priority_band == ""
	order.reload()
	order.o2c_priority_band = "Critical"
	order.save()
	assert book.band(order) == ""
	book.switch("On")
	jobs.run()
	assert book.band(order) == book.score(order).band != ""


def test_off_nothing_is_done_in_the_background(jobs):
	order = make.sales_order()
	book.switch("Off")
	jobs.run()
	frappe.get_doc("Sales Order", order.name).update_status("On Hold")
	assert "crm_o2c.services.priority.rescore_orders" not in jobs.names()


# -- seeds ------------------------------------------------------------------------------------------------------------------------------------


def test_what_an_admin_made_of_the_seeds_survives_a_migration():
	tier = frappe.get_doc("O2C Customer Tier", "A")
	tier.factor = 3
	tier.save()
	frappe.delete_doc("O2C Customer Tier", "C")
	settings = frappe.get_doc("O2C Settings")
	settings.largest_boost = 7
	settings.save()
	own = book.policy(midpoint=5)
	field = frappe.get_doc("Custom Field", {"dt": "Sales Order", "fieldname": "o2c_priority_band"})
	field.db_set("label", "Rank")
	after_migrate()
	assert frappe.db.get_value("O2C Customer Tier", "A", "factor") == 3
	assert not frappe.db.exists("O2C Customer Tier", "C")
	assert frappe.db.get_single_value("O2C Settings", "largest_boost") == 7
	assert statuses() == [own.name]
	assert frappe.db.get_value("Custom Field", field.name, "label") == "Rank"


def test_a_company_is_deleted_with_its_figures_and_its_own_policy_is_no_obstacle():
	company = frappe.get_doc(
		{
			"doctype": "Company",
			"company_name": "Short-Lived",
			"abbr": "SL",
			"default_currency": "USD",
			"country": "China",
		}
	).insert()
	frappe.get_doc({"doctype": "O2C Priority Reference", "company": company.name, "value_median": 10}).insert()
	company.delete()
	assert not frappe.db.exists("O2C Priority Reference", company.name)
