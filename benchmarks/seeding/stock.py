"""Stock for a part of what the orders ask: one receipt for each warehouse, a ledger entry and a bin for each item."""

import datetime
from collections.abc import Mapping

from seeding.maker import Item, Maker
from seeding.plan import PREFIX, at_nine
from seeding.sales import CREDIT, DEBIT, LEDGER, STAMPS

RECEIPT_LINE = (
	"name", "parent", "idx", "t_warehouse", "item_code", "item_name", "description", "item_group", "qty",
	"transfer_qty", "basic_rate", "valuation_rate", "basic_amount", "amount",
)  # fmt: skip
LEDGER_ENTRY = (
	*STAMPS, "posting_date", "posting_datetime", "item_code", "warehouse", "voucher_no", "voucher_detail_no",
	"actual_qty", "qty_after_transaction", "incoming_rate", "valuation_rate", "stock_value", "stock_value_difference",
	"stock_queue",
)  # fmt: skip
BIN = (
	*STAMPS, "item_code", "warehouse", "actual_qty", "reserved_qty", "projected_qty", "valuation_rate", "stock_value",
)  # fmt: skip
RECEIVED = ("posting_date", "total_incoming_value", "value_difference", "total_amount")


class Stock:
	"""Makes receipts on the first day of the year. `short` counts bins with less than their orders need."""

	def __init__(self, maker: Maker, items: list[Item], demand: Mapping[tuple[Item, str], int]):
		self.maker, self.items, self.demand, self.short = maker, items, demand, 0
		table, templates = maker.stream.table, maker.stream.templates
		self._add_receipt = table("Stock Entry", *STAMPS, *RECEIVED).add
		self._add_line = table("Stock Entry Detail", *RECEIPT_LINE).add
		self._add_entry = table("Stock Ledger Entry", *LEDGER_ENTRY).add
		self._add_bin = table("Bin", *BIN).add
		self._add_debit = table("GL Entry of receipt, debit", *LEDGER, *DEBIT).add
		self._add_credit = table("GL Entry of receipt, credit", *LEDGER, *CREDIT).add
		self._against = [templates[f"GL Entry of receipt, {side}"]["against"] for side in ("debit", "credit")]
		self._day = maker.plan.year_begins
		time_of_day = templates["Stock Ledger Entry"]["posting_time"]
		self._moment = datetime.datetime.combine(self._day, datetime.time()) + time_of_day
		self._stamp = at_nine(self._day)

	def make(self) -> None:
		stamp, day, entry_name = self._stamp, self._day, self.maker.names.entry
		for number, warehouse in enumerate(self.maker.place.warehouses):
			name = f"{PREFIX}-STE-{number}"
			value = self._receive(name, warehouse)
			self._add_receipt(name, stamp, stamp, day, value, value, value)
			debit, credit = self._against
			self._add_debit(entry_name(), stamp, stamp, day, name, debit, value, value, value)
			self._add_credit(entry_name(), stamp, stamp, day, name, credit, value, value, value)

	def _receive(self, receipt: str, warehouse: str) -> float:
		"""The receipt's lines; its value in company currency. One item in twenty is out of stock."""
		random, total, row = self.maker.chance.random, 0.0, 0
		for item in self.items:
			wanted = self.demand.get((item, warehouse), 0)
			quantity = 0 if random() < 0.05 else int((wanted + 10) * (0.3 + 1.7 * random()))
			self.short += quantity < wanted
			if quantity:
				row += 1
				total += self._line(receipt, row, item, warehouse, quantity)
			if quantity or wanted:
				self._bin(item, warehouse, quantity, wanted)
		return round(total, 2)

	def _line(self, receipt: str, row: int, item: Item, warehouse: str, quantity: int) -> float:
		names, stamp, cost = self.maker.names, self._stamp, item.cost
		value, line = round(quantity * cost, 2), names.child()
		about = (item.name, item.title, item.title, item.group)
		self._add_line(line, receipt, row, warehouse, *about, quantity, quantity, cost, cost, value, value)
		moved = (item.name, warehouse, receipt, line, quantity, quantity, cost, cost, value, value)
		queue = f"[[{float(quantity)}, {cost}]]"
		self._add_entry(names.entry(), stamp, stamp, self._day, self._moment, *moved, queue)
		return value

	def _bin(self, item: Item, warehouse: str, quantity: int, wanted: int) -> None:
		stamp, value = self._stamp, round(quantity * item.cost, 2)
		amounts = (quantity, wanted, quantity - wanted, item.cost, value)
		self._add_bin(self.maker.names.child(), stamp, stamp, item.name, warehouse, *amounts)
