"""In which stage an order, or a line of it, is: found from its facts by the rules of the stages.

A stage is a record that an admin edits. Of the stages whose rule holds, the one with the highest sequence is it. A stage
without a rule is one that people put orders in by hand; it lasts until the facts reach a later one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from crm_o2c.engine.expression import FLAG, NUMBER, TEXT, Expression, read_expression

PROGRESS, PAUSE, END = "Progress", "Pause", "End"
KINDS = (PROGRESS, PAUSE, END)
MOST_KNOWN = 20_000  # answers that a book keeps

# What the rule of a stage may ask. Percentages are 0 to 100, money is in company currency.
FIELDS: dict[str, str] = {
	"draft": FLAG,
	"submitted": FLAG,
	"cancelled": FLAG,
	"status": TEXT,
	"workflow": TEXT,
	"held": FLAG,
	"closed": FLAG,
	"no_delivery": FLAG,
	"in_production": FLAG,
	"produced": NUMBER,
	"picked": NUMBER,
	"packed": FLAG,
	"delivered": NUMBER,
	"all_delivered": FLAG,
	"arrived": NUMBER,
	"returned": NUMBER,
	"billed": NUMBER,
	"all_billed": FLAG,
	"outstanding": NUMBER,
}


class Progress(NamedTuple):
	"""How far an order or a line is: the fields of FIELDS, in their order.

	A NamedTuple, since a sweep makes one for each order and asks the same few again and again.
	"""

	draft: bool = False
	submitted: bool = False
	cancelled: bool = False
	status: str = ""
	workflow: str = ""
	held: bool = False  # by a rule of the app, or On Hold
	closed: bool = False
	no_delivery: bool = False  # nothing of it is delivered: services
	in_production: bool = False
	produced: float = 0.0
	picked: float = 0.0
	packed: bool = False
	delivered: float = 0.0
	all_delivered: bool = False  # of a closed order: all that will be
	arrived: float = 0.0  # what the carrier has handed over, of what was delivered
	returned: float = 0.0
	billed: float = 0.0
	all_billed: bool = False
	outstanding: float = 0.0  # of its invoices


@dataclass(frozen=True, slots=True)
class Stage:
	"""One stage. `sla_hours` are working hours, 0 for no limit; `rule` is empty for a stage set by hand."""

	code: str
	label: str
	sequence: int
	rule: str = ""
	kind: str = PROGRESS
	sla_hours: float = 0.0
	customer_label: str = ""
	visible: bool = True
	colour: str = "gray"
	workflow_state: str = ""


class StageChange(NamedTuple):
	"""An order that entered another stage. `from_stage` is empty for an order that had none."""

	order: str
	company: str
	from_stage: str
	to_stage: str
	since: datetime


class StageBook:
	"""The stages in use, and what follows from them."""

	def __init__(self, stages: Iterable[Stage]):
		self.stages: dict[str, Stage] = {stage.code: stage for stage in sorted(stages, key=lambda s: s.sequence)}
		self._rules: list[tuple[Stage, Expression]] = [
			(stage, read_expression(stage.rule, FIELDS))
			for stage in sorted(self.stages.values(), key=lambda s: -s.sequence)
			if stage.rule
		]
		self._known: dict[tuple[Progress, str], str] = {}

	def stage_of(self, progress: Progress, by_hand: str = "") -> str:
		"""The stage's code, or an empty text where no rule holds. `by_hand` is where a person has put it."""
		key = (progress, by_hand)
		if key not in self._known:
			if len(self._known) >= MOST_KNOWN:  # a process that lives long sees amounts without end
				self._known.clear()
			self._known[key] = self._find(progress, by_hand)
		return self._known[key]

	def _find(self, progress: Progress, by_hand: str) -> str:
		values = progress._asdict()
		found = next((stage for stage, rule in self._rules if rule.evaluate(values)), None)
		chosen = self.stages.get(by_hand)
		if (
			chosen
			and not chosen.rule
			and (found is None or (found.kind == PROGRESS and found.sequence < chosen.sequence))
		):
			return chosen.code
		return found.code if found else ""

	def is_step_back(self, from_stage: str, to_stage: str) -> bool:
		"""Whether an order that goes from one stage to the other loses progress, by a return say."""
		old, new = self.stages.get(from_stage), self.stages.get(to_stage)
		return bool(old and new and old.kind == new.kind == PROGRESS and new.sequence < old.sequence)

	def by_hand(self) -> list[Stage]:
		"""The stages that people put orders in."""
		return [stage for stage in self.stages.values() if not stage.rule]

	def is_over(self, stage: Stage) -> bool:
		"""Whether nothing more comes after it: the last stage of progress, and those that end an order's life."""
		last = max((other.sequence for other in self.stages.values() if other.kind == PROGRESS), default=0)
		return stage.kind == END or (stage.kind == PROGRESS and stage.sequence == last)

	def going(self) -> list[str]:
		"""The stages in which orders still are on their way, in their order."""
		return [stage.code for stage in self.stages.values() if not self.is_over(stage)]
