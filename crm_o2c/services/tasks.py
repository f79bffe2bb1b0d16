"""The one way in which the app starts background work."""

from collections.abc import Callable
from typing import Any

import frappe

TIMEOUTS = {"short": 300, "default": 300, "long": 1500}


def enqueue(method: Callable, *, key: str, queue: str = "default", **kwargs: Any) -> None:
	"""Run `method(**kwargs)` in a worker after this transaction commits, once while `key` is waiting or running.

	The same may still be queued twice at the same moment, so the work itself must bear being done twice.
	"""
	job_id = f"o2c::{method.__name__}::{key}"
	frappe.db.after_commit.add(lambda: enqueue_committed(method, queue, job_id=job_id, deduplicate=True, **kwargs))


def enqueue_committed(method: str | Callable, queue: str = "short", **kwargs: Any) -> None:
	"""Run a function, or that of a dotted path, in a worker, from a callback after the commit. Where Redis can't take it nobody is
	stopped: what the user did is saved, and the next run over the book does the same work."""
	try:
		frappe.enqueue(method, queue=queue, timeout=TIMEOUTS[queue], **kwargs)
	except Exception:
		frappe.logger("crm_o2c").exception(f"{method} could not be queued; the next run will do it")
