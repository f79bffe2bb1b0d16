"""What is next for an order, first things first; and whether it will be on time."""

from datetime import date

import pytest

from crm_o2c.engine import on_time
from crm_o2c.engine.messages import MESSAGES
from crm_o2c.engine.next_step import INVOICE, NOTE, Bill, Facts, next_steps

TODAY = date(2026, 11, 25)
SOLD = Facts("SO-1", docstatus=1, undelivered=5)


def codes(facts: Facts) -> list[str]:
	steps = next_steps(facts, TODAY)
	assert all(step.code in MESSAGES for step in steps)
	return [step.code for step in steps]


def changed(**values) -> Facts:
	return Facts(**{"order": "SO-1", "docstatus": 1, **values})


@pytest.mark.parametrize(
	("facts", "wanted"),
	[
		(Facts("SO-1"), ["next.submit"]),
		(Facts("SO-1", waits_for_confirmation=True), ["next.confirm"]),
		(Facts("SO-1", docstatus=2, undelivered=5), ["next.cancelled"]),
		(SOLD, ["next.deliver"]),
		(changed(undelivered=5, delivered=2), ["next.deliver_rest"]),
		(changed(undelivered=5, held=True), ["next.release"]),
		(changed(undelivered=5, on_hold=True), ["next.resume"]),
		(changed(undelivered=5, closed=True), ["next.nothing"]),
		(changed(undelivered=5, no_delivery=True, unbilled=9.0), ["next.bill_services"]),
		(changed(undelivered=5, to_make=["WO-1"]), ["next.make", "next.deliver"]),
		(changed(undelivered=5, picked=["PL-1"]), ["next.ship_picked"]),
		(changed(undelivered=5, drafts={"Pick List": ["PL-1"]}), ["next.pick"]),
		(changed(undelivered=5, drafts={NOTE: ["DN-1"]}), ["next.submit_note"]),
		(changed(unbilled=100.0), ["next.bill"]),
		(changed(unbilled=100.0, drafts={INVOICE: ["INV-1"]}), ["next.submit_invoice"]),
		(changed(over_billed=10.0), ["next.credit"]),
		(changed(unbilled=0.004), ["next.nothing"]),
		(changed(unseen_bills=True), ["next.finance"]),
		(changed(undelivered=1, unbilled=5.0, unseen_bills=True), ["next.deliver", "next.bill", "next.finance"]),
	],
)
def test_first_things_first(facts, wanted):
	assert codes(facts) == wanted


@pytest.mark.parametrize(
	("due", "code", "days"),
	[
		(date(2026, 11, 13), "next.ask_payment", 12),
		(date(2026, 11, 24), "next.ask_payment.one", 1),
		(TODAY, "next.await_payment", 0),
		(None, "next.await_payment.undated", 0),
	],
)
def test_the_invoice_that_is_due_longest_is_asked_for(due, code, days):
	bills = [Bill("INV-2", date(2027, 1, 1), 10.0), Bill("INV-0", date(2020, 1, 1), 0.0)]
	bills = [Bill("INV-1", due, 10.0)] if due is None else [*bills, Bill("INV-1", due, 10.0)]
	step = next_steps(changed(bills=bills), TODAY)[0]
	assert (step.code, step.name, step.params["days"]) == (code, "INV-1", days)


@pytest.mark.parametrize(
	("facts", "state", "code"),
	[
		(on_time.Facts(), on_time.UNKNOWN, "time.none"),
		(on_time.Facts(TODAY, delivered=True), on_time.KEPT, "time.kept"),
		(on_time.Facts(TODAY, delivered=True, days_late=1), on_time.BROKEN, "time.broken.one"),
		(on_time.Facts(TODAY, delivered=True, days_late=3), on_time.BROKEN, "time.broken"),
		(on_time.Facts(TODAY, ended=True), on_time.UNKNOWN, "time.ended"),
		(on_time.Facts(date(2026, 12, 9), next_promised=date(2026, 11, 23)), on_time.LATE, "time.late"),
		(on_time.Facts(date(2026, 11, 24)), on_time.LATE, "time.late.one"),
		(on_time.Facts(TODAY, doubt="no stock"), on_time.RISK, "time.risk"),
		(on_time.Facts(TODAY, parcels=[on_time.Parcel("DN-1", date(2026, 11, 26))]), on_time.RISK, "time.eta"),
		(on_time.Facts(TODAY, parcels=[on_time.Parcel("DN-1", TODAY)]), on_time.ON_TIME, "time.on_time"),
	],
)
def test_whether_it_will_be_on_time(facts, state, code):
	answer = on_time.will_be_on_time(facts, TODAY)
	assert (answer.state, answer.code) == (state, code)
	assert code in MESSAGES
