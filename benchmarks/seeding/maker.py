"""What everything of a book is made with, and its customers and items."""

from random import Random
from typing import NamedTuple

from seeding.plan import PREFIX, Names, Place, Plan, at_nine
from seeding.stream import Stream

# (days after the due date: mean, spread) of prompt, slow and bad payers, and how many of each there are
PAYERS = ((-3, 5), (20, 15), (70, 40))
PAYER_WEIGHTS = (70, 22, 8)
CREDIT_LIMITS = (10_000, 25_000, 50_000, 100_000, 500_000)


class Maker:
	"""The options, the site, the one source of chance, and where the rows go.

	The order in which chance and names are asked is part of the stream: the same options give the same book.
	"""

	def __init__(self, plan: Plan, place: Place, stream: Stream):
		self.plan, self.place, self.stream = plan, place, stream
		self.chance, self.names = Random(plan.seed), Names(plan.seed)

	def skewed(self, count: int, power: float) -> int:
		"""A number below `count`; the higher the power, the more often a small one."""
		return int(count * self.chance.random() ** power)

	def words(self, amount: float) -> str:
		"""About what ERPNext writes for "in words", and about as long."""
		return f"{self.place.currency} {int(amount)} And {round(amount % 1 * 100):02d} Cent only."


class Customer(NamedTuple):
	name: str
	group: str
	territory: str
	email: str
	pays: tuple[int, int]


class Item(NamedTuple):
	name: str
	title: str
	group: str
	price: float  # company currency per unit
	cost: float


def make_customers(maker: Maker) -> list[Customer]:
	"""Customers of three kinds of payers; seven of ten have a credit limit."""
	add = maker.stream.table(
		"Customer", "name", "creation", "modified", "customer_name", "customer_group", "territory", "email_id"
	).add
	add_limit = maker.stream.table("Customer Credit Limit", "name", "parent", "credit_limit").add
	chance, place, made = maker.chance, maker.place, at_nine(maker.plan.masters_made)
	customers = []
	for number in range(maker.plan.customers):
		group = place.customer_groups[maker.skewed(len(place.customer_groups), 2)]
		territory = place.territories[maker.skewed(len(place.territories), 3)]
		pays = chance.choices(PAYERS, PAYER_WEIGHTS)[0]
		name = f"{PREFIX}-CUST-{number:05d}"
		customer = Customer(name, group, territory, f"ap{number:05d}@seed.example.com", pays)
		customers.append(customer)
		add(name, made, made, name, group, territory, customer.email)
		if chance.random() < 0.7:
			add_limit(maker.names.child(), name, chance.choice(CREDIT_LIMITS))
	return customers


def make_items(maker: Maker) -> list[Item]:
	"""Items with a price and a cost; cheap ones are many."""
	table, child, random = maker.stream.table, maker.names.child, maker.chance.random
	item_columns = ("item_name", "description", "item_group", "valuation_rate")
	add = table("Item", "name", "item_code", "creation", "modified", *item_columns).add
	add_default = table("Item Default", "name", "parent").add
	add_unit = table("UOM Conversion Detail", "name", "parent").add
	add_price = table("Item Price", "name", "item_code", "item_name", "item_description", "price_list_rate").add
	groups, made = maker.place.item_groups, at_nine(maker.plan.masters_made)
	items = []
	for number in range(maker.plan.items):
		name, title = f"{PREFIX}-ITEM-{number:05d}", f"Seed item {number:05d}"
		price = round(5 + 495 * random() ** 2, 2)
		cost = round(price * (0.5 + 0.3 * random()), 2)
		item = Item(name, title, groups[maker.skewed(len(groups), 2)], price, cost)
		items.append(item)
		add(name, name, made, made, title, title, item.group, cost)
		add_default(child(), name)
		add_unit(child(), name)
		add_price(child(), name, title, title, price)
	return items
