"""Run the site tests with the bench's Python, on a site installed from nothing.

Usage: site_tests.py [--reuse-site] [pytest's own arguments]

FRAPPE_BENCH names the bench (else ~/frappe-bench), O2C_TEST_SITE the site. --reuse-site, or O2C_REUSE_SITE=1, keeps the
site of the last run and migrates it where something it was built from has changed since.
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benches import APP, CHECKOUT, Bench, BenchError, find_bench
from sites import Sites

TESTS = CHECKOUT / "tests" / "site"
SITE = os.environ.get("O2C_TEST_SITE", "o2c-test.localhost")
# what a site is built from; the rest is read at every start
BUILT_FROM = ("*.json", "hooks.py", "patches.txt", "modules.txt", "setup/**/*.py", "install.py", "translations/*.csv")


def main(arguments: list[str]) -> int:
	"""Prepare bench and site, run pytest; its exit code."""
	reuse = "--reuse-site" in arguments or os.environ.get("O2C_REUSE_SITE") == "1"
	arguments = [a for a in arguments if a != "--reuse-site"]
	try:
		bench = find_bench()
		if bench is None:
			print("!! SITE TESTS SKIPPED: no bench here (set FRAPPE_BENCH, or have one at ~/frappe-bench).")
			return 0
		with only_one(bench):
			prepare(bench, reuse)
			return run_pytest(bench, arguments)
	except BenchError as problem:
		print(f"!! {problem}", file=sys.stderr)
		return 1


@contextmanager
def only_one(bench: Bench) -> Iterator[None]:
	"""Two runs on one bench would drop each other's site: the second waits."""
	bench.cache.mkdir(exist_ok=True)
	with (bench.cache / f"{SITE}.lock").open("w") as lock:
		fcntl.flock(lock, fcntl.LOCK_EX)
		yield


def prepare(bench: Bench, reuse: bool) -> None:
	"""Services, packages, the app in the bench, and the site."""
	with step(f"bench {bench.path}, Frappe {bench.version('frappe')}, ERPNext {bench.version('erpnext')}"):
		bench.start_services()
		bench.install_app()
		bench.install_test_packages()
	sites = Sites(bench)
	stamp = bench.cache / f"{SITE}.stamp"
	if reuse and stamp.exists() and sites.has_app(SITE):
		if newest_source() > stamp.stat().st_mtime:
			with step(f"{SITE}: migrate"):
				bench.frappe(SITE, "migrate", "--skip-search-index")
			stamp.touch()
		return
	stamp.unlink(missing_ok=True)
	with step(f"{SITE}: ERPNext with a company"):
		sites.make(SITE)
	with step(f"{SITE}: install-app {APP}"):
		sites.install_app(SITE)
	stamp.touch()


def newest_source() -> float:
	"""When a file that a site is built from was last changed."""
	package = CHECKOUT / APP
	return max((file.stat().st_mtime for pattern in BUILT_FROM for file in package.glob(f"**/{pattern}")), default=0.0)


def run_pytest(bench: Bench, arguments: list[str]) -> int:
	"""The site tests, or those named in the arguments."""
	named = any(Path(a.split("::")[0]).exists() for a in arguments if not a.startswith("-"))
	command = [str(bench.python), "-m", "pytest", *arguments, *([] if named else [str(TESTS)])]
	return subprocess.run(command, cwd=CHECKOUT, env={**bench.environment, "O2C_TEST_SITE": SITE}).returncode


@contextmanager
def step(what: str) -> Iterator[None]:
	"""Say what goes on, and afterwards how long it took."""
	print(f"- {what}", flush=True)
	started = time.monotonic()
	yield
	print(f"  {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
