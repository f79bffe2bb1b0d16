"""What the anomaly engine knows about an order and what surrounds it: plain values, whoever loaded them.

Money is in company currency, quantities are in the line's unit unless they say "stock units", dates are the site's. A
value that is not known is None and never 0: a detector that needs it stays silent.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from crm_o2c.engine.anomaly.patterns import LinePatterns
from crm_o2c.engine.atp import Promise

NOTHING: Mapping[str, Any] = MappingProxyType({})


class ItemFacts(NamedTuple):
	"""What an order line's item is by its master."""

	item: str
	name: str = ""
	disabled: bool = False
	end_of_life: date | None = None
	needs_stock: bool = True
	min_qty: float | None = None  # stock units that a line must have at least
	max_discount: float | None = None  # percent
	lead_days: int | None = None  # calendar days that it takes to get or make more
	units: tuple[tuple[str, float], ...] = ()  # unit of measure → stock units
	substitutes: tuple[str, ...] = ()  # Item Alternative


class LineFacts(NamedTuple):
	"""One line of an order, as it is about to be saved or as it is kept."""

	number: int  # place on the order, from 1
	item: str
	row: str = ""  # name of its row; empty where it was never saved
	item_group: str | None = None
	warehouse: str | None = None
	qty: float = 0.0
	uom: str | None = None
	factor: float = 1.0  # stock units in one `uom`
	open_qty: float = 0.0  # stock units still to deliver
	rate: float | None = None  # net of every discount, for one `uom`
	list_rate: float | None = None  # of the price list, for one `uom`; None where the list has no price
	contract_rate: float | None = None  # agreed in a Blanket Order, for one `uom`
	amount: float | None = None  # net amount of the line
	total: float | None = None  # with its share of the order's taxes and charges
	cost: float | None = None  # valuation of one stock unit
	promise_date: date | None = None
	pricing_rules: int = 0  # Pricing Rules that made the price
	hand_discount: float = 0.0  # percent below the price that list and Pricing Rules give
	drop_ship: bool = False
	about: ItemFacts | None = None
	patterns: LinePatterns | None = None  # what is usual for item, price list and customer
	promise: Promise | None = None  # what stock can keep; None for what needs none
	elsewhere: tuple[tuple[str, float], ...] = ()  # other warehouses of the company: stock units free there


class CreditFacts(NamedTuple):
	"""What a customer owes a company and what is agreed, without the order that is checked. Amounts in company currency."""

	limit: float | None = None  # None: no limit is set anywhere
	no_credit: bool = False  # must pay before delivery: his limit is 0
	billed: float = 0.0  # by the ledger: open invoices less payments not yet allocated
	ordered: float = 0.0  # submitted orders not billed yet, others than this one
	delivered: float = 0.0  # delivered without an order and not billed yet
	this_order: float = 0.0  # the part of this order that is in none of the above
	overdue: float = 0.0
	overdue_days: int = 0  # of the oldest instalment
	invoices: tuple[tuple[str, date, float], ...] = ()  # overdue: number, due date, open amount; the oldest first
	broken_promises: int = 0  # promises to pay, past their day and not kept
	broken_amount: float = 0.0

	@property
	def exposure(self) -> float:
		"""All that the customer would owe with this order."""
		return self.billed + self.ordered + self.delivered + self.this_order

	@property
	def is_within_limit(self) -> bool:
		"""Whether the exposure is no more than the limit that is set; where none is set it always is."""
		return self.limit is None or round(self.exposure, 2) <= self.limit


class CustomerFacts(NamedTuple):
	"""What a customer has done before, without the order that is checked."""

	orders: int = 0  # submitted before
	largest: float = 0.0  # net value of his largest order before
	addresses: frozenset[str] = frozenset()  # that he has had goods sent to
	terms: str | None = None  # Payment Terms Template of the customer or his group
	terms_days: int | None = None  # days until its last instalment


class RecentOrder(NamedTuple):
	"""Another order of the same customer, draft or submitted, near in time."""

	order: str
	order_date: date
	po_no: str | None
	value: float  # net
	lines: tuple[tuple[str, float], ...]  # item, stock units


class CheckFacts(NamedTuple):
	"""One sales order with what surrounds it."""

	order: str
	company: str | None = None
	currency: str | None = None  # of the order
	customer: str | None = None
	customer_group: str | None = None
	order_type: str | None = None
	order_date: date | None = None
	net: float | None = None  # company currency
	total: float | None = None  # with taxes and charges
	order_discount: float = 0.0  # percent taken off the whole order by hand
	rate_used: float | None = None  # company currency for one unit of the order's currency
	rate_on_file: float | None = None  # the latest Currency Exchange up to the order date; None: same currency or none
	terms: str | None = None
	terms_days: int | None = None
	ship_to: str | None = None
	po_no: str | None = None
	submitted: bool = False
	lines: tuple[LineFacts, ...] = ()
	credit: CreditFacts | None = None
	about_customer: CustomerFacts | None = None
	recent: tuple[RecentOrder, ...] = ()
	fields: Mapping[str, Any] = NOTHING  # fields of the order that free expressions name
