"""A made-up order book of a trading company: 2,000 customers, 20,000 orders, 60,000 lines. The same for the same day."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from crm_o2c.engine.facts import OrderFacts

CUSTOMERS, ORDERS, LINES = 2_000, 20_000, 60_000
DEMO_TODAY = date(2026, 3, 2)
_FIRST = (
	"Alder", "Amber", "Birch", "Bright", "Cedar", "Clear", "Coast", "Crown", "Delta", "Eagle", "East", "Elm", "Falcon",
	"Garnet", "Golden", "Granite", "Harbour", "Hazel", "Highland", "Iron", "Jade", "Juniper", "Lake", "Linden", "Maple",
	"Meridian", "North", "Oak", "Ocean", "Orchid", "Pacific", "Pearl", "Pine", "River", "Sable", "Silver", "South",
	"Summit", "Union", "West",
)  # fmt: skip
_SECOND = (
	"bridge", "dale", "field", "ford", "gate", "haven", "hill", "lake", "land", "mark", "mill", "point", "port", "ridge",
	"shore", "side", "stone", "view", "water", "wood",
)  # fmt: skip
_TRADES = ("Foods", "Hardware", "Home", "Medical", "Textiles", "Tools", "Toys")
_TIERS = (("A", 0.08), ("B", 0.24), ("C", 0.60), (None, 0.08))
_PROMISES = ((-6, 0.04), (0, 0.10), (2, 0.20), (6, 0.34), (16, 0.32))  # days until the promise, up to the next row's


def customers(chance: random.Random) -> list[tuple[str, str | None, bool]]:
	"""Name, tier and whether blocked; some few buy most."""
	names = [f"{first}{second} {trade}" for first in _FIRST for second in _SECOND for trade in _TRADES]
	chosen = chance.sample(names, CUSTOMERS)
	tiers = chance.choices([tier for tier, _share in _TIERS], [share for _tier, share in _TIERS], k=CUSTOMERS)
	return [(name, tier, chance.random() < 0.01) for name, tier in zip(chosen, tiers, strict=True)]


def order_book(today: date = DEMO_TODAY) -> Iterator[OrderFacts]:
	"""The open orders of that day, in the order of their numbers."""
	chance = random.Random(20260302)
	buyers = customers(chance)
	weights = [1 / (place + 20) for place in range(CUSTOMERS)]
	bought = buyers + chance.choices(buyers, weights, k=ORDERS - CUSTOMERS)
	chance.shuffle(bought)
	for number, (lines, (name, tier, blocked)) in enumerate(zip(_lines(chance), bought, strict=True), 1):
		units = sum(chance.randint(1, 40) for _line in range(lines))
		promise = today + timedelta(_promise(chance))
		known = chance.random() > 0.01
		yield OrderFacts(
			f"SAL-ORD-{today.year}-{number:05}",
			customer=name,
			company="Harbourlight Trading",
			value=round(units * chance.lognormvariate(2.6, 0.7), 2),
			tier=tier,
			order_date=min(promise, today) - timedelta(chance.randint(0, 12)),
			promise_date=promise if known else None,
			lines=lines,
			units=float(units),
			lines_in_stock=0 if chance.random() < 0.02 else chance.randint(1, lines),
			on_hold=chance.random() < 0.01,
			customer_blocked=blocked,
			boost=10.0 if chance.random() < 0.002 else 0.0,
		)


def _lines(chance: random.Random) -> list[int]:
	"""Lines for each order: one at least, and the rest spread unevenly until there are LINES of them."""
	counts = [1] * ORDERS
	size = [chance.paretovariate(1.3) for _order in range(ORDERS)]
	for place in chance.choices(range(ORDERS), size, k=LINES - ORDERS):
		counts[place] += 1
	return counts


def _promise(chance: random.Random) -> int:
	limits = [days for days, _share in _PROMISES]
	place = chance.choices(range(len(_PROMISES)), [share for _days, share in _PROMISES])[0]
	low = -14 if place == 0 else limits[place - 1]
	return chance.randint(low + 1, limits[place])
