"""What is usual for an order line, and how far a line is from it: price levels and quantities.

Prices are in company currency for one stock unit, quantities are in stock units. All state is a plain aggregate over the
lines sold in the last `DAYS` days (quantity and price above 0), so that a set-based query over the same lines gives the
same state as the online learner, `pattern_book.PatternBook`:

- *level* of an item and price list: the lines whose prices have the same `bucket`, where they are of `LEVEL_ORDERS`
  orders or more. It is (mean price, number of orders, last day). The level on most orders comes first, then the
  cheaper; at most `MOST_LEVELS` are kept.
- *rare*: the number of buckets of an item and price list that are no level.
- *mean_log*, *sd_log* of an item and price list: mean and population deviation of ln(quantity) over its lines.
- *last price* of a customer and item: of the latest line by day, order and row. *Largest*: the largest quantity.
- *ratio* of a customer: the median of price / first level over those of his last `LAST_LINES` lines that have a level.
- *effect* of a customer: the sum of ln(quantity) - mean_log over his last `LAST_LINES` lines / (lines + `EFFECT_LINES`).

An order is judged before it is learned, so nothing of it is in its own patterns.
"""

from datetime import date
from math import exp, floor, log, sqrt
from typing import NamedTuple

DAYS = 365
LEVEL_ORDERS = 2
MOST_LEVELS = 40
LAST_LINES = 25
EFFECT_LINES = 5.0
BUCKETS = 100.0  # for one unit of ln(price): a level is about 1 % wide

SAME = 0.011  # up to this distance a price is at a level
FAR = 0.30  # from this distance a price may be a slip or a swap
LIKELY = 0.2  # confidence from which a line is worth an alert
LOW, HIGH = exp(-SAME), exp(SAME)
SLIPS = (10.0, 100.0, 0.1, 0.01)
SLIP_TOLERANCE = 0.03
SWAP_TOLERANCE = 0.005
OWN_LARGEST = 1.5  # up to this many times the customer's own largest quantity nothing is unusual
OWN_SD = 0.6  # of ln(quantity / the customer's largest)
TYPICAL_SD = 1.2  # of ln(quantity) of any item
TYPICAL_LINES = 20.0  # lines that `TYPICAL_SD` counts for

# Evidence that a line is a mistake, in log-odds, where one line in a hundred is. Fitted on three months of orders
# before those that the benchmark tests, then rounded.
NOTHING_ODD = -7.5
OFF_LEVEL = -2.5
PER_DISTANCE = 19.0  # for one unit of ln(price), up to FAR
PER_NOVELTY = -1.3  # for ln(chance that the item is sold at a new price)
NEAR_FAR, MARKED_DOWN = 0.5, -2.0  # the first half unit beyond FAR is more often a clearance than a typing mistake
SLIPPED = 4.0
SWAPPED = 5.0
PER_Z = 1.8
MOST_Z = 8.0
PER_BULK = -2.7  # for one z of the quantity, where the price is lower than usual: large orders are cheaper, …
NEVER_BULK = 1.2  # … but not by more than this, in ln(price)


class LinePatterns(NamedTuple):
	"""What is usual for a line's item, price list and customer. What is not known is None."""

	levels: tuple[tuple[float, int, date | None], ...] = ()  # price, orders, last day; most orders first
	last_price: float | None = None  # of the customer and item
	last_on: date | None = None
	ratio: float | None = None  # the customer's price / first level
	lines: int = 0  # of the item and price list
	mean_log: float | None = None
	sd_log: float | None = None
	effect: float = 0.0  # the customer's, on ln(quantity)
	largest: float | None = None  # of the customer and item
	customer_lines: int = 0
	rare: int = 0  # prices of the item seen on one order only
	whole: bool = False  # the item was never sold in fractions


NO_PATTERNS = LinePatterns()


class PriceVerdict(NamedTuple):
	"""How far a price is from what is usual."""

	distance: float  # in ln(price), never negative
	usual: float  # the nearest usual price
	by: str  # what it was nearest to: "level", "last" or "ratio"


class LineVerdict(NamedTuple):
	"""What is unusual about a line."""

	price: PriceVerdict | None  # None: no price of the item is known
	z: float  # of the quantity: see `quantity_score`
	slip: tuple[float, float] | None  # times, of which usual price: the decimal point slipped
	swap: float | None  # the usual price that stands in the quantity's place
	evidence: float  # log-odds that the line is a mistake

	@property
	def confidence(self) -> float:
		"""The chance that the line is a mistake, where one line in a hundred is."""
		return 1.0 / (1.0 + exp(-self.evidence))


def bucket(price: float) -> int:
	"""Number of the level that a price belongs to: FLOOR(LN(price) * BUCKETS + 0.5)."""
	return floor(log(price) * BUCKETS + 0.5)


def price_distance(price: float, patterns: LinePatterns) -> PriceVerdict | None:
	"""How far a price is from the nearest usual one; None where none is known or there is no price."""
	if price <= 0:
		return None
	nearest = usual = 0.0
	by = ""
	levels = patterns.levels
	for level, _orders, _last in levels:
		like = price / level if price < level else level / price
		if like > nearest:
			nearest, usual, by = like, level, "level"
	last = patterns.last_price
	if last is not None:
		like = price / last if price < last else last / price
		if like > nearest:
			nearest, usual, by = like, last, "last"
	if levels and patterns.ratio is not None:
		own = patterns.ratio * levels[0][0]
		like = price / own if price < own else own / price
		if like > nearest:
			nearest, usual, by = like, own, "ratio"
	return PriceVerdict(-log(nearest), usual, by) if by else None


def usual_prices(patterns: LinePatterns) -> list[float]:
	"""The levels, the most frequent first, then the customer's own last price."""
	prices = [level[0] for level in patterns.levels]
	if patterns.last_price is not None:
		prices.append(patterns.last_price)
	return prices


def decimal_slip(price: float, patterns: LinePatterns) -> tuple[float, float] | None:
	"""Ten or a hundred times a usual price, or a tenth or a hundredth: how many times, of which price."""
	for usual in usual_prices(patterns):
		ratio = price / usual
		for times in SLIPS:
			if abs(ratio / times - 1.0) <= SLIP_TOLERANCE:
				return times, usual
	return None


def swapped_price(qty: float, patterns: LinePatterns, factor: float = 1.0) -> float | None:
	"""The usual price that a quantity equals, both as they are typed: for a unit of `factor` stock units."""
	typed = qty / factor
	for usual in usual_prices(patterns):
		if abs(typed / (usual * factor) - 1.0) <= SWAP_TOLERANCE:
			return usual
	return None


def expected_quantity(patterns: LinePatterns) -> float | None:
	"""The quantity that the customer could be expected to order; None where no quantity of the item is known."""
	return None if patterns.mean_log is None else exp(patterns.mean_log + patterns.effect)


def quantity_score(qty: float, patterns: LinePatterns) -> float:
	"""How far above usual a quantity is, in standard deviations; 0 for what is usual, small or unknown.

	Where the customer bought the item before, half of the score is how far he goes beyond his own largest quantity.
	"""
	mean, lines, largest = patterns.mean_log, patterns.lines, patterns.largest
	if mean is None or qty <= 0 or (largest is not None and qty <= OWN_LARGEST * largest):
		return 0.0
	beyond = log(qty) - mean - patterns.effect
	if beyond <= 0:
		return 0.0
	variance = (lines * patterns.sd_log**2 + TYPICAL_LINES * TYPICAL_SD**2) / (lines + TYPICAL_LINES)
	z = beyond / sqrt(variance * (1.0 + 1.0 / lines))
	return z if largest is None else (z + log(qty / largest) / OWN_SD) / 2.0


def judge(qty: float, price: float, patterns: LinePatterns, factor: float = 1.0) -> LineVerdict | None:
	"""What is unusual about a line of `qty` stock units at `price` for one, typed in units of `factor`; None: nothing."""
	z = quantity_score(qty, patterns)
	broken = patterns.whole and _is_broken(qty / factor)
	if z == 0.0 and not broken:
		for level, _orders, _last in patterns.levels:
			if LOW * level <= price <= HIGH * level:
				return None
	found = price_distance(price, patterns)
	distance = found.distance if found is not None else 0.0
	if distance <= SAME and z == 0.0 and not broken:
		return None
	slip = swap = None
	evidence = NOTHING_ODD + PER_Z * min(z, MOST_Z)
	if distance >= FAR:
		slip = decimal_slip(price, patterns)
		if slip is not None:
			evidence += SLIPPED
	if distance >= FAR or broken:
		swap = swapped_price(qty, patterns, factor)
		if swap is not None and broken:
			evidence += SWAPPED
	if distance > SAME:
		evidence += _price_evidence(price < found.usual, distance, z, patterns)
	return LineVerdict(found, z, slip, swap, evidence)


def _is_broken(typed: float) -> bool:
	return abs(typed - round(typed)) > 1e-6


def _price_evidence(below: bool, distance: float, z: float, patterns: LinePatterns) -> float:
	"""What a price off every level says. An item that is often sold at a new price says little."""
	known = sum([level[1] for level in patterns.levels])
	novelty = (patterns.rare + 0.5) / (patterns.rare + known + 1.0)
	evidence = OFF_LEVEL + PER_DISTANCE * min(distance, FAR) + PER_NOVELTY * log(novelty)
	evidence += MARKED_DOWN * min(max(distance - FAR, 0.0), NEAR_FAR)
	if below and distance < NEVER_BULK:
		evidence += PER_BULK * z
	return evidence
