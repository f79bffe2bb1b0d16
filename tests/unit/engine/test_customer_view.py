"""What a customer is told: only stages that he may see, and nothing that is not true."""

from datetime import date, datetime

import pytest

from crm_o2c.engine.customer_messages import CUSTOMER_MESSAGES
from crm_o2c.engine.customer_view import Facts, Move, Parcel, ahead, journey, steps, whats_next
from crm_o2c.engine.default_stages import DEFAULT_STAGES
from crm_o2c.engine.stages import Stage, StageBook
from crm_o2c.engine.tracking import STATUSES

TODAY = date(2026, 11, 25)
BOOK = StageBook(DEFAULT_STAGES)


def hiding(*codes: str) -> StageBook:
	"""The default stages, these not for customers."""
	fields = Stage.__slots__
	return StageBook(
		Stage(**{**{field: getattr(stage, field) for field in fields}, "visible": False})
		if stage.code in codes
		else stage
		for stage in DEFAULT_STAGES
	)


def day(number: int) -> datetime:
	return datetime(2026, 11, number)


def way(*stages: str, book: StageBook = BOOK):
	return journey([Move(stage, day(number)) for number, stage in enumerate(stages, 1)], book)


def shown(found) -> tuple[str | None, datetime | None]:
	return (found.shown.code if found.shown else None, found.since)


def test_where_and_since_when():
	assert shown(way()) == (None, None)
	assert shown(way("Draft")) == (None, None)
	assert shown(way("Draft", "Confirmed", "Shipped")) == ("Shipped", day(3))


def test_hidden_stages_show_as_what_was_reached_before():
	book = hiding("Ready to ship", "On hold", "Paid")
	assert shown(way("Confirmed", "Ready to ship", book=book)) == ("Confirmed", day(1))
	assert shown(way("Confirmed", "On hold", "Confirmed", book=book)) == ("Confirmed", day(1))
	assert shown(way("Confirmed", "Invoiced", "On hold", book=book)) == ("Invoiced", day(2))
	assert shown(way("Ready to ship", book=book)) == (None, None)
	assert not way("Confirmed", "On hold", book=book).waits


def test_a_pause_that_customers_see():
	found = way("Confirmed", "On hold")
	assert (shown(found), found.waits) == (("On hold", day(2)), True)
	assert shown(way("Confirmed", "On hold", "Confirmed")) == ("Confirmed", day(3))


def test_a_stage_that_is_gone_counts_as_hidden():
	assert shown(way("Confirmed", "Sent to the moon")) == ("Confirmed", day(1))


def listed(found, book: StageBook = BOOK, no_delivery: bool = False) -> list[tuple]:
	return [(step.stage.code, step.state, step.reached) for step in steps(found, book, ahead(no_delivery))]


def test_steps():
	assert listed(way("Confirmed", "In production", "Partly shipped")) == [
		("Confirmed", "done", day(1)),
		("In production", "done", day(2)),
		("Partly shipped", "current", day(3)),
		("Shipped", "open", None),
		("Delivered", "open", None),
		("Invoiced", "open", None),
		("Paid", "open", None),
	]


def test_steps_that_were_lost_are_open_again():
	found = listed(way("Confirmed", "Shipped", "Confirmed"))
	assert ("Confirmed", "current", day(1)) in found
	assert ("Shipped", "open", None) in found


def test_services_are_not_shipped():
	codes = [code for code, _state, _reached in listed(way("Confirmed"), no_delivery=True)]
	assert codes == ["Confirmed", "Invoiced", "Paid"]


def test_nothing_is_current_once_it_ended():
	found = steps(way("Confirmed", "Cancelled"), BOOK, ())
	assert [(step.stage.code, step.state) for step in found] == [("Confirmed", "done")]


def test_hidden_steps_are_left_out():
	book = hiding("Invoiced", "Paid")
	assert not {"Invoiced", "Paid"} & {code for code, *_ in listed(way("Confirmed", "Invoiced", book=book), book)}


@pytest.mark.parametrize(
	("facts", "code"),
	[
		({"cancelled": True, "waits": True}, "cancelled"),
		({"parcels": [Parcel("Lost", None)]}, "trouble"),
		({"waits": True}, "waits"),
		({"no_delivery": True}, "service"),
		({"no_delivery": True, "billed": True}, "done"),
		({}, "prepare"),
		({"promised": TODAY}, "prepare.date"),
		({"partly": True}, "rest"),
		({"partly": True, "promised": date(2026, 12, 1)}, "rest.date"),
		({"promised": date(2026, 11, 24)}, "overdue"),
		({"delivered": True}, "sent"),
		({"delivered": True, "parcels": [Parcel("Delivered", None), Parcel("", None)]}, "sent"),
		({"delivered": True, "parcels": [Parcel("Delivered", None)]}, "arrived"),
		({"delivered": True, "parcels": [Parcel("In Transit", date(2026, 11, 1))]}, "on_way"),
		({"delivered": True, "parcels": [Parcel("In Transit", TODAY)]}, "on_way.date"),
		({"closed": True}, "closed"),
		({"closed": True, "parcels": [Parcel("Announced", None)]}, "on_way"),
	],
)
def test_what_is_next(facts, code):
	sentence = whats_next(Facts(**facts), TODAY)
	assert sentence.code == f"customer.next.{code}"
	assert CUSTOMER_MESSAGES[sentence.code].format(**sentence.params)


def test_every_tracking_status_has_words():
	assert not [status for status in STATUSES if f"customer.parcel.{status}" not in CUSTOMER_MESSAGES]
