"""Runs over the book worked off by processes of their own: how long several take, and how much memory one needs.

A kind of run is named by the service that starts and works it: `runs` (priority) or `check_runs` (checks).
"""

import argparse
import multiprocessing
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType

from bench_site import connect


def service(kind: str) -> ModuleType:
	"""The service of a kind of run, with nothing queued: this process is the worker."""
	from crm_o2c.services import tasks

	tasks.enqueue = lambda *_a, **_k: None
	return import_module(f"crm_o2c.services.{kind}")


def run_book(kind: str) -> dict:
	"""Work off a whole run here; its counts: orders, changed, bands, errors."""
	import frappe

	run = service(kind).start()
	frappe.db.commit()
	service(kind).work(run)
	frappe.db.commit()
	return frappe.db.get_value("O2C Run Log", run, ["orders", "changed", "bands", "errors"], as_dict=True)


def _work(args: argparse.Namespace, kind: str, run: str, ready, go) -> None:
	import frappe

	connect(args)
	working = service(kind)
	ready.release()
	go.wait()
	working.work(run)
	frappe.db.commit()


def seconds_with_workers(args: argparse.Namespace, kind: str, workers: int) -> float:
	"""Seconds from the start signal until `workers` processes have worked a run off."""
	import frappe

	run = service(kind).start()
	frappe.db.commit()
	spawn = multiprocessing.get_context("spawn")
	ready, go = spawn.Semaphore(0), spawn.Event()
	processes = [spawn.Process(target=_work, args=(args, kind, run, ready, go)) for _n in range(workers)]
	for process in processes:
		process.start()
	for _process in processes:
		ready.acquire()
	started = time.perf_counter()
	go.set()
	for process in processes:
		process.join()
	return time.perf_counter() - started


def _peak_megabytes() -> float:
	"""The most memory this process had so far. `ru_maxrss` would begin with that of the process which started this one."""
	status = Path("/proc/self/status").read_text()
	return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _measure(args: argparse.Namespace, kind: str, queue) -> None:
	connect(args)
	before = _peak_megabytes()
	run_book(kind)
	queue.put(_peak_megabytes() - before)


def memory_of_a_run(args: argparse.Namespace, kind: str) -> float:
	"""Megabytes that a process of its own needs for a run."""
	spawn = multiprocessing.get_context("spawn")
	queue = spawn.Queue()
	process = spawn.Process(target=_measure, args=(args, kind, queue))
	process.start()
	answer = queue.get()
	process.join()
	return answer
