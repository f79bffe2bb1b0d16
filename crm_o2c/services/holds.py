"""Holds on submitted orders: placed by a rule, with the exact condition that ends them; released by it, or by a person.

A held order is not ERPNext's On Hold: it is submitted, keeps its reserved stock and its place in the queue, and only the
documents that would take it further are refused.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import flt, getdate, now_datetime

from crm_o2c.engine.anomaly import rules as r
from crm_o2c.engine.anomaly.facts import CheckFacts
from crm_o2c.engine.anomaly.rules import Finding
from crm_o2c.exceptions import OrderHeld, ReleaseError
from crm_o2c.services import alerts, dirty, scores
from crm_o2c.services.check_facts import KeptHold
from crm_o2c.services.check_words import CheckWords
from crm_o2c.services.rules import SiteRule
from crm_o2c.services.typed_text import cleaned

DOCTYPE = "O2C Order Hold"
HELD, RELEASED = "Held", "Released"
CONDITION_MET, BY_HAND, CANCELLED = "Condition Met", "By Hand", "Cancelled"
HELD_FIELD = "o2c_held"
CREDIT_LIMIT = "credit.limit"
OWN_LINES = ("price", "disc", "margin", "qty", "uom", "moq")  # detectors of what an order's lines say themselves
CENT = 0.005  # half a one: what sums may differ by
ASKS = {"credit": "Payment", "stock": "Stock", "price": "Correction", "qty": "Correction", "uom": "Correction"}

_COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "sales_order", "active_key", "company", "customer",
	"customer_name", "rule", "rule_version", "detector", "code", "params", "subject", "asks", "ways", "release_role",
	"order_total", "status", "held_at", "held_by",
)  # fmt: skip
_PLACE = "insert into `tabO2C Order Hold` (`" + "`, `".join(_COLUMNS) + "`) values "
_ROW = "(" + ", ".join(["%s"] * len(_COLUMNS)) + ")"
# Placed twice at the same moment it is one hold; found again it says what is true now.
_SAME = " on duplicate key update " + ", ".join(
	f"`{c}` = values(`{c}`)" for c in ("params", "subject", "ways", "order_total", "modified")
)


class Plan(NamedTuple):
	"""What is to be done with an order's holds after a check."""

	place: tuple[Finding, ...] = ()  # new ones, and those there whose condition reads differently now
	release: tuple[KeptHold, ...] = ()
	held: bool = False  # whether the order is held afterwards
	settled: frozenset[str] = frozenset()  # detectors whose finding is held or was released by a person


def plan(
	findings: Sequence[Finding],
	kept: Sequence[KeptHold],
	total: float,
	today: date,
	placeable: Collection[str] | None = None,
	edited: bool = False,
	unknown: Collection[str] = (),
) -> Plan:
	"""Compare what a check found with the holds there are.

	`placeable` names the rules whose findings become holds where none is; None for all. A hold whose release by a person
	has run out comes back in any case. `edited`: somebody is changing the order, who may make it worse than what was released.
	`unknown` names rules that could not be asked: their holds stay.
	"""
	active = {hold.rule: hold for hold in kept if hold.status == HELD}
	wanted = {finding.rule.rule: finding for finding in reversed(findings) if finding.rule.action == r.HOLD}
	place, settled = [], set()
	for rule, finding in wanted.items():
		released = [hold for hold in kept if hold.rule == rule and hold.released_how == BY_HAND]
		if rule in active:
			settled.add(finding.rule.detector)
			if not _says_the_same(active[rule], finding, total):
				place.append(finding)
		elif any(_still_counts(hold, finding, total, today, edited) for hold in released):
			settled.add(finding.rule.detector)
		elif released or placeable is None or rule in placeable:
			settled.add(finding.rule.detector)
			place.append(finding)
	release = tuple(hold for rule, hold in active.items() if rule not in wanted and rule not in unknown)
	held = bool(place) or len(release) < len(active)
	return Plan(tuple(place), release, held, frozenset(settled))


def _says_the_same(hold: KeptHold, finding: Finding, total: float) -> bool:
	kept = hold.ways, hold.params
	return kept == (ways_text(finding), params_text(finding)) and abs(total - flt(hold.order_total)) < CENT


def _still_counts(hold: KeptHold, finding: Finding, total: float, today: date, edited: bool) -> bool:
	"""Whether a release by a person covers the order as it is: not past its last day, the order has not grown, and where its
	own lines are what was released (a price, a quantity), nobody is making another case of them."""
	if hold.release_until and getdate(hold.release_until) < today:
		return False
	shrunk = flt(hold.order_total) - total
	if edited and shrunk > CENT and finding.rule.detector.partition(".")[0] in OWN_LINES:
		return hold.params == params_text(finding)
	return shrunk >= -CENT


def ways_text(finding: Finding) -> str:
	"""The ways to meet a hold's condition, as they are kept."""
	return json.dumps([[way.code, dict(way.params)] for way in finding.hit.ways], ensure_ascii=False, default=str)


def params_text(finding: Finding) -> str:
	"""What a hold's sentence says, as it is kept."""
	return json.dumps(dict(finding.hit.params), ensure_ascii=False, default=str)


# -- writing -----------------------------------------------------------------------------------------------------------------


def place(facts: CheckFacts, findings: Sequence[Finding], rules: Mapping[str, SiteRule], customer_name: str) -> None:
	"""Hold an order for these findings. In the transaction that submits it; one hold for each rule, whoever comes first."""
	if not findings:
		return
	now, user = now_datetime(), frappe.session.user
	words = CheckWords(facts.company)
	values: list[Any] = []
	for finding in findings:
		rule, hit = finding
		values += (
			frappe.generate_hash(length=10), now, now, user, user, facts.order, active_key(facts.order, rule.rule),
			facts.company, facts.customer, customer_name, rule.rule, rule.name, rule.detector, hit.code,
			params_text(finding), words.sentence(hit.code, hit.params)[:500],
			ASKS.get(rule.detector.partition(".")[0], "Approval"), ways_text(finding), rules[rule.rule].release_role,
			facts.total, HELD, now, user,
		)  # fmt: skip
	query = _PLACE + ", ".join([_ROW] * len(findings)) + _SAME
	frappe.db.sql(query, tuple(values))  # built sql: fixed column names and placeholders only


def active_key(order: str, rule: str) -> str:
	"""Unique while a hold is active: one for each order and rule."""
	return f"{order}::{rule}"


def release(holds: Iterable[str], how: str, reason: str = "", until: date | None = None) -> None:
	"""End holds; the caller has found their condition met, or checked the right of the user who releases them."""
	values = {
		"status": RELEASED,
		"active_key": None,
		"released_at": now_datetime(),
		"released_by": frappe.session.user,
		"released_how": how,
		"release_reason": cleaned(reason),
		"release_until": until,
	}
	for name in holds:  # somebody else may have ended it since it was read
		frappe.db.set_value(DOCTYPE, {"name": name, "status": HELD}, values)


def mark(order: str, held: bool) -> None:
	"""Show on the order whether it is held, and score it anew: held it is out of the queue, with its score."""
	frappe.db.set_value("Sales Order", order, HELD_FIELD, int(held), update_modified=False)
	dirty.mark_order(order)


def mark_if_free(order: str, held: bool) -> bool:
	"""The same from the background, unless somebody is saving the order right now: saving checks and marks it itself."""
	if order not in scores.free_to_write("Sales Order", [order]):
		return False
	mark(order, held)
	return True


def close_order(order: str) -> None:
	"""End the holds of an order that was cancelled."""
	names = frappe.get_all(DOCTYPE, {"sales_order": order, "status": HELD}, pluck="name", order_by="name asc")
	release(names, CANCELLED, _("The order was cancelled."))
	frappe.db.set_value("Sales Order", order, HELD_FIELD, 0, update_modified=False)


def forget_order(order: str) -> None:
	"""Delete the holds of an order that is being deleted."""
	frappe.db.delete(DOCTYPE, {"sales_order": order})


# -- by a person -------------------------------------------------------------------------------------------------------------


def release_by_hand(name: str, reason: str, until: date | None) -> None:
	"""Release a hold with a reason, until a day or for good. The caller has checked the right."""
	hold = frappe.db.get_value(DOCTYPE, name, ["sales_order", "rule", "status"], as_dict=True, for_update=True)
	if hold.status != HELD:
		frappe.throw(_("This hold has ended already."), exc=ReleaseError)
	if not reason.strip():
		frappe.throw(_("A release needs a reason; it is kept with the order."), exc=ReleaseError)
	if until and until < getdate():
		frappe.throw(_("A release counts until today or a later day."), exc=ReleaseError)
	release([name], BY_HAND, reason.strip(), until)
	_accept_alert(hold.sales_order, hold.rule, reason.strip())
	others = frappe.db.exists(DOCTYPE, {"sales_order": hold.sales_order, "status": HELD})
	mark(hold.sales_order, bool(others))


def _accept_alert(order: str, rule: str, reason: str) -> None:
	"""Who releases an order has decided what the rule found of it."""
	open_ones = {"sales_order": order, "rule": rule, "status": alerts.OPEN}
	for name in frappe.get_all(alerts.DOCTYPE, open_ones, pluck="name", order_by="name asc"):
		alerts.decide(name, alerts.ACCEPTED, reason)


# -- what a hold refuses -------------------------------------------------------------------------------------------------------


def held_among(orders: Collection[str]) -> list[str]:
	"""Those of these orders that are held. One query."""
	filters = {"sales_order": ("in", list(orders)), "status": HELD}
	return (
		frappe.get_all(DOCTYPE, filters, pluck="sales_order", order_by="sales_order asc", distinct=True)
		if orders
		else []
	)


def refuse(orders: Collection[str], doctype: str) -> None:
	"""Raise OrderHeld where one of these orders is held, with the reason and what would release it. One query."""
	if not orders:
		return
	rows = frappe.get_all(
		DOCTYPE,
		{"sales_order": ("in", list(orders)), "status": HELD},
		["sales_order", "company", "subject", "ways", "code", "params"],
		order_by="sales_order asc, held_at asc",
	)
	if rows:
		texts = [_refusal(row) for row in rows]
		title = _("No {0} for a held order").format(_(doctype))
		frappe.throw(texts, exc=OrderHeld, title=title, as_list=len(texts) > 1)


def _refusal(row: frappe._dict) -> str:
	words = CheckWords(row.company)
	why = frappe.utils.escape_html(words.sentence(row.code, frappe.parse_json(row.params)))
	ways = words.ways(frappe.parse_json(row.ways))
	if not ways:
		return _("Sales Order {0} is held: {1}. It has to be released by hand.").format(row.sales_order, why)
	condition = frappe.utils.escape_html(ways)
	return _("Sales Order {0} is held: {1}. It is released by {2}.").format(row.sales_order, why, condition)


def end_all(order: str) -> None:
	"""End every hold of an order, since no rule holds it any more."""
	names = frappe.get_all(DOCTYPE, {"sales_order": order, "status": HELD}, pluck="name", order_by="name asc")
	release(names, CONDITION_MET, _("No active rule holds the order any more."))
	mark_if_free(order, False)
