"""Anomaly rules: what an admin decides of a detector, what a detector finds, and what comes of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from crm_o2c.engine.calendar import WorkCalendar

NOTE, WARN, HOLD, BLOCK = "Note", "Warn", "Hold", "Block"
ACTIONS = (NOTE, WARN, HOLD, BLOCK)  # from the mildest
SEVERITIES = ("Low", "Medium", "High", "Critical")

# What a detector needs besides the order itself, so that a service loads no more.
CREDIT, PROMISES, CUSTOMER, RECENT, ITEMS, PATTERNS, STOCK, RATES, TERMS, CONTRACTS = NEEDS = (
	"credit",
	"promises",
	"customer",
	"recent",
	"items",
	"patterns",
	"stock",
	"rates",
	"terms",
	"contracts",
)


class Evidence(NamedTuple):
	"""A small table that shows why. Each column is a code of `anomaly.messages` (`col.…`), which also says its kind."""

	columns: tuple[str, ...]
	rows: tuple[tuple[Any, ...], ...]


class Remedy(NamedTuple):
	"""A click that would resolve the alert: its code (`do.…`) and what it needs."""

	code: str
	params: Mapping[str, Any]


class Way(NamedTuple):
	"""One way to meet the condition of a hold, as a code (`way.…`) and its values; proved by checking again."""

	code: str
	params: Mapping[str, Any]


class Hit(NamedTuple):
	"""What a detector found. `key` names the case within the order: the same case found again has the same key."""

	key: str
	code: str  # of `anomaly.messages`: the one sentence
	params: Mapping[str, Any]
	line: int = 0  # number of the line; 0 for the order
	item: str | None = None
	evidence: Evidence | None = None
	at_risk: float | None = None  # company currency
	confidence: float = 1.0  # 1: a fact; below: the strength of the statistics
	remedies: tuple[Remedy, ...] = ()
	ways: tuple[Way, ...] = ()  # to meet the condition, where the rule holds the order


class Setting(NamedTuple):
	"""What a check depends on besides rules and facts."""

	today: date
	calendar: WorkCalendar


class Param(NamedTuple):
	"""A number that an admin sets. `unit` is percent, days, money, times, share, count or units."""

	name: str
	default: float
	unit: str
	low: float = 0.0
	high: float = 1e12


Find = Callable[[Any, Mapping[str, float], Setting], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Detector:
	"""One test of the catalogue (SPEC §4). `by_line`: it looks at lines one by one, so a scope of items narrows them."""

	code: str
	find: Find
	params: tuple[Param, ...] = ()
	needs: frozenset[str] = frozenset()
	by_line: bool = False
	may_hold: bool = True
	severity: str = "Medium"
	action: str = WARN

	def values(self, given: Mapping[str, float]) -> dict[str, float]:
		"""The given numbers over the defaults."""
		return {p.name: float(given.get(p.name, p.default)) for p in self.params}


@dataclass(frozen=True, slots=True)
class Scope:
	"""Where a rule applies. None is everywhere; groups come with all that is below them."""

	customer_groups: frozenset[str] | None = None
	item_groups: frozenset[str] | None = None
	warehouses: frozenset[str] | None = None
	order_type: str | None = None

	def covers_order(self, customer_group: str | None, order_type: str | None) -> bool:
		"""Whether an order is in it, whatever its lines."""
		right_type = self.order_type is None or order_type == self.order_type
		return right_type and (self.customer_groups is None or customer_group in self.customer_groups)

	def covers_line(self, item_group: str | None, warehouse: str | None) -> bool:
		"""Whether a line of an order in it is in it, too."""
		right_item = self.item_groups is None or item_group in self.item_groups
		return right_item and (self.warehouses is None or warehouse in self.warehouses)


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Rule:
	"""One version of a rule, ready to be used."""

	name: str  # of this version
	rule: str  # of all its versions; names its alerts, so that a new version takes them over
	detector: str
	params: Mapping[str, float] = field(default_factory=dict)
	severity: str = "Medium"
	action: str = WARN
	scope: Scope = EVERYWHERE
	expression: str = ""  # for the free expression
	script: str = ""  # name of a Server Script
	text: str = ""  # the admin's words, for expression and script


class Finding(NamedTuple):
	"""A hit of a rule."""

	rule: Rule
	hit: Hit

	@property
	def key(self) -> str:
		"""The same order, rule and case have the same key."""
		return f"{self.rule.rule}|{self.hit.key}"
