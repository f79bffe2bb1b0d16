"""One-click remedies: each changes the order, or asks for what is missing, with the user's own rights, and closes its alert.

Saving the order checks it again in the same transaction, so whether the cause is gone is found and not supposed. What was
asked for comes later: there the alert stays open and says so, until a later check finds the cause gone.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, strip_html

from crm_o2c import permissions
from crm_o2c.exceptions import RemedyError
from crm_o2c.services import alerts, decisions, order_edits, remedy_requests
from crm_o2c.services.check_words import CheckWords
from crm_o2c.services.remedy_requests import Asked

Params = Mapping[str, Any]
TOO_MUCH = 1e15
MOST = 50  # orders of one request: each is saved, which takes its time


class Done(NamedTuple):
	"""What a remedy did."""

	asked: Asked | None = None  # what is to come
	note: str = ""
	gone: bool = False  # the order itself


class Case(NamedTuple):
	"""An alert with its order, and the line that it is about."""

	order: Document
	params: Params
	item: str | None

	def row(self) -> Document:
		"""The line that the values name. It must still be the one that was found."""
		number = int(self.number("line"))
		row = next((row for row in self.order.items if row.idx == number), None)
		if row is None or (self.item and row.item_code != self.item):
			text = _("Line {0} is not what it was when this was found. Open the order and look again.").format(number)
			frappe.throw(text, exc=RemedyError)
		return row

	def number(self, name: str) -> float:
		"""A number as people write them: neither endless nor none at all."""
		number = flt(self.params.get(name))
		if not abs(number) < TOO_MUCH:  # true of NaN as well
			frappe.throw(_("A number of common size is needed."), exc=RemedyError)
		return number

	def day(self, name: str) -> date:
		"""A date of today or later."""
		value = self.params.get(name)
		if not value:
			frappe.throw(_("A date is needed."), exc=RemedyError)
		day = getdate(value)
		if day < getdate():
			frappe.throw(_("A date of today or later is needed."), exc=RemedyError)
		return day

	def text(self, name: str) -> str:
		return str(self.params.get(name) or "")


# -- what each does ----------------------------------------------------------------------------------------------------------


def _set_rate(case: Case) -> Done | None:
	order_edits.set_rate(case.order, case.row(), case.number("rate"))


def _set_qty(case: Case) -> Done | None:
	order_edits.set_qty(case.order, case.row(), case.number("qty"))


def _set_uom(case: Case) -> Done | None:
	order_edits.set_uom(case.order, case.row(), case.text("uom"))


def _split(case: Case) -> Done | None:
	order_edits.split(case.order, case.row(), case.number("now"), case.day("later_date"))


def _substitute(case: Case) -> Done | None:
	order_edits.substitute(case.order, case.row(), case.text("item"))


def _remove_line(case: Case) -> Done | None:
	order_edits.remove(case.order, case.row())


def _set_terms(case: Case) -> Done | None:
	order_edits.set_terms(case.order, case.text("terms"))


def _set_fx(case: Case) -> Done | None:
	order_edits.set_exchange_rate(case.order, case.number("rate"))


def _drop_discount(case: Case) -> Done | None:
	order_edits.drop_discount(case.order, case.row())


def _new_date(case: Case) -> Done | None:
	row = case.row()
	order_edits.set_date(case.order, row, case.day("date"))
	if case.params.get("tell") in (0, False, "0"):
		return None
	return Done(note=remedy_requests.tell_new_date(case.order, row))


def _transfer(case: Case) -> Done | None:
	asked = remedy_requests.transfer(case.order, case.row(), case.text("from_warehouse"), case.number("qty"))
	return Done(asked)


def _material_request(case: Case) -> Done | None:
	day = case.day("date") if case.params.get("date") else None
	return Done(remedy_requests.material(case.order, case.row(), case.number("qty"), day))


def _prepay(case: Case) -> Done | None:
	return Done(remedy_requests.payment(case.order, case.number("amount")))


def _cancel_order(case: Case) -> Done | None:
	"""A draft is deleted, a submitted order cancelled, each by who may."""
	if case.order.docstatus == 0:
		frappe.delete_doc(case.order.doctype, case.order.name)
		return Done(gone=True)
	case.order.cancel()
	return None


class Remedy(NamedTuple):
	"""What a remedy does, and the right to the order that it takes."""

	act: Callable[[Case], Done | None]
	right: str = "write"


REMEDIES: dict[str, Remedy] = {
	"set_rate": Remedy(_set_rate),
	"set_qty": Remedy(_set_qty),
	"set_uom": Remedy(_set_uom),
	"split": Remedy(_split),
	"substitute": Remedy(_substitute),
	"remove_line": Remedy(_remove_line),
	"set_terms": Remedy(_set_terms),
	"set_fx": Remedy(_set_fx),
	"drop_discount": Remedy(_drop_discount),
	"new_date": Remedy(_new_date),
	"transfer": Remedy(_transfer, "read"),
	"material_request": Remedy(_material_request, "read"),
	"prepay": Remedy(_prepay, "read"),
	"cancel_order": Remedy(_cancel_order, "cancel"),
}
ANSWERS = {"accept": alerts.ACCEPTED, "false_alarm": alerts.FALSE_ALARM}


# -- applying ----------------------------------------------------------------------------------------------------------------


def apply(alert: str, code: str, params: Params | None = None) -> dict[str, Any]:
	"""Apply a remedy to the order of an alert: {"message", "link", "fixed", "order"}. `params` are those of the alert where
	none are given."""
	given = dict(params or {})
	if code in ANSWERS:
		decisions.decide(alert, ANSWERS[code], str(given.get("reason") or ""))
		return _answer(_("The alert is closed."), fixed=True)
	if code == "release":
		until = given.get("until")
		decisions.release(str(given.get("hold")), str(given.get("reason") or ""), getdate(until) if until else None)
		return _answer(_("The order is released."), fixed=True)
	if code not in REMEDIES:
		frappe.throw(_("There is no remedy {0}.").format(code), exc=RemedyError)
	row = _open_alert(alert)
	values = {**_own_params(row, code, given), **given}
	order = _order_of(row, REMEDIES[code].right)
	done = REMEDIES[code].act(Case(order, values, row.item_code)) or Done()
	return _close(row, code, values, done)


def apply_many(names: list[str], code: str) -> list[dict[str, Any]]:
	"""The same remedy for several alerts, each with its own values: [{"name", "ok", "message", "link"}]."""
	if len(names) > MOST:
		frappe.throw(_("At most {0} at once.").format(MOST), exc=RemedyError)
	return decisions.each(names, lambda alert: apply(alert, code))


def _open_alert(alert: str) -> frappe._dict:
	fields = ["name", "sales_order", "company", "status", "item_code", "remedies"]
	row = frappe.db.get_value(alerts.DOCTYPE, alert, fields, as_dict=True)
	if not row:
		frappe.throw(_("This alert is gone."), exc=frappe.DoesNotExistError)
	permissions.check_order(row.sales_order)
	if row.status != alerts.OPEN:
		frappe.throw(_("This alert was closed already."), exc=RemedyError)
	return row


def _own_params(row: frappe._dict, code: str, given: Params) -> Params:
	"""The values that the alert has for a remedy: of the same line, where it offers several."""
	own = [params for known, params in frappe.parse_json(row.remedies or "[]") if known == code]
	if not own and not given and code != "cancel_order":
		frappe.throw(_("This alert does not offer that remedy."), exc=RemedyError)
	same = [params for params in own if not given.get("line") or params.get("line") == flt(given["line"])]
	return same[0] if same else {}


def _order_of(row: frappe._dict, right: str) -> Document:
	order = frappe.get_doc("Sales Order", row.sales_order, for_update=True)
	if order.docstatus == 2 or order.status in ("Closed", "Completed"):
		frappe.throw(_("The order is cancelled, closed or done."), exc=RemedyError)
	if right == "cancel":
		right = "delete" if order.docstatus == 0 else "cancel"
	order.check_permission(right)
	if right == "write" and order.docstatus == 1:
		order.check_permission("submit")
	return order


def _close(row: frappe._dict, code: str, params: Params, done: Done) -> dict[str, Any]:
	"""Say on the alert what was done, and tell the user whether it helped."""
	words = CheckWords(row.company)
	label = words.remedy(code, _shown(code, params))
	if done.gone:
		return _answer(_("The draft is deleted."), fixed=True)
	if done.asked:
		return _asked(row, label, done.asked)
	kept = frappe.db.get_value(alerts.DOCTYPE, row.name, ["status", "subject"], as_dict=True)
	if kept.status == alerts.OPEN:
		message = _("The order is changed, and the alert is still open: {0}.").format(kept.subject)
	else:
		alerts.decide(row.name, alerts.FIXED, _("Fixed: {0}").format(label))
		message = _("Done: {0}.").format(label)
	return _answer(" ".join(filter(None, (message, done.note))), row.sales_order, fixed=kept.status != alerts.OPEN)


def _shown(code: str, params: Params) -> dict[str, Any]:
	"""The values that the words of a remedy name; None for one that was not given."""
	names = ("line", "rate", "qty", "uom", "now", "later_date", "item", "from_warehouse", "date", "amount", "terms")
	return {name: params.get(name) for name in names}


def _asked(row: frappe._dict, label: str, asked: Asked) -> dict[str, Any]:
	frappe.db.set_value(alerts.DOCTYPE, row.name, "reason", _("Asked for by {0}: {1}").format(asked.name, label))
	if asked.new:
		message = _("{0} is a draft: look at it and submit it. The alert closes by itself once it helps.")
	else:
		message = _("{0} asks for it already. The alert closes by itself once it helps.")
	return _answer(message.format(asked.name), row.sales_order, asked.link)


def _answer(
	message: str, order: str | None = None, link: dict[str, str] | None = None, fixed: bool = False
) -> dict[str, Any]:
	return {"message": strip_html(message), "link": link, "fixed": fixed, "order": order}
