"""Run the benchmarks, one after the other: `make bench`. Those that need a site run with the bench's Python.

The site is O2C_BENCH_SITE; `benchmarks/seed_orders.py` puts the order book on it that they expect.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from benches import CHECKOUT, Bench, BenchError, find_bench

BENCHMARKS = CHECKOUT / "benchmarks"
# these need nothing, so they come first
WITHOUT_SITE = ("engine_speed.py", "priority_sim.py", "anomaly.py")
NEEDS_SITE = re.compile(r"^\s*(import|from) (frappe|bench_site)\b", re.MULTILINE)


def main() -> int:
	"""Run what can run here; 1 if a figure was missed."""
	try:
		bench = find_bench()
	except BenchError as problem:
		print(f"!! {problem}", file=sys.stderr)
		return 1
	missed = []
	for file in benchmarks():
		print(f"== {file.name}", flush=True)
		needs_site = NEEDS_SITE.search(file.read_text())
		met = run_on_site(file, bench) if needs_site else run_here(file)
		if not met:
			missed.append(file.name)
	if missed:
		print(f"!! not met: {', '.join(missed)}", file=sys.stderr)
	return bool(missed)


def benchmarks() -> list[Path]:
	"""The programs among the files there; not the modules they share, nor what seeds a site."""
	files = [f for f in BENCHMARKS.glob("*.py") if "__main__" in f.read_text() and not f.name.startswith("seed_")]
	return sorted(files, key=lambda f: (f.name not in WITHOUT_SITE, f.name))


def run_here(file: Path) -> bool:
	"""Run one that needs the engine only."""
	return subprocess.run([sys.executable, str(file)], cwd=CHECKOUT).returncode == 0


def run_on_site(file: Path, bench: Bench | None) -> bool:
	"""Run one on the site, in the bench's sites folder; passed over where there is none."""
	site = os.environ.get("O2C_BENCH_SITE")
	if bench is None or not site:
		print("!! SKIPPED: it needs a bench, and a site with the seeded order book in O2C_BENCH_SITE", flush=True)
		return True
	command = [str(bench.python), str(file), "--site", site]
	return subprocess.run(command, cwd=bench.sites, env=bench.environment).returncode == 0


if __name__ == "__main__":
	sys.exit(main())
