"""Anomaly rules: their life, their record, and what the form offers."""

from typing import Any

import frappe

from crm_o2c.services import check_runs, rule_names, rule_record
from crm_o2c.services.rules import RULE


@frappe.whitelist(methods=["GET"])
def get_detectors() -> list[dict[str, Any]]:
	"""Every detector with its parameters, in the user's language."""
	frappe.has_permission(RULE, "read", throw=True)
	return rule_names.detectors()


@frappe.whitelist(methods=["GET"])
def get_rule_names() -> list[dict[str, Any]]:
	"""The names that the condition of a rule may use, in groups, in the user's language."""
	frappe.has_permission(RULE, "read", throw=True)
	return rule_names.groups()


@frappe.whitelist(methods=["GET"])
def get_rule_record(rule: str) -> dict[str, Any]:
	"""What came of a rule's alerts in the last weeks; over all orders, so it takes the right to reports."""
	return rule_record.record(_rule(rule, "report"))


@frappe.whitelist(methods=["POST"])
def activate_rule(rule: str) -> None:
	"""Make a version the active one of its rule, and retire the former one."""
	_rule(rule, "write").activate()
	check_runs.start_soon("Policy")


@frappe.whitelist(methods=["POST"])
def shadow_rule(rule: str) -> None:
	"""Let a version look beside the active rules and only be counted."""
	_rule(rule, "write").start_shadow()
	check_runs.start_soon("Policy")


@frappe.whitelist(methods=["POST"])
def retire_rule(rule: str) -> None:
	"""Retire a version: nothing is looked for by it any more."""
	_rule(rule, "write").retire()
	check_runs.start_soon("Policy")


@frappe.whitelist(methods=["POST"])
def new_rule_version(rule: str) -> str:
	"""A draft copy of a version. Returns its name."""
	return _rule(rule, "create").new_version().name


@frappe.whitelist(methods=["POST"])
def demote_rule(rule: str) -> str:
	"""Make and activate a version of an active rule with the next milder action. Returns its name."""
	doc = _rule(rule, "write")
	doc.check_permission("create")
	milder = rule_record.demote(doc)
	check_runs.start_soon("Policy")
	return milder.name


def _rule(name: str, right: str) -> Any:
	doc = frappe.get_doc(RULE, name)
	doc.check_permission(right)
	return doc
