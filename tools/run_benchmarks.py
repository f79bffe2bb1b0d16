"""Run the benchmarks, one after the other: `make bench`. Those that need a site run with the bench's Python.

A benchmark says itself what it needs: one that imports frappe needs a site (O2C_BENCH_SITE, else the bench's default).
"""

import os
import re
import subprocess
import sys

from benches import CHECKOUT, BenchError, find_bench

BENCHMARKS = CHECKOUT / "benchmarks"
# the engine's own figures come first: they need nothing
FIRST = ("engine_speed.py", "priority_sim.py")
IMPORTS_FRAPPE = re.compile(r"^\s*(import|from) frappe\b", re.MULTILINE)


def main() -> int:
	"""Run what can run here; 1 if a figure was missed."""
	try:
		bench = find_bench()
	except BenchError as problem:
		print(f"!! {problem}", file=sys.stderr)
		return 1
	failed = []
	for file in sorted(BENCHMARKS.glob("[a-z]*.py"), key=lambda f: (f.name not in FIRST, f.name)):
		source = file.read_text()
		if "__main__" not in source:
			continue  # a module the benchmarks share
		python, folder, environment = sys.executable, CHECKOUT, dict(os.environ)
		if IMPORTS_FRAPPE.search(source):
			if bench is None:
				print(f"!! {file.name} SKIPPED: it needs a bench, and there is none here", flush=True)
				continue
			python, folder, environment = bench.python, bench.sites, bench.environment
		print(f"== {file.name}", flush=True)
		if subprocess.run([python, str(file)], cwd=folder, env=environment).returncode:
			failed.append(file.name)
	if failed:
		print(f"!! not met: {', '.join(failed)}", file=sys.stderr)
	return bool(failed)


if __name__ == "__main__":
	sys.exit(main())
