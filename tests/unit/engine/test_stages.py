"""The stage of an order: the highest of those whose rule holds; by hand only where there is no rule, and not beyond the facts."""

import pytest

from crm_o2c.engine import stages
from crm_o2c.engine.default_stages import DEFAULT_STAGES
from crm_o2c.engine.expression import compile_expression
from crm_o2c.engine.stages import FIELDS, KINDS, Progress, Stage, StageBook

BOOK = StageBook(DEFAULT_STAGES)
SHIPPED = Progress(submitted=True, delivered=100.0, all_delivered=True)
INVOICED = SHIPPED._replace(billed=100.0, all_billed=True, outstanding=50.0)


@pytest.mark.parametrize(
	("progress", "stage"),
	[
		(Progress(draft=True), "Draft"),
		(Progress(draft=True, workflow="To confirm"), "To confirm"),
		(Progress(draft=True, workflow="Rejected"), "Draft"),
		(Progress(submitted=True), "Confirmed"),
		(Progress(submitted=True, in_production=True), "In production"),
		(Progress(submitted=True, picked=100.0), "Ready to ship"),
		(Progress(submitted=True, in_production=True, packed=True), "Ready to ship"),
		(Progress(submitted=True, picked=50.0), "Confirmed"),
		(Progress(submitted=True, picked=100.0, delivered=40.0), "Partly shipped"),
		(SHIPPED, "Shipped"),
		(SHIPPED._replace(arrived=60.0), "Shipped"),
		(SHIPPED._replace(arrived=100.0), "Delivered"),
		(SHIPPED._replace(arrived=100.0, billed=70.0), "Delivered"),
		(INVOICED, "Invoiced"),
		(INVOICED._replace(outstanding=0.0), "Paid"),
		(INVOICED._replace(outstanding=-5.0), "Paid"),
		(Progress(submitted=True, billed=100.0, all_billed=True), "Confirmed"),  # paid ahead, not yet shipped
		(Progress(submitted=True, no_delivery=True, billed=100.0, all_billed=True, outstanding=1.0), "Invoiced"),
		(Progress(submitted=True, held=True, picked=100.0), "On hold"),
		(SHIPPED._replace(held=True), "Shipped"),  # nothing of it waits any more
		(Progress(submitted=True, closed=True), "Cancelled"),
		(Progress(submitted=True, closed=True, delivered=40.0, all_delivered=True), "Shipped"),
		(Progress(cancelled=True), "Cancelled"),
	],
)
def test_each_standard_stage_follows_from_its_facts(progress, stage):
	assert BOOK.stage_of(progress) == stage


def test_standard_rules_can_be_saved():
	for stage in DEFAULT_STAGES:
		assert compile_expression(stage.rule, FIELDS).names
	assert len({stage.sequence for stage in DEFAULT_STAGES}) == len(DEFAULT_STAGES)
	assert {stage.kind for stage in DEFAULT_STAGES} == set(KINDS)


def test_every_fact_can_be_asked_and_no_other():
	assert tuple(FIELDS) == Progress._fields


CHECK = Stage("Quality check", "Quality check", 45)


def test_a_stage_by_hand_lasts_until_the_facts_go_beyond():
	book = StageBook([*DEFAULT_STAGES, CHECK])
	assert book.stage_of(Progress(submitted=True), "Quality check") == "Quality check"
	assert book.stage_of(Progress(submitted=True, in_production=True), "Quality check") == "Quality check"
	assert book.stage_of(Progress(submitted=True, picked=100.0), "Quality check") == "Ready to ship"
	assert book.stage_of(Progress(submitted=True)) == "Confirmed"


@pytest.mark.parametrize("progress", [Progress(submitted=True, held=True), Progress(cancelled=True)])
def test_a_stage_by_hand_hides_no_hold_and_no_end(progress):
	late = Stage("Quality check", "Quality check", 500)
	book = StageBook([*DEFAULT_STAGES, late])
	assert book.stage_of(progress, "Quality check") == BOOK.stage_of(progress)


def test_a_stage_with_a_rule_is_not_set_by_hand():
	assert BOOK.stage_of(Progress(submitted=True), "Paid") == "Confirmed"
	assert BOOK.stage_of(Progress(submitted=True), "gone") == "Confirmed"
	assert StageBook([*DEFAULT_STAGES, CHECK]).by_hand() == [CHECK]


def test_no_rule_that_holds_is_no_stage():
	assert StageBook([Stage("Paid", "Paid", 1, "outstanding < 0")]).stage_of(Progress(submitted=True)) == ""
	assert StageBook([]).stage_of(Progress(draft=True)) == ""


def test_a_rule_that_can_no_longer_be_read_is_passed_over():
	broken = Stage("Broken", "Broken", 900, "no_such_fact > 1")
	assert StageBook([*DEFAULT_STAGES, broken]).stage_of(Progress(submitted=True)) == "Confirmed"


@pytest.mark.parametrize(
	("before", "after", "back"),
	[
		("Shipped", "Confirmed", True),
		("Paid", "Invoiced", True),
		("Confirmed", "Shipped", False),
		("On hold", "Confirmed", False),
		("Shipped", "On hold", False),
		("Shipped", "Cancelled", False),
		("", "Draft", False),
		("gone", "Draft", False),
	],
)
def test_progress_that_is_lost_is_a_step_back(before, after, back):
	assert BOOK.is_step_back(before, after) is back


def test_two_stages_go_by_their_sequence_whatever_their_place():
	early, late = Stage("A", "A", 1, "submitted"), Stage("B", "B", 2, "submitted")
	assert StageBook([late, early]).stage_of(Progress(submitted=True)) == "B"


def test_a_book_in_a_process_that_lives_long_does_not_grow_without_end(monkeypatch):
	monkeypatch.setattr(stages, "MOST_KNOWN", 10)
	book = StageBook([Stage("Billed", "Billed", 10, "outstanding > 0")])
	assert all(book.stage_of(Progress(outstanding=float(amount))) == "Billed" for amount in range(1, 50))
	assert len(book._known) <= 10
