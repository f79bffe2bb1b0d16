"""Delivery policy: in how many parts, and from what value, goods of an order may leave.

A delivery is judged for one order and one place: with a Ship-To Plan each address and date stands for itself. Quantities
are in the unit of each line; money is in the company's currency.

- Ship complete: a delivery takes all that is left.
- At most n deliveries: before the n-th any part may go; the n-th takes all that is left. After it nothing goes any more,
  but for what replaces goods that came back.
- Minimum value: a delivery is worth at least so much, or takes all that is left.
"""

from decimal import Decimal
from typing import NamedTuple

ANY, SHIP_COMPLETE, AT_MOST, MIN_VALUE = POLICIES = (
	"",
	"Ship Complete",
	"At Most n Deliveries",
	"Minimum Value",
)
# Why a delivery is refused
INCOMPLETE, LAST_INCOMPLETE, TOO_MANY, TOO_SMALL = ("incomplete", "last_incomplete", "too_many", "too_small")
DECIMALS = 6
NO_MONEY = Decimal(0)


class Terms(NamedTuple):
	"""What was agreed."""

	policy: str = ANY
	most: int = 0  # deliveries
	least: Decimal = NO_MONEY  # value of a delivery


class Line(NamedTuple):
	"""Goods of one line, or of its part that goes to this place."""

	key: str
	left: float  # still to deliver before this delivery
	now: float  # in this delivery

	@property
	def rest(self) -> float:
		return max(0.0, round(self.left - self.now, DECIMALS))


class Delivery(NamedTuple):
	"""A delivery of an order to a place."""

	lines: tuple[Line, ...]
	before: int = 0  # deliveries to this place so far
	value: Decimal = NO_MONEY
	replaces: bool = False  # goods came back, so that something is to be delivered again

	@property
	def is_empty(self) -> bool:
		"""No goods: services, or lines of others."""
		return not any(line.now > 0 for line in self.lines)

	@property
	def rest(self) -> tuple[Line, ...]:
		"""Lines of which something would stay behind."""
		return tuple(line for line in self.lines if line.rest > 0)


class Breach(NamedTuple):
	"""Why a delivery may not leave."""

	code: str
	rest: tuple[Line, ...] = ()  # what would stay behind
	number: int = 0  # the delivery would be that one


def problems(terms: Terms) -> list[str]:
	"""The fields of a policy that are missing, by the names of `Terms`."""
	if terms.policy == AT_MOST and terms.most < 1:
		return ["most"]
	if terms.policy == MIN_VALUE and terms.least <= 0:
		return ["least"]
	return []


def judge(terms: Terms, delivery: Delivery) -> Breach | None:
	"""Why a delivery breaks the policy; None where it does not. What takes all that is left and is within the number of
	deliveries is always let through, and so are terms that say nothing."""
	if terms.policy == ANY or problems(terms) or delivery.is_empty:
		return None
	rest, number = delivery.rest, delivery.before + 1
	if terms.policy == SHIP_COMPLETE:
		return Breach(INCOMPLETE, rest, number) if rest else None
	if terms.policy == MIN_VALUE:
		return Breach(TOO_SMALL, rest, number) if rest and delivery.value < terms.least else None
	if number > terms.most:
		return None if delivery.replaces and not rest else Breach(TOO_MANY, rest, number)
	return Breach(LAST_INCOMPLETE, rest, number) if number == terms.most and rest else None
