"""The nightly check that orders, deliveries, invoices and payments agree; each finding leads to where it is fixed."""

from collections.abc import Sequence
from datetime import date

import frappe
from frappe import _
from frappe.utils import getdate

from crm_o2c.exceptions import FindingError
from crm_o2c.services import finding_queries as queries
from crm_o2c.services import finding_rows, tasks
from crm_o2c.services.chunks import log_failure
from crm_o2c.services.finding_queries import Found, Limits
from crm_o2c.services.typed_text import cleaned

LONG_AGO = 4  # times the days after which a delivery should be billed
SEVERITIES = {
	queries.RATES: "Medium",
	queries.UNBILLED: "Medium",
	queries.OVERBILLED: "High",
	queries.UNALLOCATED: "Low",
	queries.UNCREDITED: "Medium",
	queries.DELIVERED: "High",
	queries.RESERVED: "Low",
}


def start() -> None:
	"""Check in the background after this transaction commits; once while a check is waiting or running."""
	tasks.enqueue(check, key="consistency", queue="long")


def check() -> dict[str, int]:
	"""Find all that does not agree, kind by kind. Returns how many findings changed, by kind. What fails costs its own kind."""
	limits, today, changed = Limits.of(getdate()), getdate(), {}
	for kind in queries.KINDS:
		frappe.db.savepoint("o2c_kind")
		try:
			cases = [(found, _severity(found, today)) for found in queries.find(kind, limits)]
			changed[kind] = finding_rows.sync(kind, cases, limits.since)
		except frappe.QueryDeadlockError:
			raise
		except Exception:
			frappe.db.rollback(save_point="o2c_kind")
			log_failure("a kind of finding could not be looked for", finding_rows.DOCTYPE, kind)
	return changed


def _severity(found: Found, today: date) -> str:
	"""By the kind; a delivery that nobody has billed for long is worse."""
	if found.kind == queries.UNBILLED:
		days = queries.days("unbilled_days")
		if days and (today - found.on).days > LONG_AGO * days:
			return "High"
	return SEVERITIES[found.kind]


def accept(names: Sequence[str], reason: str) -> None:
	"""Close findings that are as they should be. Each opens again should more be at stake. The caller has checked the rights."""
	if not reason.strip():
		frappe.throw(_("Say why this is as it should be."), exc=FindingError)
	finding_rows.close(names, finding_rows.ACCEPTED, cleaned(reason.strip()))


def reopen(names: Sequence[str]) -> None:
	"""Open findings again that somebody had accepted. The caller has checked the rights."""
	finding_rows.reopen(names)
