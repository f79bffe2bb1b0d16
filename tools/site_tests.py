"""Run the site tests with the bench's Python, on a site installed from nothing.

Usage: site_tests.py [--reuse-site] [pytest's own arguments]

FRAPPE_BENCH names the bench (else ~/frappe-bench), O2C_TEST_SITE the site. --reuse-site, or O2C_REUSE_SITE=1, keeps the
site of the last run and migrates it where something it was built from has changed since. All tests together are shared by
O2C_TEST_WORKERS processes (else one for each core, two at most), each with a site of its own.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from benches import APP, CHECKOUT, Bench, BenchError, find_bench
from sites import Sites

TESTS = CHECKOUT / "tests" / "site"
SITE = os.environ.get("O2C_TEST_SITE", "o2c-test.localhost")
WORKERS = int(os.environ.get("O2C_TEST_WORKERS") or min(2, os.cpu_count() or 1))
ROUND_TRIP = 10_000  # it weighs as much as a file of so many bytes
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
			if WORKERS > 1 and all(argument.startswith("-") and argument != "-k" for argument in arguments):
				return share(bench, reuse, arguments)
			prepare(bench, SITE, reuse)
			return pytest(bench, SITE, arguments if names_files(arguments) else [*arguments, str(TESTS)]).wait()
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


def prepare(bench: Bench, site: str, reuse: bool) -> None:
	"""Services, packages, the app in the bench, and the site."""
	with step(f"bench {bench.path}, Frappe {bench.version('frappe')}, ERPNext {bench.version('erpnext')}"):
		bench.start_services()
		bench.install_app()
		bench.install_test_packages()
	sites = Sites(bench)
	stamp = bench.cache / f"{site}.stamp"
	if reuse and stamp.exists() and sites.has_app(site):
		if newest_source() > stamp.stat().st_mtime:
			with step(f"{site}: migrate"):
				bench.frappe(site, "migrate", "--skip-search-index")
			stamp.touch()
		return
	stamp.unlink(missing_ok=True)
	with step(f"{site}: ERPNext with a company"):
		sites.make(site)
	with step(f"{site}: install-app {APP}"):
		sites.install_app(site)
	stamp.touch()


def newest_source() -> float:
	"""When a file that a site is built from was last changed."""
	package = CHECKOUT / APP
	return max((file.stat().st_mtime for pattern in BUILT_FROM for file in package.glob(f"**/{pattern}")), default=0.0)


def names_files(arguments: list[str]) -> bool:
	"""Whether the arguments say which tests to run."""
	return any(Path(a.split("::")[0]).exists() for a in arguments if not a.startswith("-"))


def pytest(bench: Bench, site: str, arguments: list[str], output: IO | None = None) -> subprocess.Popen:
	"""Site tests, started."""
	command = [str(bench.python), "-m", "pytest", *arguments]
	environment = {**bench.environment, "O2C_TEST_SITE": site}
	return subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=output, stderr=output)


def share(bench: Bench, reuse: bool, arguments: list[str]) -> int:
	"""All site tests, each file on one of several sites; what the first process says is shown at once, the rest afterwards."""
	sites = [SITE, *(SITE.replace(".", f"-{number}.", 1) for number in range(2, WORKERS + 1))]
	for site in sites:
		prepare(bench, site, reuse)
	with ExitStack() as files:
		outputs = [None, *(files.enter_context(tempfile.TemporaryFile("w+")) for _site in sites[1:])]
		started = [
			pytest(bench, site, [*arguments, *map(str, part)], output)
			for site, part, output in zip(sites, parts(len(sites)), outputs, strict=True)
		]
		codes = [process.wait() for process in started]
		for output in outputs[1:]:
			output.seek(0)
			print(output.read(), flush=True)
	return max(codes)


def parts(count: int) -> list[list[Path]]:
	"""The files of tests in as many parts of about the same weight."""
	weights = {
		file: ROUND_TRIP if "roundtrip" in file.name else file.stat().st_size for file in TESTS.glob("test_*.py")
	}
	shared: list[list[Path]] = [[] for _number in range(count)]
	for file in sorted(weights, key=lambda f: (-weights[f], f.name)):
		min(shared, key=lambda part: sum(weights[f] for f in part)).append(file)
	return [sorted(part) for part in shared]


@contextmanager
def step(what: str) -> Iterator[None]:
	"""Say what goes on, and afterwards how long it took."""
	print(f"- {what}", flush=True)
	started = time.monotonic()
	yield
	print(f"  {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
