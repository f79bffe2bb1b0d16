"""Keeps what checks found: one alert for each order, rule and case. Found again it is the same alert; gone, it closes itself.

Written in bulk, in the transaction that saves the order, and only where something changed.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import md5
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import now_datetime

from crm_o2c.engine.anomaly.facts import CheckFacts
from crm_o2c.engine.anomaly.rules import Finding, Hit
from crm_o2c.services.typed_text import cleaned

DOCTYPE = "O2C Order Alert"
OPEN, FIXED, ACCEPTED, FALSE_ALARM, EXPIRED = "Open", "Fixed", "Accepted", "False Alarm", "Expired"
CLOSED_BY_ITSELF = (FIXED, EXPIRED)  # opens again when its cause comes back; what a person decided stays
BATCH = 500

COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "sales_order", "company", "customer", "customer_name", "rule",
	"rule_version", "detector", "severity", "action", "line", "item_code", "code", "params", "subject", "evidence",
	"remedies", "digest", "value_at_risk", "confidence", "alert_owner", "status", "found_at", "seen_at",
)  # fmt: skip
_LASTING = ("name", "creation", "owner", "sales_order", "company", "customer", "found_at", "alert_owner")
_HEAD = "insert into `tabO2C Order Alert` (`" + "`, `".join(COLUMNS) + "`) values "
_ROW = "(" + ", ".join(["%s"] * len(COLUMNS)) + ")"
_TAIL = " on duplicate key update " + ", ".join(
	f"`{column}` = values(`{column}`)" for column in COLUMNS if column not in _LASTING
)
_CLOSE = """update `tabO2C Order Alert` set status = %(status)s, closed_at = %(now)s, closed_by = %(user)s, reason = %(reason)s,
	modified = %(now)s, modified_by = %(user)s where name in %(names)s and status = 'Open'"""


Say = Callable[[Hit], str]  # the sentence of a hit, for the row that is written


class Kept(NamedTuple):
	"""What an alert's row says of it already."""

	status: str
	digest: str


class Owner(NamedTuple):
	"""Whose order it is: the user to tell, and how the customer is called."""

	user: str
	customer_name: str | None


def alert_name(order: str, finding: Finding) -> str:
	"""The unique name of a case: the same order, rule and case make the same name."""
	return md5(f"{order}|{finding.key}".encode()).hexdigest()


def sync(
	facts: CheckFacts, findings: Sequence[Finding], kept: Mapping[str, Kept], owner: Owner, say: Say
) -> tuple[int, list[str]]:
	"""Bring the kept alerts of an order in line with what was found. How many were written or closed, and the names of those
	that are new or open again."""
	rows, vanished, opened = changes(facts, findings, kept, owner, say)
	write(rows)
	_forget_decision([name for name in opened if name in kept])
	if vanished:
		close(vanished, FIXED, _("No longer found when the order was checked again."))
	return len(rows) + len(vanished), opened


def changes(
	facts: CheckFacts, findings: Sequence[Finding], kept: Mapping[str, Kept], owner: Owner, say: Say
) -> tuple[list[tuple[Any, ...]], list[str], list[str]]:
	"""Rows to write, names of open alerts that were not found again, names of those that open."""
	rows, found, opened = [], set(), []
	for finding in findings:
		name = alert_name(facts.order, finding)
		if name in found:
			continue
		found.add(name)
		before = kept.get(name)
		if before and before.status not in (OPEN, *CLOSED_BY_ITSELF):
			continue  # somebody has decided it
		params = _json(finding.hit.params)
		digest = _digest(finding, params)
		if before is None or before.status != OPEN:
			opened.append(name)
		elif before.digest == digest:
			continue
		rows.append(_row(name, facts, finding, owner, say(finding.hit), params, digest))
	vanished = [name for name, (status, _digest) in kept.items() if status == OPEN and name not in found]
	return rows, vanished, opened


def of_rules(order: str, rules: Collection[str]) -> set[str]:
	"""The names of an order's alerts by these rules."""
	return set(
		frappe.get_all(DOCTYPE, {"sales_order": order, "rule": ("in", list(rules))}, pluck="name", order_by="name asc")
	)


def is_known(order: str, finding: Finding, kept: Mapping[str, Kept]) -> bool:
	"""Whether an alert says already just what was found, open or decided."""
	before = kept.get(alert_name(order, finding))
	return bool(before) and before.digest == _digest(finding, _json(finding.hit.params))


def _digest(finding: Finding, params: str) -> str:
	"""What is found names the row, and not how it is shown: a run over the book shows less of the stock than a save."""
	rule, hit = finding
	return md5("|".join((rule.name, rule.severity, rule.action, hit.code, params)).encode()).hexdigest()


def _row(
	name: str,
	facts: CheckFacts,
	finding: Finding,
	owner: Owner,
	subject: str,
	params: str,
	digest: str,
) -> tuple[Any, ...]:
	rule, hit = finding
	evidence = _json([hit.evidence.columns, hit.evidence.rows] if hit.evidence else None)
	remedies = _json([[remedy.code, dict(remedy.params)] for remedy in hit.remedies])
	user, now = frappe.session.user, now_datetime()
	return (
		name, now, now, user, user, facts.order, facts.company, facts.customer, owner.customer_name, rule.rule, rule.name,
		rule.detector, rule.severity, rule.action, hit.line, hit.item, hit.code, params, subject[:500], evidence, remedies,
		digest, hit.at_risk or 0.0, round(100 * hit.confidence, 1), owner.user, OPEN, now, now,
	)  # fmt: skip


def _json(value: Any) -> str:
	return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)


def write(rows: Sequence[tuple[Any, ...]]) -> None:
	"""Write alert rows, new ones and changed ones alike."""
	for start in range(0, len(rows), BATCH):
		batch = rows[start : start + BATCH]
		values = tuple(value for row in batch for value in row)
		query = _HEAD + ", ".join([_ROW] * len(batch)) + _TAIL
		frappe.db.sql(query, values)  # built sql: fixed column names and placeholders only


def _forget_decision(names: Sequence[str]) -> None:
	"""An alert that opens again has not been closed by anybody."""
	if names:
		alert = frappe.qb.DocType(DOCTYPE)
		query = frappe.qb.update(alert).set(alert.closed_at, None).set(alert.closed_by, None).set(alert.reason, None)
		query.where(alert.name.isin(list(names))).run()


def close(names: Iterable[str], status: str, reason: str) -> None:
	"""Close open alerts for all of the same reason."""
	names = tuple(names)
	if names:
		values = {
			"status": status,
			"reason": reason,
			"names": names,
			"now": now_datetime(),
			"user": frappe.session.user,
		}
		frappe.db.sql(_CLOSE, values)


def decide(name: str, status: str, reason: str) -> None:
	"""A person closes an alert. The caller has checked his right."""
	values = {
		"status": status,
		"reason": cleaned(reason),
		"closed_at": now_datetime(),
		"closed_by": frappe.session.user,
	}
	frappe.db.set_value(DOCTYPE, name, values)


def close_order(order: str) -> None:
	"""Close what is open of an order that was cancelled."""
	names = frappe.get_all(DOCTYPE, {"sales_order": order, "status": OPEN}, pluck="name", order_by="name asc")
	close(names, EXPIRED, _("The order was cancelled."))


def forget_order(order: str) -> None:
	"""Delete the alerts of an order that is being deleted."""
	frappe.db.delete(DOCTYPE, {"sales_order": order})
