#!/usr/bin/env python
"""The ledger where things break: workers killed with SIGKILL, Redis stopped, MariaDB restarted during the back-fill. After the
sweep it must equal a full recomputation from ERPNext, with no event twice.

It stops and starts this machine's Redis and MariaDB, so it is for a machine and a site that nobody needs:
    ../env/bin/python …/benchmarks/ledger_reliability.py --site perf.localhost --yes
The documents it makes stay on the site, the ledger is begun anew.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from ledger import begin_anew

from bench_site import Figures, connect, parser

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY / "tools"), str(REPOSITORY / "tests" / "site")]
KILLS, WITHOUT_REDIS, LONGEST_WAIT = 15, 60, 600
QUEUES = ("short", "default", "long")


def main() -> None:
	options = parser(__doc__)
	options.add_argument("--yes", action="store_true", help="stop and start this machine's Redis and MariaDB")
	args = options.parse_args()
	if not args.yes:
		options.error("it stops this machine's Redis and MariaDB: say --yes")
	connect(args)
	figures = Figures(f"The ledger where things break, {args.site}")
	kill_workers(args, figures)
	stop_redis(args, figures)
	restart_database(args, figures)
	figures.finish()


def judge(figures: Figures, what: str) -> None:
	"""Sweep, then compare the ledger with ERPNext, and sweep once more."""
	import ledger_book

	import frappe

	from crm_o2c.services import ledger_sweep

	ledger_sweep.sweep()
	frappe.db.commit()
	wrong = ledger_book.differences()
	for line in wrong[:5]:
		print(f"    {line}")
	figures.equal(f"{what}: documents and stages that differ from recomputation", len(wrong), 0)
	before = frappe.db.count("O2C Event")
	ledger_sweep.sweep()
	frappe.db.commit()
	figures.equal(f"{what}: events that the next sweep adds", frappe.db.count("O2C Event") - before, 0)


# -- workers ------------------------------------------------------------------------------------------------------------


def kill_workers(args, figures: Figures) -> None:
	"""A delivery is committed, and the worker that records it is killed a moment later."""
	import frappe

	begin_anew()
	run_here()
	empty_queues()
	chance, lost = random.Random(7), 0
	for order in orders(KILLS):
		worker = start_worker()
		wait_until_idle(worker)
		note = deliver(order)
		time.sleep(chance.random() * 1.5)
		os.killpg(worker.pid, signal.SIGKILL)
		worker.wait()
		frappe.db.commit()
		lost += not frappe.db.exists("O2C Event", {"reference_name": note, "to_state": "To Bill"})
	figures.note(f"deliveries whose worker was killed, {KILLS}: not recorded by then", lost)
	judge(figures, "workers killed")


def empty_queues() -> None:
	"""What other sites of this bench have left there; a worker would be busy with it for long."""
	from frappe.utils.background_jobs import get_queue

	for name in QUEUES:
		get_queue(name).empty()


def start_worker() -> subprocess.Popen:
	command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "worker", "--queue", ",".join(QUEUES)]
	quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
	return subprocess.Popen(command, start_new_session=True, **quiet)


def wait_until_idle(worker: subprocess.Popen) -> None:
	"""Until the worker is there and has nothing left to do."""
	from rq import Worker

	from frappe.utils.background_jobs import get_queue, get_redis_conn

	for _turn in range(LONGEST_WAIT):
		mine = [one for one in Worker.all(connection=get_redis_conn()) if one.pid == worker.pid]
		empty = not any(get_queue(name).count for name in QUEUES)
		if mine and empty and mine[0].get_state() == "idle":
			return
		time.sleep(0.1)
	raise SystemExit("the worker did not become idle")


# -- Redis ----------------------------------------------------------------------------------------------------------------


def stop_redis(args, figures: Figures) -> None:
	"""Redis is away for a minute, and people go on delivering."""
	import frappe

	from benches import find_bench

	run_here()
	for kind in ("redis_queue", "redis_cache"):
		port = str(urlsplit(frappe.conf[kind]).port)
		subprocess.run(["redis-cli", "-p", port, "shutdown", "nosave"], check=False, capture_output=True)
	started, delivered = time.monotonic(), 0
	for order in orders(10):
		deliver(order)
		delivered += 1
	time.sleep(max(0, WITHOUT_REDIS - (time.monotonic() - started)))
	find_bench().start_services()
	figures.equal("deliveries saved while Redis was away", delivered, 10)
	judge(figures, "Redis away for a minute")


# -- MariaDB --------------------------------------------------------------------------------------------------------------


def restart_database(args, figures: Figures) -> None:
	"""The database goes away while two workers fill in what was there before."""
	import frappe

	from crm_o2c.services import ledger_runs, tasks

	from benches import find_bench

	tasks.enqueue = lambda *_a, **_k: None
	begin_anew()
	run = ledger_runs.start()
	frappe.db.commit()
	workers = [work_on(args, run) for _number in range(2)]
	wait_for(lambda: done(run) >= total(run) * 0.3, "a third of the back-fill")
	frappe.db.close()
	shut_down_database()
	for worker in workers:
		worker.wait()
	find_bench().start_services()
	frappe.connect()
	figures.note("chunks done when the database went", done(run))
	figures.equal("workers that it cost", sum(worker.returncode != 0 for worker in workers), 2)
	for worker in [work_on(args, run) for _number in range(2)]:
		worker.wait()
	frappe.db.commit()
	figures.equal("the run, once resumed", frappe.db.get_value("O2C Run Log", run, "status"), "Completed")
	judge(figures, "MariaDB restarted during the back-fill")


def work_on(args, run: str) -> subprocess.Popen:
	code = (
		"import frappe, sys; frappe.init(site=sys.argv[1], sites_path='.'); frappe.connect();"
		"from crm_o2c.services import ledger_runs, tasks; tasks.enqueue = lambda *a, **k: None;"
		"ledger_runs.work(sys.argv[2]); frappe.db.commit()"
	)
	return subprocess.Popen([sys.executable, "-c", code, args.site, run], stderr=subprocess.DEVNULL)


def shut_down_database() -> None:
	import frappe

	conf = frappe.conf
	login = ["-u", conf.root_login or "root", f"-p{conf.root_password}", "-h", conf.db_host or "127.0.0.1"]
	subprocess.run(["mariadb-admin", *login, "shutdown"], check=True, capture_output=True)


def done(run: str) -> int:
	import frappe

	frappe.db.commit()
	return frappe.db.count("O2C Run Chunk", {"parent": run, "status": "Done"})


def total(run: str) -> int:
	import frappe

	return frappe.db.count("O2C Run Chunk", {"parent": run})


def wait_for(there, what: str) -> None:
	for _turn in range(LONGEST_WAIT):
		if there():
			return
		time.sleep(0.1)
	raise SystemExit(f"waited in vain for {what}")


# -- documents ------------------------------------------------------------------------------------------------------------


def run_here() -> None:
	"""Bring the ledger up to date."""
	import frappe

	from crm_o2c.services import ledger_runs, tasks

	queued, tasks.enqueue = tasks.enqueue, lambda *_a, **_k: None
	try:
		run = ledger_runs.start()
		frappe.db.commit()
		ledger_runs.work(run)
		frappe.db.commit()
	finally:
		tasks.enqueue = queued


def orders(count: int) -> list[str]:
	from ledger import orders as deliverable

	return deliverable(count)


def deliver(order: str) -> str:
	import frappe
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	note = make_delivery_note(order)
	note.insert()
	note.submit()
	with contextlib.suppress(ConnectionError):
		frappe.db.commit()
	return note.name


if __name__ == "__main__":
	main()
