"""Puts what a check found into a reader's words: sentences, evidence, remedies and ways, with money and dates as he reads them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import fmt_money, formatdate

from crm_o2c.engine import messages
from crm_o2c.engine.anomaly import messages as m

TABLE_ROWS = 12  # of evidence; a longer table is cut and says so


class CheckWords:
	"""Renders codes for one reader and one company's currency."""

	def __init__(self, company: str):
		self.currency = frappe.get_cached_value("Company", company, "default_currency")

	def sentence(self, code: str, params: Mapping[str, Any]) -> str:
		"""The words of a hit, a way or a remedy."""
		shown = {name: self.show(value, m.kind_of(code, name)) for name, value in params.items()}
		return messages.render(code, shown, _)

	def remedy(self, code: str, params: Mapping[str, Any]) -> str:
		"""What a remedy's button says."""
		return self.sentence(f"do.{code}", params)

	def ways(self, ways: Iterable[Sequence[Any]]) -> str:
		"""The condition of a hold: its ways, any of which will do."""
		texts = [self.sentence(f"way.{code}", params) for code, params in ways]
		return _("{0} or {1}").format(", ".join(texts[:-1]), texts[-1]) if len(texts) > 1 else "".join(texts)

	def detector(self, code: str) -> str:
		"""What a detector is called."""
		return messages.render(f"detector.{code}", {}, _)

	def evidence(self, kept: Sequence[Any] | None) -> dict[str, Any] | None:
		"""A table as it is shown: {"columns": [{label, kind}], "rows": [[…]], "more": rows left out}."""
		if not kept:
			return None
		columns, rows = kept
		kinds = [m.COLUMN_KINDS.get(column, m.TEXT) for column in columns]
		return {
			"columns": [
				{"label": messages.render(column, {}, _), "kind": kind}
				for column, kind in zip(columns, kinds, strict=True)
			],
			"rows": [[self.show(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in _some(rows)],
			"more": max(0, len(rows) - TABLE_ROWS),
		}

	def show(self, value: Any, kind: str) -> str:
		"""One value as text."""
		if value is None or value == "":
			return "–"
		if kind == m.DATE:
			return formatdate(value)
		if kind in (m.MONEY, m.PRICE) and isinstance(value, int | float):
			return fmt_money(value, currency=self.currency)
		if kind == m.PERCENT and isinstance(value, int | float):
			return f"{messages.plain(round(float(value), 1))} %"
		if kind == m.WORD and value in messages.MESSAGES:
			return messages.render(value, {}, _)
		return formatdate(value) if isinstance(value, date) else messages.plain(value)


def _some(rows: Sequence[Any]) -> Sequence[Any]:
	"""The first rows of a table, and its last one, which sums it up."""
	return rows if len(rows) <= TABLE_ROWS else [*rows[: TABLE_ROWS - 1], rows[-1]]
