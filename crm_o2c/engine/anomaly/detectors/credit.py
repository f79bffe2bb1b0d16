"""What a customer owes: the credit limit, overdue invoices, broken promises to pay."""

from collections.abc import Iterator, Mapping

from crm_o2c.engine.anomaly.detectors.common import (
	CENT,
	SMALLEST,
	money_up,
	named,
	proved,
	qty_down,
	stock_qty,
	without_line,
)
from crm_o2c.engine.anomaly.facts import CheckFacts, CreditFacts, LineFacts
from crm_o2c.engine.anomaly.rules import (
	CREDIT,
	HOLD,
	PROMISES,
	Detector,
	Evidence,
	Hit,
	Param,
	Remedy,
	Setting,
	Way,
)

EXPOSURE_PARTS = ("billed", "ordered", "delivered", "this_order")


# -- the limit ---------------------------------------------------------------------------------------------------------------


def _limit(credit: CreditFacts, params: Mapping[str, float]) -> float | None:
	"""What the customer may owe, by the rule's share of his limit; None where there is no limit."""
	if credit.no_credit:
		return 0.0
	return None if credit.limit is None else credit.limit * params["percent"] / 100


def _excess(facts: CheckFacts, params: Mapping[str, float]) -> float:
	"""What is owed beyond the limit because of this order, or 0."""
	credit = facts.credit
	if credit is None or credit.this_order < CENT:
		return 0.0
	limit = _limit(credit, params)
	if limit is None:
		return 0.0
	over = credit.exposure - limit
	return over if over >= CENT else 0.0


def find_limit(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""The order takes what the customer owes beyond his limit. What he owes without the order is not the order's fault
	alone, but it holds the order too: the excess is all that must be paid."""
	over = _excess(facts, params)
	if not over:
		return
	credit, excess = facts.credit, money_up(over)
	limit = _limit(credit, params) or 0.0
	code = "credit.limit.none" if credit.no_credit else "credit.limit"
	rows = [(f"word.{part}", getattr(credit, part)) for part in EXPOSURE_PARTS]
	rows += [("word.exposure", credit.exposure), ("word.limit", limit), ("word.excess", over)]
	removable = _removable(facts, over)
	remedies = [Remedy("prepay", {"amount": excess})]
	remedies += [Remedy("remove_line", {"line": line.number}) for line in removable]
	yield Hit(
		"credit",
		code,
		{"excess": excess, "exposure": credit.exposure, "limit": limit},
		evidence=Evidence(("col.part", "col.amount"), tuple(rows)),
		at_risk=over,
		remedies=tuple(remedies),
		ways=proved(lambda changed: _excess(changed, params), _limit_ways(facts, over, excess, removable)),
	)


def _cuttable(facts: CheckFacts) -> list[LineFacts]:
	"""Lines of which nothing is delivered, with a value; the smallest value first."""
	open_lines = (line for line in facts.lines if line.total and line.open_qty >= stock_qty(line) - SMALLEST)
	return sorted(open_lines, key=lambda line: (line.total, line.number))


def _removable(facts: CheckFacts, over: float) -> list[LineFacts]:
	"""The smallest line whose removal is enough, where others stay."""
	if len(facts.lines) < 2:
		return []
	return [line for line in _cuttable(facts) if line.total >= over - CENT][:1]


def _limit_ways(
	facts: CheckFacts, over: float, excess: float, removable: list[LineFacts]
) -> Iterator[tuple[Way, CheckFacts]]:
	credit = facts.credit
	yield Way("pay", {"amount": excess}), facts._replace(credit=credit._replace(billed=credit.billed - excess))
	for line in removable:
		left = credit._replace(this_order=credit.this_order - line.total)
		yield Way("remove_line", named(line)), without_line(facts, line)._replace(credit=left)
	for line in _cuttable(facts)[-1:]:  # the largest is cut the least
		qty = qty_down(line.qty * (1 - over / line.total), line.qty) if line.total > over else 0.0
		if qty > 0:
			left = credit._replace(this_order=credit.this_order - line.total * (1 - qty / line.qty))
			yield Way("reduce_line", {**named(line), "qty": qty}), facts._replace(credit=left)


# -- overdue -----------------------------------------------------------------------------------------------------------------


def _overdue(facts: CheckFacts, params: Mapping[str, float]) -> bool:
	credit = facts.credit
	if credit is None or credit.overdue < CENT:
		return False
	by_amount = params["amount"] > 0 and credit.overdue > params["amount"]
	return by_amount or credit.overdue_days > params["days"]


def find_overdue(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""More than an amount is overdue, or something for more than some days."""
	if not _overdue(facts, params):
		return
	credit, today = facts.credit, setting.today
	rows = tuple((number, due, (today - due).days, amount) for number, due, amount in credit.invoices)
	code = "credit.overdue.one" if credit.overdue_days == 1 else "credit.overdue"
	amount = money_up(credit.overdue)
	settled = credit._replace(overdue=0.0, overdue_days=0, invoices=())
	way = Way("settle_overdue", {"amount": amount}), facts._replace(credit=settled)
	part = _part_to_settle(facts, params, setting)
	yield Hit(
		"overdue",
		code,
		{"amount": credit.overdue, "days": credit.overdue_days},
		evidence=Evidence(("col.invoice", "col.due", "col.days", "col.open"), rows) if rows else None,
		at_risk=credit.overdue,
		ways=proved(lambda changed: _overdue(changed, params), [*part, way][:1]),
	)


def _part_to_settle(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> list[tuple[Way, CheckFacts]]:
	"""The oldest invoices whose payment is enough, where not all must be paid and the invoices make up all that is
	overdue."""
	credit = facts.credit
	if abs(sum(open_ for _number, _due, open_ in credit.invoices) - credit.overdue) >= CENT:
		return []
	paid = 0.0
	for place, (_number, _due, open_amount) in enumerate(credit.invoices[:-1], 1):
		paid += open_amount
		left = credit.invoices[place:]
		days = (setting.today - left[0][1]).days
		changed = facts._replace(
			credit=credit._replace(overdue=credit.overdue - paid, overdue_days=days, invoices=left)
		)
		if not _overdue(changed, params):
			return [(Way("settle_overdue", {"amount": money_up(paid)}), changed)]
	return []


# -- promises ----------------------------------------------------------------------------------------------------------------


def find_promise(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""The customer did not keep promises to pay."""
	credit = facts.credit
	if credit is None or not credit.broken_promises or credit.broken_promises < params["count"]:
		return
	amount = credit.broken_amount
	yield Hit(
		"promises",
		"credit.promise.one" if credit.broken_promises == 1 else "credit.promise",
		{"count": credit.broken_promises, "amount": amount},
		at_risk=amount,
	)


DETECTORS = (
	Detector(
		"credit.limit",
		find_limit,
		(Param("percent", 100.0, "percent", 1.0, 1000.0),),
		frozenset((CREDIT,)),
		severity="High",
		action=HOLD,
	),
	Detector(
		"credit.overdue",
		find_overdue,
		(Param("amount", 0.0, "money"), Param("days", 14.0, "days", 0.0, 3650.0)),
		frozenset((CREDIT,)),
		severity="High",
	),
	Detector(
		"credit.promise",
		find_promise,
		(Param("count", 1.0, "count", 1.0, 1000.0),),
		frozenset((PROMISES,)),
	),
)
