"""Business time: hours that are counted only while people work, from one moment to another.

A day is worked from `start` to `end`, unless it is in `holidays` (in ERPNext a Holiday List also holds the weekly days off).
Each answer takes a few look-ups, however far apart the moments are. Moments are the site's local time, without a zone.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

_HOUR = 3_600_000_000  # in microseconds, in which everything is counted: whole numbers, nothing is rounded twice
_DAY = 24 * _HOUR
_MICROSECOND = timedelta(microseconds=1)


class WorkHours:
	"""When people work. An `end` of midnight is the end of the day, so midnight to midnight is the whole day."""

	__slots__ = ("_closes", "_days_off", "_free_before", "_length", "_opens", "end", "start")

	def __init__(self, start: time = time(9), end: time = time(17), holidays: Iterable[date] = ()):
		self.start, self.end = start, end
		self._opens, self._closes = _of_day(start), _of_day(end) or _DAY
		self._length = self._closes - self._opens
		if self._length <= 0:
			raise ValueError("the working day must end after it starts")
		self._days_off = sorted({day.toordinal() for day in holidays})
		self._free_before = [day - number for number, day in enumerate(self._days_off)]  # never falls

	def is_worked(self, day: date) -> bool:
		"""Whether people work on that day."""
		return not self._is_off(day.toordinal())

	def _is_off(self, day: int) -> bool:
		place = bisect_left(self._days_off, day)
		return place < len(self._days_off) and self._days_off[place] == day

	def _working_day(self, first: int, number: int) -> int:
		"""The working day after `number` others, counted from `first` on. After the last holiday every day is one."""
		before = bisect_left(self._days_off, first)
		between = bisect_right(self._free_before, first + number - before) - before
		return first + number + between

	def _worked_until(self, moment: datetime) -> int:
		"""Working time up to a moment, from a beginning that is the same for all."""
		day = moment.toordinal()
		whole_days = day - bisect_left(self._days_off, day)
		if self._is_off(day):
			return whole_days * self._length
		return whole_days * self._length + min(max(_of_day(moment.time()) - self._opens, 0), self._length)


def due_after(start: datetime, hours: float, calendar: WorkHours) -> datetime:
	"""The moment when `hours` of work have passed since `start`: the end of a working day rather than the next morning.

	Outside working hours the clock starts with the next working day; with no hours (or less) the answer is that start.
	"""
	day, used = start.toordinal(), _of_day(start.time()) - calendar._opens
	if calendar._is_off(day) or used > calendar._length:
		day, used = calendar._working_day(day + (not calendar._is_off(day)), 0), 0
	used = max(used, 0) + max(round(hours * _HOUR), 0)
	days, rest = divmod(used, calendar._length)
	if days and not rest:
		days, rest = days - 1, calendar._length
	found = calendar._working_day(day, days)
	if found >= date.max.toordinal():
		return datetime.max
	return datetime.fromordinal(found) + (calendar._opens + rest) * _MICROSECOND


def hours_between(start: datetime, end: datetime, calendar: WorkHours) -> float:
	"""Hours of work from `start` to `end`; negative where `end` comes first."""
	return (calendar._worked_until(end) - calendar._worked_until(start)) / _HOUR


def _of_day(moment: time) -> int:
	return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond
