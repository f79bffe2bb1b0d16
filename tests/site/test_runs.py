"""Runs over the book: shared by workers, resumed where one was killed, and in nobody's way."""

import json

import book
import pytest

import frappe
from erpnext.selling.doctype.sales_order.sales_order import update_status
from frappe.utils import add_days, now_datetime

from crm_o2c.crm_o2c.doctype.o2c_run_log.o2c_run_log import O2CRunLog
from crm_o2c.engine.policy import BANDS
from crm_o2c.services import chunks as run_chunks
from crm_o2c.services import context, order_book, order_loader, priority, runs, shadow

import factories as make


@pytest.fixture(autouse=True)
def empty_log():
	"""Frappe keeps its Error Log outside of transactions."""
	clear = frappe.qb.from_("Error Log").delete()
	clear.run()
	yield
	clear.run()


CHUNKS = ("company", "status", "orders", "changed", "bands", "errors", "error")


@pytest.fixture
def small_chunks(monkeypatch):
	"""Two orders a chunk."""
	monkeypatch.setattr(runs, "order_ranges", lambda company, size: order_book.order_ranges(company, 2))


def orders(count: int, remember=lambda doc: doc) -> list[str]:
	"""Open orders; `remember` is `committed` where they are to last."""
	buyer, goods = remember(make.customer()), remember(make.item())
	lines = [{"item_code": goods.name}]
	return [remember(make.sales_order(buyer, lines=lines, days=n + 1)).name for n in range(count)]


def forget_scores(names=None) -> None:
	frappe.db.delete("O2C Order Score", {"name": ("in", names)} if names else {})
	frappe.db.sql("update `tabSales Order` set o2c_priority_band = ''")


def chunks(run: str) -> list[frappe._dict]:
	return frappe.get_all("O2C Run Chunk", {"parent": run}, CHUNKS, order_by="idx asc")


def log(run: str):
	return frappe.get_doc("O2C Run Log", run)


# -- what a run does -----------------------------------------------------------------------------------------------------------


def test_a_run_scores_the_book_in_chunks_and_sums_up(jobs, small_chunks):
	names = orders(5)
	kept = {name: book.score(name) for name in names}
	forget_scores()
	run = runs.start()
	assert [chunk.status for chunk in chunks(run)] == ["Pending"] * 3
	jobs.run()
	done = log(run)
	assert {name: book.score(name) for name in names} == kept
	assert all(book.band(name) == kept[name].band for name in names)
	assert (done.status, done.orders, done.changed, done.bands, done.errors) == ("Completed", 5, 5, 5, 0)
	assert [chunk.orders for chunk in chunks(run)] == [2, 2, 1]
	assert done.active_run is None and done.finished_at and done.app_version


def test_a_second_run_finds_nothing_to_do(jobs, small_chunks, queries):
	orders(3)
	runs.start()
	jobs.run()
	run = runs.start()
	del queries[:]
	jobs.run()
	done = log(run)
	assert (done.orders, done.changed, done.bands) == (3, 0, 0)
	written = [q.lower() for q in queries if q.lower().startswith(("insert", "update", "delete"))]
	assert not [query for query in written if "order score" in query or "`tabsales order`" in query]


def test_names_of_any_case_are_all_in_the_ranges(jobs, small_chunks):
	order = make.sales_order(submit=False)
	names = {order.name}
	for name in ("a-1", "B-1", "c-1", "D-1", "ö-1", "e_1"):
		names.add(frappe.copy_doc(order).insert(set_name=name).name)
	for name in names:
		frappe.get_doc("Sales Order", name).submit()
	forget_scores()
	jobs.clear()
	run = runs.start()
	jobs.run()
	assert {name for name in names if book.score(name)} == names
	assert log(run).orders == len(names)


def test_orders_that_are_done_leave_with_the_run(jobs):
	closed, gone = orders(2)
	jobs.clear()
	frappe.db.set_value("Sales Order", closed, "status", "Closed")  # by SQL, as ERPNext does it at times
	frappe.db.delete("Sales Order", {"name": gone})
	run = runs.start()
	jobs.run()
	assert book.score(closed) is book.score(gone) is None
	assert book.band(closed) == ""
	assert log(run).removed >= 2


def test_an_empty_book_is_a_run_too(jobs):
	run = runs.start()
	jobs.run()
	assert (log(run).status, log(run).orders) == ("Completed", 0)


# -- one at a time -----------------------------------------------------------------------------------------------------------------


def test_one_run_at_a_time_and_a_change_is_followed_by_another(jobs):
	orders(1)
	run = runs.start()
	assert runs.start("Schedule") == run
	jobs.run()
	assert frappe.db.count("O2C Run Log", {"creation": (">=", log(run).creation)}) == 1
	run = runs.start()
	assert runs.start("Policy") == run
	jobs.run()
	follower = frappe.get_last_doc("O2C Run Log")
	assert follower.name != run
	assert (log(run).status, follower.status) == ("Completed", "Completed")


def test_two_runs_can_never_be_active(jobs):
	runs.start()
	with pytest.raises(frappe.UniqueValidationError):
		run_chunks.create(runs._kind(), "Hand")


@pytest.mark.commits
def test_two_starts_at_once_make_one_run(jobs, committed):
	with book.somebody_else() as other:
		first = runs.start()
		mine = frappe.local.db
		assert mine is other
		other.commit()
	frappe.db.rollback()
	second = runs.start()
	frappe.db.commit()
	committed(log(first))
	assert first == second
	frappe.db.set_value("O2C Run Log", first, "active_run", None)
	frappe.db.commit()


# -- killed, failing, and shared workers -----------------------------------------------------------------------------------------------


def test_a_killed_worker_leaves_its_chunk_to_the_next(jobs, small_chunks, monkeypatch):
	names = orders(4)
	forget_scores()
	run = runs.start()
	with monkeypatch.context() as killed:

		def die(*args):
			raise SystemExit

		killed.setattr(shadow.Comparison, "compare", die)
		frappe.db.savepoint("worker")
		with pytest.raises(SystemExit):
			runs.work(run)
		frappe.db.rollback(save_point="worker")  # what the database does when the worker's connection is gone
	assert [chunk.status for chunk in chunks(run)] == ["Pending", "Pending"]
	assert not any(book.score(name) for name in names)
	jobs.clear()
	runs.resume()
	assert jobs.names().count("crm_o2c.services.runs.work") == 2
	jobs.run()
	assert log(run).status == "Completed"
	assert all(book.score(name) for name in names)


def test_one_bad_order_is_logged_and_the_rest_go_on(jobs, small_chunks, monkeypatch):
	names = orders(4)
	forget_scores()
	bad = names[1]
	real = context.PriorityScorer.decide

	def decide(self, facts):
		if facts.order == bad:
			raise ValueError("odd order")
		return real(self, facts)

	monkeypatch.setattr(context.PriorityScorer, "decide", decide)
	run = runs.start()
	jobs.run()
	assert [bool(book.score(name)) for name in names] == [True, False, True, True]
	done = log(run)
	assert (done.status, done.errors, done.orders) == ("Completed with Errors", 1, 3)
	assert f"{bad}: odd order" in chunks(run)[0].error
	assert frappe.db.exists("Error Log", {"method": "CRM O2C: priority scoring failed", "reference_name": bad})


def test_an_order_that_can_not_be_loaded_costs_only_itself(jobs, small_chunks, monkeypatch):
	names = orders(4)
	forget_scores()
	real = order_loader.OrderLoader._order

	def order(self, row, *rest):
		if row[0] == names[2]:
			raise ValueError("odd row")
		return real(self, row, *rest)

	monkeypatch.setattr(order_loader.OrderLoader, "_order", order)
	run = runs.start()
	jobs.run()
	assert [bool(book.score(name)) for name in names] == [True, True, False, True]
	assert log(run).status == "Completed with Errors"


@pytest.mark.parametrize("what", ["context", "loader"])
def test_a_run_ends_even_where_everything_fails(jobs, small_chunks, monkeypatch, what):
	orders(3)
	jobs.clear()

	def broken(*args, **kwargs):
		raise ValueError("out of order")

	run = runs.start()
	if what == "context":
		monkeypatch.setattr(runs, "OrderLoader", broken)
	else:
		monkeypatch.setattr(order_loader.OrderLoader, "_orders", broken)
	jobs.run()
	assert log(run).status == "Completed with Errors"
	assert log(run).active_run is None
	assert "out of order" in chunks(run)[0].error


def test_a_run_ends_where_the_policy_went_meanwhile(jobs):
	name = orders(1)[0]
	run = runs.start()
	frappe.db.set_value("O2C Priority Policy", book.STANDARD, {"status": "Retired", "active_scope": None})
	context.forget()
	jobs.run()
	assert log(run).status == "Completed"
	assert (book.score(name), book.band(name)) == (None, "")


def test_a_policy_in_shadow_that_fails_costs_the_run_nothing(jobs, monkeypatch):
	name = orders(1)[0]
	forget_scores()

	def broken(*args):
		raise ValueError("out of order")

	monkeypatch.setattr(shadow, "shadow_context", broken)
	run = runs.start()
	jobs.run()
	assert (log(run).status, log(run).orders) == ("Completed", 1)
	assert book.score(name)


def test_failures_that_are_all_alike_do_not_fill_the_log(jobs, monkeypatch):
	orders(4)
	jobs.clear()
	monkeypatch.setattr(runs, "MOST_LOGGED", 2)

	def broken(*args):
		raise ValueError("out of order")

	monkeypatch.setattr(order_loader.OrderLoader, "_orders", broken)
	run = runs.start()
	jobs.run()
	assert frappe.db.count("Error Log", {"method": "CRM O2C: priority scoring failed"}) == 2
	assert log(run).errors == 4


@pytest.mark.commits
def test_two_workers_never_do_the_same_chunk(jobs, committed, small_chunks):
	orders(4, committed)
	run = runs.start()
	frappe.db.commit()
	committed(log(run))
	book.impatient()
	mine = run_chunks.take(run)
	with book.somebody_else():
		book.impatient()
		theirs = run_chunks.take(run)
		assert theirs and theirs.name != mine.name
		frappe.local.db.rollback()
	frappe.db.rollback()
	runs.work(run)
	frappe.db.commit()
	assert {chunk.status for chunk in chunks(run)} == {"Done"}


@pytest.mark.commits
def test_a_run_waits_for_nobody(jobs, committed):
	names = orders(3, committed)
	jobs.clear()
	forget_scores(names)
	run = runs.start()
	frappe.db.commit()
	committed(log(run))
	with book.held_by_somebody_else("Sales Order", names[0]):
		book.impatient()
		runs.work(run)
		frappe.db.commit()
	assert [bool(book.band(name)) for name in names] == [False, True, True]
	assert all(book.score(name) for name in names)
	priority.rescore_orders(names)
	frappe.db.commit()
	assert book.band(names[0]) == book.score(names[0]).band
	frappe.db.sql("update `tabO2C Order Score` set digest = 'old', points = 0 where name in %s", [names])
	frappe.db.commit()
	with book.held_by_somebody_else("O2C Order Score", names[1]):
		priority.rescore_orders(names)
		frappe.db.commit()
	assert [book.score(name).points == 0 for name in names] == [False, True, False]


@pytest.mark.commits
@pytest.mark.parametrize("held", ["Sales Order", "O2C Order Score"])
def test_taking_done_orders_out_waits_for_nobody(jobs, committed, held):
	names = orders(2, committed)
	frappe.db.set_value("Sales Order", {"name": ("in", names)}, "status", "Closed")
	frappe.db.commit()
	run = runs.start()
	frappe.db.commit()
	committed(log(run))
	try:
		with book.held_by_somebody_else(held, names[0]):
			book.impatient()
			runs.work(run)
			frappe.db.commit()
			assert book.score(names[1]) is None
		again = runs.start()
		runs.work(again)
		frappe.db.commit()
		committed(log(again))
		assert (book.score(names[0]), book.band(names[0])) == (None, "")
	finally:  # a closed order can't be cancelled
		frappe.db.rollback()
		frappe.db.set_value("O2C Run Log", run, "active_run", None)
		frappe.db.set_value("Sales Order", {"name": ("in", names)}, "status", "To Deliver and Bill")
		frappe.db.commit()


# -- shadow and logs ---------------------------------------------------------------------------------------------------------------------


def test_a_policy_in_shadow_is_counted_and_changes_nothing(jobs):
	names = orders(3)
	before = [book.score(name) for name in names]
	strict = book.policy(active=False, midpoint=-500)
	strict.start_shadow()
	runs.start()
	jobs.run()
	strict.reload()
	lifted = sum(row.band != BANDS[0] for row in before)
	assert (strict.shadow_orders, strict.shadow_up, strict.shadow_down) == (3, lifted, 0)
	assert lifted
	assert [book.score(name) for name in names] == before


def test_old_runs_are_cleared_with_their_chunks(jobs):
	orders(1)
	run = runs.start()
	jobs.run()
	frappe.db.set_value("O2C Run Log", run, "creation", add_days(now_datetime(), -40), update_modified=False)
	O2CRunLog.clear_old_logs(30)
	assert not frappe.db.exists("O2C Run Log", run)
	assert chunks(run) == []


def test_held_orders_are_counted_as_open(jobs):
	name = orders(1)[0]
	update_status("On Hold", name)
	run = runs.start()
	jobs.run()
	assert log(run).orders == 1
	assert json.loads(book.score(name).facts)[11] is True
