"""The golden cases of the anomaly engine, made into facts. The command line and the site are held to the same cases."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from crm_o2c.engine.anomaly.check import Checker
from crm_o2c.engine.anomaly.defaults import DEFAULT_RULES
from crm_o2c.engine.anomaly.facts import CheckFacts, CreditFacts, CustomerFacts, ItemFacts, LineFacts, RecentOrder
from crm_o2c.engine.anomaly.pattern_book import PatternBook, Sale
from crm_o2c.engine.anomaly.rules import Finding, Setting
from crm_o2c.engine.atp import Ledger
from crm_o2c.engine.calendar import WorkCalendar
from crm_o2c.engine.messages import render

GOLDEN = json.loads((Path(__file__).parents[2] / "data" / "anomaly_cases.json").read_text(encoding="utf-8"))
TODAY = date.fromisoformat(GOLDEN["today"])
WEEKEND = [day for n in range(-400, 400) if (day := TODAY + timedelta(n)).weekday() > 4]
SETTING = Setting(TODAY, WorkCalendar(TODAY, WEEKEND))


def history(case: dict[str, Any]) -> list[dict[str, Any]]:
	"""The orders before, one dict each; `times` orders a week apart for an entry, the last one on its date."""
	found = []
	for entry in case.get("history", ()):
		last, times = date.fromisoformat(entry["order_date"]), entry.get("times", 1)
		for n in range(times):
			day = last - timedelta(7 * (times - 1 - n))
			found.append({**entry, "order": f"{entry['order']}-{n + 1}", "order_date": day})
	return sorted(found, key=lambda entry: entry["order_date"])


def facts(case: dict[str, Any]) -> CheckFacts:
	"""The order of a case with what surrounds it."""
	head, before, book = case["order"], history(case), PatternBook()
	for past in before:
		book.open_day(past["order_date"])
		sales = [Sale(row["item"], row["quantity"], row["rate"]) for row in past["lines"]]
		book.learn(past["order_date"], past["customer"], sales)
	book.open_day(TODAY)
	lines = tuple(_line(n, row, head, book) for n, row in enumerate(case["lines"], 1))
	net = round(sum(line.amount for line in lines), 2)
	mine = [past for past in before if past["customer"] == head["customer"]]
	near = [past for past in mine if (TODAY - past["order_date"]).days <= 7]
	return CheckFacts(
		order=head["order"],
		customer=head["customer"],
		order_date=TODAY,
		net=net,
		total=net,
		rate_used=head.get("exchange_rate"),
		rate_on_file=head.get("rate_on_file"),
		po_no=head.get("po_no"),
		submitted=head.get("status") != "Draft",
		lines=lines,
		credit=_credit(head, net),
		about_customer=CustomerFacts(orders=len(mine) or 1),
		recent=tuple(_recent(past) for past in near),
	)


def _line(number: int, row: dict[str, Any], head: dict[str, Any], book: PatternBook) -> LineFacts:
	exchange = head.get("exchange_rate", 1.0)
	rate, factor = row["rate"] * exchange, row.get("factor", 1.0)
	amount = round(rate * row["quantity"], 2)
	promised, units = date.fromisoformat(row["promise_date"]), row["quantity"] * factor
	on_stock = row.get("on_stock")
	return LineFacts(
		number,
		row["item"],
		qty=row["quantity"],
		uom=row.get("uom"),
		factor=factor,
		open_qty=units,
		rate=rate,
		list_rate=row["list_rate"] * exchange if "list_rate" in row else None,
		amount=amount,
		total=amount,
		cost=row.get("cost"),
		promise_date=promised,
		about=ItemFacts(row["item"], min_qty=row.get("min_qty")),
		patterns=book.patterns(head["customer"], row["item"]),
		promise=None if on_stock is None else Ledger(TODAY, on_stock).promise(units, promised),
	)


def _credit(head: dict[str, Any], total: float) -> CreditFacts | None:
	if "credit_limit" not in head and "overdue_amount" not in head:
		return None
	return CreditFacts(
		limit=head.get("credit_limit"),
		billed=head.get("outstanding", 0.0),
		this_order=total,
		overdue=head.get("overdue_amount", 0.0),
		overdue_days=head.get("overdue_days", 0),
	)


def _recent(past: dict[str, Any]) -> RecentOrder:
	pairs = tuple((row["item"], row["quantity"]) for row in past["lines"])
	value = sum(row["quantity"] * row["rate"] for row in past["lines"])
	return RecentOrder(past["order"], past["order_date"], past.get("po_no"), value, pairs)


def plain(finding: Finding) -> dict[str, Any]:
	"""A finding as the cases write it."""
	rule, hit = finding
	return {
		"check": rule.detector,
		"severity": rule.severity,
		"action": rule.action,
		"line": hit.line or None,
		"sentence": render(hit.code, hit.params),
		"at_risk": None if hit.at_risk is None else round(hit.at_risk, 2),
		"remedies": [f"{r.code} {json.dumps(dict(r.params), default=str)}" for r in hit.remedies],
		"ways": [f"{w.code} {json.dumps(dict(w.params), default=str)}" for w in hit.ways],
	}


def findings(case: dict[str, Any]) -> list[dict[str, Any]]:
	"""What the rules of a new site find of a case."""
	return [plain(finding) for finding in Checker(DEFAULT_RULES, SETTING).findings(facts(case))]
