"""An admin sees what the rule of a stage may ask, and what it would do to the open orders, before it is saved."""

import pytest

import frappe

from crm_o2c.api import stages as api
from crm_o2c.engine.stages import FIELDS
from crm_o2c.exceptions import StageError

import factories as make

LEDGER = "crm_o2c.services.ledger"
BIG = {"stage_code": "Big", "label": "Big", "sequence": 33, "kind": "Progress", "colour": "pink", "enabled": 1}


def numbers(answer: dict, stage: str) -> tuple[int, int]:
	return next(((row["now"], row["then"]) for row in answer["rows"] if row["stage"] == stage), (0, 0))


@pytest.fixture
def orders(jobs):
	made = [make.sales_order(), make.sales_order()]
	jobs.run(only=LEDGER)
	return made


def test_every_field_has_a_meaning():
	assert [row["name"] for row in api.get_fields()] == list(FIELDS)
	assert all(row["kind"] and row["meaning"] for row in api.get_fields())


def test_a_new_stage_is_tried_without_being_saved(orders):
	now, then = numbers(api.try_stage({**BIG, "rule": "draft and cancelled"}), "Confirmed")
	assert now == then >= 2
	answer = api.try_stage({**BIG, "rule": "submitted and delivered == 0"})
	assert numbers(answer, "Big") == (0, now)
	assert answer["moved"] == now
	assert not frappe.db.exists("O2C Stage", "Big")


def test_a_stage_switched_off_sends_its_orders_on(orders):
	stage = frappe.get_doc("O2C Stage", "Confirmed").as_dict()
	answer = api.try_stage({**stage, "enabled": 0})
	assert numbers(answer, "")[1] >= 2


def test_a_bad_rule_is_said_to_be_bad(orders):
	with pytest.raises(StageError, match="delivred"):
		api.try_stage({**BIG, "rule": "delivred > 0"})


def test_only_who_may_change_stages_tries_them(as_user):
	seller = make.user("Sales User")
	as_user(seller.name)
	assert api.get_fields() and next(row["code"] for row in api.get_stages()) == "Draft"
	with pytest.raises(frappe.PermissionError):
		api.try_stage({**BIG, "rule": "draft"})


def test_strangers_learn_nothing(as_user, web):
	for login in (make.user("Projects User"), make.portal_user(make.customer())):
		as_user(login.name)
		for call in (api.get_fields, api.get_stages, lambda: api.try_stage(BIG)):
			with pytest.raises(frappe.PermissionError):
				call()
		as_user("Administrator")
	assert web.guest().get("/api/method/crm_o2c.api.stages.get_fields").status_code == 403
