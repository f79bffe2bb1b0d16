"""Has the app rank the book as its jobs would, and says whether all of it is ranked."""

import frappe


def is_installed() -> bool:
	return "crm_o2c" in frappe.get_installed_apps()


def rank() -> None:
	"""Measure what is usual, then score the book; a run that somebody left unfinished is worked off first.

	Where the book is gone, this takes out what is left of it.
	"""
	from crm_o2c.services import reference, runs, tasks

	tasks.enqueue = lambda *_a, **_k: None  # this process is the worker
	for run in frappe.get_all("O2C Run Log", {"active_run": ("is", "set")}, pluck="name", order_by="creation asc"):
		runs.work(run)
	reference.measure_all()
	run = runs.start()
	frappe.db.commit()
	runs.work(run)
	frappe.db.commit()


def unranked() -> int:
	"""Open orders without a score, and scores without an order."""
	open_orders = """select count(*) from `tabSales Order` o left join `tabO2C Order Score` s on s.name = o.name
		where o.docstatus = 1 and o.status not in ('Closed', 'Completed') and s.name is null"""
	scores = """select count(*) from `tabO2C Order Score` s left join `tabSales Order` o on o.name = s.name
		where o.name is null"""
	return frappe.db.sql(open_orders)[0][0] + frappe.db.sql(scores)[0][0]
