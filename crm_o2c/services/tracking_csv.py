"""Scans from a file: checked as a whole, and every row that can't be kept is told by its number, column and remedy."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import now_datetime

from crm_o2c.engine.tracking import BadScan, Scan, fold, read_scan
from crm_o2c.exceptions import TrackingError
from crm_o2c.services import carriers, tracking
from crm_o2c.services.tracking import CSV, Report
from crm_o2c.services.tracking_book import NOTE

COLUMNS = ("delivery_note", "carrier", "number", "status", "happened_at", "place", "description", "eta")
ALIASES = {
	"tracking number": "number",
	"tracking no": "number",
	"awb number": "number",
	"time": "happened_at",
	"date": "happened_at",
	"expected arrival": "eta",
	"location": "place",
	"carrier's word": "status",
}
NEEDED = ("status", "happened_at")
MOST_ROWS = 2000
MOST_CHARACTERS = 2_000_000
SEPARATORS = ",;\t"

MayWrite = Callable[[str, str], bool]


class Row(NamedTuple):
	"""A line of the file: its number as a spreadsheet shows it, and its values by column."""

	number: int
	values: dict[str, str]


class Wrong(NamedTuple):
	"""Why a row can't be kept."""

	row: int
	column: str
	value: str
	remedy: str


def upload(content: str, may_write: MayWrite, store_good: bool = False) -> dict[str, Any]:
	"""Keep the scans of a file. Where a row is wrong nothing is kept, unless `store_good` says that the others are to be.

	`may_write(doctype, name)` says whether the user may; what he may not is not told from what is not there. Returns
	`rows`, `bad` ({row, column, value, remedy}), and the counts of tracking.record.
	"""
	rows = read_rows(content)
	reports, bad = _check(rows, may_write)
	counts = {"received": len(rows), "stored": 0, "repeated": 0, "unknown": 0, "changed": 0}
	if reports and (store_good or not bad):
		counts = tracking.record(reports)
	return {"rows": len(rows), "bad": [wrong._asdict() for wrong in bad], **counts}


def read_rows(content: str) -> list[Row]:
	"""The rows of a file with a header; empty lines are passed over."""
	if len(content) > MOST_CHARACTERS:
		frappe.throw(_("The file is too large; split it."), exc=TrackingError)
	text = content.removeprefix("\ufeff")
	header = text.partition("\n")[0]
	separator = max(SEPARATORS, key=header.count)
	try:
		lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
	except csv.Error as problem:
		frappe.throw(_("This is no CSV file: {0}").format(str(problem)), exc=TrackingError)
	columns = _columns(lines[0] if lines else [])
	rows = [
		Row(number, {column: cell.strip() for column, cell in zip(columns, line, strict=False) if column})
		for number, line in enumerate(lines[1:], start=2)
		if any(cell.strip() for cell in line)
	]
	if len(rows) > MOST_ROWS:
		frappe.throw(
			_("A file may have {0} rows; this one has {1}. Split it.").format(MOST_ROWS, len(rows)), exc=TrackingError
		)
	return rows


def _columns(header: Sequence[str]) -> list[str]:
	"""Which column each cell belongs to; "" for those that are nothing of ours."""
	names = {fold(name): name for name in COLUMNS} | ALIASES
	columns = [names.get(fold(cell), "") for cell in header]
	missing = [name for name in NEEDED if name not in columns]
	if "number" not in columns and "delivery_note" not in columns:
		missing.append("number")
	if missing:
		frappe.throw(
			_("The first line has to name the columns. Missing: {0}. There may be: {1}.").format(
				", ".join(missing), ", ".join(COLUMNS)
			),
			exc=TrackingError,
		)
	twice = sorted({column for column in columns if column and columns.count(column) > 1})
	if twice:
		frappe.throw(_("There are two columns for: {0}").format(", ".join(twice)), exc=TrackingError)
	return columns


# -- checking ------------------------------------------------------------------------------------------------------------


def _check(rows: Sequence[Row], may_write: MayWrite) -> tuple[list[Report], list[Wrong]]:
	scans, bad = _read_all(rows)
	documents = _documents([row for row, _scan in scans])
	known = set(carriers.all_names())
	allowed: dict[tuple[str, str], bool] = {}
	reports = []
	for row, scan in scans:
		carrier, document = row.values.get("carrier", ""), documents.get(row.number)
		if document and document not in allowed:
			allowed[document] = may_write(*document)
		if carrier and carrier not in known:
			bad.append(_wrong(row, "carrier", "carrier", carrier))
		elif not document or not allowed[document]:
			column = "delivery_note" if row.values.get("delivery_note") else "number"
			bad.append(_wrong(row, column, "document", row.values.get(column, "")))
		else:
			reports.append(_report(row, scan, document))
	return reports, sorted(bad)


def _read_all(rows: Sequence[Row]) -> tuple[list[tuple[Row, Scan]], list[Wrong]]:
	zone, now = tracking.zone(), now_datetime()
	scans, bad = [], []
	for row in rows:
		try:
			scan = read_scan(row.values, zone, now)
			if not row.values.get("delivery_note"):
				for column in ("number", "carrier"):
					if not row.values.get(column):
						raise BadScan(column, "missing")
			scans.append((row, scan))
		except BadScan as problem:
			bad.append(_wrong(row, problem.field, problem.code, problem.value))
	return scans, bad


def _documents(rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
	"""The document that each row speaks of, where there is one: the Delivery Note it names, or that of its number."""
	named = sorted({row.values["delivery_note"] for row in rows if row.values.get("delivery_note")})
	filters = {"name": ("in", named), "docstatus": ("<", 2)}
	notes = frappe.get_all(NOTE, filters, pluck="name", order_by="name asc") if named else []
	found = {
		row.number: (NOTE, row.values["delivery_note"]) for row in rows if row.values.get("delivery_note") in notes
	}
	others = [row for row in rows if not row.values.get("delivery_note")]
	numbered = tracking.documents_of({_parcel(row.values) for row in others})
	found.update((row.number, numbered[_parcel(row.values)][0]) for row in others if _parcel(row.values) in numbered)
	return found


def _parcel(values: Mapping[str, str]) -> tuple[str, str]:
	return values.get("carrier", ""), values.get("number", "")


def _report(row: Row, scan: Scan, document: tuple[str, str]) -> Report:
	raw = json.dumps(row.values, ensure_ascii=False)
	return Report(scan, CSV, row.values.get("carrier", ""), *document, raw=raw)


def _wrong(row: Row, column: str, code: str, value: str) -> Wrong:
	return Wrong(row.number, column, value[:140], remedy(code))


def remedy(code: str) -> str:
	"""What to do about a value that can't be kept."""
	return {
		"missing": _("Fill it in."),
		"no_text": _("Give it as a text."),
		"no_moment": _("Write it as 2026-03-31 14:05, or with an offset: 2026-03-31T14:05:00+08:00."),
		"future": _("It is in the future; correct the time, or give its offset."),
		"rounded": _("The spreadsheet has rounded the number; format the column as text and enter it anew."),
		"carrier": _("There is no such O2C Carrier; write its name as it is kept, or make it."),
		"document": _(
			"No Delivery Note or Shipment that you may change has it; correct it, or enter it on the document first."
		),
	}[code]
