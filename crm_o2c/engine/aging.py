"""What is open of an invoice, instalment by instalment."""

from collections.abc import Iterable
from datetime import date


def open_instalments(instalments: Iterable[tuple[date, float]], outstanding: float) -> list[tuple[date, float]]:
	"""Due date and open amount of each instalment that is not settled, the earliest first.

	What was paid settles the earliest instalments first: ERPNext keeps an instalment's own balance only where payments
	name it. All amounts are in one currency; `outstanding` is what is open of the whole invoice.
	"""
	left = outstanding
	found = []
	for due, amount in sorted(instalments, reverse=True):  # the last ones are the open ones
		if left <= 0:
			break
		found.append((due, min(amount, left)))
		left -= amount
	if left > 0 and found:  # more is open than the instalments say: it is due with the first
		due, amount = found[-1]
		found[-1] = (due, amount + left)
	return [(due, round(amount, 2)) for due, amount in reversed(found)]


def overdue(instalments: Iterable[tuple[date, float]], outstanding: float, today: date) -> tuple[date | None, float]:
	"""The due date of the oldest overdue instalment, and how much is overdue; None and 0 where nothing is."""
	late = [(due, amount) for due, amount in open_instalments(instalments, outstanding) if due < today]
	return (late[0][0] if late else None, round(sum(amount for _due, amount in late), 2))
