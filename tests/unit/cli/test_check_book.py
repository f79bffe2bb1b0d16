"""Orders checked one after the other: what is usual comes from before, credit and stock go to open orders in turn."""

from datetime import date, timedelta

from crm_o2c.cli import book, check_command, check_demo
from crm_o2c.cli.check_reader import sheet_order
from crm_o2c.cli.checking import check_book
from crm_o2c.engine.anomaly.defaults import DEFAULT_RULES

TODAY = date(2026, 3, 2)


def order(name, days_ago=0, customer="Acme", status="To Deliver and Bill", **row):
	usual = {"item": "A", "quantity": 10.0, "rate": 20.0, "promise_date": TODAY + timedelta(4)}
	head = {"customer": customer, "order_date": TODAY - timedelta(days_ago), "status": status}
	return sheet_order(name, [{**head, **usual, **row}], TODAY)


def check(orders, history=()):
	checked = check_book(orders, list(history), DEFAULT_RULES, TODAY, check_command.calendar(TODAY))
	return {o.facts.order: [f.rule.detector for f in o.findings] for o in checked.orders if o.findings}, checked


def weekly(times, last=14, **row):
	return [order(f"OLD-{n}", last + 7 * n, status="Completed", **row) for n in range(times)]


def test_what_is_usual_comes_from_the_history():
	cheap = order("SO-1", rate=12.0)
	assert check([cheap])[0] == {}
	found, checked = check([cheap], weekly(12))
	assert found == {"SO-1": ["price.low"]} and checked.learned == 13


def test_without_history_what_is_usual_comes_from_the_orders_before_in_the_file():
	old = weekly(12)
	assert check([order("SO-1", rate=12.0), *old])[0] == {"SO-1": ["price.low"]}
	assert check([order("SO-1", 400, status="Completed", rate=12.0), *old])[0] == {}  # before all others


def test_an_order_that_is_in_both_files_is_checked_and_learned_once():
	found, checked = check([order("OLD-0", 14, rate=12.0, status="Completed")], weekly(12))
	assert found == {"OLD-0": ["price.low"]} and checked.learned == 12


def test_drafts_teach_nothing():
	drafts = [order(f"D-{n}", 30, status="Draft") for n in range(12)]
	found, checked = check([*drafts, order("SO-1", rate=12.0)])
	assert "SO-1" not in found and checked.learned == 1


def test_credit_is_used_up_by_the_orders_before():
	orders = [order(f"SO-{n}", 3 - n, credit_limit=500.0, outstanding=0.0, item=f"ITEM-{n}") for n in (1, 2, 3)]
	found, checked = check(orders)
	assert found == {"SO-3": ["credit.limit"]}
	assert checked.findings[0][1].hit.at_risk == 100.0


def test_stock_goes_to_who_was_promised_first():
	late = order("SO-1", on_stock=15.0, promise_date=TODAY + timedelta(9), customer="Acme")
	early = order("SO-2", on_stock=15.0, customer="Bolt")
	assert check([late, early])[0] == {"SO-1": ["stock.short"]}


def test_where_nothing_says_which_orders_are_open_each_stands_alone():
	orders = [order(f"SO-{n}", status="", on_stock=15.0, customer=f"C{n}") for n in (1, 2)]
	assert check(orders)[0] == {}


def test_the_same_order_again():
	rows = [{"item": x, "quantity": 5.0, "rate": 9.0} for x in "ABC"]
	head = {"customer": "Acme", "order_date": TODAY, "promise_date": TODAY + timedelta(2)}
	twice = [sheet_order(name, [{**head, **row} for row in rows], TODAY) for name in ("SO-1", "SO-2")]
	assert check(twice)[0] == {"SO-2": ["dup.order"]}


def test_a_customer_is_new_only_where_the_orders_reach_back_far_enough():
	large = order("SO-1", customer="New", quantity=1000.0, item="B")
	assert check([large], weekly(3))[0] == {}
	assert check([large], weekly(20))[0] == {"SO-1": ["cust.new_large"]}


# -- the demo's orders -------------------------------------------------------------------------------------------------------


def test_the_demo_is_the_same_each_time_and_most_of_its_mistakes_are_found():
	new, before = check_demo.orders(book.DEMO_TODAY)
	assert (len(new), len(before)) == (check_demo.NEW, check_demo.HISTORY)
	assert check_demo.orders(book.DEMO_TODAY) == (new, before)
	checked = check_book(new, before, DEFAULT_RULES, book.DEMO_TODAY, check_command.calendar(book.DEMO_TODAY))
	kinds = {finding.rule.detector for _facts, finding in checked.findings}
	assert {"price.slip", "price.swap", "price.low", "qty.outlier", "dup.order", "credit.limit"} <= kinds
	assert {"stock.short", "date.impossible", "margin.negative", "credit.overdue"} <= kinds
	odd = sum(bool(o.findings) for o in checked.orders)
	assert 40 <= odd <= 80  # 48 have mistakes put in, some customers are overdue
