"""The one way in which the app starts background work."""

from collections.abc import Callable
from typing import Any

import frappe

TIMEOUTS = {"short": 300, "default": 300, "long": 1500}


def enqueue(method: Callable, *, key: str, queue: str = "default", **kwargs: Any) -> None:
	"""Run `method(**kwargs)` in a worker after this transaction commits, once while `key` is waiting or running.

	The key is looked up when this is called and not at the commit, so the work itself must bear being done twice.
	"""
	frappe.enqueue(
		method,
		queue=queue,
		timeout=TIMEOUTS[queue],
		job_id=f"o2c::{method.__name__}::{key}",
		deduplicate=True,
		enqueue_after_commit=True,
		**kwargs,
	)


def enqueue_committed(method: str, **kwargs: Any) -> None:
	"""Run the function of this dotted path in a worker, from a callback after the commit. Where Redis can't take it nobody is stopped:
	the next run over the book does the same work."""
	try:
		frappe.enqueue(method, queue="short", timeout=TIMEOUTS["short"], **kwargs)
	except Exception:
		frappe.logger("crm_o2c").exception(f"{method} could not be queued; the next run will do it")
