"""What the clock starts. The module's name is unique on a bench: Frappe names a job by its last two parts."""

from crm_o2c.services import boosts, context, reference, runs


def first_run() -> None:
	"""After the installation: measure what is usual, then rank the open orders that are there."""
	nightly()
	runs.start(started_by="Schedule")


def hourly() -> None:
	"""Time alone changes scores: promises come nearer, boosts expire, and events may have been missed."""
	boosts.end_expired()
	runs.start(started_by="Schedule")


def nightly() -> None:
	"""Measure what is usual; the next run uses it where it has really moved."""
	reference.measure_all()
	context.forget()


def resume_runs() -> None:
	runs.resume()
