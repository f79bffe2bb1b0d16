"""Ways out of a promise that can't be kept: each is proved by a ledger and gives what it says."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.atp import Demand, Ledger
from crm_o2c.engine.proposals import NEW_DATE, REQUEST, SPLIT, SUBSTITUTE, TRANSFER, Terms, propose

from engine.stock_strategies import TODAY, amounts, comes, dates, day, ledgers, order


def ways(ledger: Ledger, wanted: float, on: date | None, **more) -> dict:
	return {p.code: p for p in propose(ledger.promise(wanted, on), ledger, **more)}


def test_a_kept_promise_needs_no_way_out():
	assert propose(Ledger(TODAY, 5).promise(5, day(1)), Ledger(TODAY, 5)) == []
	assert propose(Ledger(TODAY, 5).promise(0, day(1)), Ledger(TODAY, 5)) == []


def test_split_and_new_date():
	found = ways(Ledger(TODAY, 4, [comes(9, 10)]), 10, day(3))
	assert (found[SPLIT].qty, found[SPLIT].later, found[SPLIT].on) == (4, 6, day(9))
	assert (found[NEW_DATE].qty, found[NEW_DATE].on) == (10, day(9))
	assert REQUEST not in found


def test_a_split_is_in_whole_sales_units():
	ledger = Ledger(TODAY, 28, [comes(9, 40)])
	found = ways(ledger, 48, day(3), terms=Terms(step=12))
	assert (found[SPLIT].qty, found[SPLIT].later) == (24, 24)
	assert SPLIT not in ways(Ledger(TODAY, 11, [comes(9, 40)]), 48, day(3), terms=Terms(step=12))


def test_what_nothing_covers_is_requested():
	found = ways(Ledger(TODAY, 4), 10, day(3), terms=Terms(lead_days=14))
	assert (found[REQUEST].qty, found[REQUEST].on) == (6, day(14))
	assert ways(Ledger(TODAY, 4), 10, day(3))[REQUEST].on is None
	assert set(found) == {REQUEST}


def test_another_warehouse_that_has_what_is_missing():
	ledger = Ledger(TODAY, 4, [comes(9, 10)])
	others = {"A": Ledger(TODAY, 5), "B": Ledger(TODAY, 8), "C": Ledger(TODAY, 80, demands=[order(20, 75)])}
	found = propose(ledger.promise(10, day(3)), ledger, others)
	assert [(p.warehouse, p.qty, p.on) for p in found if p.code == TRANSFER] == [("B", 6, day(3))]
	assert found[0].code == TRANSFER
	part = propose(ledger.promise(10, day(3)), ledger, {"A": Ledger(TODAY, 5), "C": others["C"]})
	assert [(p.warehouse, p.qty, p.on) for p in part if p.code == TRANSFER] == [("A", 5, None), ("C", 5, None)]


def test_a_transfer_takes_its_time():
	ledger = Ledger(TODAY, 0, [comes(3, 10)])
	elsewhere = {"A": Ledger(TODAY, 10)}
	assert ways(ledger, 10, TODAY, others=elsewhere)[TRANSFER].on == day(1)
	assert TRANSFER not in ways(ledger, 10, TODAY, others=elsewhere, terms=Terms(transfer_days=3))  # no gain
	# what leaves earlier than the date wanted must be free by then
	late = {"A": Ledger(TODAY, 0, [comes(2, 10)])}
	assert ways(Ledger(TODAY, 0), 10, day(4), others=late, terms=Terms(transfer_days=2))[TRANSFER].on == day(4)
	assert TRANSFER not in ways(Ledger(TODAY, 0), 10, day(3), others=late, terms=Terms(transfer_days=2))


def test_a_substitute_that_can_be_kept():
	ledger = Ledger(TODAY, 4)
	found = propose(
		ledger.promise(10, day(3)), ledger, substitutes={"X": Ledger(TODAY, 9), "Y": Ledger(TODAY, 3, [comes(2, 7)])}
	)
	assert [(p.item, p.qty, p.on) for p in found if p.code == SUBSTITUTE] == [("Y", 10, day(3))]
	assert found[0].promise.is_kept


@given(ledgers, amounts, dates, st.sampled_from([0.0, 0.1, 1.0, 12.0]))
def test_a_split_adds_up_and_both_parts_are_kept(ledger, wanted, on, step):
	found = ways(ledger, wanted, on, terms=Terms(step)).get(SPLIT)
	if found is None:
		return
	assert round(found.qty + found.later, 6) == wanted
	assert found.qty > 0 and found.later > 0
	at = max(on, TODAY)
	taken = ledger.promise(found.qty, on)
	assert taken.by_date >= found.qty
	assert (
		ledger.plus(Demand(at, "9", "NEW", "", found.qty)).promise(found.later, found.on).by_date >= found.later - 1e-6
	)


@given(ledgers, amounts, dates, ledgers)
def test_every_way_out_is_proved(ledger, wanted, on, other):
	promise = ledger.promise(wanted, on)
	for p in propose(promise, ledger, {"A": other}, {"X": other}, Terms(lead_days=3)):
		assert 0 < p.qty <= wanted
		if p.code in (TRANSFER, SUBSTITUTE):
			assert p.promise.ledger == other.entries
			assert p.promise.by_date >= p.qty
		if p.code == TRANSFER and p.on:
			assert promise.kept_on is None or p.on < promise.kept_on
			assert p.qty + promise.by_date >= wanted - 1e-6
		if p.code == NEW_DATE:
			assert ledger.promise(wanted, p.on).is_kept
			assert p.on > on
		if p.code == REQUEST:
			assert p.on == TODAY + timedelta(days=3)
