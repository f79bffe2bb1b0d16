"""Made-up orders to check: six months of a trading company's sales as history, and a week of new orders with some mistakes
put in. The same for the same day."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from crm_o2c.cli import book
from crm_o2c.cli.check_reader import SheetOrder, sheet_order

ITEMS, CUSTOMERS = 800, 600
HISTORY, NEW = 8_000, 1_200  # orders
HISTORY_DAYS, NEW_DAYS = 270, 7
_KINDS = ("Bracket", "Cable", "Clamp", "Filter", "Hinge", "Lamp", "Panel", "Pump", "Seal", "Switch", "Valve", "Wheel")
LIST_SHARE = 0.5  # of the items that the price list has


class Item(NamedTuple):
	name: str
	price: float
	pack: float  # pieces in a usual order
	listed: bool
	stock: float


class Buyer(NamedTuple):
	name: str
	items: tuple[int, ...]
	size: float  # how much he orders, where 1 is usual
	discount: float
	limit: float
	outstanding: float
	overdue: tuple[float, int]


def orders(today: date = book.DEMO_TODAY) -> tuple[list[SheetOrder], list[SheetOrder]]:
	"""The new orders, and those before them."""
	chance = random.Random(20260303)
	items = [_item(chance, number) for number in range(ITEMS)]
	buyers = _buyers(chance)
	weights = [1 / (place + 60) for place in range(CUSTOMERS)]
	new_on = today - timedelta(NEW_DAYS - 1)
	days = sorted(chance.randrange(HISTORY_DAYS) for _order in range(HISTORY))
	made: list[tuple[str, list[dict[str, Any]]]] = []
	for number, day in enumerate([*days, *(HISTORY_DAYS + n * NEW_DAYS // NEW for n in range(NEW))], 1):
		buyer = chance.choices(buyers, weights)[0]
		ordered = new_on - timedelta(HISTORY_DAYS - day)
		made.append((f"SAL-ORD-{number:05}", list(_rows(chance, items, buyer, ordered))))
	_spoil(chance, made[HISTORY:])
	sheets = [sheet_order(name, rows, today) for name, rows in made]
	return [s for s in sheets[HISTORY:] if s], [s for s in sheets[:HISTORY] if s]


def _item(chance: random.Random, number: int) -> Item:
	price = round(chance.lognormvariate(2.6, 0.9), 2)
	pack = float(chance.choice((1, 2, 5, 6, 10, 12, 20, 24, 50)))
	name = f"{_KINDS[number % len(_KINDS)]} {100 + number}"
	return Item(name, max(price, 0.5), pack, chance.random() < LIST_SHARE, pack * chance.choice((60, 150, 400)))


def _buyers(chance: random.Random) -> list[Buyer]:
	names = [name for name, _tier, _blocked in book.customers(chance)[:CUSTOMERS]]
	found = []
	for place, name in enumerate(names):
		size = chance.lognormvariate(0, 0.35)
		limit = round(80_000 * size / (place / 40 + 1), -3) + 15_000
		overdue = (
			(round(chance.uniform(200, 4_000), 2), chance.randint(15, 70)) if chance.random() < 0.012 else (0.0, 0)
		)
		bought = tuple(chance.sample(range(ITEMS), chance.randint(20, 60)))
		discount = chance.choice((0.0, 0.0, 0.0, 0.05, 0.1))
		found.append(Buyer(name, bought, size, discount, limit, round(limit * chance.uniform(0, 0.6), 2), overdue))
	return found


def _rows(chance: random.Random, items: list[Item], buyer: Buyer, ordered: date) -> Iterator[dict[str, Any]]:
	"""The rows of one order as a file would have them, with nothing wrong."""
	head = {
		"customer": buyer.name,
		"company": "Harbourlight Trading",
		"order_date": ordered,
		"credit_limit": buyer.limit,
		"outstanding": buyer.outstanding,
		"overdue_amount": buyer.overdue[0],
		"overdue_days": buyer.overdue[1],
		"ship_to": f"{buyer.name} Shipping",
		"promise_date": _working(ordered + timedelta(chance.randint(3, 12))),
	}
	wanted = chance.sample(buyer.items, min(len(buyer.items), 1 + min(int(chance.paretovariate(1.1)), 9)))
	for place in wanted:
		item = items[place]
		rate = round(item.price * (1 - buyer.discount), 2)
		qty = item.pack * max(1, round(buyer.size * chance.lognormvariate(0.3, 0.45)))
		yield {
			**head,
			"item": item.name,
			"quantity": qty,
			"uom": "Nos",
			"rate": rate,
			"list_rate": item.price if item.listed else None,
			"cost": round(item.price * 0.62, 2),
			"on_stock": item.stock,
			"warehouse": "Stores",
		}


def _working(day: date) -> date:
	return day + timedelta(max(0, 7 - day.weekday())) if day.weekday() > 4 else day


# -- mistakes ----------------------------------------------------------------------------------------------------------------


def _spoil(chance: random.Random, made: list[tuple[str, list[dict[str, Any]]]]) -> None:
	"""Put mistakes of each kind into some of the orders, never two into one."""
	mistakes = (_slip, _swap, _tenfold, _cheap, _below_cost, _weekend, _beyond_credit, _short)
	chosen = chance.sample(range(40, len(made)), 5 * len(mistakes) + 8)
	for place, number in enumerate(chosen):
		if place < 5 * len(mistakes):
			mistakes[place % len(mistakes)](chance, made[number][1])
		else:
			_again(made, number)


def _one(chance: random.Random, rows: list[dict[str, Any]]) -> dict[str, Any]:
	return chance.choice(rows)


def _slip(chance: random.Random, rows: list[dict[str, Any]]) -> None:
	row = _one(chance, rows)
	row["rate"] = round(row["rate"] * chance.choice((10, 0.1)), 2)


def _swap(chance: random.Random, rows: list[dict[str, Any]]) -> None:
	row = max(rows, key=lambda row: abs(row["rate"] - row["quantity"]))
	row["rate"], row["quantity"] = row["quantity"], row["rate"]


def _tenfold(chance: random.Random, rows: list[dict[str, Any]]) -> None:
	_one(chance, rows)["quantity"] *= chance.choice((12, 20, 100))


def _cheap(chance: random.Random, rows: list[dict[str, Any]]) -> None:
	row = _one(chance, rows)
	row["rate"] = round(row["rate"] * chance.choice((0.66, 0.7, 1.6)), 2)


def _below_cost(chance: random.Random, rows: list[dict[str, Any]]) -> None:
	row = _one(chance, rows)
	row["rate"] = round(row["cost"] * 0.8, 2)


def _weekend(chance: random.Random, rows: list[dict[str, Any]]) -> None:
	for row in rows:
		row["promise_date"] += timedelta(5 - row["promise_date"].weekday())


def _beyond_credit(chance: random.Random, rows: list[dict[str, Any]]) -> None:
	total = sum(row["rate"] * row["quantity"] for row in rows)
	for row in rows:
		row["outstanding"] = round(row["credit_limit"] - total * chance.uniform(0.2, 0.8), 2)


def _short(chance: random.Random, rows: list[dict[str, Any]]) -> None:
	row = _one(chance, rows)
	row["on_stock"] = float(int(row["quantity"] * 0.4))


def _again(made: list[tuple[str, list[dict[str, Any]]]], number: int) -> None:
	"""The last order before with some lines, entered once more."""
	source = next(n for n in range(number - 1, 0, -1) if len(made[n][1]) >= 3)
	made[number][1][:] = [dict(row) for row in made[source][1]]
