"""Tells people of new alerts: the owner of the order and the role that the rule names, each once for each alert."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils.user import get_users_with_role

from crm_o2c.services import alerts, tasks
from crm_o2c.services.rules import SiteRule

MOST_NAMED = 3  # alerts that one notice quotes


def after_commit(opened: Sequence[str], check: "object") -> None:
	"""Tell of these alerts once they are committed, where a rule of theirs names anybody."""
	telling = {name for name, rule in check.ready.rules.items() if rule.notify_owner or rule.notify_role}
	wanted = set(opened) & {
		alerts.alert_name(check.facts.order, finding) for finding in check.findings if finding.rule.rule in telling
	}
	if wanted:
		tasks.enqueue(tell, key=check.facts.order, queue="short", names=sorted(wanted))


def tell(names: Sequence[str]) -> None:
	"""One notice for each person and order. An alert that was told of is marked, so that a repeated job tells nothing twice."""
	rows = frappe.get_all(
		alerts.DOCTYPE,
		{"name": ("in", list(names)), "notified": 0, "status": alerts.OPEN},
		["name", "sales_order", "customer_name", "rule_version", "subject", "alert_owner"],
		order_by="value_at_risk desc, name asc",
		for_update=True,
	)
	if not rows:
		return
	for (user, order), theirs in _by_reader(rows, _rules({row.rule_version for row in rows})).items():
		_notify(user, order, theirs)
	frappe.qb.update(alerts.DOCTYPE).set("notified", 1).where(
		frappe.qb.Field("name").isin([row.name for row in rows])
	).run()


def _rules(versions: Iterable[str]) -> dict[str, SiteRule]:
	fields = ["name", "notify_owner", "notify_role"]
	rows = frappe.get_all("O2C Anomaly Rule", {"name": ("in", list(versions))}, fields, order_by="name asc")
	return {row.name: row for row in rows}


def _by_reader(rows: Sequence[frappe._dict], rules: dict[str, SiteRule]) -> dict[tuple[str, str], list[frappe._dict]]:
	readers: dict[tuple[str, str], list[frappe._dict]] = defaultdict(list)
	for row in rows:
		rule = rules.get(row.rule_version)
		users = {row.alert_owner} if rule and rule.notify_owner else set()
		if rule and rule.notify_role:
			users.update(get_users_with_role(rule.notify_role))
		for user in users - {"Administrator", "Guest"}:
			if frappe.has_permission("Sales Order", "read", doc=row.sales_order, user=user):
				readers[user, row.sales_order].append(row)
	return readers


def _notify(user: str, order: str, rows: Sequence[frappe._dict]) -> None:
	quoted = "; ".join(frappe.utils.escape_html(row.subject) for row in rows[:MOST_NAMED])
	customer = frappe.utils.escape_html(rows[0].customer_name or "")
	subject = _("{0} of {1} needs a look: {2}").format(frappe.bold(order), customer, quoted)
	notice = {"type": "Alert", "document_type": "Sales Order", "document_name": order, "subject": subject}
	enqueue_create_notification([user], notice)
