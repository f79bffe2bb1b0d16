"""Working days between two dates, in constant time per question."""

from collections.abc import Iterable
from datetime import date, timedelta

DAYS_EACH_SIDE = 1500


class WorkCalendar:
	"""Counts the working days between `today` and another date.

	A working day is a day that is not in `holidays` (in ERPNext a Holiday List also holds the weekly days off). Without
	any holiday every day counts. Dates more than DAYS_EACH_SIDE days away are counted as if no holiday fell beyond.
	"""

	__slots__ = ("_days", "today")

	def __init__(self, today: date, holidays: Iterable[date] = ()):
		self.today = today
		self._days = self._count(today, frozenset(holidays))

	@staticmethod
	def _count(today: date, holidays: frozenset[date]) -> dict[date, int]:
		one = timedelta(days=1)
		days = {today: 0}
		ahead, behind = today, today
		count_ahead = count_behind = 0
		for _step in range(DAYS_EACH_SIDE):
			ahead += one
			count_ahead += ahead not in holidays
			days[ahead] = count_ahead
			count_behind -= behind not in holidays
			behind -= one
			days[behind] = count_behind
		return days

	def days_until(self, day: date) -> int:
		"""Working days from today to `day`: 0 for today, 1 for the next working day, negative for the past."""
		known = self._days.get(day)
		if known is not None:
			return known
		edge = self.today + timedelta(days=DAYS_EACH_SIDE if day > self.today else -DAYS_EACH_SIDE)
		return self._days[edge] + (day - edge).days

	def date_after(self, working_days: int) -> date:
		"""The first date that is `working_days` working days after today (before it, where negative)."""
		step = timedelta(days=1 if working_days > 0 else -1)
		day = self.today
		while self.days_until(day) != working_days:
			day += step
		return day
