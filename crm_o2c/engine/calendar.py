"""Working days between two dates, in constant time per question; and the fine-grained clock of a simulation."""

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
		edge = self._edge(day > self.today)
		return self._days[edge] + (day - edge).days

	def days_since(self, day: date) -> int:
		"""Days from `day` until today, days off included."""
		return (self.today - day).days

	def date_after(self, working_days: int) -> date:
		"""The first date that is `working_days` working days after today (before it, where negative)."""
		edge = self._edge(working_days > 0)
		beyond = working_days - self._days[edge]
		if beyond and (beyond > 0) == (working_days > 0):
			return edge + timedelta(days=beyond)
		step = timedelta(days=1 if working_days > 0 else -1)
		day = self.today
		while self.days_until(day) != working_days:
			day += step
		return day

	def _edge(self, ahead: bool) -> date:
		return self.today + timedelta(days=DAYS_EACH_SIDE if ahead else -DAYS_EACH_SIDE)


class WorkClock:
	"""A calendar for simulations, fine-grained: a moment is a number of working days, with fractions, since a start.

	It stands in for a WorkCalendar, and the facts' dates are then such moments. The simulation moves it by setting `today`.
	"""

	__slots__ = ("today",)

	def __init__(self, today: float = 0.0):
		self.today = today

	def days_until(self, moment: float) -> float:
		return moment - self.today

	def days_since(self, moment: float) -> float:
		return self.today - moment

	def date_after(self, working_days: float) -> float:
		return self.today + working_days
