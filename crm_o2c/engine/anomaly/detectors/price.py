"""Prices and discounts of lines: against a price on file where there is one, else against what is usual."""

from collections.abc import Callable, Iterator, Mapping
from math import log
from typing import Any, NamedTuple

from crm_o2c.engine.anomaly.detectors.common import (
	CENT,
	amount_of,
	changed_line,
	key_of,
	money_up,
	named,
	proved_for,
)
from crm_o2c.engine.anomaly.facts import CheckFacts, LineFacts
from crm_o2c.engine.anomaly.patterns import (
	FAR,
	HIGH,
	LIKELY,
	LOW,
	SLIP_TOLERANCE,
	SLIPS,
	SWAP_TOLERANCE,
	LineVerdict,
	judge,
	usual_prices,
)
from crm_o2c.engine.anomaly.rules import (
	CONTRACTS,
	ITEMS,
	PATTERNS,
	Detector,
	Evidence,
	Hit,
	Param,
	Remedy,
	Setting,
	Way,
)

CONTRACT, LIST, RULES, USUAL = "contract", "list", "rules", "usual"  # what a price is compared with
NEEDS = frozenset((PATTERNS, CONTRACTS))
LEAST_HAND = 0.5  # percent; less is the rounding of a price
EACH = 1e-6
NO_DISCOUNT = 1.1  # distance of a price, about a third or three times, that a discount does not explain


class Compared(NamedTuple):
	"""A line's price beside the price that it should have, both for one unit of the line."""

	rate: float
	usual: float
	source: str
	distance: float  # in ln(price)
	verdict: LineVerdict | None = None  # where the usual price comes from statistics


def _by_hand(line: LineFacts, facts: CheckFacts) -> float:
	"""Percent taken off by hand: on the line, and on the whole order."""
	if not facts.order_discount:
		return line.hand_discount
	return 100 - (100 - line.hand_discount) * (100 - facts.order_discount) / 100


def _on_file(line: LineFacts, facts: CheckFacts) -> tuple[float, str] | None:
	"""The price that contract, price list and pricing rules give; None where none of them has the item."""
	if line.contract_rate:
		return line.contract_rate, CONTRACT
	if not line.list_rate:
		return None
	if not line.pricing_rules:
		return line.list_rate, LIST
	given = 100 - _by_hand(line, facts)
	return (line.rate * 100 / given if given > EACH else line.list_rate), RULES


def _compare(line: LineFacts, facts: CheckFacts) -> Compared | None:
	"""The price beside the one on file, or else beside the nearest usual one. None where it is the same, where nothing is
	known, and for what is given away."""
	rate = line.rate
	if rate is None or rate <= 0 or line.factor <= 0:
		return None
	if rate == line.list_rate and line.contract_rate is None:
		return None  # most lines
	on_file = _on_file(line, facts)
	if on_file:
		usual, source = on_file
		if usual <= 0 or abs(rate - usual) <= _rounding(usual):
			return None
		return Compared(rate, usual, source, abs(log(rate / usual)))
	known, factor = line.patterns, line.factor
	if known is None or line.qty <= 0:
		return None
	levels = known.levels
	if levels and LOW <= rate / (levels[0][0] * factor) <= HIGH and (not known.whole or line.qty % 1 == 0):
		return None  # most lines
	verdict = judge(line.qty * factor, rate / factor, known, factor)
	if verdict is None or verdict.price is None:
		return None
	return Compared(rate, verdict.price.usual * factor, USUAL, verdict.price.distance, verdict)


def _rounding(price: float) -> float:
	"""What prices of this size may differ by because they are rounded."""
	return min(CENT, price / 4)


# -- misplaced decimal points, and price and quantity swapped ---------------------------------------------------------------


def _slip(line: LineFacts, facts: CheckFacts, tolerance: float) -> Compared | None:
	"""The comparison, where the price is ten or a hundred times the right one, or a tenth or a hundredth of it. A quantity
	in the price's place may be so by chance."""
	compared = _compare(line, facts)
	if compared is None or compared.distance < FAR or _swap(line, facts):
		return None
	if compared.verdict is not None:
		right = [price * line.factor for price in usual_prices(line.patterns)]
	else:
		right = [compared.usual]
	for usual in right:
		ratio = compared.rate / usual
		if any(abs(ratio / times - 1) <= tolerance for times in SLIPS):
			return compared._replace(usual=usual)
	return None


def _swap(line: LineFacts, facts: CheckFacts) -> Compared | None:
	"""The comparison, where the quantity is the right price, and the price is not and could be a quantity. That a whole
	quantity is the right price happens by chance, so then the price must be further off."""
	compared = _compare(line, facts)
	if compared is None or (compared.distance < FAR and _is_whole(line.qty)):
		return None
	verdict = compared.verdict
	if verdict is not None:
		right = verdict.swap * line.factor if verdict.swap is not None else None
	else:
		right = compared.usual if abs(line.qty / compared.usual - 1) <= SWAP_TOLERANCE else None
	if right is None or not _is_whole(compared.rate):
		return None
	if _is_whole(line.qty) and compared.distance < NO_DISCOUNT:
		return None
	return compared._replace(usual=right)


def _is_whole(value: float) -> bool:
	return abs(value - round(value)) <= CENT


def _otherwise_explained(line: LineFacts, facts: CheckFacts) -> bool:
	"""Whether the price is a misplaced decimal point or a quantity, which have their own detectors."""
	return bool(_slip(line, facts, SLIP_TOLERANCE) or _swap(line, facts))


def find_slip(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""A price is ten or a hundred times what it should be, or a tenth or a hundredth of it."""
	tolerance = params["tolerance"] / 100

	def slipped(facts: CheckFacts, line: LineFacts) -> Compared | None:
		return _slip(line, facts, tolerance)

	for line in facts.lines:
		compared = slipped(facts, line)
		if compared is None:
			continue
		high = compared.rate > compared.usual
		times = round(compared.rate / compared.usual if high else compared.usual / compared.rate)
		values = {"rate": compared.rate, "usual": compared.usual, "times": float(f"{times:.1g}")}
		yield _price_hit(facts, line, compared, "price.slip" if high else "price.slip.low", values, slipped)


def find_swap(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""A line's quantity is a known price, and its price is not. The quantity is corrected first: with it right, the price is
	found by the other detectors until it is right too; the other way round nothing would find the quantity."""
	for line in facts.lines:
		compared = _swap(line, facts)
		if compared is None:
			continue
		values = {"qty": line.qty, "rate": compared.rate}
		hit = _price_hit(facts, line, compared, "price.swap", values, lambda facts, line: _swap(line, facts))
		remedy = Remedy("set_qty", {"line": line.number, "qty": float(round(compared.rate))})
		yield hit._replace(remedies=(remedy,), at_risk=amount_of(line))


# -- too low, too high -------------------------------------------------------------------------------------------------------


def _off(facts: CheckFacts, line: LineFacts, params: Mapping[str, float], low: bool) -> Compared | None:
	"""The comparison, where the price is further off than the rule allows, and nothing else explains it."""
	compared = _compare(line, facts)
	if compared is None or (compared.rate < compared.usual) != low:
		return None
	if compared.source == USUAL:
		if compared.distance < params["distance"] or line.patterns.lines < params["lines"]:
			return None
		if compared.verdict.confidence < LIKELY:
			return None
	else:
		percent = params["contract_percent" if compared.source == CONTRACT else "percent"]
		if abs(compared.rate - compared.usual) <= compared.usual * percent / 100 + _rounding(compared.usual):
			return None
	return None if _otherwise_explained(line, facts) else compared


def _find_off(detector: str, low: bool) -> Callable[[CheckFacts, Mapping[str, float], Setting], Iterator[Hit]]:
	def find(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
		for line in facts.lines:
			compared = _off(facts, line, params, low)
			if compared is None:
				continue
			code = detector if compared.source == USUAL else f"{detector}.{compared.source}"
			percent = round(abs(compared.rate / compared.usual - 1) * 100, 1)
			values = {"rate": compared.rate, "usual": compared.usual, "percent": percent}
			yield _price_hit(facts, line, compared, code, values, lambda f, other: _off(f, other, params, low))

	return find


def _price_hit(
	facts: CheckFacts,
	line: LineFacts,
	compared: Compared,
	code: str,
	values: Mapping[str, Any],
	found: Callable[[CheckFacts, LineFacts], Any],
) -> Hit:
	"""What the price detectors say alike."""
	right = {"line": line.number, "rate": round(compared.usual, 4)}
	better = changed_line(facts, line, rate=right["rate"], hand_discount=0.0)
	by_statistics = compared.source == USUAL
	return Hit(
		key_of(line),
		code,
		{**named(line), **values},
		line=line.number,
		item=line.item,
		evidence=_usual_prices(line) if by_statistics else _prices_on_file(line, compared),
		at_risk=abs(compared.rate - compared.usual) * line.qty,
		confidence=round(compared.verdict.confidence, 2) if by_statistics else 1.0,
		remedies=(Remedy("set_rate", right),),
		ways=proved_for(line, found, [(Way("set_rate", right), better)]),
	)


def _prices_on_file(line: LineFacts, compared: Compared) -> Evidence:
	rows = [("word.contract", line.contract_rate), ("word.list", line.list_rate)]
	rows += [("word.rules", compared.usual if compared.source == RULES else None), ("word.entered", compared.rate)]
	return Evidence(("col.part", "col.price"), tuple(row for row in rows if row[1]))


def _usual_prices(line: LineFacts) -> Evidence:
	known = line.patterns
	rows = [("word.usual", price, orders, last) for price, orders, last in known.levels]
	if known.last_price is not None:
		rows.append(("word.last", known.last_price, None, known.last_on))
	if known.ratio is not None and known.levels:
		rows.append(("word.own", known.ratio * known.levels[0][0], None, None))
	rows.append(("word.entered", line.rate / line.factor, None, None))
	return Evidence(("col.part", "col.unit_price", "col.orders", "col.last_on"), tuple(rows))


# -- discounts and cost ------------------------------------------------------------------------------------------------------


def _stacked(facts: CheckFacts, line: LineFacts, params: Mapping[str, float]) -> str:
	"""The code of what is wrong with a line's discount by hand, or nothing."""
	by_hand = _by_hand(line, facts)
	if by_hand < LEAST_HAND:
		return ""
	most = line.about.max_discount if line.about else None
	if most and by_hand > most + LEAST_HAND / 10:
		return "disc.stacked.over"
	return "disc.stacked" if line.pricing_rules >= params["rules"] else ""


def find_stacked(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""A discount by hand on top of several pricing rules, or beyond the most that the item's master allows."""
	for line in facts.lines:
		code = _stacked(facts, line, params)
		if not code:
			continue
		by_hand, amount = _by_hand(line, facts), amount_of(line)
		values = {**named(line), "percent": round(by_hand, 1)}
		values |= {"limit": line.about.max_discount} if code == "disc.stacked.over" else {"count": line.pricing_rules}
		given = line.rate * 100 / (100 - by_hand) if line.rate and by_hand < 100 - EACH else line.list_rate
		rows = [("word.list", line.list_rate), ("word.rules", given if line.pricing_rules else None)]
		rows.append(("word.entered", line.rate))
		way = Way("any_edit", {})
		if given and line.hand_discount >= LEAST_HAND:
			way = Way("set_rate", {"line": line.number, "rate": round(given, 4)})
		better = changed_line(facts, line, hand_discount=0.0, rate=given)
		yield Hit(
			key_of(line),
			code,
			values,
			line=line.number,
			item=line.item,
			evidence=Evidence(("col.part", "col.price"), tuple(row for row in rows if row[1] is not None)),
			at_risk=given * line.qty - amount if given and amount is not None else None,
			remedies=(Remedy("drop_discount", {"line": line.number}),) if line.hand_discount >= LEAST_HAND else (),
			ways=proved_for(line, lambda f, other: _stacked(f, other, params), [(way, better)]),
		)


def _least(line: LineFacts, params: Mapping[str, float]) -> float | None:
	"""The least price of one unit of the line, where its price is below; None where it is not, or no cost is known."""
	if not line.cost or line.cost <= 0 or line.rate is None or line.factor <= 0:
		return None
	if line.rate <= 0 and line.pricing_rules:
		return None  # given away by a rule
	least = line.cost * line.factor * (1 + params["percent"] / 100)
	return least if line.rate < least - _rounding(least) else None


def find_margin(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""A line is sold below its cost, or below the margin on it that the rule wants."""
	for line in facts.lines:
		least = _least(line, params)
		if least is None:
			continue
		cost = line.cost * line.factor
		raised = params["percent"] > 0
		values = {"least": least, "percent": params["percent"]} if raised else {"cost": cost}
		rows = [("word.cost", cost), ("word.least", least if raised else None), ("word.entered", line.rate)]
		right = {"line": line.number, "rate": money_up(max(least, line.list_rate or 0.0))}
		better = changed_line(facts, line, rate=right["rate"])
		yield Hit(
			key_of(line),
			"margin.negative.least" if raised else "margin.negative",
			{**named(line), "rate": line.rate, **values},
			line=line.number,
			item=line.item,
			evidence=Evidence(("col.part", "col.price"), tuple(row for row in rows if row[1] is not None)),
			at_risk=(least - line.rate) * line.qty,
			remedies=(Remedy("set_rate", right),),
			ways=proved_for(line, lambda _f, other: _least(other, params), [(Way("set_rate", right), better)]),
		)


OFF_PARAMS = (
	Param("percent", 25.0, "percent", 0.0, 100.0),
	Param("contract_percent", 1.0, "percent", 0.0, 100.0),
	Param("distance", 0.1, "share", 0.01, 10.0),
	Param("lines", 3.0, "count", 1.0, 10_000.0),
)
DETECTORS = (
	Detector("price.low", _find_off("price.low", True), OFF_PARAMS, NEEDS, by_line=True, severity="High"),
	Detector("price.high", _find_off("price.high", False), OFF_PARAMS, NEEDS, by_line=True),
	Detector(
		"price.slip",
		find_slip,
		(Param("tolerance", 100 * SLIP_TOLERANCE, "percent", 0.0, 20.0),),
		NEEDS,
		by_line=True,
		severity="Critical",
	),
	Detector("price.swap", find_swap, (), NEEDS, by_line=True, severity="Critical"),
	Detector(
		"disc.stacked",
		find_stacked,
		(Param("rules", 2.0, "count", 1.0, 100.0),),
		frozenset((ITEMS,)),
		by_line=True,
	),
	Detector(
		"margin.negative",
		find_margin,
		(Param("percent", 0.0, "percent", 0.0, 1000.0),),
		by_line=True,
		severity="High",
	),
)
