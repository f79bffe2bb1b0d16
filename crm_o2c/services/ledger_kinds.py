"""What the ledger watches: for each kind of document, the states that are read from its row in ERPNext.

A state is a text. Percentages and amounts are written with two decimals, and nothing is an empty text, so that a state
read by SQL compares with one that was kept. A document's states are joined by tabs, in the order of `states`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import frappe

STATUS, DELIVERED, BILLED, PICKED, AMOUNT = "status", "delivered", "billed", "picked", "amount"
STAGE, WORKFLOW, TRACKING, OUTSTANDING, PRODUCED, UNALLOCATED = (
	"stage", "workflow", "tracking", "outstanding", "produced", "unallocated",
)  # fmt: skip
NUMERIC = (DELIVERED, BILLED, PICKED, AMOUNT, OUTSTANDING, PRODUCED, UNALLOCATED)
DRAFT, CANCELLED, DELETED = "Draft", "Cancelled", "Deleted"
# Set by SQL when their day has come, by nobody: the business time of these is that day.
BY_THE_CLOCK = ("Overdue", "Expired", "Partly Paid and Discounted", "Overdue and Discounted")
SEPARATOR = "\t"
# A longer name does not fit into a key beside its DocType: its beginning does, and a hash.
# A longer name does not fit into a key beside its DocType: its beginning does, and a hash.
LONG_NAME, LONG_NAME_KEPT = 120, 90

_STATUS = "case d.docstatus when 0 then 'Draft' when 2 then 'Cancelled' else ifnull(d.status, '') end"
_SHORTENED = f"concat(left(d.name, {LONG_NAME_KEPT}), md5(d.name))"
_KEY = f"concat(%(doctype)s, ':', if(char_length(d.name) > {LONG_NAME}, {_SHORTENED}, d.name))"


def _number(column: str) -> str:
	return f"ifnull(nullif(cast(round(d.{column}, 2) as char), '0.00'), '')"


def _text(column: str) -> str:
	return f"ifnull(d.{column}, '')"


def _once_submitted(state: str) -> str:
	return f"if(d.docstatus = 1, {state}, '')"


@dataclass(frozen=True)
class Kind:
	"""One kind of document. The texts are SQL on its table, `d`."""

	doctype: str
	states: Sequence[tuple[str, str]]  # what, and how it is read
	dated: str = "d.creation"  # business time of its submission
	ends: str = "null"  # when the clock changes its status
	customer: str = "null"
	quantity: str = "null"
	amount: str = "null"
	watched: str = "1"  # which documents; the others are none of the ledger's
	is_open: str = "d.docstatus < 2"  # whose states may change without `modified`
	company: str = "d.company"
	optional: Sequence[tuple[str, str, str]] = ()  # what, SQL, and the column it needs

	@property
	def all_states(self) -> list[tuple[str, str]]:
		"""What and how, with those whose column is on this site."""
		there = frappe.db.get_table_columns(self.doctype)
		return [*self.states, *((what, sql) for what, sql, column in self.optional if column in there)]

	@property
	def names(self) -> list[str]:
		"""What the states are called, in their order."""
		return [what for what, _sql in self.all_states]

	@property
	def vector(self) -> str:
		"""SQL: all states of a document as one text."""
		return "concat_ws('\t', " + ", ".join(sql for _what, sql in self.all_states) + ")"

	def reading(self) -> str:
		"""SQL: named documents with their states and what goes with an event. Parameters: names."""
		columns = (
			"d.name", "d.owner", "d.creation", "d.modified_by", "d.modified", self.company, self.dated, self.ends,
			self.customer, self.quantity, self.amount, self.vector,
		)  # fmt: skip
		return "select " + ", ".join(columns) + self._from + "where d.name in %(names)s and " + self.watched

	def differing(self, scope: str) -> str:
		"""SQL: the names of documents whose states are not those that the ledger ends with. Parameters: doctype."""
		return (
			"select d.name" + self._from + "left join `tabO2C Event Head` h on h.name = " + _KEY + " where "
			+ self.watched + " and " + scope + " and (h.states is null or h.states <> " + self.vector + ")"
		)  # fmt: skip

	def gone(self, scope: str) -> str:
		"""SQL: the names of documents whose history goes on although they are gone, or the ledger's no more. `scope` is a fixed
		condition on the end of the history, `h`. Parameters: doctype."""
		return (
			"select h.reference_name from `tabO2C Event Head` h left join `tab" + self.doctype + "` d"
			" on d.name = h.reference_name and (" + self.watched + ")"
			" where h.reference_doctype = %(doctype)s and d.name is null and " + scope
		)  # fmt: skip

	def belonging(self) -> str:
		"""SQL: the company and customer of a document. Parameters: name."""
		return "select " + self.company + ", " + self.customer + self._from + "where d.name = %(name)s"

	@property
	def _from(self) -> str:
		return " from `tab" + self.doctype + "` d "


_POSTED = "timestamp(d.posting_date, ifnull(d.posting_time, '00:00:00'))"
_PLACED = "if(d.transaction_date = date(d.creation), d.creation, timestamp(d.transaction_date))"

_ALL = (
	Kind(
		"Quotation",
		states=((STATUS, _STATUS),),
		dated=_PLACED,
		ends="timestamp(date_add(d.valid_till, interval 1 day))",
		customer="if(d.quotation_to = 'Customer', d.party_name, null)",
		quantity="d.total_qty",
		amount="d.base_grand_total",
		is_open="(d.docstatus = 0 or d.status in ('Open', 'Replied', 'Partially Ordered'))",
		optional=((WORKFLOW, _text("workflow_state"), "workflow_state"),),
	),
	Kind(
		"Sales Order",
		states=(
			(STATUS, _STATUS),
			(AMOUNT, _once_submitted(_number("base_grand_total"))),
			(PICKED, _number("per_picked")),
			(DELIVERED, _number("per_delivered")),
			(BILLED, _number("per_billed")),
			(STAGE, _text("o2c_stage")),
		),
		dated=_PLACED,
		customer="d.customer",
		quantity="d.total_qty",
		amount="d.base_grand_total",
		is_open="(d.docstatus = 0 or (d.docstatus = 1 and d.status not in ('Completed', 'Closed')))",
		optional=((WORKFLOW, _text("workflow_state"), "workflow_state"),),
	),
	Kind(
		"Work Order",
		states=((STATUS, _STATUS), (PRODUCED, _number("produced_qty"))),
		quantity="d.qty",
		watched="d.sales_order > ''",
		is_open="(d.docstatus = 0 or (d.docstatus = 1 and d.status not in ('Completed', 'Stopped', 'Closed')))",
	),
	Kind(
		"Pick List",
		states=((STATUS, _STATUS),),
		customer="d.customer",
		watched="d.purpose = 'Delivery'",
		is_open="(d.docstatus = 0 or (d.docstatus = 1 and d.status <> 'Completed'))",
	),
	Kind(
		"Delivery Note",
		states=(
			(STATUS, _STATUS),
			(BILLED, _number("per_billed")),
		),
		dated=_POSTED,
		customer="d.customer",
		quantity="d.total_qty",
		amount="d.base_grand_total",
		is_open="(d.docstatus = 0 or (d.docstatus = 1 and d.status in ('To Bill', 'Partially Billed')))",
	),
	Kind(
		"Shipment",
		states=((STATUS, _STATUS), (TRACKING, _text("tracking_status"))),
		company="d.pickup_company",
		customer="d.delivery_customer",
		amount="d.value_of_goods",
		is_open="(d.docstatus = 0 or (d.docstatus = 1 and ifnull(d.tracking_status, '') <> 'Delivered'))",
	),
	Kind(
		"Sales Invoice",
		states=(
			(STATUS, _STATUS),
			(OUTSTANDING, _once_submitted(_number("outstanding_amount"))),
		),
		dated=_POSTED,
		ends="timestamp(date_add(d.due_date, interval 1 day))",
		customer="d.customer",
		quantity="d.total_qty",
		amount="d.base_grand_total",
		is_open="(d.docstatus = 0 or (d.docstatus = 1 and d.outstanding_amount <> 0))",
	),
	Kind(
		"Payment Entry",
		states=(
			(STATUS, _STATUS),
			(UNALLOCATED, _once_submitted(_number("unallocated_amount"))),
		),
		dated="if(d.posting_date = date(d.creation), d.creation, timestamp(d.posting_date))",
		customer="d.party",
		amount="d.base_paid_amount",
		watched="d.party_type = 'Customer'",
		is_open="(d.docstatus = 0 or (d.docstatus = 1 and d.unallocated_amount <> 0))",
	),
)
KINDS: dict[str, Kind] = {kind.doctype: kind for kind in _ALL}
