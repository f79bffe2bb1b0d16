"""The strip of an order: credit headroom with its parts, stock of each line with its ledger, price of each line with its past."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, fmt_money, formatdate, getdate

from crm_o2c.engine import messages
from crm_o2c.engine.anomaly.facts import CheckFacts, CreditFacts, LineFacts
from crm_o2c.engine.anomaly.patterns import SAME, price_distance
from crm_o2c.engine.atp import Promise
from crm_o2c.services.check_words import CheckWords

PARTS = ("billed", "ordered", "delivered", "this_order")
LEDGER = ("col.date", "col.entry", "col.document", "col.change", "col.balance")
LOW = {"price.slip.low", "disc.stacked", "disc.stacked.over", "margin.negative", "margin.negative.least"}
PAST_PRICES, PAST_DAYS = 12, 730
SMALLEST = 1e-9

_PAST = """select item_code, day, price from (
	select i.item_code, o.transaction_date day, i.base_net_rate / i.conversion_factor price,
		row_number() over (partition by i.item_code order by o.transaction_date desc, o.creation desc, i.idx desc) place
	from `tabSales Order` o inner join `tabSales Order Item` i on i.parent = o.name
	where o.customer = %(customer)s and o.company = %(company)s and o.docstatus = 1 and o.name != %(order)s
		and o.transaction_date >= %(since)s and i.item_code in %(items)s and i.base_net_rate > 0 and i.conversion_factor > 0
	) past where place <= %(most)s order by item_code, place desc"""


def strip(facts: CheckFacts, alerts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
	"""Credit and lines of an order. `alerts` say which prices are found to be wrong."""
	words = CheckWords(facts.company)
	wrong = {alert["line"]: _direction(alert["code"]) for alert in reversed(list(alerts)) if _direction(alert["code"])}
	past = past_prices(facts)
	return {
		"credit": credit(facts.credit, words) if facts.credit else None,
		"lines": [
			{
				"number": line.number,
				"item": line.item,
				"item_name": line.about.name if line.about else line.item,
				"qty": line.qty,
				"uom": line.uom,
				"stock": stock(line.promise, words) if line.promise else None,
				"price": price(line, wrong.get(line.number, ""), past.get(line.item, [])),
			}
			for line in facts.lines
		],
	}


def _direction(code: str) -> str:
	"""Whether an alert says that a price is too low or too high; empty where it says nothing of a price."""
	if code in LOW or code.startswith("price.low"):
		return "low"
	return "high" if code == "price.slip" or code.startswith("price.high") else ""


# -- credit ------------------------------------------------------------------------------------------------------------------


def credit(owed: CreditFacts, words: CheckWords) -> dict[str, Any]:
	"""What the customer would owe with this order, and what is left of his limit then."""
	limit = 0.0 if owed.no_credit else owed.limit
	headroom = None if limit is None else round(limit - owed.exposure, 2)
	return {
		"limit": limit,
		"no_credit": owed.no_credit,
		"exposure": round(owed.exposure, 2),
		"headroom": headroom,
		"used_percent": round(100 * owed.exposure / limit, 1) if limit else None,
		"overdue": owed.overdue,
		"overdue_days": owed.overdue_days,
		"currency": words.currency,
		"parts": [
			{
				"label": messages.render(f"word.{part}", {}, _),
				"amount": getattr(owed, part),
				"text": fmt_money(getattr(owed, part), currency=words.currency),
			}
			for part in PARTS
		],
		"text": _credit_text(owed, headroom, words.currency),
	}


def _credit_text(owed: CreditFacts, headroom: float | None, currency: str) -> str:
	if headroom is None:
		return _("No credit limit is set; {0} owed with this order").format(fmt_money(owed.exposure, currency=currency))
	if owed.no_credit:
		return _("No credit is given; {0} owed with this order").format(fmt_money(owed.exposure, currency=currency))
	limit = fmt_money(owed.limit, currency=currency)
	if headroom < 0:
		return _("{0} over the limit of {1} with this order").format(fmt_money(-headroom, currency=currency), limit)
	return _("{0} of {1} left with this order").format(fmt_money(headroom, currency=currency), limit)


# -- stock -------------------------------------------------------------------------------------------------------------------


def stock(promise: Promise, words: CheckWords) -> dict[str, Any]:
	"""What can be kept of a line, in stock units, with the ledger that explains it."""
	state = stock_state(promise)
	return {
		"state": state,
		"text": _stock_text(state, promise),
		"kept_on": str(promise.kept_on) if promise.kept_on else None,
		"now": promise.now,
		"short": promise.short,
		"wanted": promise.wanted,
		"ledger": words.evidence([LEDGER, _ledger(promise)]) if promise.ledger else None,
	}


def stock_state(promise: Promise) -> str:
	"""now: all on the shelf; by_date: there on the date wanted; late: after it; short: no known supply covers it."""
	if promise.short > SMALLEST or promise.kept_on is None:
		return "short"
	if promise.now >= promise.wanted - SMALLEST:
		return "now"
	return "by_date" if promise.is_kept else "late"


def _ledger(promise: Promise) -> list[tuple[Any, ...]]:
	rows = [(entry.on, f"word.{entry.kind}", entry.document, entry.qty, entry.balance) for entry in promise.ledger]
	left = promise.ledger[-1].balance
	return [*rows, (promise.on, "word.wanted", None, -promise.wanted, round(left - promise.wanted, 9))]


def _stock_text(state: str, promise: Promise) -> str:
	plain = messages.plain
	if state == "now":
		return _("on the shelf")
	if state == "by_date":
		return _("there on {0}").format(formatdate(promise.kept_on))
	if state == "late":
		return _("{0} of {1} on time, the rest on {2}").format(
			plain(promise.by_date), plain(promise.wanted), formatdate(promise.kept_on)
		)
	return _("{0} of {1} not covered by stock or known supply").format(plain(promise.short), plain(promise.wanted))


# -- price -------------------------------------------------------------------------------------------------------------------


def price(line: LineFacts, wrong: str, past: list[tuple[date, float]]) -> dict[str, Any]:
	"""A line's price beside those it can be compared with: net, in company currency, for one unit of the line."""
	known, factor, rate = line.patterns, line.factor, line.rate or 0.0
	near = price_distance(rate / factor, known) if known and rate > 0 else None
	last = known.last_price if known and known.last_price else past[-1][1] if past else None
	prices = {
		"list": line.list_rate,
		"contract": line.contract_rate,
		"last": last * factor if last else None,
		"usual": near.usual * factor if near else None,
	}
	cost = (line.cost or 0.0) * factor
	return {
		"rate": line.rate,
		"text": _price_text(rate, prices),
		"state": wrong or ("ok" if any(prices.values()) else "unknown"),
		**prices,
		"margin_percent": round(100 * (rate - cost) / rate, 1) if cost and rate else None,
		"history": [[str(day), round(paid * factor, 4)] for day, paid in past],
	}


def _price_text(rate: float, prices: Mapping[str, float | None]) -> str:
	"""How far the price is from the first that is known: the agreed one, the list's, the usual one."""
	for name in ("contract", "list", "usual"):
		right = prices[name]
		if right:
			off = round(100 * (rate / right - 1), 1)
			return _as_usual(name) if abs(off) < 100 * SAME / 2 else _off(name, off)
	return ""


def _as_usual(name: str) -> str:
	return {"contract": _("the agreed price"), "list": _("the list price"), "usual": _("the usual price")}[name]


def _off(name: str, off: float) -> str:
	text = {
		("contract", True): _("{0} % above the agreed price"),
		("contract", False): _("{0} % below the agreed price"),
		("list", True): _("{0} % above the list price"),
		("list", False): _("{0} % below the list price"),
		("usual", True): _("{0} % above the usual price"),
		("usual", False): _("{0} % below the usual price"),
	}[name, off > 0]
	return text.format(messages.plain(abs(off)))


def past_prices(facts: CheckFacts) -> dict[str, list[tuple[date, float]]]:
	"""What the customer paid lately for the items of an order: for one stock unit, by item, the latest last."""
	items = {line.item for line in facts.lines}
	if not facts.customer or not items:
		return {}
	values = {
		"customer": facts.customer,
		"company": facts.company,
		"order": facts.order,
		"items": tuple(items),
		"since": add_days(getdate(), -PAST_DAYS),
		"most": PAST_PRICES,
	}
	found: dict[str, list[tuple[date, float]]] = {}
	for item, day, paid in frappe.db.sql(_PAST, values):
		found.setdefault(item, []).append((day, float(paid)))
	return found
