"""What of an order can go now and what later, and how its delivery policy judges that. Quantities in the unit of each line."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from crm_o2c.engine.atp import whole
from crm_o2c.engine.delivery_policy import DECIMALS, NO_MONEY, Breach, Delivery, Line, Terms, judge


class Open(NamedTuple):
	"""What is still to deliver of a line, and what stock can keep of it."""

	key: str
	left: float
	available: float  # at once
	on: date | None = None  # when all of it is there; None: no known supply covers it
	step: float = 0.0  # what can't be divided; 0 where any part can be delivered
	price: Decimal = NO_MONEY  # of one, net, in the company's currency
	drafted: float = 0.0  # of `left`, on Delivery Notes that are still drafts
	is_goods: bool = True  # a service goes along, and is no delivery


class Part(NamedTuple):
	"""What of a line goes now and what follows."""

	key: str
	now: float
	later: float
	on: date | None  # when what follows is there; None: not known, or nothing follows


class Split(NamedTuple):
	"""A proposal for the next delivery."""

	parts: tuple[Part, ...]
	value: Decimal  # of what goes now
	breach: Breach | None  # why it may not leave
	complete_on: date | None  # when all of it could leave at once; None: not known

	@property
	def goes_now(self) -> bool:
		return any(part.now > 0 for part in self.parts)

	@property
	def is_all(self) -> bool:
		return all(part.later <= 0 for part in self.parts)


def propose(terms: Terms, lines: Iterable[Open], today: date, before: int = 0, replaces: bool = False) -> Split:
	"""Send what is there, the rest when it is. `before`: deliveries so far; `replaces`: goods of the order came back."""
	lines = tuple(lines)
	parts = tuple(_part(line, today) for line in lines)
	value = sum((Decimal(str(part.now)) * line.price for part, line in zip(parts, lines, strict=True)), NO_MONEY)
	goods = tuple(
		Line(line.key, round(line.left - line.drafted, DECIMALS), part.now)
		for part, line in zip(parts, lines, strict=True)
		if line.is_goods
	)
	days = [today if part.later <= 0 else part.on for part in parts]
	complete_on = None if None in days else max((day for day in days if day), default=today)
	return Split(parts, value, judge(terms, Delivery(goods, before, value, replaces)), complete_on)


def _part(line: Open, today: date) -> Part:
	wanted = max(0.0, round(line.left - line.drafted, DECIMALS))
	free = max(0.0, round(line.available - line.drafted, DECIMALS))
	now = wanted if free >= wanted else whole(free, line.step)
	later = round(wanted - now, DECIMALS)
	return Part(line.key, now, later, max(line.on, today) if later > 0 and line.on else None)
