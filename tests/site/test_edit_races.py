"""An order that is changed at the moment another one is submitted, checked or released: sums, holds and marks agree afterwards."""

import os
import threading

import pytest
from test_races import PATIENCE, lasting_rules, submit_at_once  # noqa: F401

import frappe

from crm_o2c.services import check_loader, checks, credit, recheck
from crm_o2c.services.check_book import Book

import factories as make
import rule_book
from rule_book import holds, is_held


def in_threads(*works) -> list[str]:
	"""Do these at once, each with a connection of its own; what became of each."""
	barrier, found = threading.Barrier(len(works)), {}
	site, path = frappe.local.site, os.getcwd()

	def run(number, work):
		frappe.init(site=site, sites_path=path)
		frappe.connect()
		frappe.flags.in_test = frappe.flags.mute_emails = True
		try:
			work(lambda: barrier.wait(PATIENCE))
			frappe.db.commit()
			found[number] = "done"
		except Exception as e:
			found[number] = type(e).__name__
			frappe.db.rollback()
		finally:
			frappe.destroy()

	threads = [threading.Thread(target=run, args=(number, work)) for number, work in enumerate(works)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join(PATIENCE)
	frappe.db.rollback()
	return [found.get(number) for number in range(len(works))]


def see() -> None:
	"""The transaction's view of the data begins here."""
	frappe.get_all("Sales Order", limit=1, order_by="name asc")


def update_qty(order: str, qty: float) -> None:
	from erpnext.controllers.accounts_controller import update_child_qty_rate

	row = frappe.get_doc("Sales Order", order).items[0]
	values = {"docname": row.name, "item_code": row.item_code, "qty": qty, "rate": row.rate, "conversion_factor": 1}
	update_child_qty_rate("Sales Order", frappe.as_json([values]), order)


@pytest.fixture
def two_orders(lasting_rules, committed):  # noqa: F811
	"""One submitted and small, one a draft, of a customer with a limit that their sum does not pass."""
	lasting_rules("Over credit", "credit.limit", action="Hold")
	limit = [{"company": make.COMPANY, "credit_limit": 1000}]
	buyer, goods = committed(make.customer(credit_limits=limit)), committed(make.item())
	committed(make.receipt(goods.name, 100))
	first, second = (
		committed(make.sales_order(buyer, lines=[{"item_code": goods.name, "qty": qty}], submit=qty == 1))
		for qty in (1, 5)
	)
	frappe.db.commit()
	return first.name, second.name


def agree(*orders: str) -> None:
	for order in orders:
		assert is_held(order) == any(hold.status == "Held" for hold in holds(order))


@pytest.mark.commits
@pytest.mark.parametrize("later", [0, 1])
def test_an_order_that_grows_and_another_one_do_not_both_get_the_line(later, two_orders, jobs):
	"""Whoever comes second began to read before the first was done."""
	first, second = two_orders
	done = threading.Event()

	def grow(ready):
		see()
		ready()
		done.wait(PATIENCE) if later == 0 else None
		update_qty(first, 8)
		frappe.db.commit()
		done.set()

	def submit(ready):
		see()
		ready()
		done.wait(PATIENCE) if later == 1 else None
		frappe.get_doc("Sales Order", second).submit()
		frappe.db.commit()
		done.set()

	assert in_threads(grow, submit) == ["done", "done"]
	assert [is_held(first), is_held(second)].count(True) == 1
	assert is_held((first, second)[later])
	agree(first, second)


@pytest.mark.commits
@pytest.mark.parametrize("attempt", range(4))
def test_edit_check_and_release_at_once_leave_mark_and_holds_agreeing(attempt, two_orders, jobs):
	first, second = two_orders
	update_qty(first, 15)
	frappe.db.commit()
	assert is_held(first)
	name = holds(first)[0].name

	def edit(ready):
		see()
		ready()
		update_qty(first, 12)

	def check(ready):
		see()
		ready()
		recheck.recheck_orders([first, second])

	def release(ready):
		from crm_o2c.services import decisions

		see()
		ready()
		decisions.release(name, "agreed", None)

	found = in_threads(edit, check, release)
	assert set(found) <= {"done", "TimestampMismatchError", "QueryDeadlockError", "ReleaseError"}, found
	recheck.sweep()
	agree(first, second)
	assert [hold.status for hold in holds(first)].count("Held") <= 1


@pytest.mark.commits
def test_a_job_done_twice_at_once_does_its_work_once(two_orders, jobs):
	first, second = two_orders
	update_qty(first, 15)
	frappe.db.commit()
	frappe.db.set_value("Customer Credit Limit", {"company": make.COMPANY, "credit_limit": 1000}, "credit_limit", 9000)
	frappe.db.commit()

	def check(ready):
		see()
		ready()
		recheck.recheck_orders([first, second])

	assert in_threads(check, check) == ["done", "done"]
	agree(first, second)
	assert [(hold.status, hold.released_how) for hold in holds(first)] == [("Released", "Condition Met")]


@pytest.mark.commits
def test_a_worker_that_is_killed_leaves_the_hold_to_the_next(two_orders, jobs, monkeypatch):
	first, _second = two_orders
	update_qty(first, 15)
	frappe.db.commit()
	frappe.db.set_value("Customer Credit Limit", {"company": make.COMPANY, "credit_limit": 1000}, "credit_limit", 9000)
	frappe.db.commit()

	class Killed(BaseException):
		pass

	def kill(*_args, **_kwargs):
		raise Killed

	with monkeypatch.context() as patch:
		patch.setattr(checks.holds, "mark_if_free", kill)
		with pytest.raises(Killed):
			recheck.recheck_orders([first])
	frappe.db.rollback()
	agree(first)
	assert is_held(first)
	recheck.sweep()
	assert not is_held(first)
	frappe.db.commit()


def test_a_run_over_the_book_leaves_releases_to_a_check_of_their_own(jobs):
	"""It read the customer's sums when it began: who ordered since is not in them."""
	rule_book.retire_all()
	rule_book.rule("Over credit", "credit.limit", action="Hold")
	buyer = make.customer(credit_limits=[{"company": make.COMPANY, "credit_limit": 1000}])
	goods = make.item(stock=100).name
	held = make.sales_order(buyer, lines=[{"item_code": goods, "qty": 12}])
	jobs.clear()
	frappe.db.set_value("Customer Credit Limit", {"parent": buyer.name}, "credit_limit", 1300)
	book = Book(make.COMPANY)
	book.check(check_loader.named([held.name]))
	late = make.sales_order(buyer, lines=[{"item_code": goods, "qty": 2}])
	assert is_held(held) and is_held(late)
	book.check(check_loader.named([held.name, late.name]))
	assert is_held(held) and is_held(late)
	jobs.run()
	assert (is_held(held), is_held(late)) == (False, True)


def test_a_line_is_held_under_the_new_name_of_a_customer(jobs):
	buyer = make.customer()
	for _ in range(2):
		credit.hold(make.COMPANY, buyer.name)
	assert credit.draw(make.COMPANY, buyer.name, "SO-1", 5, frappe.utils.now()) == {}
	assert credit.draw(make.COMPANY, buyer.name, "SO-2", 5, frappe.utils.now())["SO-1"].amount == 5


def test_lines_of_an_older_version_are_understood(monkeypatch):
	drawn = {"SO-1": credit.Drawn(100.0), "SO-2": credit.Drawn(50.0, "2026-01-01 00:00:00.000000")}
	assert credit.not_in_sums(drawn) == {"SO-1": 100.0, "SO-2": 50.0}
