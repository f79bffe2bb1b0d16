"""Quantities of lines: unusual for item and customer, entered in the wrong unit, or less than may be ordered."""

from collections.abc import Iterator, Mapping
from math import log
from typing import NamedTuple

from crm_o2c.engine.anomaly.detectors.common import (
	SMALLEST,
	amount_of,
	changed_line,
	key_of,
	named,
	proved_for,
	qty_down,
	qty_up,
	stock_qty,
	strength,
)
from crm_o2c.engine.anomaly.facts import CheckFacts, LineFacts
from crm_o2c.engine.anomaly.patterns import OWN_LARGEST, expected_quantity, quantity_score
from crm_o2c.engine.anomaly.rules import ITEMS, PATTERNS, Detector, Evidence, Hit, Param, Remedy, Setting, Way

NEEDS = frozenset((PATTERNS, ITEMS))
UNUSUAL = 3.5  # deviations; one line in some hundreds is beyond
LEAST_LINES = 3  # lines of an item before its quantities say something
SLIP_DEVIATIONS = 2.5  # a quantity that a wrong unit explains need not be as unusual as one that nothing explains
SLIP_TOLERANCE = 10.0  # percent, where a rule says nothing else


class Unusual(NamedTuple):
	"""How far above what is usual a quantity is."""

	z: float  # standard deviations
	usual: float  # stock units


def _score(line: LineFacts, deviations: float, lines: float) -> Unusual | None:
	"""How unusual a line's quantity is, where it is more so than `deviations`."""
	known = line.patterns
	if known is None or known.lines < lines:
		return None
	z = quantity_score(line.qty * line.factor, known)
	if z <= deviations:
		return None
	usual = expected_quantity(known) or 0.0
	if known.largest is not None:
		usual = min(usual, OWN_LARGEST * known.largest)
	return Unusual(z, usual) if usual > 0 else None


# -- the wrong unit ----------------------------------------------------------------------------------------------------------


class OtherUnit(NamedTuple):
	"""The unit that makes a line's quantity a usual one."""

	uom: str
	factor: float
	verdict: Unusual


def _other_unit(line: LineFacts, deviations: float, tolerance: float) -> OtherUnit | None:
	"""The smaller unit of the item with which the quantity is the usual one, or the customer's largest, within the
	tolerance."""
	if line.about is None or len(line.about.units) < 2:
		return None
	verdict = _score(line, deviations, LEAST_LINES)
	if verdict is None:
		return None
	usual = [verdict.usual] if line.patterns.largest is None else [verdict.usual, line.patterns.largest]
	best, distance = None, log(1 + tolerance)
	for uom, factor in line.about.units:
		if uom == line.uom or not 0 < factor < line.factor - SMALLEST:
			continue
		apart = min(abs(log(line.qty * factor / qty)) for qty in usual if qty > 0)
		if apart <= distance:
			best, distance = OtherUnit(uom, factor, verdict), apart
	return best


def find_unit(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""A line's quantity is unusual, and with another unit of the item it would be the usual one."""
	deviations, tolerance = params["deviations"], params["tolerance"] / 100
	for line in facts.lines:
		other = _other_unit(line, deviations, tolerance)
		if other is None:
			continue
		rows = [
			("word.entered", line.qty, line.uom, stock_qty(line)),
			("word.if_other", line.qty, other.uom, line.qty * other.factor),
			*_usual_rows(line, other.verdict),
		]
		remedies = [Remedy("set_uom", {"line": line.number, "uom": other.uom})]
		qty = line.qty * other.factor / line.factor
		if qty >= 1 and abs(qty - round(qty)) < SMALLEST:
			remedies.append(Remedy("set_qty", {"line": line.number, "qty": float(round(qty))}))
		yield Hit(
			key_of(line),
			"uom.slip",
			{**named(line), "qty": line.qty, "uom": line.uom, "other": other.uom},
			line=line.number,
			item=line.item,
			evidence=Evidence(("col.part", "col.quantity", "col.unit", "col.stock_qty"), tuple(rows)),
			at_risk=_worth(line, stock_qty(line) - line.qty * other.factor),
			confidence=strength(other.verdict.z, UNUSUAL, line.patterns.lines),
			remedies=tuple(remedies),
			ways=(Way("any_edit", {}),),
		)


def _usual_rows(line: LineFacts, verdict: Unusual) -> Iterator[tuple]:
	yield "word.expected", None, None, round(verdict.usual, 3)
	if line.patterns.largest is not None:
		yield "word.largest", None, None, line.patterns.largest


def _worth(line: LineFacts, qty: float) -> float | None:
	"""The part of the line's amount that a quantity in stock units is."""
	amount, whole = amount_of(line), stock_qty(line)
	return None if amount is None or not whole else amount * qty / whole


# -- unusual -----------------------------------------------------------------------------------------------------------------


def _unusual(line: LineFacts, params: Mapping[str, float]) -> Unusual | None:
	verdict = _score(line, params["deviations"], params["lines"])
	if verdict is None or _other_unit(line, SLIP_DEVIATIONS, SLIP_TOLERANCE / 100):
		return None
	return verdict


def find_outlier(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""A line's quantity is far more than item and customer make likely, and no other unit explains it."""
	for line in facts.lines:
		verdict = _unusual(line, params)
		if verdict is None:
			continue
		usual = verdict.usual / line.factor
		right = {"line": line.number, "qty": max(float(round(usual)), 1.0) if line.qty % 1 == 0 else round(usual, 3)}
		rows = [("word.entered", line.qty, line.uom, stock_qty(line)), *_usual_rows(line, verdict)]
		yield Hit(
			key_of(line),
			"qty.outlier",
			{**named(line), "qty": line.qty, "usual": float(f"{usual:.3g}"), "times": round(line.qty / usual, 1)},
			line=line.number,
			item=line.item,
			evidence=Evidence(("col.part", "col.quantity", "col.unit", "col.stock_qty"), tuple(rows)),
			at_risk=_worth(line, stock_qty(line) - verdict.usual),
			confidence=strength(verdict.z, UNUSUAL, line.patterns.lines),
			remedies=(Remedy("set_qty", right),),
			ways=proved_for(line, lambda _facts, other: _unusual(other, params), _outlier_ways(facts, line)),
		)


def _outlier_ways(facts: CheckFacts, line: LineFacts) -> Iterator[tuple[Way, CheckFacts]]:
	"""Down to what the customer's own past explains; where he has none, any change that is enough."""
	largest = line.patterns.largest
	qty = qty_down(OWN_LARGEST * largest / line.factor, line.qty) if largest else 0.0
	if qty > 0:
		way = Way("reduce_line", {**named(line), "qty": qty})
		yield way, changed_line(facts, line, qty=qty)
	else:
		yield Way("any_edit", {}), facts._replace(lines=())


# -- the least ---------------------------------------------------------------------------------------------------------------


def _below_least(line: LineFacts) -> bool:
	least = line.about.min_qty if line.about else None
	return bool(least) and 0 < stock_qty(line) < least - SMALLEST


def find_least(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""Less of an item is ordered than may be."""
	for line in facts.lines:
		if not _below_least(line):
			continue
		qty = qty_up(line.about.min_qty / line.factor, line.qty)
		right = {"line": line.number, "qty": qty}
		rows = (
			("word.entered", line.qty, line.uom, stock_qty(line)),
			("word.least_qty", None, None, line.about.min_qty),
		)
		yield Hit(
			key_of(line),
			"moq.broken",
			{**named(line), "qty": stock_qty(line), "least": line.about.min_qty},
			line=line.number,
			item=line.item,
			evidence=Evidence(("col.part", "col.quantity", "col.unit", "col.stock_qty"), rows),
			at_risk=amount_of(line),
			remedies=(Remedy("set_qty", right),),
			ways=(Way("any_edit", {}),),
		)


DETECTORS = (
	Detector(
		"qty.outlier",
		find_outlier,
		(Param("deviations", UNUSUAL, "times", 0.5, 100.0), Param("lines", float(LEAST_LINES), "count", 1.0, 10_000.0)),
		NEEDS,
		by_line=True,
	),
	Detector(
		"uom.slip",
		find_unit,
		(
			Param("deviations", SLIP_DEVIATIONS, "times", 0.5, 100.0),
			Param("tolerance", SLIP_TOLERANCE, "percent", 0.0, 50.0),
		),
		NEEDS,
		by_line=True,
	),
	Detector("moq.broken", find_least, (), frozenset((ITEMS,)), by_line=True),
)
