"""Whether an order was entered twice: the same customer, near in time, nearly the same items and quantities; or the same
purchase order number of the customer."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Protocol

_PUNCTUATION = re.compile(r"[\W_]+")
_LEAD = re.compile(r"^(?:purchase|order|po|no|nr|number)+(?=\d)|^0+(?=.)")


class OrderLike(Protocol):
	"""What is compared of an order: `facts.RecentOrder` is one."""

	order: str
	order_date: date
	po_no: str | None
	lines: tuple[tuple[str, float], ...]  # item, stock units


class Limits(NamedTuple):
	"""How alike two orders must be."""

	days: int = 7
	items: float = 0.7  # items on both, as a share of all
	quantity: float = 0.6  # quantities in common, as a share of all: the mean over the items on both
	few: int = 3  # with fewer items than this, they must be identical …
	few_days: int = 2  # … and this near


STANDARD = Limits()


class Likeness(NamedTuple):
	"""How alike two orders are."""

	items: float
	quantity: float
	days: int
	same_po: bool

	@property
	def share(self) -> float:
		"""Both as one share, from 0 to 1."""
		return self.items * self.quantity


class Pair(NamedTuple):
	"""Another order that is a duplicate, and how alike it is."""

	other: OrderLike
	likeness: Likeness


class Compared(NamedTuple):
	"""An item on either order: its quantity here and there, in stock units; None where it is not."""

	item: str
	here: float | None
	there: float | None


class Prepared(NamedTuple):
	"""An order made ready to be compared many times."""

	order: OrderLike
	day: int
	po: str
	quantities: dict[str, float]


def normal_po(po_no: str | None) -> str:
	"""A purchase order number without the ways of writing it: `PO-00471`, `po 471` and `471` are the same.

	Empty for a text without a digit: "by phone" numbers nothing.
	"""
	if not po_no:
		return ""
	text = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", po_no)).casefold()
	if not any(map(str.isdigit, text)):
		return ""
	while (shorter := _LEAD.sub("", text)) != text:
		text = shorter
	return text


@lru_cache(maxsize=10_000)
def prepare(order: OrderLike) -> Prepared:
	"""Lines of the same item are taken together. An order is a value: compared with many, it is prepared once."""
	lines = order.lines
	quantities = dict(lines)
	if len(quantities) < len(lines):
		quantities = dict.fromkeys(quantities, 0.0)
		for item, qty in lines:
			quantities[item] += qty
	return Prepared(order, order.order_date.toordinal(), normal_po(order.po_no), quantities)


def likeness(this: Prepared, other: Prepared, limits: Limits = STANDARD) -> Likeness | None:
	"""How alike two orders of one customer are; None where they are no duplicates."""
	days = abs(this.day - other.day)
	same_po = bool(this.po) and this.po == other.po
	if same_po:
		return Likeness(*_in_common(this.quantities, other.quantities), days, True)
	if days > limits.days:
		return None
	a, b = this.quantities, other.quantities
	few, many = (len(a), len(b)) if len(a) < len(b) else (len(b), len(a))
	if few < limits.few:
		return Likeness(1.0, 1.0, days, False) if few and days <= limits.few_days and a == b else None
	if few < limits.items * many:
		return None
	items, quantity = _in_common(a, b)
	if items < limits.items or quantity < limits.quantity:
		return None
	return Likeness(items, quantity, days, False)


def _in_common(a: dict[str, float], b: dict[str, float]) -> tuple[float, float]:
	both = a.keys() & b.keys()
	if not both:
		return 0.0, 0.0
	same = 0.0
	for item in both:
		x, y = a[item], b[item]
		if x == y:
			same += 1.0
		elif x > 0 and y > 0:
			same += x / y if x < y else y / x
	return len(both) / (len(a) + len(b) - len(both)), same / len(both)


def duplicates(this: OrderLike, others: Iterable[OrderLike], limits: Limits = STANDARD) -> list[Pair]:
	"""The other orders of the customer that are duplicates of this one, the most alike first."""
	prepared = prepare(this)
	pairs = []
	for other in others:
		if other.order == this.order:
			continue
		found = likeness(prepared, prepare(other), limits)
		if found is not None:
			pairs.append(Pair(other, found))
	return sorted(pairs, key=lambda pair: (-pair.likeness.share, not pair.likeness.same_po, pair.likeness.days))


def side_by_side(this: OrderLike, other: OrderLike) -> tuple[Compared, ...]:
	"""Every item of either order, what differs first."""
	here, there = prepare(this).quantities, prepare(other).quantities
	rows = [Compared(item, here.get(item), there.get(item)) for item in dict.fromkeys((*here, *there))]
	return tuple(sorted(rows, key=lambda row: row.here == row.there))
