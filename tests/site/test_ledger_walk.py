"""A random walk of real ERPNext operations, some of whose events get lost: after the sweep the ledger and the stages are what a
recomputation from ERPNext says, with no event twice.

O2C_WALK_STEPS takes more steps: 2000 is what the app was accepted with.
"""

import os

import ledger_book as book
import pytest
from walk import Walk

import frappe

from crm_o2c.services import events, ledger_sweep

STEPS = int(os.environ.get("O2C_WALK_STEPS", "120"))
SEEDS = [int(seed) for seed in os.environ.get("O2C_WALK_SEEDS", "1").split(",")]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_walk_ends_with_the_truth(seed, jobs):
	walk = Walk(seed, jobs)
	jobs.clear()
	walk.go(STEPS)
	jobs.clear()
	ledger_sweep.sweep()
	print(f"\n{sum(walk.done.values())} steps: {dict(walk.done)}; refused: {dict(walk.refused)}")
	assert book.differences() == []
	count = frappe.db.count(events.DOCTYPE)
	assert ledger_sweep.sweep() == 0
	assert frappe.db.count(events.DOCTYPE) == count
	assert {step.__name__ for step in walk.steps} == set(walk.done) or STEPS < 500, "not every step was ever taken"
