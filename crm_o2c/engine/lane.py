"""The reserved lane: every n-th release goes to the most overdue order, so that no order waits for ever.

It keeps the index free of an ever-growing lateness term, which would pull late orders back to first-in-first-out's level
(shared DATA §1), and still bounds how late the latest order gets.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Key = TypeVar("Key")


def interleave(
	queue: Sequence[Key], overdue: Sequence[Key], every: int, most: int | None = None
) -> Iterator[tuple[Key, bool]]:
	"""The queue with the lane in it: (key, came by the lane), each key once, at most `most` of them.

	`queue` holds the keys by points, `overdue` those past their promise, the oldest promise first. With `every` 0 there
	is no lane.
	"""
	released: set[Key] = set()
	main, lane = iter(queue), iter(overdue)
	position = 0
	while most is None or position < most:
		position += 1
		reserved = bool(every) and position % every == 0
		key = _next_free(lane, released) if reserved else None
		by_lane = key is not None
		if not by_lane:
			key = _next_free(main, released)
		if key is None:
			return
		released.add(key)
		yield key, by_lane


def _next_free(keys: Iterator[Key], released: set[Key]) -> Key | None:
	return next((key for key in keys if key not in released), None)
