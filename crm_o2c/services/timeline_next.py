"""What the timeline says of an order beyond its stage: what is missing between its documents, what is next, whether it will be
on time."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, formatdate, getdate

from crm_o2c.engine import messages, on_time
from crm_o2c.engine.next_step import NOTHING, Bill, Facts, Step, next_steps
from crm_o2c.services import alerts, delivery_promises
from crm_o2c.services.chain import INVOICE, NOTE, ORDER, PICK_LIST, WORK_ORDER, Chain, Part
from crm_o2c.services.check_words import CheckWords
from crm_o2c.services.progress import DONE_PRODUCTION
from crm_o2c.services.progress_lines import Line
from crm_o2c.services.timeline_events import money

STOCK = ("stock.late", "stock.short")  # detectors that doubt a promise
SMALLEST = 1e-6  # smaller quantities are of rounding
TO_CONFIRM = "To confirm"  # the workflow's state; a stage's label may be another
# The button of a step: what it makes, by which of ERPNext's functions, from which document.
_MAKES = {
	"next.deliver": (NOTE, "erpnext.selling.doctype.sales_order.sales_order.make_delivery_note"),
	"next.deliver_rest": (NOTE, "erpnext.selling.doctype.sales_order.sales_order.make_delivery_note"),
	"next.bill": (INVOICE, "erpnext.selling.doctype.sales_order.sales_order.make_sales_invoice"),
	"next.bill_services": (INVOICE, "erpnext.selling.doctype.sales_order.sales_order.make_sales_invoice"),
}
_ASKS = ("next.ask_payment", "next.ask_payment.one")
_REQUEST = "Payment Request"


class Orders:
	"""Answers for some orders that are shown together; alerts are read once for all."""

	def __init__(self, chain: Chain):
		self.chain = chain
		self.doubts = _doubts(chain.orders)
		self.today = getdate()

	def about(self, row: Any, lines: Sequence[Line]) -> dict[str, Any]:
		"""Gaps, next steps and promise of one order."""
		parts = {kind: self.chain.of_order(row.name, kind) for kind in (WORK_ORDER, PICK_LIST, NOTE, INVOICE)}
		gaps = _Gaps(row, lines, parts[INVOICE])
		steps = next_steps(_facts(row, lines, parts, gaps), self.today)
		return {
			"gaps": gaps.shown(),
			"next": [_shown(step, row.company) for step in steps],
			"promise": self._promise(row, lines, parts[NOTE]),
		}

	def _promise(self, row: Any, lines: Sequence[Line], notes: Sequence[Part]) -> dict[str, Any]:
		kept = delivery_promises.summary(row.name)
		left = [line for line in lines if line.delivered_share < 1 - SMALLEST]
		promised = kept.get("latest") or max((line.delivery_date for line in lines if line.delivery_date), default=None)
		answer = on_time.will_be_on_time(
			on_time.Facts(
				promised=None if row.skip_delivery_note else promised and getdate(promised),
				next_promised=min((line.delivery_date for line in left if line.delivery_date), default=None),
				delivered=bool(lines) and not left and row.docstatus == 1,
				ended=row.docstatus == 2 or row.status == "Closed",
				days_late=int(kept["days_late"]) if kept else _days_late(notes, promised),
				parcels=_parcels(notes),
				doubt=self._doubt(row),
			),
			self.today,
		)
		return {
			"first": _day(kept.get("first") or promised),
			"latest": _day(promised),
			"changes": int(kept.get("changes") or 0),
			"state": answer.state,
			"text": messages.render(answer.code, _values(answer.params, row.company), _),
		}

	def _doubt(self, row: Any) -> str:
		found = self.doubts.get(row.name)
		return CheckWords(row.company).sentence(found.code, json.loads(found.params or "{}")) if found else ""


def _doubts(orders: Sequence[str]) -> dict[str, frappe._dict]:
	"""The open alert of each order that says that stock can't keep a promise; of several the one with most at risk."""
	rows = frappe.get_all(
		alerts.DOCTYPE,
		{"sales_order": ("in", list(orders)), "status": alerts.OPEN, "detector": ("in", STOCK)},
		["sales_order", "code", "params"],
		order_by="value_at_risk asc, name asc",
	)
	return {row.sales_order: row for row in rows}


def _days_late(notes: Sequence[Part], promised: Any) -> int:
	"""By how much the last delivery was late, where no promise is kept yet."""
	days = [getdate(note.on) for note in notes if note.docstatus == 1 and not note.is_return]
	return max(0, (max(days) - getdate(promised)).days) if days and promised else 0


def _parcels(notes: Sequence[Part]) -> list[on_time.Parcel]:
	"""Deliveries on their way, as far as the reader may see them."""
	return [
		on_time.Parcel(note.name, getdate(note.until))
		for note in notes
		if note.readable and note.docstatus == 1 and note.until and not note.is_return
	]


def _day(value: Any) -> str | None:
	return str(getdate(value)) if value else None


# -- gaps ----------------------------------------------------------------------------------------------------------------


class _Gaps:
	"""What is missing between order, deliveries, invoices and payments; amounts in company currency."""

	def __init__(self, row: Any, lines: Sequence[Line], invoices: Sequence[Part]):
		self.company = row.company
		live = list(lines) if row.docstatus == 1 else []
		waits = [] if row.status == "Closed" or row.skip_delivery_note else live
		self.undelivered = sum(max(0.0, line.qty - line.delivered_qty) * line.conversion_factor for line in waits)
		self.undelivered_amount = sum((1 - line.delivered_share) * line.gross_amount for line in waits)
		differences = [(line, self._to_bill(line, bool(row.skip_delivery_note)) - line.billed_share) for line in live]
		self.unbilled = sum(max(0.0, share) * line.stock_qty for line, share in differences)
		self.unbilled_amount = sum(max(0.0, share) * line.gross_amount for line, share in differences)
		self.over_billed = sum(
			max(0.0, -share) * line.gross_amount for line, share in differences if line.returned_qty > SMALLEST
		)
		sent = [part for part in invoices if part.docstatus == 1]
		self.unseen = any(not part.readable for part in sent)
		self.bills = [part for part in sent if part.readable and abs(float(part.outstanding or 0)) > NOTHING]
		self.unpaid = sum(float(part.outstanding) for part in self.bills)

	@staticmethod
	def _to_bill(line: Line, no_delivery: bool) -> float:
		"""The share of a line that may be billed by now."""
		if no_delivery:
			return 0.0 if line.closed else 1.0
		return line.delivered_share

	def shown(self) -> list[dict[str, Any]]:
		"""Each gap that there is. What is not paid is left out where the reader may not see every invoice."""
		rows = [
			("gap.undelivered", self.undelivered, self.undelivered_amount, None),
			("gap.unbilled", self.unbilled, self.unbilled_amount, None),
			("gap.unpaid", None, None if self.unseen else self.unpaid, len(self.bills)),
		]
		return [
			{
				"code": code,
				"label": messages.render(code, {}, _),
				"quantity": quantity and flt(quantity, 3),
				"amount": flt(amount, 2),
				"documents": documents,
			}
			for code, quantity, amount, documents in rows
			if amount is not None and (abs(amount) > NOTHING or (quantity or 0) > SMALLEST)
		]


# -- what is next --------------------------------------------------------------------------------------------------------


def _facts(row: Any, lines: Sequence[Line], parts: Mapping[str, Sequence[Part]], gaps: _Gaps) -> Facts:
	seen = {kind: [part for part in found if part.readable] for kind, found in parts.items()}
	live = {kind: [part for part in found if part.docstatus == 1] for kind, found in seen.items()}
	return Facts(
		order=row.name,
		docstatus=row.docstatus,
		waits_for_confirmation=row.get("workflow_state") == TO_CONFIRM,
		held=bool(row.o2c_held),
		on_hold=row.status == "On Hold",
		closed=row.status == "Closed",
		no_delivery=bool(row.skip_delivery_note),
		undelivered=gaps.undelivered,
		delivered=sum(line.delivered_qty for line in lines),
		unbilled=gaps.unbilled_amount,
		over_billed=gaps.over_billed,
		drafts={kind: [part.name for part in found if part.docstatus == 0] for kind, found in seen.items()},
		to_make=[part.name for part in live[WORK_ORDER] if part.status not in DONE_PRODUCTION],
		picked=[part.name for part in live[PICK_LIST] if part.status != "Completed"],
		bills=[Bill(p.name, p.until and getdate(p.until), float(p.outstanding)) for p in gaps.bills if not p.is_return],
		unseen_bills=gaps.unseen,
	)


def _shown(step: Step, company: str) -> dict[str, Any]:
	return {
		"code": step.code,
		"text": messages.render(step.code, _values(step.params, company), _),
		"action": _action(step),
	}


def _values(params: Mapping[str, Any], company: str) -> dict[str, Any]:
	"""Values as they are read: money in the company's currency, days by the reader's format."""
	shown: dict[str, Any] = {}
	for key, value in params.items():
		shown[key] = (
			money(value, company) if key == "amount" else formatdate(value) if isinstance(value, date) else value
		)
	return shown


def _action(step: Step) -> dict[str, Any] | None:
	"""The button: what it makes where the user may make it, else the document that it opens."""
	if not step.name:
		return None
	if step.code in _MAKES and frappe.has_permission(_MAKES[step.code][0], "create"):
		doctype, method = _MAKES[step.code]
		return {"kind": "make", "label": _(doctype), "method": method, "source": step.name}
	if step.code in _ASKS and frappe.has_permission(_REQUEST, "create"):
		return {"kind": "ask_payment", "label": _("Payment Request"), "doctype": step.doctype, "name": step.name}
	if step.doctype == ORDER and step.code not in ("next.submit", "next.confirm", "next.release", "next.resume"):
		return None
	return {"kind": "open", "label": _("Open Document"), "doctype": step.doctype, "name": step.name}
