"""Keeps a failure of ours away from the user's document: it is logged, shown on O2C Settings, and the document saves."""

from collections.abc import Callable
from functools import wraps
from traceback import format_exception
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Max
from frappe.utils import add_days, now_datetime

from crm_o2c.exceptions import OrderBlocked

TITLE = "CRM O2C: "
# What is meant for the user, or what the database has undone or let wait too long: it must not pass in silence.
LET_THROUGH = (frappe.QueryDeadlockError, frappe.QueryTimeoutError, OrderBlocked)


def never_stops_saving(event: Callable[..., None]) -> Callable[..., None]:
	"""For document events. Let through are a rule that refuses the order, and locks: a deadlock has undone the transaction."""

	@wraps(event)
	def guarded(doc: Document, *args: Any) -> None:
		shown = len(frappe.local.message_log)
		try:
			event(doc, *args)
		except LET_THROUGH:
			raise
		except Exception:
			del frappe.local.message_log[shown:]  # nothing that the user did has failed
			title = f"{TITLE}{event.__name__} of {doc.doctype} failed"
			frappe.log_error(title=title[:140], reference_doctype=doc.doctype, reference_name=doc.name)

	return guarded


def log_once(what: str, problem: Exception, order: str) -> None:
	"""Log a failure that may come with every order of a run: once in each request or job."""
	logged = frappe.flags.setdefault("o2c_logged", set())
	if what not in logged:
		logged.add(what)
		text = "".join(format_exception(problem))
		frappe.log_error((TITLE + what)[:140], text, reference_doctype="Sales Order", reference_name=order)


def recent_failures(days: int = 7) -> list[dict[str, Any]]:
	"""Our logged failures of the last days, newest first, grouped by title: title, count, last time."""
	log = frappe.qb.DocType("Error Log")
	return (
		frappe.qb.from_(log)
		.select(log.method.as_("title"), Count("*").as_("count"), Max(log.creation).as_("last"))
		.where(log.method.like(f"{TITLE}%") & (log.creation > add_days(now_datetime(), -days)))
		.groupby(log.method)
		.orderby(Max(log.creation), order=frappe.qb.desc)
	).run(as_dict=True)
