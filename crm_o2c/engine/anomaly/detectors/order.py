"""The order as a whole: entered twice, from a new customer, to a new address, on other terms, for an impossible date, at
another exchange rate, or with an item that is not sold any more."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from crm_o2c.engine.anomaly.detectors.common import (
	SMALLEST,
	amount_of,
	changed_line,
	key_of,
	named,
	proved_for,
)
from crm_o2c.engine.anomaly.facts import CheckFacts, LineFacts
from crm_o2c.engine.anomaly.rules import (
	CUSTOMER,
	ITEMS,
	RATES,
	STOCK,
	TERMS,
	Detector,
	Evidence,
	Hit,
	Param,
	Remedy,
	Setting,
	Way,
)
from crm_o2c.engine.calendar import WorkCalendar

ONE_DAY = timedelta(1)
LONGEST_SEARCH = 60  # days, for the next working day


def value_of(facts: CheckFacts) -> float | None:
	"""The order's value, with taxes where that is known."""
	return facts.net if facts.total is None else facts.total


# -- the customer ------------------------------------------------------------------------------------------------------------


def find_new_large(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""The first order of a customer is large."""
	customer, value = facts.about_customer, value_of(facts)
	if customer is None or customer.orders or value is None or value <= params["amount"]:
		return
	yield Hit("first", "cust.new_large", {"value": value}, at_risk=value, ways=_any_edit())


def find_new_address(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""A large order goes where the customer never had goods sent. Of a customer whose addresses are not known it says
	nothing."""
	customer, value = facts.about_customer, value_of(facts)
	if customer is None or not customer.addresses or not facts.ship_to or facts.ship_to in customer.addresses:
		return
	if value is None or value <= params["amount"]:
		return
	yield Hit("address", "addr.new", {"value": value}, at_risk=value, ways=_any_edit())


def find_terms(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""The order gives the customer more time to pay than is agreed with him."""
	customer, days = facts.about_customer, facts.terms_days
	if customer is None or customer.terms_days is None or days is None:
		return
	agreed = customer.terms_days
	if days - agreed <= params["days"]:
		return
	value = value_of(facts)
	rows = (("word.agreed", customer.terms, agreed), ("word.used", facts.terms, days))
	yield Hit(
		"terms",
		"terms.changed",
		{"days": days, "usual": agreed},
		evidence=Evidence(("col.part", "col.name", "col.days"), rows),
		at_risk=value,
		remedies=(Remedy("set_terms", {"terms": customer.terms}),) if customer.terms else (),
		ways=_any_edit(),
	)


def _any_edit() -> tuple[Way, ...]:
	return (Way("any_edit", {}),)


# -- dates -------------------------------------------------------------------------------------------------------------------


def _day_off(day: date, calendar: WorkCalendar) -> bool:
	return calendar.days_until(day) == calendar.days_until(day - ONE_DAY)


def _earliest(line: LineFacts, today: date) -> date | None:
	"""When the line can be there by the item's lead time, where nothing is on hand and no supply is known to come before;
	None where its lead time does not matter."""
	promise, lead_days = line.promise, line.about.lead_days if line.about else None
	if promise is None or not lead_days or promise.now > SMALLEST or line.drop_ship:
		return None
	if promise.kept_on is not None and line.promise_date and promise.kept_on <= line.promise_date:
		return None
	return today + timedelta(lead_days)


def _impossible(facts: CheckFacts, line: LineFacts, setting: Setting) -> tuple[str, dict[str, Any]] | None:
	"""Why a line's date can't be, as a code and its values. A submitted order's date that has passed is late, and was not
	impossible when it was given."""
	day = line.promise_date
	if day is None or (facts.submitted and line.open_qty <= SMALLEST):
		return None
	if facts.order_date and day < facts.order_date:
		return "date.impossible.before_order", {"ordered": facts.order_date}
	if not facts.submitted and day < setting.today:
		return "date.impossible.past", {}
	if day >= setting.today and _day_off(day, setting.calendar):
		return "date.impossible.day_off", {}
	earliest = None if facts.submitted else _earliest(line, setting.today)
	if earliest and day < earliest:
		return "date.impossible.lead_time", {"earliest": earliest}
	return None


def find_date(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""A line is promised for a day that is past, before the order, a day off, or sooner than the item can be got."""
	for line in facts.lines:
		found = _impossible(facts, line, setting)
		if not found:
			continue
		code, values = found
		better = _working_day(facts, line, setting)
		way = Way("new_date", {"line": line.number, "date": better})
		changed = changed_line(facts, line, promise_date=better)
		yield Hit(
			key_of(line),
			code,
			{**named(line), "date": line.promise_date, **values},
			line=line.number,
			item=line.item,
			at_risk=amount_of(line),
			remedies=(Remedy("new_date", {"line": line.number, "date": better}),),
			ways=proved_for(line, lambda f, other: _impossible(f, other, setting), [(way, changed)]),
		)


def _working_day(facts: CheckFacts, line: LineFacts, setting: Setting) -> date:
	"""The first working day from the promise on that is possible."""
	day = max(line.promise_date, setting.today, facts.order_date or setting.today)
	day = max(day, _earliest(line, setting.today) or day)
	for ahead in range(LONGEST_SEARCH):
		if not _day_off(day + timedelta(ahead), setting.calendar):
			return day + timedelta(ahead)
	return day


# -- exchange rate and item --------------------------------------------------------------------------------------------------


def find_rate(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""The order's exchange rate is far from the one on file."""
	used, filed = facts.rate_used, facts.rate_on_file
	if not used or not filed or used <= 0 or filed <= 0:
		return
	apart = used / filed - 1
	if abs(apart) * 100 <= params["percent"] + SMALLEST:
		return
	rows = (("word.filed", filed), ("word.used", used))
	yield Hit(
		"rate",
		"fx.moved",
		{"used": used, "filed": filed, "percent": round(abs(apart) * 100, 2)},
		evidence=Evidence(("col.part", "col.rate"), rows),
		at_risk=None if facts.net is None else abs(facts.net - facts.net / used * filed),
		remedies=(Remedy("set_fx", {"rate": filed}),),
		ways=_any_edit(),
	)


def find_discontinued(facts: CheckFacts, params: Mapping[str, float], setting: Setting) -> Iterator[Hit]:
	"""An item is disabled, or its end of life comes before the line is delivered."""
	for line in facts.lines:
		about = line.about
		if about is None or (facts.submitted and line.open_qty <= SMALLEST):
			continue
		last_needed = max(setting.today, line.promise_date or setting.today)
		if not about.disabled and not (about.end_of_life and about.end_of_life <= last_needed):
			continue
		code = "item.discontinued.disabled" if about.disabled else "item.discontinued"
		values = named(line) if about.disabled else {**named(line), "date": about.end_of_life}
		remedies = [Remedy("substitute", {"line": line.number, "item": item}) for item in about.substitutes[:2]]
		ways = _any_edit()
		if len(facts.lines) > 1:
			remedies.append(Remedy("remove_line", {"line": line.number}))
			ways = (Way("remove_line", named(line)),)
		yield Hit(
			key_of(line),
			code,
			values,
			line=line.number,
			item=line.item,
			at_risk=amount_of(line),
			remedies=tuple(remedies),
			ways=ways,
		)


DETECTORS = (
	Detector(
		"cust.new_large",
		find_new_large,
		(Param("amount", 10_000.0, "money"),),
		frozenset((CUSTOMER,)),
	),
	Detector(
		"addr.new",
		find_new_address,
		(Param("amount", 5_000.0, "money"),),
		frozenset((CUSTOMER,)),
	),
	Detector(
		"terms.changed",
		find_terms,
		(Param("days", 0.0, "days", 0.0, 3650.0),),
		frozenset((TERMS,)),
	),
	Detector("date.impossible", find_date, (), frozenset((ITEMS, STOCK)), by_line=True),
	Detector(
		"fx.moved",
		find_rate,
		(Param("percent", 5.0, "percent", 0.0, 1000.0),),
		frozenset((RATES,)),
	),
	Detector("item.discontinued", find_discontinued, (), frozenset((ITEMS,)), by_line=True),
)
