"""What the clock starts. The module's name is unique on a bench: Frappe names a job by its last two parts."""

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
	"""Measure and learn what is usual, settle promises to pay, and check the whole book: a new day changes what is late."""
	reference.measure_all()
	context.forget()
	patterns.learn_all()
	payment_promises.settle(getdate())
	check_context.forget()
	check_runs.start(started_by="Schedule")
	delivery_promises.count_late_days()
	promise_runs.start(started_by="Schedule")
	consistency.start()
	ledger_runs.start(started_by="Schedule")


def every_few_minutes() -> None:
	"""What waits for a condition is looked at again, should an event have been lost; broken-off runs go on."""
	tasks.enqueue(ledger_sweep.sweep, key="sweep", queue="long")
	tasks.enqueue(delivery_promises.sweep, key="promises", queue="long")
	promise_runs.resume()
	ledger_runs.resume()
	tasks.enqueue(handoff_sweep.sweep, key="handoffs", queue="long")
	recheck.sweep()
	runs.resume()
	check_runs.resume()
