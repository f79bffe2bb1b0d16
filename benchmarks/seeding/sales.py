"""Sales Orders, Sales Invoices with their ledger entries, and the payments of those."""

from collections import Counter
from datetime import date, timedelta
from typing import NamedTuple

from seeding.maker import Customer, Item, Maker
from seeding.plan import PREFIX, at_nine

STAMPS = ("name", "creation", "modified")
PARTY = ("title", "customer", "customer_name", "customer_group", "territory", "contact_email")
TOTALS = (
	"total_qty", "base_total", "base_net_total", "total", "net_total", "base_grand_total", "base_rounded_total",
	"grand_total", "rounded_total", "amount_eligible_for_commission", "base_in_words", "in_words",
)  # fmt: skip
LINE = (
	*STAMPS, "parent", "idx", "item_code", "item_name", "description", "item_group", "qty", "stock_qty",
	"price_list_rate", "base_price_list_rate", "rate", "base_rate", "net_rate", "base_net_rate", "stock_uom_rate",
	"amount", "base_amount", "net_amount", "base_net_amount", "discount_percentage", "discount_amount", "warehouse",
)  # fmt: skip
SCHEDULE = (
	*STAMPS, "parent", "due_date", "payment_amount", "base_payment_amount", "outstanding", "base_outstanding",
	"paid_amount", "base_paid_amount",
)  # fmt: skip
PAID = (
	"paid_amount", "base_paid_amount", "received_amount", "base_received_amount", "paid_amount_after_tax",
	"base_paid_amount_after_tax", "received_amount_after_tax", "base_received_amount_after_tax",
	"total_allocated_amount", "base_total_allocated_amount",
)  # fmt: skip
LEDGER = (*STAMPS, "posting_date", "voucher_no", "against")
DEBIT = ("debit", "debit_in_account_currency", "debit_in_transaction_currency")
CREDIT = ("credit", "credit_in_account_currency", "credit_in_transaction_currency")
AMOUNT = ("amount", "amount_in_account_currency")
TERMS = (15, 30, 30, 45, 60)  # days until an invoice is due


class Line(NamedTuple):
	"""An item of an order or invoice. Money in company currency; `percent` and `discount` are off the list price."""

	name: str
	item: Item
	quantity: int
	rate: float
	discount: float
	percent: float
	amount: float
	warehouse: str

	def values(self, name: str, stamp: str, parent: str, row: int) -> tuple:
		"""The columns LINE."""
		item, rate, amount = self.item, self.rate, self.amount
		return (
			name, stamp, stamp, parent, row, item.name, item.title, item.title, item.group, self.quantity,
			self.quantity, item.price, item.price, rate, rate, rate, rate, rate, amount, amount, amount, amount,
			self.percent, self.discount, self.warehouse,
		)  # fmt: skip


class Sales:
	"""Makes orders, and invoices with or without an order. Counts what it makes."""

	def __init__(self, maker: Maker, customers: list[Customer], items: list[Item]):
		self.maker, self.customers, self.items = maker, customers, items
		self.demand: Counter[tuple[Item, str]] = Counter()  # open units by item and warehouse
		self.counts = dict.fromkeys(("paid", "partial", "open", "overdue", "anomalies"), 0)
		self.invoices = 0
		self._open_order_tables()
		self._open_invoice_tables()
		self._open_payment_tables()

	def make(self) -> None:
		"""The whole book: orders of the last 120 days, invoices since the year began."""
		plan, maker = self.maker.plan, self.maker
		for number in range(plan.orders):
			self._order(number)
		days = (plan.today - plan.year_begins).days
		while self.invoices < plan.invoices:
			customer = self._any_customer()
			posted = plan.year_begins + timedelta(maker.skewed(days, 0.6))
			self._invoice(customer, posted, self._lines())

	# -- tables ------------------------------------------------------------------------------------------------------

	def _open_order_tables(self) -> None:
		table = self.maker.stream.table
		state = ("status", "per_billed", "billing_status")
		dates = ("transaction_date", "delivery_date")
		self._add_order = table("Sales Order", *STAMPS, *PARTY, *dates, *TOTALS, *state).add
		billing = ("delivery_date", "transaction_date", "billed_amt", "valuation_rate", "gross_profit")
		self._add_order_line = table("Sales Order Item", *LINE, *billing).add
		self._add_order_schedule = table("Payment Schedule of order", *SCHEDULE).add

	def _open_invoice_tables(self) -> None:
		table, owing = self.maker.stream.table, ("due_date", "party", "against_voucher")
		dates, state = ("posting_date", "due_date"), ("outstanding_amount", "status")
		self._add_invoice = table("Sales Invoice", *STAMPS, *PARTY, *dates, *TOTALS, *state).add
		self._add_invoice_line = table("Sales Invoice Item", *LINE, "sales_order", "so_detail", "incoming_rate").add
		self._add_invoice_schedule = table("Payment Schedule of invoice", *SCHEDULE).add
		self._add_debtor = table("GL Entry of invoice, debit", *LEDGER, *owing, *DEBIT).add
		self._add_income = table("GL Entry of invoice, credit", *LEDGER, *CREDIT).add
		voucher = (*dates, "party", "voucher_no", "against_voucher_no")
		self._add_owed = table("Payment Ledger Entry of invoice", *STAMPS, *voucher, *AMOUNT).add
		self._income_account = self.maker.stream.templates["GL Entry of invoice, debit"]["against"]

	def _open_payment_tables(self) -> None:
		table = self.maker.stream.table
		named = ("title", "party", "party_name", "posting_date", "reference_date", "reference_no")
		self._add_payment = table("Payment Entry", *STAMPS, *named, *PAID, "remarks", "base_in_words", "in_words").add
		amounts = ("due_date", "total_amount", "allocated_amount", "outstanding_amount")
		self._add_reference = table("Payment Entry Reference", *STAMPS, "parent", "reference_name", *amounts).add
		self._add_cash = table("GL Entry of payment, debit", *LEDGER, *DEBIT, "remarks").add
		party = ("party", "against_voucher")
		self._add_settled = table("GL Entry of payment, credit", *LEDGER, *party, *CREDIT, "remarks").add
		voucher = ("posting_date", "party", "voucher_no", "against_voucher_no")
		self._add_received = table("Payment Ledger Entry of payment", *STAMPS, *voucher, *AMOUNT, "remarks").add
		self._cash_account = self.maker.stream.templates["GL Entry of payment, credit"]["against"]

	# -- orders ------------------------------------------------------------------------------------------------------

	def _order(self, number: int) -> None:
		maker, plan, random = self.maker, self.maker.plan, self.maker.chance.random
		name, customer = f"{PREFIX}-SO-{number:07d}", self._any_customer()
		ordered = plan.today - timedelta(maker.skewed(120, 1.3))
		promised = ordered + timedelta(3 + int(57 * random()))
		lines, stamp = self._lines(), at_nine(ordered)
		totals = self._totals(lines)
		total = totals[1]
		billed = bool(plan.linked_every) and number % plan.linked_every == 0 and self.invoices < plan.invoices
		state = ("To Deliver", 100, "Fully Billed") if billed else ("To Deliver and Bill", 0, "Not Billed")
		self._add_order(name, stamp, stamp, *_party(customer), ordered, promised, *totals, *state)
		for row, line in enumerate(lines, 1):
			self.demand[line.item, line.warehouse] += line.quantity
			cost, profit = line.item.cost, round(line.amount - line.quantity * line.item.cost, 2)
			billing = (promised, ordered, line.amount if billed else 0, cost, profit)
			self._add_order_line(*line.values(line.name, stamp, name, row), *billing)
		schedule = (ordered, total, total, total, total, 0, 0)
		self._add_order_schedule(maker.names.child(), stamp, stamp, name, *schedule)
		if billed:
			posted = min(plan.today, ordered + timedelta(int(10 * random())))
			self._invoice(customer, posted, lines, name)

	def _any_customer(self) -> Customer:
		return self.customers[self.maker.skewed(len(self.customers), 2)]

	def _lines(self) -> list[Line]:
		return [self._line() for _line in range(1 + int(5 * self.maker.chance.random()))]

	def _line(self) -> Line:
		"""Four of ten with a discount; one in a hundred is an anomaly, by a price far too low or a huge quantity."""
		maker, random = self.maker, self.maker.chance.random
		item = self.items[maker.skewed(len(self.items), 1.7)]
		quantity, kind = 1 + int(20 * random() ** 2), random()
		percent = 0.0 if kind < 0.6 else round(15 * random(), 1)
		rate = round(item.price * (1 - percent / 100), 2)
		if kind > 0.995:
			rate = round(item.price * (0.2 + 0.2 * random()), 2)
			percent = round((1 - rate / item.price) * 100, 3)
		elif kind > 0.99:
			quantity *= 50
		self.counts["anomalies"] += kind > 0.99
		warehouse = maker.place.warehouses[random() >= 0.85]
		discount, amount = round(item.price - rate, 2), round(quantity * rate, 2)
		return Line(maker.names.child(), item, quantity, rate, discount, percent, amount, warehouse)

	def _totals(self, lines: list[Line]) -> tuple:
		"""The columns TOTALS."""
		total = round(sum(line.amount for line in lines), 2)
		words = self.maker.words(total)
		return (sum(line.quantity for line in lines), *[total] * 9, words, words)

	# -- invoices and payments ---------------------------------------------------------------------------------------

	def _invoice(self, customer: Customer, posted: date, lines: list[Line], order: str | None = None) -> None:
		number, plan, names = self.invoices, self.maker.plan, self.maker.names
		self.invoices += 1
		name, stamp = f"{PREFIX}-SINV-{number:07d}", at_nine(posted)
		due = posted + timedelta(self.maker.chance.choice(TERMS))
		totals = self._totals(lines)
		total = totals[1]
		paid, paid_on = self._paid(customer, total, posted, due)
		owed = round(total - paid, 2)
		status = "Paid" if owed <= 0 else "Overdue" if due < plan.today else "Partly Paid" if paid else "Unpaid"
		self.counts["open" if owed > 0 else "paid"] += 1
		self.counts["overdue"] += status == "Overdue"
		self._add_invoice(name, stamp, stamp, *_party(customer), posted, due, *totals, owed, status)
		for row, line in enumerate(lines, 1):
			of_order = (order, line.name if order else None, line.item.cost)
			self._add_invoice_line(*line.values(names.child(), stamp, name, row), *of_order)
		self._add_invoice_schedule(names.child(), stamp, stamp, name, due, total, total, owed, owed, paid, paid)
		party, entry = customer.name, (stamp, stamp, posted, name)
		self._add_debtor(names.entry(), *entry, self._income_account, due, party, name, *[total] * 3)
		self._add_income(names.entry(), *entry, party, *[total] * 3)
		self._add_owed(names.child(), stamp, stamp, posted, due, party, name, name, total, total)
		if paid:
			self._payment(number, name, party, (total, paid), due, paid_on)

	def _paid(self, customer: Customer, total: float, posted: date, due: date) -> tuple[float, date]:
		"""What has been paid by today, and when: nothing, all, or for some invoices a part."""
		chance, plan = self.maker.chance, self.maker.plan
		paid_on = max(posted, due + timedelta(int(chance.gauss(*customer.pays))))
		if paid_on > plan.today:
			return 0.0, paid_on
		if chance.random() >= 0.08:
			return total, paid_on
		self.counts["partial"] += 1
		return round(total * (0.2 + 0.6 * chance.random()), 2), paid_on

	def _payment(
		self, number: int, invoice: str, party: str, amounts: tuple[float, float], due: date, paid_on: date
	) -> None:
		"""`amounts` are the invoice's and what is paid of it."""
		total, paid = amounts
		names, currency = self.maker.names, self.maker.place.currency
		name, wire, stamp = f"{PREFIX}-PAY-{number:07d}", f"WIRE{number}", at_nine(paid_on)
		remarks = "\\n".join(
			(
				f"Amount {currency} {paid} received from {party}",
				f"Transaction reference no {wire} dated {paid_on}",
				f"Amount {currency} {paid} against Sales Invoice {invoice}",
			)
		)
		words, entry = self.maker.words(paid), (stamp, stamp, paid_on, name)
		named = (party, party, party, paid_on, paid_on, wire)
		self._add_payment(name, stamp, stamp, *named, *[paid] * len(PAID), remarks, words, words)
		self._add_reference(names.child(), stamp, stamp, name, invoice, due, total, paid, 0)
		self._add_cash(names.entry(), *entry, party, paid, paid, paid, remarks)
		self._add_settled(names.entry(), *entry, self._cash_account, party, invoice, paid, paid, paid, remarks)
		self._add_received(names.child(), stamp, stamp, paid_on, party, name, invoice, -paid, -paid, remarks)


def _party(customer: Customer) -> tuple[str, ...]:
	"""The columns PARTY."""
	return (customer.name,) * 3 + (customer.group, customer.territory, customer.email)
