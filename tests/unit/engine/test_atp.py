"""Available to promise: no unit twice, nobody pushed back by a new promise, and the book kept first come, first served."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.atp import (
	BEFORE,
	BEHIND,
	MATERIAL_REQUEST,
	ON_HAND,
	ORDER,
	OWN,
	PURCHASE,
	RESERVED,
	TRANSFER,
	WORK_ORDER,
	Demand,
	Entry,
	Ledger,
	Promise,
	displaced,
	first_come,
	together,
	whole,
)

from engine.stock_strategies import TODAY, amounts, comes, dates, day, days, ledgers, order

# -- a new promise ---------------------------------------------------------------------------------------------------------


def test_what_is_on_hand_is_promised_at_once():
	promise = Ledger(TODAY, 10).promise(4, day(7))
	assert promise == Promise(4, day(7), 10, 10, TODAY, 0, (Entry(TODAY, ON_HAND, None, 10, 10),))
	assert promise.is_kept


def test_nothing_is_known():
	promise = Ledger(TODAY).promise(4, day(7))
	assert (promise.now, promise.by_date, promise.kept_on, promise.short) == (0, 0, None, 4)
	assert not promise.is_kept


def test_what_is_promised_for_later_is_not_given_away_now():
	promise = Ledger(TODAY, 10, demands=[order(30, 8)]).promise(5, day(1))
	assert (promise.now, promise.kept_on, promise.short) == (2, None, 3)


def test_supply_before_a_later_demand_frees_what_is_on_hand():
	ledger = Ledger(TODAY, 10, [comes(20, 8)], [order(30, 8)])
	assert ledger.promise(10, day(1)).is_kept
	assert ledger.promise(11, day(1)).short == 1


def test_supply_makes_a_date():
	promise = Ledger(TODAY, 2, [comes(5, 3), comes(9, 10)]).promise(6, day(6))
	assert (promise.now, promise.by_date, promise.kept_on, promise.short) == (2, 5, day(9), 0)


def test_what_comes_today_is_there_today_but_not_at_once():
	promise = Ledger(TODAY, 1, [comes(0, 4)]).promise(5, TODAY)
	assert (promise.now, promise.by_date, promise.kept_on) == (1, 5, TODAY)


def test_overdue_supply_is_expected_later_and_says_when_it_was_due():
	ledger = Ledger(TODAY, 0, [comes(-3, 4)], overdue_days=2)
	promise = ledger.promise(4, TODAY)
	assert (promise.by_date, promise.kept_on) == (0, day(2))
	assert ledger.entries[-1] == Entry(day(2), PURCHASE, "PO-1", 4, 4, due=day(-3))


def test_overdue_demand_counts_today():
	ledger = Ledger(TODAY, 5, [comes(0, 1)], [order(-4, 5)])
	assert ledger.promise(1, TODAY).now == 0
	assert ledger.entries[1] == Entry(TODAY, ORDER, "SO-1", -5, 0, due=day(-4))


def test_a_date_that_is_past_has_what_is_there_now():
	promise = Ledger(TODAY, 3, [comes(0, 9)]).promise(4, day(-1))
	assert (promise.by_date, promise.kept_on) == (3, TODAY)
	assert not promise.is_kept
	assert Ledger(TODAY, 4).promise(4, day(-1)).is_kept


def test_without_a_date_all_that_will_come_counts():
	promise = Ledger(TODAY, 3, [comes(8, 9)]).promise(12)
	assert (promise.by_date, promise.kept_on, promise.is_kept) == (12, day(8), True)


def test_every_kind_of_entry_is_explained_with_its_balance():
	ledger = Ledger(
		TODAY,
		20,
		[comes(4, 5), comes(6, 2, "MFG-1", WORK_ORDER), comes(6, 1, "MR-1", MATERIAL_REQUEST), comes(2, 3, "STE-1", TRANSFER)],
		[order(3, 6, reserved=2), Demand(day(5), "", "MR-2", qty=4, kind=TRANSFER)],
		[Entry(day(9), RESERVED, None, -7)],
	)  # fmt: skip
	assert [(e.on, e.kind, e.document, e.qty, e.balance) for e in ledger.entries] == [
		(TODAY, ON_HAND, None, 20, 20),
		(TODAY, RESERVED, None, -7, 13),
		(TODAY, RESERVED, "SO-1", -2, 11),
		(day(2), TRANSFER, "STE-1", 3, 14),
		(day(3), ORDER, "SO-1", -4, 10),
		(day(4), PURCHASE, "PO-1", 5, 15),
		(day(5), TRANSFER, "MR-2", -4, 11),
		(day(6), WORK_ORDER, "MFG-1", 2, 13),
		(day(6), MATERIAL_REQUEST, "MR-1", 1, 14),
	]
	assert ledger.promise(1).now == 10  # after the fourth day's demand


def test_less_than_nothing_on_hand():
	ledger = Ledger(TODAY, -3, [comes(2, 5)])
	assert ledger.promise(2).kept_on == day(2)
	assert ledger.promise(3).short == 1


def test_tenths_add_up():
	ledger = Ledger(TODAY, 0.3, demands=[order(1, 0.1), order(2, 0.1, "SO-2")])
	assert ledger.promise(0.1).is_kept
	assert [kept.on for kept in ledger.plus(order(3, 0.1, "SO-3")).kept()] == [TODAY] * 3


def test_lines_of_one_order_are_not_promised_the_same_units():
	ledger = Ledger(TODAY, 10, [comes(5, 4)])
	later, sooner = ledger.promise_each([(8, day(4)), (6, day(2))])
	assert sooner.kept_on == TODAY
	assert (later.by_date, later.kept_on, later.short) == (4, day(5), 0)


# -- the book --------------------------------------------------------------------------------------------------------------


def test_first_come_first_served():
	ledger = Ledger(
		TODAY,
		10,
		[comes(4, 5), comes(8, 5)],
		[order(5, 6, "SO-2", "2"), order(5, 6, "SO-1", "1"), order(2, 4, "SO-3", "3"), order(9, 9, "SO-4", "1")],
	)
	assert [(k.demand.document, k.on, k.short, k.is_late) for k in ledger.kept()] == [
		("SO-3", TODAY, 0, False),
		("SO-1", TODAY, 0, False),
		("SO-2", day(8), 0, True),
		("SO-4", None, 5, True),
	]


def test_what_is_set_aside_is_kept_whatever_its_place():
	ledger = Ledger(TODAY, 5, (), [order(1, 5, "SO-1", "1"), order(9, 3, "SO-2", "2", reserved=3)])
	assert [(k.demand.document, k.on, k.short) for k in ledger.kept()] == [("SO-1", None, 3), ("SO-2", TODAY, 0)]
	assert ledger.promise_of(ledger.demands[0]).short == 3
	assert ledger.promise_of(ledger.demands[1]).now == 3


def test_a_line_of_the_book_is_not_pushed_back_by_those_behind_it():
	mine, behind = order(5, 6, "SO-1"), order(7, 9, "SO-2")
	ledger = Ledger(TODAY, 10, demands=[mine, behind])
	assert ledger.promise_of(mine).is_kept
	assert ledger.promise_of(behind).short == 5
	assert {entry.document for entry in ledger.promise_of(mine).ledger} == {None}


def test_first_come_takes_dates_of_any_kind():
	steps = [("2026-08-03", 3.0), ("2026-08-09", 4.0)]
	queue = [("2026-08-01", 2.0), ("2026-08-05", 0.0), ("2026-08-05", 4.0), ("2026-08-09", 3.0)]
	assert list(first_come(steps, queue)) == [
		(2.0, 2.0, "2026-08-03", 0.0),
		(0.0, 0.0, "2026-08-03", 0.0),
		(1.0, 1.0, "2026-08-09", 0.0),
		(0.0, 1.0, None, 2.0),
	]


def test_an_order_of_the_book_keeps_its_place_when_it_is_changed():
	"""The order that asks came second of three; its line is known, another is new."""
	others = [Demand(day(5), BEFORE, "", "", 4), Demand(day(5), BEHIND, "", "", 4)]
	own = Demand(day(5), OWN, "SO-2", "row-1", 4, reserved=1)
	ledger = Ledger(TODAY, 9, [comes(8, 20)], others, own=[own])
	known, new = ledger.keep_each([("row-1", 5, day(5)), ("", 2, day(5))])
	assert (known.wanted, known.now, known.kept_on) == (5, 5, TODAY)
	assert (new.wanted, new.by_date, new.kept_on) == (2, 0, day(8))
	assert ledger.keep_each([("row-1", 4, day(5))])[0].is_kept
	assert not ledger.promise_each([(6, day(5))])[0].is_kept


def test_who_would_wait_longer():
	ledger = Ledger(TODAY, 10, [comes(6, 10)], [order(5, 4, "SO-1"), order(7, 4, "SO-2"), order(2, 2, "SO-3")])
	new = order(4, 8, "NEW", "9")
	assert [(d.demand.document, d.before, d.after) for d in displaced(ledger, [new])] == [
		("SO-1", TODAY, day(6)),  # misses its date
		("SO-2", TODAY, day(6)),
	]
	assert displaced(ledger, [new], instead_of=[order(4, 8, "NEW", "1")]) == []
	assert displaced(ledger, [order(9, 99, "NEW")]) == []


# -- bundles ---------------------------------------------------------------------------------------------------------------


def test_a_bundle_is_kept_when_its_last_part_is():
	bolts = Ledger(TODAY, 9, [comes(3, 11)]).promise(20, day(4))
	plate = Ledger(TODAY, 3).promise(5, day(4))
	both = together(5, day(4), [(bolts, 4), (plate, 1)])
	assert (both.now, both.by_date, both.kept_on, both.short) == (2, 3, None, 2)
	assert both.ledger == plate.ledger
	good = together(3, day(4), [(Ledger(TODAY, 9, [comes(3, 11)]).promise(12, day(4)), 4), (plate, 1)])
	assert good.now == 2 and good.short == 2


@pytest.mark.parametrize(
	("qty", "step", "is_"), [(7, 3, 6), (7, 0, 7), (0.3, 0.1, 0.3), (2.999999999, 1, 3), (0, 12, 0)]
)
def test_whole(qty, step, is_):
	assert whole(qty, step) == is_


# -- of every ledger -------------------------------------------------------------------------------------------------------


def new_order(on: date, qty: float, document: str = "NEW") -> Demand:
	return order((on - TODAY).days, qty, document, "9")


def on_time(ledger: Ledger) -> set[Demand]:
	"""Lines that are kept by the later of their date and today's end."""
	return {k.demand for k in ledger.kept() if k.on is not None and k.on <= max(k.demand.on, TODAY)}


@given(ledgers, amounts, dates)
def test_what_is_available_never_shrinks_with_time(ledger, wanted, on):
	here, later = ledger.promise(wanted, on), ledger.promise(wanted, on + timedelta(days=1))
	assert 0 <= here.now <= here.by_date <= later.by_date
	assert (here.kept_on is None) == (here.short > 0)


@given(ledgers, amounts, dates)
def test_the_date_is_the_first_on_which_the_whole_is_there(ledger, wanted, on):
	kept_on = ledger.promise(wanted, on).kept_on
	if kept_on is None:
		assert ledger.promise(wanted, day(99)).by_date < wanted
		return
	assert ledger.promise(wanted, kept_on).by_date >= wanted
	assert kept_on == TODAY or ledger.promise(wanted, kept_on - timedelta(days=1)).by_date < wanted


@given(ledgers, st.lists(st.tuples(amounts, dates), min_size=1, max_size=6))
def test_no_unit_is_promised_twice(ledger, asked):
	"""Buyers come one after another and each takes what he is promised, be it late: all get it in the end."""
	short_before = {k.demand: k.short for k in ledger.kept()}
	free = ledger.promise(0).by_date
	for number, (wanted, on) in enumerate(asked):
		promise = ledger.promise(wanted, max(on, TODAY))
		if promise.kept_on:
			ledger = ledger.plus(new_order(max(on, promise.kept_on), wanted, f"NEW-{number}"))
	kept = {k.demand: k for k in ledger.kept()}
	new = [d for d in ledger.demands if d.document.startswith("NEW")]
	assert round(sum(d.qty for d in new), 6) <= free
	assert all(kept[d].on and kept[d].on <= d.on for d in new)
	assert all(kept[d].short == short for d, short in short_before.items())


@given(ledgers, amounts, dates)
def test_a_new_promise_makes_no_earlier_one_late(ledger, wanted, on):
	on = max(on, TODAY)
	promise = ledger.promise(wanted, on)
	qty = min(wanted, promise.by_date)
	if not qty:
		return
	new = new_order(on, qty)
	after = ledger.plus(new)
	assert on_time(ledger) <= on_time(after)
	assert new in on_time(after)


@given(ledgers)
def test_the_book_gives_no_more_than_there_is(ledger):
	"""By each date, what the lines kept until then have taken is no more than what has come."""
	kept = ledger.kept()
	for limit in {k.on for k in kept if k.on}:
		taken = sum(k.demand.waits for k in kept if k.on and k.on <= limit and k.demand.waits)
		free = ledger.hand - sum(d.reserved for d in ledger.demands)
		come = free + sum(s.qty for s in ledger.supply if s.on <= limit)
		assert not taken or round(taken, 6) <= round(come, 6)


@given(ledgers)
def test_the_book_serves_in_the_order_of_the_queue(ledger):
	kept = [k for k in ledger.kept() if k.demand.waits]
	assert [k.demand for k in kept] == sorted(k.demand for k in kept)
	dates = [k.on or date.max for k in kept]
	assert dates == sorted(dates)


@given(ledgers)
def test_a_line_and_the_book_say_the_same_of_what_is_late_or_short(ledger):
	for kept in ledger.kept():
		promise = ledger.promise_of(kept.demand)
		assert promise.short == pytest.approx(kept.short)
		assert promise.wanted == kept.demand.qty
		if kept.is_late and kept.on and kept.on > TODAY:
			assert promise.kept_on == kept.on
		elif kept.on:
			assert promise.kept_on <= max(kept.on, kept.demand.on)


@given(ledgers, amounts, days, days)
def test_only_what_got_worse_is_displaced(ledger, wanted, on, before_on):
	new, old = order(on, wanted, "NEW", "2"), order(before_on, wanted, "NEW", "2")
	was = {k.demand: (k.on or date.max, k.short) for k in ledger.plus(old).kept()}
	pushed = displaced(ledger, [new], [old])
	now = {k.demand: (k.on or date.max, k.short) for k in ledger.plus(new).kept()}
	worse = {d for d in ledger.demands if now[d][0] > was[d][0] or now[d][1] > was[d][1]}
	assert {d.demand for d in pushed} == worse
