"""What a rule of release does to lateness: one pooled team works through orders, one at a time, never interrupted.

It judges a policy against first in, first out, earliest due date and others, on real or on open orders. A moment is a
number of working days (see `calendar.WorkClock`).
"""

from collections.abc import Callable, Container, Iterable
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

from crm_o2c.engine import policy as p
from crm_o2c.engine.calendar import WorkClock
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.policy import PriorityPolicy, Reference
from crm_o2c.engine.priority import PriorityScorer

NEVER = float("inf")


class Job(NamedTuple):
	"""An order to fulfil: its facts with moments in place of dates, when it arrives, and the minutes that it takes."""

	facts: OrderFacts
	arrives: float
	minutes: float

	@property
	def promise(self) -> float:
		"""An order without a promise is never late."""
		return NEVER if self.facts.promise_date is None else self.facts.promise_date


class Outcome(NamedTuple):
	"""What was late in the end."""

	late: float  # orders
	late_value: float
	weighted: float  # value times working days late
	longest: float  # working days
	late_first_tier: float  # late orders of the tier named first in the policy


class Queue(Protocol):
	"""What is released next."""

	def add(self, job: Job) -> None: ...

	def pop(self, now: float) -> Job: ...

	def __len__(self) -> int: ...


class StaticQueue:
	"""A rule whose key does not change while an order waits; the smallest key goes first, then the name."""

	def __init__(self, key: Callable[[Job], float]):
		self._key = key
		self._heap: list[tuple] = []

	def add(self, job: Job) -> None:
		heappush(self._heap, (self._key(job), job.facts.order, job))

	def pop(self, now: float) -> Job:
		return heappop(self._heap)[2]

	def __len__(self) -> int:
		return len(self._heap)


class IndexQueue:
	"""The priority index, with its reserved lane where `lane` is not 0.

	Every waiting order with slack gains points at the same rate, and one without slack gains none, so the orders are kept
	in two heaps whose inner order never changes; the engine scores the two heads at each release. (An admin's own terms
	that change with time count as they were when the order came.)
	"""

	def __init__(self, policy: PriorityPolicy, reference: Reference, lane: int = 0):
		self._clock = WorkClock()
		self._scorer, self._lane = PriorityScorer(policy, reference, self._clock), lane
		self._rate = next((f.weight for f in policy.factors if f.source == p.URGENCY), 0.0)
		self._jobs: dict[str, Job] = {}
		self._with_slack: set[str] = set()
		self._waiting: list[tuple] = []  # with slack: by points as if all had been scored at the same moment
		self._urgent: list[tuple] = []  # without slack: by points, which stay
		self._turns: list[tuple] = []  # when each runs out of slack
		self._oldest: list[tuple] = []  # by promise, for the lane
		self._releases = 0

	def add(self, job: Job) -> None:
		name = job.facts.order
		self._jobs[name] = job
		self._clock.today = job.arrives
		points, slack = self._scorer.points(job.facts), self._scorer.slack_days(job.facts)
		heappush(self._oldest, (job.promise, name))
		if slack:
			self._with_slack.add(name)
			heappush(self._waiting, (self._rate * job.arrives - points, name))
			heappush(self._turns, (job.arrives + slack, name))
		else:
			heappush(self._urgent, (-points, name))

	def pop(self, now: float) -> Job:
		self._clock.today = now
		self._releases += 1
		reserved = self._lane and self._releases % self._lane == 0
		name = (self._most_overdue(now) if reserved else None) or self._most_points(now)
		self._with_slack.discard(name)
		return self._jobs.pop(name)

	def __len__(self) -> int:
		return len(self._jobs)

	def _most_overdue(self, now: float) -> str | None:
		promise, name = _head(self._oldest, self._jobs)
		return name if promise < now else None

	def _most_points(self, now: float) -> str:
		while self._turns and self._turns[0][0] <= now:
			name = heappop(self._turns)[1]
			if name in self._with_slack:
				self._with_slack.remove(name)
				heappush(self._urgent, (-self._points(name), name))
		heads = (_head(self._urgent, self._jobs), _head(self._waiting, self._with_slack))
		return max((head[1] for head in heads if head), key=self._points)

	def _points(self, name: str) -> float:
		return self._scorer.points(self._jobs[name].facts)


def _head(heap: list[tuple], here: Container[str]) -> tuple | None:
	"""The first that still belongs here. An order stands in more than one heap and leaves the others now."""
	while heap and heap[0][1] not in here:
		heappop(heap)
	return heap[0] if heap else None


def simulate(jobs: Iterable[Job], queue: Queue, minutes_per_day: float, first_tier: str | None = None) -> Outcome:
	"""Fulfil all jobs, given in the order in which they arrive, by a rule."""
	coming = list(jobs)
	now = weighted = longest = late_value = 0.0
	place = late = late_first_tier = 0
	while place < len(coming) or len(queue):
		if not len(queue):
			now = max(now, coming[place].arrives)
		while place < len(coming) and coming[place].arrives <= now:
			queue.add(coming[place])
			place += 1
		job = queue.pop(now)
		now += job.minutes / minutes_per_day
		tardiness = now - job.promise
		if tardiness > 0:
			late += 1
			late_first_tier += job.facts.tier == first_tier
			late_value += job.facts.value or 0.0
			weighted += (job.facts.value or 0.0) * tardiness
			longest = max(longest, tardiness)
	return Outcome(late, late_value, weighted, longest, late_first_tier)


def standard_queues(policy: PriorityPolicy, reference: Reference) -> dict[str, Callable[[], Queue]]:
	"""A fresh queue for each rule that needs nothing but the order: FIFO, earliest due date, amount, the index, its lane."""
	return {
		"fifo": lambda: StaticQueue(lambda job: job.arrives if job.facts.order_date is None else job.facts.order_date),
		"due_date": lambda: StaticQueue(lambda job: job.promise),
		"amount": lambda: StaticQueue(lambda job: -(job.facts.value or 0.0)),
		"index": lambda: IndexQueue(policy, reference),
		"index_lane": lambda: IndexQueue(policy, reference, policy.lane_every),
	}
