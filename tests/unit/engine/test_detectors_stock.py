"""What stock can keep: shortages beyond what a rule lets promise, lines that come late, and what would help."""

from crm_o2c.engine.anomaly.facts import ItemFacts
from crm_o2c.engine.atp import Entry, Ledger

from engine.check_book import DAY, TODAY, actions, hit, hits, line, order, said, ways


def promised(hand, *supply, wanted=10.0, on=TODAY + 4 * DAY):
	entries = [Entry(TODAY + days * DAY, "purchase", f"PO-{days}", qty) for days, qty in supply]
	return Ledger(TODAY, hand, entries).promise(wanted, on)


def test_what_nothing_covers_is_short_and_the_ledger_says_so():
	found = hit("stock.short", order(line(promise=promised(4.0, (3, 2.0)))))
	assert said(found) == "line 1, ITEM-1: no stock or known supply for 4 of 10"
	changes = [row[3] for row in found.evidence.rows]
	assert changes == [4.0, 2.0, -10.0]
	assert sum(changes) == found.evidence.rows[-1][4] == -found.params["short"]
	assert found.at_risk == 80.0


def test_a_rule_may_let_more_be_promised_than_is_covered():
	short = order(line(promise=promised(8.0)))
	assert hits("stock.short", short, over_promise=24.9)
	assert not hits("stock.short", short, over_promise=25)  # 8 covered, 10 promised
	assert hits("stock.short", order(line(promise=promised(0.0))), over_promise=1000)


def test_what_is_covered_or_not_known_or_not_ours_to_deliver_is_not_short():
	assert not hits("stock.short", order(line(promise=promised(10.0))))
	assert not hits("stock.short", order(line(promise=promised(0.0, (30, 10.0)))))
	assert not hits("stock.short", order(line(promise=None)))
	assert not hits("stock.short", order(line(promise=promised(0.0), drop_ship=True)))


def test_what_helps_a_shortage():
	about = ItemFacts("ITEM-1", lead_days=14, substitutes=("ITEM-1B", "ITEM-1C", "ITEM-1D"))
	short = line(promise=promised(4.0), about=about, elsewhere=(("North", 3.0), ("South", 50.0), ("Empty", 0.0)))
	more_on = TODAY + 14 * DAY
	assert actions(hit("stock.short", order(short))) == [
		("transfer", {"line": 1, "from_warehouse": "South", "qty": 6.0}),
		("transfer", {"line": 1, "from_warehouse": "North", "qty": 3.0}),
		("substitute", {"line": 1, "item": "ITEM-1B"}),
		("substitute", {"line": 1, "item": "ITEM-1C"}),
		("material_request", {"line": 1, "qty": 6.0, "date": more_on}),
		("split", {"line": 1, "now": 4.0, "later_date": more_on}),
	]


def test_ways_out_of_a_shortage_in_the_unit_of_the_line():
	short = line(1, qty=5.0, uom="Box", factor=12.0, promise=promised(30.0, wanted=60.0))
	found = hit("stock.short", order(short, line(2)))
	assert ways(found) == [
		("receive", {"item": "ITEM-1", "qty": 30.0}),
		("reduce_line", {"line": 1, "item": "ITEM-1", "qty": 2.0}),
		("remove_line", {"line": 1, "item": "ITEM-1"}),
	]


def test_nothing_on_hand_leaves_only_supply():
	assert [code for code, _values in ways(hit("stock.short", order(line(promise=promised(0.0)))))] == ["receive"]


def test_what_comes_after_its_promise_is_late():
	late = order(line(promise=promised(4.0, (9, 6.0))))
	found = hit("stock.late", late)
	assert said(found) == "line 1, ITEM-1: complete on 2026-03-11, 5 days after its promise (2026-03-06)"
	assert found.at_risk == 120.0
	assert actions(found)[:2] == [
		("new_date", {"line": 1, "date": TODAY + 9 * DAY}),
		("split", {"line": 1, "now": 4.0, "later_date": TODAY + 9 * DAY}),
	]
	assert hits("stock.late", late, days=4) and not hits("stock.late", late, days=5)


def test_one_day_late_is_said_as_one_day():
	facts = order(line(promise=promised(0.0, (5, 10.0))))
	assert said(hit("stock.late", facts)).endswith("1 day after its promise (2026-03-06)")


def test_what_is_in_time_or_short_or_on_the_shelf_is_not_late():
	assert not hits("stock.late", order(line(promise=promised(0.0, (4, 10.0)))))
	assert not hits("stock.late", order(line(promise=promised(4.0, (9, 2.0)))))  # short
	past = TODAY - 3 * DAY
	assert not hits("stock.late", order(line(promise=promised(10.0, on=past), promise_date=past)))
	assert not hits("stock.late", order(line(promise=None)))
