"""What is usual on a site: measured over past orders, and kept until it has really moved."""

from collections.abc import Iterable
from statistics import median

from crm_o2c.engine.policy import Reference

WORTH_A_CHANGE = 0.05  # a median or average that moved less than this share stays: 0.35 points at the default weight


def measure(orders: Iterable[tuple[float, int, float]]) -> Reference:
	"""From (value in company currency, lines, units) of past orders. Orders without a value don't count for the median."""
	rows = list(orders)
	values = [value for value, _lines, _units in rows if value > 0]
	if not rows:
		return Reference()
	return Reference(
		value_median=round(median(values), 2) if values else None,
		lines_average=round(sum(lines for _v, lines, _u in rows) / len(rows), 2),
		units_average=round(sum(units for _v, _l, units in rows) / len(rows), 2),
	)


def moved(old: Reference, new: Reference) -> bool:
	"""Whether `new` differs enough from `old` to re-score the whole book for it."""
	pairs = (
		(old.value_median, new.value_median),
		(old.lines_average, new.lines_average),
		(old.units_average, new.units_average),
	)
	return any(_moved(a, b) for a, b in pairs)


def _moved(old: float | None, new: float | None) -> bool:
	if not old or not new:
		return old != new
	return abs(new - old) > WORTH_A_CHANGE * old
