"""What the priority engine knows about an order: plain values, loaded by a service, a file reader or a test."""

import json
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from crm_o2c.engine.expression import FLAG, NUMBER, TEXT

NOTHING: Mapping[str, Any] = MappingProxyType({})


class OrderFacts(NamedTuple):
	"""One open sales order. A value that is not known is None; it is never read as 0.

	A NamedTuple and not a dataclass: a run over the whole book makes one for each order straight from a database row.
	"""

	order: str
	customer: str | None = None
	company: str | None = None
	value: float | None = None  # what is still to deliver, company currency, before tax
	tier: str | None = None
	order_date: date | None = None
	promise_date: date | None = None  # earliest promise among the lines still to deliver
	lines: int | None = None  # lines still to deliver
	units: float | None = None  # stock units still to deliver
	lines_in_stock: int | None = None  # of `lines`, those with any stock on hand or that need none
	submitted: bool = True
	on_hold: bool = False
	customer_blocked: bool = False  # frozen or disabled
	margin_percent: float | None = None
	overdue_amount: float | None = None  # the customer's, company currency
	overdue_days: int | None = None  # of the customer's oldest overdue invoice
	boost: float = 0.0  # points added by hand
	held: bool = False  # by an anomaly rule, until its condition is met
	extra: Mapping[str, Any] = NOTHING  # further fields that the policy names

	def to_json(self) -> str:
		"""A list of the values in the order of the fields. The same facts give the same bytes."""
		ordered, promise = self.order_date, self.promise_date
		return _ENCODER.encode(
			(
				*self[:5],
				ordered and ordered.isoformat(),
				promise and promise.isoformat(),
				*self[7:-1],
				dict(self.extra) if self.extra else {},
			)
		)

	@classmethod
	def from_json(cls, text: str) -> "OrderFacts":
		facts = cls(*json.loads(text))
		days = {key: date.fromisoformat(value) for key in DATES if (value := getattr(facts, key))}
		return facts._replace(**days)


DATES = ("order_date", "promise_date")


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

# What an expression may name, and its type there. Dates are given as days: expressions know no dates.
EXPRESSION_FIELDS: dict[str, str] = {
	"value": NUMBER,
	"tier": TEXT,
	"customer": TEXT,
	"company": TEXT,
	"lines": NUMBER,
	"units": NUMBER,
	"lines_in_stock": NUMBER,
	"age_days": NUMBER,
	"slack_days": NUMBER,
	"margin_percent": NUMBER,
	"overdue_amount": NUMBER,
	"overdue_days": NUMBER,
	"on_hold": FLAG,
	"customer_blocked": FLAG,
}
