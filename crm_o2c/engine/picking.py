"""What can be picked of each order now: orders take what is on the shelf in the order of their rank."""

from collections.abc import Sequence
from typing import NamedTuple

Pair = tuple[str, str]  # item, warehouse
READY, PARTLY, WAITS, WAITS_FOR_REST = STATES = ("Ready", "Partly Ready", "Waiting for Stock", "Waiting for the Rest")
DECIMALS = 6


class Wanted(NamedTuple):
	"""What is still to be picked of a line. Quantities in stock units."""

	pair: Pair
	qty: float
	set_aside: float = 0.0  # for this very line


class Served(NamedTuple):
	"""What is there for a line."""

	ready: float
	state: str


class Shelf:
	"""What is on hand and nobody has taken yet, by item and warehouse."""

	def __init__(self, free: dict[Pair, float] | None = None):
		self._free = dict(free or {})

	def add(self, pair: Pair, qty: float) -> None:
		"""More is there; below 0: gone, picked already or set aside for a line."""
		self._free[pair] = round(self._free.get(pair, 0.0) + qty, DECIMALS)

	def knows(self, pair: Pair) -> bool:
		"""Whether anything was said of this pair."""
		return pair in self._free

	def serve(self, lines: Sequence[Wanted], whole: bool = False) -> list[Served]:
		"""Take what the lines of an order want, as far as it is there. `whole`: all of it, or nothing is taken."""
		before, served = {}, []
		for line in lines:
			free = self._free.get(line.pair, 0.0)
			before.setdefault(line.pair, free)
			aside = min(line.qty, max(0.0, line.set_aside))
			taken = min(line.qty - aside, max(0.0, free))
			self._free[line.pair] = round(free - taken, DECIMALS)
			served.append(_served(line, round(aside + taken, DECIMALS)))
		if whole and any(s.state in (PARTLY, WAITS) for s in served):
			self._free.update(before)
			return [Served(0.0, WAITS if s.state == WAITS else WAITS_FOR_REST) for s in served]
		return served


def _served(line: Wanted, ready: float) -> Served:
	if ready >= line.qty:
		return Served(ready, READY)
	return Served(ready, PARTLY if ready > 0 else WAITS)
