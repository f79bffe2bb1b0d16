"""Finds the orders whose stage is not the one that their facts say, over the whole book.

Most orders have nothing hanging on them, and look like many others: what they look like is read as one text, and decided once
for each text. The others are read with their production, deliveries and invoices.
"""

from collections.abc import Iterator
from typing import Any

import frappe

from crm_o2c.engine.stages import Progress
from crm_o2c.services import progress, stage_book

AT_ONCE = 5000  # orders

_LOOK = """select d.name, d.per_delivered > 0 or d.per_billed > 0 or d.docstatus = 2, concat_ws('\t', d.docstatus,
	ifnull(d.status, ''), d.o2c_held, d.per_picked, d.skip_delivery_note, ifnull(d.o2c_stage, ''),
	ifnull(d.o2c_manual_stage, ''), """
_ORDER = ") from `tabSales Order` d where d.name > %(after)s and "
_NEXT = " order by d.name limit %(most)s"
# Orders with something in production, or packed: they are few, and read in full.
_HANGING = """select distinct w.sales_order from `tabWork Order` w
	where w.docstatus = 1 and w.sales_order > %(after)s and w.sales_order <= %(last)s
	union select distinct i.against_sales_order from `tabPacking Slip` p
	inner join `tabDelivery Note` n on n.name = p.delivery_note and n.docstatus = 0
	inner join `tabDelivery Note Item` i on i.parent = n.name
	where p.docstatus = 1 and i.against_sales_order > %(after)s and i.against_sales_order <= %(last)s"""


def out_of_line(only: str, **values: Any) -> Iterator[list[str]]:
	"""Orders for which `only` holds, a fixed condition on `d`, and whose stage is another; in batches, by name."""
	looks = _Looks()
	query = _LOOK + progress.workflow_column() + _ORDER + only + _NEXT
	after = ""
	while True:
		scope = {**values, "after": after, "most": AT_ONCE}
		# one by one: five thousand orders each
		rows = frappe.db.sql(query, scope)  # built sql: fixed texts and placeholders only
		if not rows:
			return
		last = rows[-1][0]
		hanging = set(_hanging(after, last))
		yield looks.wrong(rows, hanging)
		after = last


def _hanging(after: str, last: str) -> list[str]:
	return frappe.db.sql(_HANGING, {"after": after, "last": last}, pluck=True)


class _Looks:
	"""What was decided of each look."""

	def __init__(self) -> None:
		self.book = stage_book.get_book()
		self.known: dict[str, bool] = {}

	def wrong(self, rows: tuple[tuple[Any, ...], ...], hanging: set[str]) -> list[str]:
		"""The names of the orders whose stage is another."""
		found, busy = [], []
		for name, is_busy, look in rows:
			if is_busy or name in hanging:
				busy.append(name)
			elif self._is_wrong(look):
				found.append(name)
		for order in progress.named(busy):
			if self.book.stage_of(order.progress, order.by_hand) != order.stage:
				found.append(order.name)
		return found

	def _is_wrong(self, look: str) -> bool:
		if look not in self.known:
			docstatus, status, held, picked, no_delivery, stage, by_hand, workflow = look.split("\t")
			if docstatus == "0":
				facts = Progress(draft=True, status=status, workflow=workflow)
			else:
				facts = progress.untouched(status, workflow, held == "1", float(picked), no_delivery == "1")
			self.known[look] = self.book.stage_of(facts, by_hand) != stage
		return self.known[look]
