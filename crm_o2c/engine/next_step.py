"""What is to do next for an order, in the order in which it is to be done. Codes only; `stage_messages` has the words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

NOTHING = 0.005  # below it no money is meant
QUOTATION, ORDER, WORK_ORDER, PICK_LIST = "Quotation", "Sales Order", "Work Order", "Pick List"
NOTE, INVOICE = "Delivery Note", "Sales Invoice"
MOST = 4  # steps; what comes later changes with them


class Bill(NamedTuple):
	"""A submitted invoice that is not paid. `outstanding` is in company currency."""

	name: str
	due: date | None
	outstanding: float


@dataclass(frozen=True, slots=True)
class Facts:
	"""How an order stands. Quantities and amounts are what is left."""

	order: str
	docstatus: int = 0
	waits_for_confirmation: bool = False
	held: bool = False  # by a rule of the app
	on_hold: bool = False  # by a person
	closed: bool = False
	no_delivery: bool = False
	undelivered: float = 0.0
	delivered: float = 0.0
	unbilled: float = 0.0
	over_billed: float = 0.0  # more than was delivered, after a return
	drafts: Mapping[str, Sequence[str]] = field(default_factory=dict)  # drafts by kind of document
	to_make: Sequence[str] = ()  # Work Orders that are not done
	picked: Sequence[str] = ()  # Pick Lists whose goods have not left
	bills: Sequence[Bill] = ()
	unseen_bills: bool = False  # there are invoices that the reader may not see


class Step(NamedTuple):
	"""One thing to do: its code with the values of its words, and the document that it is about."""

	code: str
	params: Mapping[str, Any]
	doctype: str = ""
	name: str = ""


def next_steps(facts: Facts, today: date) -> list[Step]:
	"""What is to do, first things first; one step that says so where nothing is."""
	if facts.docstatus == 2:
		return [Step("next.cancelled", {})]
	if facts.docstatus == 0:
		return [Step("next.confirm" if facts.waits_for_confirmation else "next.submit", {}, ORDER, facts.order)]
	steps = [*_stopped(facts), *_goods(facts), *_bills(facts), *_money(facts, today)]
	return steps[:MOST] or [Step("next.nothing", {})]


def _stopped(facts: Facts) -> Iterator[Step]:
	if facts.held:
		yield Step("next.release", {}, ORDER, facts.order)
	elif facts.on_hold:
		yield Step("next.resume", {}, ORDER, facts.order)


def _goods(facts: Facts) -> Iterator[Step]:
	drafts = facts.drafts.get(NOTE, ())
	if drafts:
		yield Step("next.submit_note", {"name": drafts[0]}, NOTE, drafts[0])
	waits = facts.undelivered > 0 and not facts.no_delivery and not facts.closed
	if not waits or facts.held or facts.on_hold:
		return
	if facts.to_make:
		yield Step("next.make", {"name": facts.to_make[0]}, WORK_ORDER, facts.to_make[0])
	pick_lists = facts.drafts.get(PICK_LIST, ())
	if facts.picked:
		yield Step("next.ship_picked", {"name": facts.picked[0]}, PICK_LIST, facts.picked[0])
	elif pick_lists:
		yield Step("next.pick", {"name": pick_lists[0]}, PICK_LIST, pick_lists[0])
	elif not drafts:
		yield Step("next.deliver_rest" if facts.delivered > 0 else "next.deliver", {}, ORDER, facts.order)


def _bills(facts: Facts) -> Iterator[Step]:
	drafts = facts.drafts.get(INVOICE, ())
	if drafts:
		yield Step("next.submit_invoice", {"name": drafts[0]}, INVOICE, drafts[0])
	elif facts.unbilled > NOTHING:
		code = "next.bill_services" if facts.no_delivery else "next.bill"
		yield Step(code, {"amount": facts.unbilled}, ORDER, facts.order)
	if facts.over_billed > NOTHING:
		yield Step("next.credit", {"amount": facts.over_billed}, ORDER, facts.order)


def _money(facts: Facts, today: date) -> Iterator[Step]:
	"""The invoice that is due longest stands for all."""
	open_bills = sorted((b for b in facts.bills if b.outstanding > NOTHING), key=lambda b: (b.due or date.max, b.name))
	if not open_bills:
		if facts.unseen_bills:
			yield Step("next.finance", {})
		return
	bill = open_bills[0]
	days = (today - bill.due).days if bill.due else 0
	params = {"name": bill.name, "amount": bill.outstanding, "days": days, "date": bill.due}
	if days > 0:
		code = "next.ask_payment.one" if days == 1 else "next.ask_payment"
	else:
		code = "next.await_payment" if bill.due else "next.await_payment.undated"
	yield Step(code, params, INVOICE, bill.name)
