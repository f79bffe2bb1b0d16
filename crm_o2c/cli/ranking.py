"""A book ranked: every order scored, explained and in its place in the queue, and what the policy does to lateness."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from crm_o2c.engine.calendar import WorkCalendar
from crm_o2c.engine.explain import Explanation, explain
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.fulfilment import Job, Outcome, simulate, standard_queues
from crm_o2c.engine.lane import interleave
from crm_o2c.engine.policy import PriorityPolicy, Reference
from crm_o2c.engine.priority import PriorityScorer, rank
from crm_o2c.engine.reference import measure

TEAM_SHARE = 0.8  # of the work that came in, what the team of the comparison can do: rules differ where time is short
FEWEST_DAYS = 3  # of orders, for a comparison
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Setting(NamedTuple):
	"""What a ranking depends on besides the orders."""

	policy: PriorityPolicy
	days_off: tuple[str, ...] = ("Saturday", "Sunday")
	holidays: tuple[date, ...] = ()
	reference: Reference | None = None  # what is usual; measured on the book itself where not given

	def calendar(self, today: date) -> WorkCalendar:
		around = [today + timedelta(days) for days in range(-1500, 1501)]
		weekly = [day for day in around if WEEKDAYS[day.weekday()] in self.days_off]
		return WorkCalendar(today, [*weekly, *self.holidays])


class Ranked(NamedTuple):
	position: int | None  # in the queue; None where out of it
	by_lane: bool
	facts: OrderFacts
	explanation: Explanation


class Ranking(NamedTuple):
	today: date
	setting: Setting
	reference: Reference
	orders: list[Ranked]  # the queue, then those out of it
	outcomes: Mapping[str, Outcome]  # by rule; empty where nothing can be compared
	first_tier: str | None


def rank_book(book: Sequence[OrderFacts], setting: Setting, today: date) -> Ranking:
	"""Rank and explain a whole book."""
	known = [(f.value, f.lines, f.units or 0.0) for f in book if f.value is not None and f.lines is not None]
	values_only = [(f.value, 0, 0.0) for f in book if f.value is not None]
	reference = setting.reference or (measure(known) if known else Reference(measure(values_only).value_median))
	calendar = setting.calendar(today)
	scorer = PriorityScorer(setting.policy, reference, calendar)
	scored = rank(scorer, book)
	waiting = {facts.order: (facts, decision) for facts, decision in scored if not decision.gate}
	late = sorted((f.promise_date, f.order) for f, _d in waiting.values() if f.promise_date and f.promise_date < today)
	queue = interleave(list(waiting), [order for _promise, order in late], setting.policy.lane_every)
	ranked = [
		Ranked(place, by_lane, waiting[order][0], explain(scorer, *waiting[order]))
		for place, (order, by_lane) in enumerate(queue, 1)
	]
	ranked += [Ranked(None, False, facts, explain(scorer, facts, d)) for facts, d in scored if d.gate]
	first_tier = max(setting.policy.tiers, key=lambda t: t.factor).tier if setting.policy.tiers else None
	in_queue = [facts for facts, _decision in waiting.values()]
	outcomes = compare(in_queue, setting.policy, reference, calendar, first_tier)
	return Ranking(today, setting, reference, ranked, outcomes, first_tier)


def compare(
	book: Sequence[OrderFacts],
	policy: PriorityPolicy,
	reference: Reference,
	calendar: WorkCalendar,
	first_tier: str | None,
) -> dict[str, Outcome]:
	"""What each rule makes late, with the orders replayed as they came and a team that is short of time. Orders whose
	date or lines are not known are left out."""
	jobs = sorted(_jobs(book, policy, calendar), key=lambda job: (job.arrives, job.facts.order))
	days = jobs[-1].arrives + 1 if jobs else 0
	if days < FEWEST_DAYS:
		return {}
	per_day = sum(job.minutes for job in jobs) / days * TEAM_SHARE
	team = replace(policy, day_minutes=per_day)  # of the whole team, for the slack: it works on one order at a time
	queues = standard_queues(team, reference)
	return {rule: simulate(jobs, queue(), per_day, first_tier) for rule, queue in queues.items()}


def _jobs(book: Sequence[OrderFacts], policy: PriorityPolicy, calendar: WorkCalendar) -> Iterator[Job]:
	"""Orders with working days since the first order's date as moments. A promise for a day holds until its end."""
	known = [f for f in book if f.order_date and f.lines is not None]
	start = min((calendar.days_until(f.order_date) for f in known), default=0)
	for facts in known:
		arrives = float(calendar.days_until(facts.order_date) - start)
		promise = facts.promise_date and calendar.days_until(facts.promise_date) - start + 1.0
		minutes = (
			policy.effort_base + policy.effort_per_line * facts.lines + policy.effort_per_unit * (facts.units or 0.0)
		)
		yield Job(facts._replace(order_date=arrives, promise_date=promise), arrives, minutes)


def setting_from(values: Mapping[str, Any], base: PriorityPolicy) -> Setting:
	"""A policy file over the default policy, with days_off, holidays and reference besides. Raises TypeError, ValueError."""
	if not isinstance(values, Mapping):
		raise TypeError(type(values).__name__)
	values = dict(values)
	days_off = tuple(values.pop("days_off", ("Saturday", "Sunday")))
	holidays = tuple(date.fromisoformat(day) for day in values.pop("holidays", ()))
	reference = values.pop("reference", None)
	unknown = set(days_off) - set(WEEKDAYS)
	if unknown:
		raise ValueError(f"days_off: {', '.join(sorted(unknown))}")
	policy = PriorityPolicy.from_dict({**base.to_dict(), **values})
	return Setting(policy, days_off, holidays, Reference(**reference) if reference else None)
