"""The open orders of one company for a run: what surrounds them is read once, however many orders share it."""

from collections.abc import Mapping, Sequence
from datetime import date

import frappe
from frappe.query_builder.functions import Max, Min
from frappe.utils import getdate

from crm_o2c.engine.anomaly import rules as r
from crm_o2c.engine.anomaly.facts import NOTHING, CheckFacts
from crm_o2c.engine.atp import Promise
from crm_o2c.services import checks, holds, pattern_scan, stock_promises
from crm_o2c.services.alerts import Owner
from crm_o2c.services.check_context import ON, CheckContext, get_check_context, mode, shadow_check_context
from crm_o2c.services.check_facts import Surroundings
from crm_o2c.services.check_loader import Loaded
from crm_o2c.services.check_reader import ask, ask_pairs
from crm_o2c.services.order_book import is_open

ONCE = (r.CREDIT, r.PROMISES, r.CUSTOMER, r.TERMS, r.RECENT)  # asked once for each customer
PER_ITEM = (r.ITEMS, r.PATTERNS, r.STOCK)  # once for each item


class Book:
	"""What one worker knows of a company's orders while it works at a run."""

	def __init__(self, company: str):
		self.company, today = company, getdate()
		active = get_check_context(company, today)
		self.ready: CheckContext | None = active if mode() == ON else None
		in_shadow = shadow_check_context(company, today)
		self.shadows = [ready for ready in (in_shadow, None if mode() == ON else active) if ready]
		every = [ready for ready in (self.ready, *self.shadows) if ready]
		self.needs = frozenset(need for ready in every for need in ready.checker.needs)
		self.fields: Mapping[str, str] = {k: v for ready in every for k, v in ready.fields.items()} or NOTHING
		self.around = Surroundings(today)
		self._customers: set[str] = set()
		self._items: set[str] = set()
		self._price_lists: set[str] = set()
		self._days: tuple[date, date] | None = None
		self._promises: dict[str, Promise] | None = None

	def facts(self, loaded: Sequence[Loaded]) -> list[CheckFacts]:
		"""The complete facts of loaded orders, in their order."""
		if not loaded or not self.needs:
			return [order.order.facts for order in loaded]
		self._read(loaded)
		around = self.around
		return [self._with_promises(around.complete(order.order)) for order in loaded]

	def check(self, loaded: Sequence[Loaded]) -> int:
		"""Check loaded orders and bring alerts and holds in line. How many alerts were written or closed."""
		if not self.ready or not loaded:
			return 0
		written = 0
		for order, facts in zip(loaded, self.facts(loaded), strict=True):
			check = checks.decide_again(facts, self.around, self.ready)
			written += checks.keep(check, Owner(order.owner, order.customer_name))
			if check.plan.held != order.held:
				holds.mark_if_free(order.name, check.plan.held)
		return written

	def _read(self, loaded: Sequence[Loaded]) -> None:
		"""Read what is not known yet around these orders."""
		facts = [order.order.facts for order in loaded]
		customers = {f.customer for f in facts if f.customer} - self._customers
		items = {line.item for f in facts for line in f.lines} - self._items
		lists = {order.order.price_list for order in loaded if order.order.price_list} - self._price_lists
		orders = [f.order for f in facts]
		around = self.around
		around.alerts, around.holds, around.buying_patterns = {}, {}, {}
		if customers:
			once = [need for need in self.needs if need in ONCE]
			around.add(ask(once, self.company, around.today, customers=customers, days=self._window()))
		if items or lists:
			# a new price list asks for all items again; there are few of them
			wanted = self._items | items if lists else items
			every_list = self._price_lists | lists
			per_item = [need for need in self.needs if need in PER_ITEM]
			around.add(ask(per_item, self.company, around.today, items=wanted, price_lists=every_list))
		if r.PATTERNS in self.needs:
			around.add(ask_pairs(self._unusual(facts)))
		currencies = {f.currency for f in facts if f.currency}
		around.add(
			ask(
				[n for n in self.needs if n == r.RATES],
				self.company,
				around.today,
				alerts_of=orders,
				holds_of=orders,
				currencies=currencies,
			)
		)
		self._customers |= customers
		self._items |= items
		self._price_lists |= lists

	def _unusual(self, facts: Sequence[CheckFacts]) -> list[str]:
		"""Those of the orders that have a line about which patterns say something."""
		if self.around.unusual is None:
			self.around.unusual = pattern_scan.unusual_lines(self.company)
		unusual = self.around.unusual
		return [f.order for f in facts if any(line.row in unusual for line in f.lines)]

	def _window(self) -> tuple[date, date]:
		"""The days of the open orders."""
		if self._days is None:
			order = frappe.qb.DocType("Sales Order")
			query = frappe.qb.from_(order).where((order.company == self.company) & is_open(order))
			first, last = query.select(Min(order.transaction_date), Max(order.transaction_date)).run()[0]
			self._days = (first or self.around.today, last or self.around.today)
		return self._days

	def _with_promises(self, facts: CheckFacts) -> CheckFacts:
		if r.STOCK not in self.needs:
			return facts
		if self._promises is None:
			self._promises = stock_promises.of_the_book(self.company, self.around.today)
		promises = self._promises
		lines = tuple(
			line._replace(promise=promises.get(line.row), elsewhere=stock_promises.elsewhere(line, self.around))
			if line.row in promises and stock_promises.needs_stock(line)  # a bundle has none when it is saved, either
			else line
			for line in facts.lines
		)
		return facts._replace(lines=lines)
