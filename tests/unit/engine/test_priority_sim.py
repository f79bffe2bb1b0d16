"""The simulation of `benchmarks/priority_sim.py` releases what a full re-scoring of all waiting orders would."""

import importlib.util
import random
from pathlib import Path

import pytest

from crm_o2c.engine.calendar import WorkClock
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.priority import PriorityScorer

from engine.order_strategies import REFERENCE

PATH = Path(__file__).parents[3] / "benchmarks" / "priority_sim.py"


@pytest.fixture(scope="module")
def sim():
	spec = importlib.util.spec_from_file_location("priority_sim", PATH)
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	return module


def some_orders(sim, number: int = 300) -> list:
	chance = random.Random(7)
	made, arrives = [], 0.0
	for n in range(number):
		arrives += chance.expovariate(30)
		lines = chance.randint(1, 60)
		promise = arrives + chance.choice((0.5, 1, 2, 4))
		made.append(
			sim.Order(
				f"{n:04}",
				arrives,
				promise,
				chance.uniform(5, 5000),
				chance.choice("ABC"),
				lines,
				10.0 * lines,
				5 + lines,
			)
		)
	return made


class FullRescoring:
	"""The plain way: score every waiting order at every release."""

	def __init__(self):
		self.clock = WorkClock()
		self.scorer = PriorityScorer(DEFAULT_POLICY, REFERENCE, self.clock)
		self.waiting = {}
		self.released = []

	def add(self, order):
		self.waiting[order.name] = order

	def pop(self, now):
		self.clock.today = now
		best = max(self.waiting.values(), key=lambda o: self.scorer.points(facts_of(o)))
		self.released.append(self.scorer.points(facts_of(best)))
		return self.waiting.pop(best.name)

	def __len__(self):
		return len(self.waiting)


def facts_of(order) -> OrderFacts:
	return OrderFacts(
		order.name, value=order.value, tier=order.tier, promise_date=order.promise, lines=order.lines, units=order.units
	)


def test_the_fast_queue_releases_in_the_order_of_a_full_rescoring(sim):
	orders = some_orders(sim)
	fast = sim.IndexQueue(PriorityScorer(DEFAULT_POLICY, REFERENCE, WorkClock()))
	assert sim.simulate(orders, fast, 900.0) == sim.simulate(orders, FullRescoring(), 900.0)


def test_the_lane_bounds_how_late_the_latest_order_gets(sim):
	orders = some_orders(sim, 2000)
	outcomes = {}
	for lane in (0, 10):
		queue = sim.IndexQueue(PriorityScorer(DEFAULT_POLICY, REFERENCE, WorkClock()), lane)
		outcomes[lane] = sim.simulate(orders, queue, 900.0)
	assert outcomes[10].longest < outcomes[0].longest


def test_without_the_data_it_says_so_and_passes(sim, tmp_path, capsys):
	assert sim.main(tmp_path / "none.csv.gz") == 0
	assert "skipped" in capsys.readouterr().out
