"""Documents in memory: the values of a form, or of a saved order with changes, made into one without saving anything.

A form is taken as it is typed, so it may lack what saving would fill in. Nothing of the values is trusted but the fields of
the document; whoever calls has checked what the user may do.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate

ORDER, QUOTATION = "Sales Order", "Quotation"
DOCTYPES = (ORDER, QUOTATION)
NOT_TYPED = (
	"name",
	"owner",
	"creation",
	"modified",
	"modified_by",
	"docstatus",
	"amended_from",
)  # a form has no say in these
FILLED_IN = ("item_group", "conversion_factor", "stock_uom")  # of a line, once its item is chosen
SAVEPOINT = "o2c_in_memory"


@contextmanager
def in_memory() -> Iterator[None]:
	"""For as long as this lasts nothing is written for good, whatever ERPNext writes on its way to a price, and no message
	but that of an error reaches the user."""
	shown = len(frappe.local.message_log)
	frappe.db.savepoint(SAVEPOINT)
	try:
		yield
		del frappe.local.message_log[shown:]
	finally:
		frappe.db.rollback(save_point=SAVEPOINT)


def saved_name(values: Mapping[str, Any]) -> str | None:
	"""The name of the document that a form shows; None for one that was never saved."""
	doctype, name = values.get("doctype"), values.get("name")
	return name if isinstance(name, str) and name and frappe.db.exists(doctype, name) else None


def make(values: Mapping[str, Any], saved: Document | None = None) -> Document:
	"""The document of a form's values. `saved` is the one in the database that the form shows."""
	doctype = values["doctype"]
	typed = {name: value for name, value in _fields(doctype, values).items() if name not in NOT_TYPED}
	kept = {name: saved.get(name) for name in NOT_TYPED} if saved else {"owner": frappe.session.user, "docstatus": 0}
	doc = frappe.get_doc({**typed, **kept, "doctype": doctype})
	doc.items = [row for row in doc.items if row.item_code]
	for place, row in enumerate(doc.items, 1):
		row.idx = cint(row.idx) or place
	return doc


def _fields(doctype: str, values: Mapping[str, Any]) -> dict[str, Any]:
	"""Of the values those that are fields, and rows of tables likewise."""
	meta = frappe.get_meta(doctype)
	columns = set(meta.get_valid_columns())
	found = {name: value for name, value in values.items() if name in columns and _is_plain(value)}
	for table in meta.get_table_fields():
		rows = values.get(table.fieldname)
		if isinstance(rows, list):
			found[table.fieldname] = [_fields(table.options, row) for row in rows if isinstance(row, Mapping)]
	return found


def _is_plain(value: Any) -> bool:
	return value is None or isinstance(value, str | int | float)


def is_checkable(doc: Document) -> bool:
	"""Whether a document has got as far as to be checked: a company, a customer, and a line."""
	return bool(doc.company and customer_of(doc) and doc.items and doc.transaction_date)


def customer_of(doc: Document) -> str | None:
	"""The customer of an order, or of a quotation that is for one."""
	if doc.doctype == ORDER:
		return doc.customer or None
	return doc.party_name or None if doc.quotation_to == "Customer" else None


def complete(doc: Document) -> bool:
	"""Fill in what saving would, and work out the totals. False where the document is not ready for that."""
	doc.transaction_date = doc.transaction_date or str(getdate())
	doc.order_type = doc.order_type or "Sales"
	if not is_checkable(doc):
		return False
	try:
		if any(not row.get(field) for row in doc.items for field in FILLED_IN) or not flt(doc.conversion_rate):
			_set_defaults(doc)
			doc.set_missing_values(for_validate=True)
		calculate(doc)
	except frappe.ValidationError:
		return False  # as it is typed it can't be saved either, and says so then
	return True


def _set_defaults(doc: Document) -> None:
	"""What inserting a document fills in first: its price list, for one."""
	if doc.name:
		return
	for part in (doc, *doc.items):
		part.set("__islocal", 1)
	doc._set_defaults()


def calculate(doc: Document) -> None:
	"""Work out what follows from the lines."""
	doc.set_qty_as_per_stock_uom()
	doc.calculate_taxes_and_totals()


def rate_for(doc: Document, row: Document, net: float) -> float:
	"""The price to enter on a line so that its net price, in company currency, is `net`: taxes that prices include, and what
	is taken off the whole order, come on top of it."""
	share = flt(row.base_net_rate) / flt(row.rate) if flt(row.rate) and flt(row.base_net_rate) else 0.0
	return flt(net / (share or flt(doc.conversion_rate) or 1.0), row.precision("rate"))


def set_net_rate(doc: Document, row: Document, net: float) -> None:
	"""Set a line's net price. Discount and margin of the line go."""
	row.update(
		{
			"rate": rate_for(doc, row, net),
			"discount_percentage": 0,
			"discount_amount": 0,
			"margin_type": "",
			"margin_rate_or_amount": 0,
			"rate_with_margin": 0,
		}
	)


def copied_row(doc: Document, row: Document, **values: Any) -> Document:
	"""A further line at the end of a document, like another one, that was never delivered or billed."""
	copy = frappe.copy_doc(row)
	more = {
		name: 0
		for name in ("delivered_qty", "billed_amt", "ordered_qty", "picked_qty", "returned_qty", "work_order_qty")
	}
	more = {name: value for name, value in more.items() if copy.meta.has_field(name)}
	copied = {**copy.as_dict(no_nulls=True), **more, **values}
	for name in ("name", "idx", *NOT_TYPED):
		copied.pop(name, None)
	return doc.append("items", {**copied, "docstatus": 0})
