"""What the clock starts. The module's name is unique on a bench: Frappe names a job by its last two parts."""

from collections.abc import Callable

import frappe
from frappe.utils import add_to_date, getdate, now_datetime

from crm_o2c.services import (
	boosts,
	check_context,
	check_runs,
	consistency,
	context,
	delivery_promises,
	handoff_sweep,
	ledger_runs,
	ledger_sweep,
	patterns,
	payment_promises,
	promise_runs,
	recheck,
	reference,
	runs,
	tasks,
	tracking_alerts,
	tracking_poll,
)
from crm_o2c.services.chunks import log_failure

OVERLAP_HOURS = 2  # what changed since the last hour, and some more: learning again changes nothing


def first_run() -> None:
	"""After the installation: measure and learn what is usual, then rank and check the open orders that are there."""
	nightly()
	runs.start(started_by="Schedule")


def hourly() -> None:
	"""Time alone changes scores: promises come nearer, boosts expire, and events may have been missed."""
	boosts.end_expired()
	patterns.learn(*patterns.touched_since(add_to_date(now_datetime(), hours=-OVERLAP_HOURS)))
	runs.start(started_by="Schedule")
	tasks.enqueue(tracking_poll.start, key="tracking", queue="long")
	tasks.enqueue(tracking_alerts.look, key="all", queue="long")


def nightly() -> None:
	"""Measure and learn what is usual, settle promises, and look at the whole book and ledger: a new day changes what is late."""
	_each_by_itself(
		reference.measure_all,
		context.forget,
		patterns.learn_all,
		lambda: payment_promises.settle(getdate()),
		check_context.forget,
		delivery_promises.count_late_days,
		lambda: ledger_runs.start(started_by="Schedule"),
		lambda: check_runs.start(started_by="Schedule"),
		lambda: promise_runs.start(started_by="Schedule"),
		consistency.start,
	)


def every_few_minutes() -> None:
	"""What waits for a condition is looked at again, should an event have been lost; broken-off runs go on."""
	_each_by_itself(
		_ledger,
		lambda: tasks.enqueue(delivery_promises.sweep, key="promises", queue="long"),
		lambda: tasks.enqueue(handoff_sweep.sweep, key="handoffs", queue="long"),
		promise_runs.resume,
		recheck.sweep,
		runs.resume,
		check_runs.resume,
	)


def _ledger() -> None:
	if ledger_runs.is_filled():
		tasks.enqueue(ledger_sweep.sweep, key="sweep", queue="long")
		ledger_runs.resume()
	else:  # the app is new here, or came before the ledger
		ledger_runs.start(started_by="Schedule")


def _each_by_itself(*steps: Callable[[], object]) -> None:
	"""A step that fails is logged and takes no other along."""
	for step in steps:
		try:
			step()
			frappe.db.commit()  # each step is complete in itself  # nosemgrep
		except Exception:
			frappe.db.rollback()  # what the step has left half done  # nosemgrep
			log_failure("a scheduled step failed", "O2C Settings", "O2C Settings")
