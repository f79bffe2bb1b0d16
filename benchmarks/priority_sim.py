"""What the priority engine does to lateness, against simpler rules, on real orders: the table and gate of issue 2.

    python benchmarks/priority_sim.py [online_retail.csv.gz]

Every order of a known customer in the file (UCI Online Retail, one year) goes through one pooled fulfilment team that
works on one order at a time and never interrupts it, under three loads. Order times, lines, units, values and customers are
real. Effort is 4 + 0.8 x lines + 0.01 x units minutes; 5/15/20/60 % of the orders are promised in 0.5/1/2/4 working
days; a customer's tier comes from what he had bought before. All rules see the same orders, and nothing of the future.

Time is counted in working days. The index is scored by `crm_o2c.engine` on its fine-grained clock.
"""

import csv
import gzip
import random
import sys
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from datetime import datetime
from math import exp, log
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.facts import OrderFacts
from crm_o2c.engine.fulfilment import Job, Outcome, Queue, StaticQueue, simulate, standard_queues
from crm_o2c.engine.reference import measure

DATA = Path(__file__).resolve().parents[2] / "shared/data/online_retail.csv.gz"
OPENS, CLOSES = 8 * 60, 18 * 60  # minutes of the day; an order from outside waits for the next minute of work
LOADS = (0.8, 0.9, 1.0)  # work that arrives, as a share of what the team can do
PROMISES = ((0.05, 0.5), (0.15, 1.0), (0.20, 2.0), (0.60, 4.0))  # share of the orders, working days
TIER_SHARES = ((0.90, "A"), (0.70, "B"))  # past spend above this share of the customers
MOST_LATE_ORDERS, MOST_TARDINESS, MOST_MAX_TARDINESS = 0.25, 0.45, 2.0


# -- the orders ------------------------------------------------------------------------------------------------------------


def read_orders(path: Path) -> list[Job]:
	"""The sales invoices of the file as orders, in the order they came. Left out: cancellations, lines without a
	price, and invoices without a customer, whose tier nobody knows."""
	invoices: dict[str, list] = {}
	with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
		for row in csv.DictReader(file):
			quantity, price = int(row["Quantity"]), float(row["UnitPrice"])
			if quantity > 0 and price > 0 and row["CustomerID"] and not row["InvoiceNo"].startswith("C"):
				first = [row["InvoiceDate"], row["CustomerID"], 0, 0, 0.0]
				invoice = invoices.setdefault(row["InvoiceNo"], first)
				invoice[2] += 1
				invoice[3] += quantity
				invoice[4] += quantity * price
	rows = sorted((datetime.fromisoformat(i[0]), name, *i[1:]) for name, i in invoices.items())
	return list(_orders(rows))


def _orders(rows: list[tuple]) -> Iterator[Job]:
	days = {day: number for number, day in enumerate(sorted({row[0].date() for row in rows}))}
	chance = random.Random(1)
	spend: dict[str, float] = {}
	spends: list[float] = []  # of every customer so far, sorted
	for at, name, customer, lines, units, value in rows:
		share = (at.hour * 60 + at.minute - OPENS) / (CLOSES - OPENS)
		arrives = days[at.date()] + min(max(share, 0.0), 1.0)
		before = spend.get(customer, 0.0)
		minutes = 4 + 0.8 * lines + 0.01 * units
		facts = OrderFacts(
			name,
			value=value,
			tier=_tier(before, spends),
			promise_date=arrives + _promise(chance),
			lines=lines,
			units=units,
		)
		yield Job(facts, arrives, minutes)
		if before:
			del spends[bisect_left(spends, before)]
		spend[customer] = before + value
		insort(spends, before + value)


def _promise(chance: random.Random) -> float:
	return chance.choices([days for _share, days in PROMISES], [share for share, _days in PROMISES])[0]


def _tier(spend: float, spends: list[float]) -> str:
	rank = bisect_left(spends, spend) / len(spends) if spend else 0.0
	return next((tier for share, tier in TIER_SHARES if rank >= share), "C")


# -- the rules ------------------------------------------------------------------------------------------------------------


def linear_score(jobs: list[Job]) -> Callable[[Job], float]:
	"""The 40/30/30 score that most products have: amount and urgency scaled between the smallest and the largest, and the
	tier. Amounts are cut at the 99th percentile, so that one giant order does not flatten all others."""
	largest = sorted(job.facts.value for job in jobs)[int(0.99 * len(jobs))]
	longest = max(days for _share, days in PROMISES)
	tiers = {"A": 1.0, "B": 0.5, "C": 0.0}

	def key(job: Job) -> float:
		urgency = 1 - (job.promise - job.arrives) / longest
		return -(0.4 * min(job.facts.value / largest, 1) + 0.3 * tiers[job.facts.tier] + 0.3 * urgency)

	return key


def queues(jobs: list[Job]) -> dict[str, Callable[[], Queue]]:
	"""A fresh queue for each rule."""
	reference = measure((job.facts.value, job.facts.lines, job.facts.units) for job in jobs)
	standard = standard_queues(DEFAULT_POLICY, reference)
	return {
		"first in, first out": standard["fifo"],
		"earliest due date": standard["due_date"],
		"amount descending": standard["amount"],
		"linear 40/30/30 score": lambda: StaticQueue(linear_score(jobs)),
		"crm_o2c": standard["index"],
		f"crm_o2c, lane {DEFAULT_POLICY.lane_every}": standard["index_lane"],
	}


# -- the simulation --------------------------------------------------------------------------------------------------------


def compare(jobs: list[Job], loads: tuple[float, ...] = LOADS) -> dict[str, list[Outcome]]:
	"""Every rule's outcome under each load."""
	outcomes: dict[str, list[Outcome]] = {}
	days = jobs[-1].arrives - int(jobs[0].arrives)
	for load in loads:
		minutes_per_day = sum(job.minutes for job in jobs) / days / load
		for rule, queue in queues(jobs).items():
			outcomes.setdefault(rule, []).append(simulate(jobs, queue(), minutes_per_day, "A"))
	return outcomes


def ratios(outcomes: list[Outcome], base: list[Outcome]) -> Outcome:
	"""Geometric means of the ratios to the base. Nothing late would be a ratio of 0 and undo the other runs: it counts as
	a thousandth."""
	pairs = [list(zip(ours, theirs, strict=True)) for ours, theirs in zip(outcomes, base, strict=True)]
	logs = [[log(max(a / b, 0.001)) if b else 0.0 for a, b in run] for run in pairs]
	return Outcome(*(exp(sum(column) / len(column)) for column in zip(*logs, strict=True)))


def main(path: Path = DATA) -> int:
	if not path.exists():
		print(f"skipped: {path} is not here (UCI Online Retail as CSV, gzipped)")
		return 0
	began = time.perf_counter()
	orders = read_orders(path)
	outcomes = compare(orders)
	fifo = outcomes["first in, first out"]
	table = {rule: ratios(runs, fifo) for rule, runs in outcomes.items()}
	print(f"{len(orders):,} orders, loads {LOADS}; ratios to first in, first out (geometric mean)\n")
	print(f"{'rule':24}{'late':>9}{'late':>10}{'value-weighted':>16}{'longest':>11}{'tier A':>9}")
	print(f"{'':24}{'orders':>9}{'revenue':>10}{'tardiness':>16}{'tardiness':>11}{'late':>9}")
	for rule, r in table.items():
		print(f"{rule:24}{r.late:9.2f}{r.late_value:10.2f}{r.weighted:16.2f}{r.longest:11.2f}{r.late_first_tier:9.2f}")
	print(f"\nlate under first in, first out, by load: {', '.join(f'{run.late:,.0f}' for run in fifo)}")
	index, lane = table["crm_o2c"], table[f"crm_o2c, lane {DEFAULT_POLICY.lane_every}"]
	gates = (
		("late orders", index.late, MOST_LATE_ORDERS),
		("value-weighted tardiness", index.weighted, MOST_TARDINESS),
		("longest tardiness with the lane", lane.longest, MOST_MAX_TARDINESS),
	)
	for name, value, most in gates:
		print(f"{'met   ' if value <= most else 'MISSED'} {name}: {value:.2f}, at most {most}")
	print(f"{time.perf_counter() - began:.0f} s")
	return int(any(value > most for _name, value, most in gates))


if __name__ == "__main__":
	raise SystemExit(main(*(Path(a) for a in sys.argv[1:2])))
