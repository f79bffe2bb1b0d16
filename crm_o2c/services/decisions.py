"""What people decide of alerts and holds, one or many at once: each row stands for itself and says how it went."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import strip_html

from crm_o2c import permissions
from crm_o2c.exceptions import RemedyError
from crm_o2c.services import alert_rows, alerts, holds
from crm_o2c.services.guard import TITLE

MOST = 200  # rows of one request
SAVEPOINT = "o2c_row"
# After these the database has undone the whole transaction: there is nothing to go on with.
ALL_LOST = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)
MEANT_FOR_USERS = (frappe.ValidationError, frappe.PermissionError)


def decide(alert: str, decision: str, reason: str) -> None:
	"""Close an open alert as accepted or as a false alarm, with a reason, after a look at the user's rights."""
	if decision not in alert_rows.DECIDED:
		frappe.throw(_("An alert is accepted, or called a false alarm."), exc=RemedyError)
	if not reason.strip():
		frappe.throw(_("Say why; the reason is kept with the order."), exc=RemedyError)
	row = frappe.db.get_value(alerts.DOCTYPE, alert, ["sales_order", "status"], as_dict=True, for_update=True)
	if not row:
		frappe.throw(_("This alert is gone."), exc=frappe.DoesNotExistError)
	permissions.check_order(row.sales_order)
	if not alert_rows.may_decide(row.sales_order):
		frappe.throw(_("Your roles don't allow you to decide alerts of this order."), exc=frappe.PermissionError)
	if row.status != alerts.OPEN:
		frappe.throw(_("This alert was closed already."), exc=RemedyError)
	alerts.decide(alert, decision, reason.strip())


def release(hold: str, reason: str, until: date | None) -> None:
	"""Release a hold by hand, after a look at the user's rights."""
	row = frappe.db.get_value(holds.DOCTYPE, hold, ["sales_order", "release_role"], as_dict=True)
	if not row:
		frappe.throw(_("This hold is gone."), exc=frappe.DoesNotExistError)
	permissions.check_order(row.sales_order)
	if not alert_rows.may_release(row.release_role):
		frappe.throw(_("Only the role {0} releases this order.").format(_role(row)), exc=frappe.PermissionError)
	# First the order, as saving it does, so that the two never wait for each other.
	frappe.db.get_value("Sales Order", row.sales_order, "name", for_update=True)
	holds.release_by_hand(hold, reason, until)


def _role(row: frappe._dict) -> str:
	return frappe.bold(_(row.release_role or permissions.MANAGERS[0]))  # translated: names of roles


def each(names: Iterable[str], act: Callable[[str], Any]) -> list[dict[str, Any]]:
	"""Do something to each of the names; what fails is undone and says why, the others stay done."""
	names = list(dict.fromkeys(names))
	if len(names) > MOST:
		frappe.throw(_("At most {0} at once.").format(MOST), exc=RemedyError)
	return [_one(name, act) for name in names]


def _one(name: str, act: Callable[[str], Any]) -> dict[str, Any]:
	shown = len(frappe.local.message_log)
	frappe.db.savepoint(SAVEPOINT)
	try:
		answer = act(name) or {}
		return {"name": name, "ok": True, "message": answer.get("message", ""), "link": answer.get("link")}
	except ALL_LOST:
		raise
	except Exception as problem:
		frappe.db.rollback(save_point=SAVEPOINT)
		return {"name": name, "ok": False, "message": _text_of(problem, shown), "link": None}
	finally:
		del frappe.local.message_log[shown:]


def _text_of(problem: Exception, shown: int) -> str:
	"""What the user would have been told; of what nobody foresaw there is an entry in the error log."""
	if not isinstance(problem, MEANT_FOR_USERS):
		frappe.log_error(title=TITLE + "a row failed")
		return _("Something went wrong. The error log says what.")
	told = [frappe.parse_json(message) for message in frappe.local.message_log[shown:]]
	texts = [row.get("message") if isinstance(row, dict) else str(row) for row in told]
	return strip_html(str(texts[-1] if texts else problem) or "") or _("Not permitted")
