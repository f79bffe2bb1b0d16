"""Alerts and holds as the desk shows them, each in the reader's words, with what he may do about it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import fmt_money, get_fullname, getdate

from crm_o2c import permissions
from crm_o2c.engine import messages
from crm_o2c.engine.anomaly.rules import Finding
from crm_o2c.services import alerts, holds
from crm_o2c.services.check_words import CheckWords

DECIDERS = ("O2C User", "O2C Manager")
DECIDED = (alerts.ACCEPTED, alerts.FALSE_ALARM)
REQUESTS = ("transfer", "material_request")
ALERT_FIELDS = (
	"name", "sales_order", "company", "customer", "customer_name", "rule", "detector", "severity", "action", "line",
	"item_code", "code", "params", "subject", "evidence", "remedies", "value_at_risk", "confidence", "status", "found_at",
	"closed_at", "closed_by", "reason",
)  # fmt: skip
HOLD_FIELDS = (
	"name", "sales_order", "company", "customer", "customer_name", "rule", "detector", "code", "params", "subject", "asks",
	"ways", "release_role", "order_total", "held_at",
)  # fmt: skip


class Rights(NamedTuple):
	"""What a user may do about the alerts of an order."""

	write: bool = False
	decide: bool = False
	request: bool = False  # ask for material
	prepay: bool = False
	cancel: bool = False  # delete, for a draft
	draft: bool = True

	@classmethod
	def of(cls, doc: Document) -> "Rights":
		"""The user's rights to a saved order, or one that is being typed."""
		draft = doc.docstatus == 0
		write = _may(doc, "write" if doc.name else "create") and (draft or _may(doc, "submit"))
		cancel = bool(doc.name) and _may(doc, "delete" if draft else "cancel")
		return cls.by_role(draft)._replace(write=write, cancel=cancel, decide=write or _is_decider())

	@classmethod
	def by_role(cls, draft: bool) -> "Rights":
		"""What the user's roles allow, for a list of orders; each is checked when something is done to it."""
		write = bool(frappe.has_permission("Sales Order", "write"))
		return cls(
			write=write,
			decide=write or _is_decider(),
			request=bool(frappe.has_permission("Material Request", "create")),
			prepay=bool(frappe.has_permission("Payment Request", "create")),
			cancel=bool(frappe.has_permission("Sales Order", "delete" if draft else "cancel")),
			draft=draft,
		)

	def allow(self, code: str) -> bool:
		"""Whether a remedy is open to the user, and to an order of this kind."""
		if code in REQUESTS:
			return self.request
		if code == "prepay":
			return self.prepay and not self.draft
		if code == "cancel_order":
			return self.cancel
		if code in ("set_terms", "set_fx"):
			return self.write and self.draft
		return self.write


def _may(doc: Document, right: str) -> bool:
	"""Asked in silence: a document's own method tells the user what he may not."""
	return bool(frappe.has_permission(doc.doctype, right, doc=doc))


def may_decide(sales_order: str) -> bool:
	"""Whether the user may accept alerts of this order: who may change it, and who works with alerts."""
	return _is_decider() or bool(frappe.has_permission("Sales Order", "write", doc=sales_order))


def _is_decider() -> bool:
	return bool({*DECIDERS, "System Manager"} & set(frappe.get_roles()))


def may_release(release_role: str | None) -> bool:
	"""Whether the user has the role that releases a hold, or manages rules."""
	return bool({release_role, *permissions.MANAGERS} & set(frappe.get_roles()))


# -- of one order ------------------------------------------------------------------------------------------------------------


def of_order(sales_order: str, rights: Rights) -> dict[str, Any]:
	"""What is kept of an order: {"held", "alerts", "holds", "decided"}, what matters most first."""
	found = frappe.get_all(
		alerts.DOCTYPE,
		{"sales_order": sales_order, "status": ("in", [alerts.OPEN, *DECIDED])},
		list(ALERT_FIELDS),
		order_by="value_at_risk desc, name asc",
	)
	held = holds_of(sales_order)
	by_rule = {row.rule: row.name for row in held if may_release(row.release_role)}
	open_ = [of_row(row, rights, by_rule.get(row.rule)) for row in found if row.status == alerts.OPEN]
	return {
		"held": bool(held),
		"alerts": sorted(open_, key=_rank),
		"holds": [of_hold(row) for row in held],
		"decided": [_decided(row) for row in found if row.status != alerts.OPEN],
	}


def holds_of(sales_order: str) -> list[frappe._dict]:
	"""The active holds of an order, the oldest first."""
	filters = {"sales_order": sales_order, "status": holds.HELD}
	return frappe.get_all(holds.DOCTYPE, filters, list(HOLD_FIELDS), order_by="held_at asc, name asc")


def _rank(alert: Mapping[str, Any]) -> tuple[int, int]:
	"""As a check orders what it finds; what is most at risk comes first already."""
	order = ("Block", "Hold", "Warn", "Note"), ("Critical", "High", "Medium", "Low")
	return tuple(
		ranks.index(alert[name]) if alert[name] in ranks else len(ranks)
		for ranks, name in zip(order, ("action", "severity"), strict=True)
	)


def of_row(row: frappe._dict, rights: Rights, hold: str | None = None) -> dict[str, Any]:
	"""An alert that is kept. `hold`: the hold of its rule that the user may release."""
	words = CheckWords(row.company)
	alert = _alert(words, row.code, _parsed(row.params) or {}, row)
	evidence, remedies = _parsed(row.evidence), _parsed(row.remedies) or []
	return {
		**alert,
		"name": row.name,
		"confidence": row.confidence,
		"evidence": words.evidence(evidence),
		"remedies": [*_offered(words, remedies, rights), *_closing(words, rights, hold)],
		"status": row.status,
		"age": age(row.found_at),
		"note": row.reason or "" if row.status == alerts.OPEN and not row.closed_at else "",
	}


def of_finding(finding: Finding, words: CheckWords, rights: Rights) -> dict[str, Any]:
	"""An alert that is not kept yet."""
	rule, hit = finding
	row = frappe._dict(
		rule=rule.rule, detector=rule.detector, severity=rule.severity, action=rule.action, line=hit.line,
		item_code=hit.item, value_at_risk=hit.at_risk, subject="",
	)  # fmt: skip
	remedies = [(remedy.code, dict(remedy.params)) for remedy in hit.remedies]
	return {
		**_alert(words, hit.code, hit.params, row),
		"name": None,
		"confidence": round(100 * hit.confidence, 1),
		"evidence": words.evidence(hit.evidence),
		"remedies": list(_offered(words, remedies, rights)),
		"status": alerts.OPEN,
		"age": 0,
		"note": "",
	}


def _alert(words: CheckWords, code: str, params: Mapping[str, Any], row: frappe._dict) -> dict[str, Any]:
	"""What a kept alert and one of a form say alike."""
	return {
		"detector": row.detector,
		"label": words.detector(row.detector) if f"detector.{row.detector}" in messages.MESSAGES else row.detector,
		"rule": row.rule,
		"severity": row.severity,
		"action": row.action,
		"code": code,
		"subject": words.sentence(code, params) if code in messages.MESSAGES else row.subject,
		"line": row.line or 0,
		"item": row.item_code,
		"value_at_risk": row.value_at_risk or None,
		"value_text": fmt_money(row.value_at_risk, currency=words.currency) if row.value_at_risk else "",
	}


def _parsed(text: str | None) -> Any:
	return frappe.parse_json(text) if text else None


def _offered(words: CheckWords, remedies: Iterable[Sequence[Any]], rights: Rights) -> list[dict[str, Any]]:
	return [_remedy(words, code, params) for code, params in remedies if rights.allow(code)]


def _closing(words: CheckWords, rights: Rights, hold: str | None) -> list[dict[str, Any]]:
	"""What every kept alert can be answered with."""
	release = [_remedy(words, "release", {"hold": hold})] if hold else []
	return release + [_remedy(words, code, {}) for code in ("accept", "false_alarm") if rights.decide]


def _remedy(words: CheckWords, code: str, params: Mapping[str, Any]) -> dict[str, Any]:
	shown = {name: str(value) if hasattr(value, "isoformat") else value for name, value in params.items()}
	return {"code": code, "label": words.remedy(code, params), "params": shown}


def _decided(row: frappe._dict) -> dict[str, Any]:
	decided = {"by": get_fullname(row.closed_by), "at": str(row.closed_at or "")[:19], "reason": row.reason or ""}
	return {**of_row(row, Rights()), **decided}


def age(since: Any) -> int:
	"""Whole days."""
	return (getdate() - getdate(since)).days if since else 0


# -- holds -------------------------------------------------------------------------------------------------------------------


def of_hold(row: frappe._dict) -> dict[str, Any]:
	"""A hold with what ends it."""
	words = CheckWords(row.company)
	params = _parsed(row.params) or {}
	return {
		"name": row.name,
		"rule": row.rule,
		"detector": row.detector,
		"subject": words.sentence(row.code, params) if row.code in messages.MESSAGES else row.subject,
		"condition": words.ways(_parsed(row.ways) or ()),
		"asks": row.asks,
		"held_at": str(row.held_at or "")[:19],
		"days": age(row.held_at),
		"release_role": row.release_role,
		"may_release": may_release(row.release_role),
	}
