"""An order entered twice."""

from collections.abc import Iterator, Mapping

from crm_o2c.engine.anomaly.duplicates import STANDARD, Limits, Pair, duplicates, side_by_side
from crm_o2c.engine.anomaly.facts import CheckFacts, RecentOrder
from crm_o2c.engine.anomaly.rules import RECENT, Detector, Evidence, Hit, Param, Remedy, Setting, Way

MOST_OTHERS = 3  # orders that are named
SAME_NUMBER = 0.9  # certainty where only the customer's order number is the same


def as_recent(facts: CheckFacts) -> RecentOrder | None:
	"""An order as others see it; None where it has no date."""
	if facts.order_date is None:
		return None
	lines = tuple((line.item, line.qty * line.factor) for line in facts.lines)
	return RecentOrder(facts.order, facts.order_date, facts.po_no, facts.net or 0.0, lines)


def _pairs(facts: CheckFacts, params: Mapping[str, float]) -> list[Pair]:
	"""The orders that this one repeats. Of two submitted orders the later one repeats the earlier."""
	if not facts.recent:
		return []
	this = as_recent(facts)
	if this is None:
		return []
	limits = Limits(int(params["days"]), params["items"], params["quantity"])
	place = (this.order_date, this.order)
	others = facts.recent
	if facts.submitted:
		others = [other for other in others if (other.order_date, other.order) < place]
	return duplicates(this, others, limits)


def find_duplicate(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""The same customer ordered nearly the same within some days, or under the same order number of his."""
	for other, alike in _pairs(facts, params)[:MOST_OTHERS]:
		values = {"other": other.order, "date": other.order_date}
		if alike.same_po:
			code, values = "dup.order.po", {**values, "po_no": facts.po_no}
		else:
			code, values = "dup.order", {**values, "percent": round(100 * alike.share)}
		rows = side_by_side(as_recent(facts), other)
		yield Hit(
			other.order,
			code,
			values,
			evidence=Evidence(("col.item", "col.here", "col.there"), tuple(tuple(row) for row in rows)),
			at_risk=facts.net,
			confidence=round(max(alike.share, SAME_NUMBER if alike.same_po else 0.0), 2),
			remedies=() if facts.submitted else (Remedy("cancel_order", {}),),
			ways=(Way("any_edit", {}),),
		)


DETECTORS = (
	Detector(
		"dup.order",
		find_duplicate,
		(
			Param("days", float(STANDARD.days), "days", 0.0, 7.0),
			Param("items", STANDARD.items, "share", 0.0, 1.0),
			Param("quantity", STANDARD.quantity, "share", 0.0, 1.0),
		),
		frozenset((RECENT,)),
		severity="High",
	),
)
