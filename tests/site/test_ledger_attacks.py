"""What a ledger must bear: workers at the same moment, odd names, documents that are renamed or change sides, parts that fail."""

import threading

import ledger_book as book
import pytest
from at_once import at_once

import frappe

from crm_o2c.services import events, ledger

import factories as make


@pytest.mark.commits
def test_two_workers_begin_the_same_history(committed, jobs, monkeypatch):
	order = committed(make.sales_order(submit=False))
	jobs.clear()
	frappe.db.commit()
	both_have_read, real = threading.Barrier(2), events.Writer.store
	monkeypatch.setattr(events.Writer, "store", lambda writer: _once(writer, both_have_read, real))
	told = lambda: ledger.record_documents([("Sales Order", order.name)])  # noqa: E731
	assert at_once(told, told) == ["done", "done"]
	assert [row.number for row in book.rows(order)] == [1, 2]
	assert book.history(order, "status") == ["Draft"]


def _once(writer, barrier, real):
	"""Each worker waits once for the other, before it writes."""
	if not getattr(frappe.local, "o2c_waited", False):
		frappe.local.o2c_waited = True
		barrier.wait(20)
	real(writer)
