"""The simulation: its fast queue releases what a full re-scoring of all waiting orders would."""

import importlib.util
import random
from pathlib import Path

import pytest

from crm_o2c.engine.calendar import WorkClock
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.fulfilment import IndexQueue, Job, StaticQueue, simulate, standard_queues
from crm_o2c.engine.priority import PriorityScorer

from engine.order_strategies import REFERENCE

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "priority_sim.py"


def some_jobs(number: int = 300) -> list[Job]:
	chance = random.Random(7)
	made, arrives = [], 0.0
	for n in range(number):
		arrives += chance.expovariate(30)
		lines = chance.randint(1, 60)
		facts = OrderFacts(
			f"{n:04}",
			value=chance.uniform(5, 5000),
			tier=chance.choice("ABC"),
			promise_date=None if n % 50 == 0 else arrives + chance.choice((0.5, 1, 2, 4)),
			lines=lines,
			units=10.0 * lines,
		)
		made.append(Job(facts, arrives, 5.0 + lines))
	return made


class FullRescoring:
	"""The plain way: score every waiting order at every release."""

	def __init__(self):
		self.clock = WorkClock()
		self.scorer = PriorityScorer(DEFAULT_POLICY, REFERENCE, self.clock)
		self.waiting: dict[str, Job] = {}

	def add(self, job: Job) -> None:
		self.waiting[job.facts.order] = job

	def pop(self, now: float) -> Job:
		self.clock.today = now
		best = max(self.waiting.values(), key=lambda job: self.scorer.points(job.facts))
		return self.waiting.pop(best.facts.order)

	def __len__(self) -> int:
		return len(self.waiting)


def test_the_fast_queue_releases_in_the_order_of_a_full_rescoring():
	jobs = some_jobs()
	fast = simulate(jobs, IndexQueue(DEFAULT_POLICY, REFERENCE), 900.0, "A")
	assert fast == simulate(jobs, FullRescoring(), 900.0, "A")
	assert fast.late


def test_the_lane_bounds_how_late_the_latest_order_gets():
	jobs = some_jobs(2000)
	longest = [simulate(jobs, IndexQueue(DEFAULT_POLICY, REFERENCE, lane), 900.0).longest for lane in (0, 10)]
	assert longest[1] < longest[0]


def test_the_outcome_of_two_orders_is_what_one_works_out_by_hand():
	first = Job(OrderFacts("A", value=100.0, promise_date=1.0, tier="A"), 0.0, 480.0)
	second = Job(OrderFacts("B", value=50.0, promise_date=1.5, tier="A"), 0.0, 480.0)
	outcome = simulate([first, second], StaticQueue(lambda job: job.promise), 480.0, "A")
	assert outcome == (1, 50.0, 25.0, 0.5, 1)


@pytest.mark.parametrize("rule", standard_queues(DEFAULT_POLICY, REFERENCE))
def test_every_rule_fulfils_every_order_once(rule):
	jobs = some_jobs(100)
	queue = standard_queues(DEFAULT_POLICY, REFERENCE)[rule]()
	for job in jobs:
		queue.add(job)
	assert sorted(queue.pop(9.0).facts.order for _job in jobs) == [job.facts.order for job in jobs]


def test_without_the_data_the_benchmark_says_so_and_passes(tmp_path, capsys):
	spec = importlib.util.spec_from_file_location("priority_sim", BENCHMARK)
	benchmark = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(benchmark)
	assert benchmark.main(tmp_path / "none.csv.gz") == 0
	assert "skipped" in capsys.readouterr().out
