"""What a seeded book is: its size, the site it is for, and the names of its rows."""

from dataclasses import dataclass
from datetime import date, timedelta

import frappe

PREFIX = "SEED"  # of every name; what begins with it is ours to wipe


@dataclass(frozen=True)
class Plan:
	"""The options that the stream of rows depends on."""

	orders: int
	invoices: int
	linked: float  # share of the orders that a linked invoice has billed already
	customers: int
	items: int
	seed: int
	today: date

	@property
	def masters_made(self) -> date:
		"""When customers and items were made: before any order."""
		return self.today - timedelta(400)

	@property
	def year_begins(self) -> date:
		return date(self.today.year, 1, 1)

	@property
	def linked_every(self) -> int:
		"""Every n-th order has a linked invoice; 0 for none."""
		return round(1 / self.linked) if self.linked else 0


@dataclass(frozen=True)
class Place:
	"""What of the site goes into the rows."""

	company: str
	currency: str
	abbr: str
	customer_groups: list[str]
	territories: list[str]
	item_groups: list[str]

	@property
	def warehouses(self) -> tuple[str, str]:
		return f"Stores - {self.abbr}", f"Finished Goods - {self.abbr}"

	@property
	def cash(self) -> str:
		return f"Cash - {self.abbr}"


def place_of_site() -> Place:
	"""The first company by name, and those of ERPNext's own groups and territories that the site has."""
	company = frappe.get_all("Company", pluck="name", order_by="name asc")[0]
	abbr, currency = frappe.db.get_value("Company", company, ["abbr", "default_currency"])
	return Place(
		company,
		currency,
		abbr,
		customer_groups=_existing("Customer Group", "Commercial", "Individual", "Government", "Non Profit"),
		territories=_existing("Territory", "United States", "Rest Of The World") or ["All Territories"],
		item_groups=_existing("Item Group", "Products", "Raw Material", "Sub Assemblies", "Consumable"),
	)


def _existing(doctype: str, *names: str) -> list[str]:
	return [name for name in names if frappe.db.exists(doctype, name)]


def at_nine(day: date) -> str:
	"""The time stamp of a row of that day. Nothing in a seeded book reads the clock."""
	return f"{day} 09:00:00.000000"


class Names:
	"""Names for rows that ERPNext names by chance; unique, and in the order of the primary key that ERPNext's have."""

	DIGITS = "0123456789abcdefghijklmnopqrstuv"
	STEP = 0x9E3779B97F4A7C15  # odd, so that multiples of it are all different modulo a power of two

	def __init__(self, seed: int):
		self.seed, self.children, self.entries = seed, 0, 0

	def child(self) -> str:
		"""Like a child row's: ordered by time, with some noise at the end."""
		self.children += 1
		rest, prefix = self.children, ""
		for _digit in range(6):
			rest, digit = divmod(rest, 32)
			prefix = self.DIGITS[digit] + prefix
		noise = (self.children * 40503) & 0x7FFF
		return f"z{prefix}{self.DIGITS[noise >> 10]}{self.DIGITS[(noise >> 5) & 31]}{self.DIGITS[noise & 31]}"

	def entry(self) -> str:
		"""Like a ledger entry's: in no order, so that inserts meet the whole index."""
		self.entries += 1
		return f"{(self.entries * self.STEP + self.seed) & 0xFFFFFFFFFF:010x}"
