"""A benchmark's figures, each beside its target; the command fails where one falls short."""

import sys
from dataclasses import dataclass, field


@dataclass
class Figures:
	title: str
	rows: list[tuple[str, str, str, bool]] = field(default_factory=list)

	def at_most(self, name: str, value: float, target: float, unit: str = "") -> None:
		self._add(name, f"{value:,.2f} {unit}", f"≤ {target:,g} {unit}", value <= target)

	def at_least(self, name: str, value: float, target: float, unit: str = "") -> None:
		self._add(name, f"{value:,.2f} {unit}", f"≥ {target:,g} {unit}", value >= target)

	def equal(self, name: str, value: object, target: object) -> None:
		self._add(name, str(value), f"= {target}", value == target)

	def note(self, name: str, value: float, unit: str = "") -> None:
		"""A figure without a target, for the reader."""
		self._add(name, f"{value:,.2f} {unit}", "", True)

	def _add(self, name: str, value: str, target: str, met: bool) -> None:
		print(f"  … {name}: {value.strip()}", flush=True)
		self.rows.append((name, value.strip(), target.strip(), met))

	def finish(self) -> None:
		"""Print the table and leave the process: 0 where every target is met, 1 where one is not."""
		widths = [max(len(row[i]) for row in self.rows) for i in range(3)]
		print(f"\n{self.title}")
		for name, value, target, met in self.rows:
			verdict = "" if not target else "ok" if met else "FALLS SHORT"
			print(f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {target:<{widths[2]}}  {verdict}")
		sys.exit(0 if all(row[3] for row in self.rows) else 1)
