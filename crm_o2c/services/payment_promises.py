"""Promises to pay: whether customers kept them, found from the ledger of payments.

A payment counts once. A promise takes what was paid from the day it was given until the day it was for, the earliest
promise first; one for an invoice takes what was paid on that invoice, one for a sum anything. A promise for an invoice is
kept too where nothing of the invoice was open on the day, however that came about.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe.query_builder.functions import Min, Sum
from frappe.utils import add_days, flt, getdate

PROMISE = "O2C Payment Promise"
OPEN, KEPT, BROKEN, WITHDRAWN = "Open", "Kept", "Broken", "Withdrawn"
LATE_BOOKINGS = 30  # days in which a payment that is booked late, or cancelled, still changes what was found
NOTHING = 0.005  # below it no money is owed
READ = ("name", "customer", "company", "sales_invoice", "amount", "promised_on", "promised_for", "status", "received")


@dataclass(slots=True)
class Payment:
	"""What one Payment Entry paid on one voucher; `left` is what no promise has taken yet."""

	paid_on: date
	voucher: str
	left: float


def settle(today: date | None = None, customers: Sequence[str] | None = None) -> dict[str, int]:
	"""Find which promises were kept and which were broken, of all customers or of these. Returns how many became what.

	The same ledger and day find the same, so it may run at any time and as often as one likes.
	"""
	today = today or getdate()
	promises = _promises(today, customers)
	if not promises:
		return {}
	payments, open_on = _payments(promises), _invoices({p.sales_invoice for p in promises if p.sales_invoice})
	changes: dict[str, dict[str, Any]] = {}
	for promise in promises:
		received = _take(promise, payments[promise.company, promise.customer])
		found = _outcome(promise, received, open_on.get(promise.sales_invoice or "", ()), today)
		if (found, flt(received, 2)) != (promise.status, flt(promise.received, 2)):
			settled = None if found == OPEN else today
			changes[promise.name] = {"status": found, "received": received, "settled_on": settled}
	frappe.db.bulk_update(PROMISE, changes)
	became = [change["status"] for change in changes.values()]
	return {status: became.count(status) for status in sorted(set(became))}


def _promises(today: date, customers: Sequence[str] | None) -> list[frappe._dict]:
	"""Promises to look at, the earliest first: those that are open or were due lately, and what shares payments with them."""
	promise = frappe.qb.DocType(PROMISE)
	of_these = promise.customer.isin(customers) if customers else promise.name.isnotnull()
	recent = (promise.status == OPEN) | (promise.promised_for >= add_days(today, -LATE_BOOKINGS))
	since = (
		frappe.qb.from_(promise)
		.select(Min(promise.promised_on))
		.where((promise.status != WITHDRAWN) & recent & of_these)
	).run()[0][0]
	if since is None:
		return []
	return (
		frappe.qb.from_(promise)
		.select(*READ)
		.where((promise.status != WITHDRAWN) & (promise.promised_for >= since) & of_these)
		.orderby(promise.promised_for, promise.promised_on, promise.creation, promise.name)
	).run(as_dict=True)


def _payments(promises: Sequence[frappe._dict]) -> dict[tuple[str, str], list[Payment]]:
	"""What the customers of these promises paid, by company and customer, the earliest first."""
	ledger = frappe.qb.DocType("Payment Ledger Entry")
	rows = (
		frappe.qb.from_(ledger)
		.select(
			ledger.company,
			ledger.party,
			ledger.voucher_no,
			ledger.against_voucher_no,
			Min(ledger.posting_date).as_("paid_on"),
			Sum(ledger.amount).as_("amount"),
		)
		.where((ledger.voucher_type == "Payment Entry") & (ledger.party_type == "Customer") & (ledger.delinked == 0))
		.where(ledger.party.isin({p.customer for p in promises}) & ledger.company.isin({p.company for p in promises}))
		.where(ledger.posting_date >= min(p.promised_on for p in promises))
		.groupby(ledger.company, ledger.party, ledger.voucher_no, ledger.against_voucher_no)
		.orderby(Min(ledger.posting_date), ledger.voucher_no, ledger.against_voucher_no)
	).run(as_dict=True)
	# an advance is on the ledger once more where it is allocated, on another day
	days: dict[str, date] = {}
	for row in rows:
		days[row.voucher_no] = min(days.get(row.voucher_no, row.paid_on), row.paid_on)
	found: dict[tuple[str, str], list[Payment]] = defaultdict(list)
	for row in rows:
		if row.amount < -NOTHING:
			payment = Payment(days[row.voucher_no], row.against_voucher_no, -row.amount)
			found[row.company, row.party].append(payment)
	return found


def _invoices(names: Iterable[str]) -> dict[str, list[tuple[date, float]]]:
	"""For each invoice the days on which its open amount changed, and by how much."""
	names = list(names)
	if not names:
		return {}
	ledger = frappe.qb.DocType("Payment Ledger Entry")
	rows = (
		frappe.qb.from_(ledger)
		.select(ledger.against_voucher_no, ledger.posting_date, Sum(ledger.amount))
		.where((ledger.against_voucher_type == "Sales Invoice") & ledger.against_voucher_no.isin(names))
		.where(ledger.delinked == 0)
		.groupby(ledger.against_voucher_no, ledger.posting_date)
	).run()
	found: dict[str, list[tuple[date, float]]] = defaultdict(list)
	for invoice, day, amount in rows:
		found[invoice].append((day, amount))
	return found


def _take(promise: frappe._dict, payments: Sequence[Payment]) -> float:
	"""What was paid for a promise, taken from the payments so that no other promise counts it."""
	taken = 0.0
	for payment in payments:
		fits = promise.promised_on <= payment.paid_on <= promise.promised_for
		if fits and (not promise.sales_invoice or payment.voucher == promise.sales_invoice):
			part = min(payment.left, promise.amount - taken)
			payment.left -= part
			taken += part
	return taken


def _outcome(promise: frappe._dict, received: float, changes: Iterable[tuple[date, float]], today: date) -> str:
	if received >= promise.amount - NOTHING:
		return KEPT
	known = [amount for day, amount in changes if day <= promise.promised_for]
	if known and sum(known) < NOTHING and promise.promised_for <= today:
		return KEPT
	return BROKEN if promise.promised_for < today else OPEN
