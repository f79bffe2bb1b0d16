"""Orders for the tests of the anomaly engine: nothing is wrong with them unless a test says so."""

from datetime import date, timedelta
from typing import Any

from crm_o2c.engine.anomaly.catalogue import DETECTORS
from crm_o2c.engine.anomaly.facts import CheckFacts, CreditFacts, CustomerFacts, ItemFacts, LineFacts
from crm_o2c.engine.anomaly.patterns import LinePatterns
from crm_o2c.engine.anomaly.rules import Hit, Setting
from crm_o2c.engine.calendar import WorkCalendar
from crm_o2c.engine.messages import MESSAGES, render

TODAY = date(2026, 3, 2)  # a Monday
HOLIDAYS = (*(TODAY + timedelta(7 * week + day) for week in range(-3, 20) for day in (5, 6)), date(2026, 3, 18))
SETTING = Setting(TODAY, WorkCalendar(TODAY, HOLIDAYS))
DAY = timedelta(1)


def line(number: int = 1, **values: Any) -> LineFacts:
	"""Ten pieces at 20, on stock, promised for Friday."""
	qty, rate = values.get("qty", 10.0), values.get("rate", 20.0)
	amount = None if rate is None else qty * rate
	usual = {
		"item": f"ITEM-{number}",
		"row": f"row{number}",
		"item_group": "Tools",
		"warehouse": "Stores",
		"qty": qty,
		"uom": "Nos",
		"open_qty": qty * values.get("factor", 1.0),
		"rate": rate,
		"amount": amount,
		"total": amount,
		"cost": 12.0,
		"promise_date": TODAY + 4 * DAY,
		"about": ItemFacts(f"ITEM-{number}"),
	}
	return LineFacts(number, **{**usual, **values})


def order(*lines: LineFacts, **values: Any) -> CheckFacts:
	"""An order of a known customer with those lines, or with one that is as usual."""
	lines = lines or (line(),)
	net = sum(one.amount or 0.0 for one in lines)
	usual = {
		"company": "Harbourlight",
		"currency": "EUR",
		"customer": "Acme",
		"customer_group": "Retail",
		"order_type": "Sales",
		"order_date": TODAY,
		"net": net,
		"total": net,
		"ship_to": "Acme-Shipping",
		"lines": lines,
		"credit": CreditFacts(limit=100_000.0, this_order=net),
		"about_customer": CustomerFacts(orders=12, largest=5_000.0, addresses=frozenset(("Acme-Shipping",))),
	}
	return CheckFacts("SO-1", **{**usual, **values})


def patterns(price: float = 20.0, **values: Any) -> LinePatterns:
	"""An item sold often at one price, ten pieces at a time."""
	usual = {
		"levels": ((price, 40, TODAY - DAY),),
		"last_price": price,
		"last_on": TODAY - 9 * DAY,
		"ratio": 1.0,
		"lines": 60,
		"mean_log": 2.302585,
		"sd_log": 0.4,
		"largest": 14.0,
		"customer_lines": 20,
		"rare": 1,
		"whole": True,
	}
	return LinePatterns(**{**usual, **values})


def hits(code: str, facts: CheckFacts, **params: float) -> list[Hit]:
	"""What a detector finds. Every hit can be said in words, as can its evidence, remedies and ways."""
	detector = DETECTORS[code]
	unknown = set(params) - {param.name for param in detector.params}
	assert not unknown
	found = list(detector.find(facts, detector.values(params), SETTING))
	for hit in found:
		assert "{" not in render(hit.code, hit.params)
		if hit.evidence:
			assert all(column in MESSAGES for column in hit.evidence.columns)
			assert all(len(row) == len(hit.evidence.columns) for row in hit.evidence.rows)
			words = [cell for row in hit.evidence.rows for cell in row if str(cell).startswith("word.")]
			assert all(word in MESSAGES for word in words)
		assert all(render(f"do.{remedy.code}", remedy.params) for remedy in hit.remedies)
		assert all(render(f"way.{way.code}", way.params) for way in hit.ways)
	return found


def hit(code: str, facts: CheckFacts, **params: float) -> Hit:
	"""The one thing that a detector finds."""
	(found,) = hits(code, facts, **params)
	return found


def said(found: Hit) -> str:
	"""A hit's sentence in English."""
	return render(found.code, found.params)


def actions(found: Hit) -> list[tuple[str, dict]]:
	"""The remedies, plainly."""
	return [(remedy.code, dict(remedy.params)) for remedy in found.remedies]


def ways(found: Hit) -> list[tuple[str, dict]]:
	"""The ways to meet a hold's condition, plainly."""
	return [(way.code, dict(way.params)) for way in found.ways]
