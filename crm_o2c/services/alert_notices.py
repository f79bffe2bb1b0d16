"""Tells people of new alerts: the owner of the order and the role that the rule names, each once for each alert."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils.user import get_users_with_role

from crm_o2c.engine.anomaly.rules import Finding
from crm_o2c.services import alerts, tasks
from crm_o2c.services.rules import SiteRule

MOST_NAMED = 3  # alerts that one notice quotes


def after_commit(opened: Sequence[str], order: str, findings: Sequence[Finding], rules: Mapping[str, SiteRule]) -> None:
	"""Tell of these alerts once they are committed, where a rule of theirs names anybody."""
	telling = {name for name, rule in rules.items() if rule.notify_owner or rule.notify_role}
	wanted = set(opened) & {alerts.alert_name(order, found) for found in findings if found.rule.rule in telling}
	if wanted:
		tasks.enqueue(tell, key=f"{order}::{min(wanted)}", queue="short", names=sorted(wanted))


def tell(names: Sequence[str]) -> None:
	"""One notice for each person and order. An alert that was told of is marked, so that a repeated job tells nothing twice."""
	alert = frappe.qb.DocType(alerts.DOCTYPE)
	rows = (
		frappe.qb.from_(alert)
		.select(
			alert.name, alert.sales_order, alert.customer_name, alert.rule_version, alert.subject, alert.alert_owner
		)
		.where(alert.name.isin(list(names)) & (alert.notified == 0) & (alert.status == alerts.OPEN))
		.orderby(alert.value_at_risk, order=frappe.qb.desc)
		.for_update()
	).run(as_dict=True)
	if not rows:
		return
	for (user, order), theirs in _by_reader(rows, _rules({row.rule_version for row in rows})).items():
		_notify(user, order, theirs)
	frappe.qb.update(alert).set(alert.notified, 1).where(alert.name.isin([row.name for row in rows])).run()


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
