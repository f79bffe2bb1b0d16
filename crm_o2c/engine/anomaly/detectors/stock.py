"""What stock and known supply can keep of an order's lines, by the promises that `engine.atp` worked out."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from crm_o2c.engine.anomaly.detectors.common import (
	SMALLEST,
	amount_of,
	changed_line,
	key_of,
	named,
	proved_for,
	qty_down,
	qty_up,
	without_line,
)
from crm_o2c.engine.anomaly.facts import CheckFacts, LineFacts
from crm_o2c.engine.anomaly.rules import STOCK, Detector, Evidence, Hit, Param, Remedy, Setting, Way
from crm_o2c.engine.atp import Promise

LEDGER = ("col.date", "col.entry", "col.document", "col.change", "col.balance")
MOST_CHOICES = 2  # warehouses, and substitutes, that are offered


def _ledger(line: LineFacts, promise: Promise) -> Evidence:
	"""What comes and goes, and the line itself as the last row."""
	rows = [(entry.on, f"word.{entry.kind}", entry.document, entry.qty, entry.balance) for entry in promise.ledger]
	left = promise.ledger[-1].balance if promise.ledger else 0.0
	rows.append((promise.on, "word.wanted", None, -promise.wanted, round(left - promise.wanted, 9)))
	return Evidence(LEDGER, tuple(rows))


def _share(line: LineFacts, qty: float, wanted: float) -> float | None:
	"""The part of the line's amount that a quantity is."""
	amount = amount_of(line)
	return None if amount is None or not wanted else amount * min(1.0, qty / wanted)


# -- short -------------------------------------------------------------------------------------------------------------------


def _short(line: LineFacts, params: Mapping[str, float]) -> float:
	"""Stock units that nothing covers, beyond those that the rule lets promise: a percentage of what is covered."""
	promise = line.promise
	if promise is None or promise.short <= SMALLEST or line.drop_ship:
		return 0.0
	covered = promise.wanted - promise.short
	return promise.short if promise.wanted > covered * (1 + params["over_promise"] / 100) + SMALLEST else 0.0


def find_short(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""Neither stock nor known supply covers a line."""
	for line in facts.lines:
		short = _short(line, params)
		if not short:
			continue
		promise = line.promise
		yield Hit(
			key_of(line),
			"stock.short",
			{**named(line), "short": short, "wanted": promise.wanted},
			line=line.number,
			item=line.item,
			evidence=_ledger(line, promise),
			at_risk=_share(line, short, promise.wanted),
			remedies=tuple(_short_remedies(line, promise, short, setting.today)),
			ways=proved_for(
				line, lambda _facts, other: _short(other, params), _short_ways(facts, line, promise, short)
			),
		)


def _short_remedies(line: LineFacts, promise: Promise, short: float, today: date) -> Iterator[Remedy]:
	place = {"line": line.number}
	more_on = _more_on(line, today)
	for warehouse, qty in _elsewhere(line):
		yield Remedy("transfer", {**place, "from_warehouse": warehouse, "qty": min(qty, short)})
	yield from _substitutes(line)
	wanted_by = max(promise.on or today, more_on or today)
	yield Remedy("material_request", {**place, "qty": short, "date": wanted_by})
	now = qty_down(promise.now / line.factor, line.qty)
	if more_on and 0 < now < line.qty:
		yield Remedy("split", {**place, "now": now, "later_date": more_on})


def _more_on(line: LineFacts, today: date) -> date | None:
	"""When more could be there by the item's lead time; None where that is not known."""
	lead_days = line.about.lead_days if line.about else None
	return today + timedelta(lead_days) if lead_days else None


def _elsewhere(line: LineFacts) -> tuple[tuple[str, float], ...]:
	"""Other warehouses that have the item free, the fullest first."""
	found = [(warehouse, qty) for warehouse, qty in line.elsewhere if qty > SMALLEST]
	return tuple(sorted(found, key=lambda there: (-there[1], there[0]))[:MOST_CHOICES])


def _substitutes(line: LineFacts) -> Iterator[Remedy]:
	for item in line.about.substitutes[:MOST_CHOICES] if line.about else ():
		yield Remedy("substitute", {"line": line.number, "item": item})


def _short_ways(facts: CheckFacts, line: LineFacts, promise: Promise, short: float) -> Iterator[tuple[Way, CheckFacts]]:
	there = promise._replace(short=0.0, by_date=promise.wanted)
	yield Way("receive", {"item": line.item, "qty": short}), changed_line(facts, line, promise=there)
	covered = promise.wanted - short
	qty = qty_down(line.qty - qty_up(short / line.factor, line.qty), line.qty)
	if qty > 0:
		less = promise._replace(wanted=promise.wanted - (line.qty - qty) * line.factor)
		less = less._replace(short=max(0.0, less.wanted - covered))
		way = Way("reduce_line", {**named(line), "qty": qty})
		yield way, changed_line(facts, line, qty=qty, promise=less)
	if len(facts.lines) > 1:
		yield Way("remove_line", named(line)), without_line(facts, line)


# -- late --------------------------------------------------------------------------------------------------------------------


def _late(line: LineFacts, params: Mapping[str, float]) -> int:
	"""Days after its promise on which a line is complete, where they are more than the rule allows; else 0."""
	promise = line.promise
	if promise is None or promise.kept_on is None or promise.short > SMALLEST or line.drop_ship:
		return 0
	promised = line.promise_date or promise.on
	days = (promise.kept_on - promised).days if promised else 0
	return days if days > params["days"] else 0


def find_late(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""Stock and known supply cover a line, but after its promise. What is all there is not late for lack of stock, even
	where its promise is past."""
	for line in facts.lines:
		days = _late(line, params)
		if not days or (line.promise.kept_on <= setting.today and line.promise.now >= line.promise.wanted - SMALLEST):
			continue
		promise = line.promise
		promised = line.promise_date or promise.on
		yield Hit(
			key_of(line),
			"stock.late.one" if days == 1 else "stock.late",
			{**named(line), "wanted": promise.wanted, "date": promise.kept_on, "days": days, "promise": promised},
			line=line.number,
			item=line.item,
			evidence=_ledger(line, promise),
			at_risk=_share(line, promise.wanted - promise.by_date, promise.wanted),
			remedies=tuple(_late_remedies(line, promise)),
		)


def _late_remedies(line: LineFacts, promise: Promise) -> Iterator[Remedy]:
	place = {"line": line.number}
	missing = promise.wanted - promise.by_date
	yield Remedy("new_date", {**place, "date": promise.kept_on})
	now = qty_down(promise.by_date / line.factor, line.qty)
	if 0 < now < line.qty:
		yield Remedy("split", {**place, "now": now, "later_date": promise.kept_on})
	for warehouse, qty in _elsewhere(line):
		yield Remedy("transfer", {**place, "from_warehouse": warehouse, "qty": min(qty, missing)})
	yield from _substitutes(line)


DETECTORS = (
	Detector(
		"stock.short",
		find_short,
		(Param("over_promise", 0.0, "percent", 0.0, 1000.0),),
		frozenset((STOCK,)),
		by_line=True,
		severity="High",
	),
	Detector(
		"stock.late",
		find_late,
		(Param("days", 0.0, "days", 0.0, 3650.0),),
		frozenset((STOCK,)),
		by_line=True,
		may_hold=False,
	),
)
