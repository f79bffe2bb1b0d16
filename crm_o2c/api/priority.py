"""Priority: the explanation of an order, boosts, and the life of a policy."""

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_fullname, getdate

from crm_o2c import permissions
from crm_o2c.services import boosts, policy_names, preview, priority, runs
from crm_o2c.services.context import mode
from crm_o2c.services.explanation import explain_draft, explain_order

POLICY = "O2C Priority Policy"


@frappe.whitelist(methods=["GET"])
def get_explanation(sales_order: str) -> dict[str, Any]:
	"""Why an open order ranks where it does, scored from what is saved now, or where a draft would rank.

	`open` and `draft` say which; where both are False the order has no rank: it is done, or the engine is off, or it is in
	shadow and the user is no manager.
	"""
	permissions.check_order(sales_order)
	answer = {"open": False, "draft": False, "mode": mode()}
	if not permissions.sees_scores():
		return answer
	found = priority.load_now(sales_order)
	if found:
		order, context = found
		return {**answer, "open": True, **_boost_of(sales_order), **explain_order(order.facts, context)}
	doc = frappe.get_doc("Sales Order", sales_order)
	explained = explain_draft(doc) if doc.docstatus == 0 else None
	return {**answer, "draft": True, **explained} if explained else answer


def _boost_of(sales_order: str) -> dict[str, Any]:
	"""The boost that counts today, and whether the user may change it."""
	boost = boosts.active(sales_order)
	if boost:
		boost.owner_name = get_fullname(boost.owner)
	return {"boost": boost, "may_boost": permissions.may_boost()}


@frappe.whitelist(methods=["POST"])
def add_boost(sales_order: str, points: float, reason: str, expires_on: date) -> str:
	"""Raise (or, below 0, lower) an order by points until a day. Returns the boost's name."""
	permissions.check_boost(sales_order)
	return boosts.add(sales_order, points, reason, getdate(expires_on))


@frappe.whitelist(methods=["POST"])
def end_boost(sales_order: str) -> bool:
	"""End the boost of an order; whether there was one."""
	permissions.check_boost(sales_order)
	return boosts.end(sales_order)


@frappe.whitelist(methods=["POST"])
def rescore() -> str:
	"""Start a run over the whole book, or join the one going on. Returns the run's name."""
	permissions.check_manager()
	return runs.start(started_by="Hand")


# -- policies ------------------------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def preview_policy(policy: str) -> dict[str, Any]:
	"""What a policy would change: orders in each band before and after, and the 20 orders that would move most."""
	doc = _policy(policy, "read")
	return preview.preview(doc)


@frappe.whitelist(methods=["GET"])
def get_policy_names() -> list[dict[str, Any]]:
	"""The names that formulas, conditions and factors of a policy may use, in groups, in the user's language."""
	frappe.has_permission(POLICY, "read", throw=True)
	return policy_names.groups()


@frappe.whitelist(methods=["GET"])
def get_tier_use(tier: str) -> dict[str, int]:
	"""How many customers have a tier, and how many open orders of theirs are ranked."""
	frappe.has_permission("O2C Customer Tier", "read", doc=tier, throw=True)
	return policy_names.tier_use(tier)


@frappe.whitelist(methods=["POST"])
def activate_policy(policy: str) -> None:
	"""Make a policy the active one of its company, retire the former one, and score the book anew."""
	_policy(policy, "write").activate()
	runs.start(started_by="Policy")


@frappe.whitelist(methods=["POST"])
def shadow_policy(policy: str) -> None:
	"""Let a policy decide beside the active one and only be counted."""
	_policy(policy, "write").start_shadow()
	runs.start(started_by="Policy")


@frappe.whitelist(methods=["POST"])
def retire_policy(policy: str) -> None:
	"""Retire a policy that is in shadow, or a company's own: the one for all companies then ranks its orders."""
	doc = _policy(policy, "write")
	if doc.status == "Active" and not doc.for_company:
		frappe.throw(_("{0} is active. Activate another policy; this one is then retired.").format(doc.name))
	was_active = doc.status == "Active"
	doc.retire()
	if was_active:
		runs.start(started_by="Policy")


@frappe.whitelist(methods=["POST"])
def new_policy_version(policy: str) -> str:
	"""A draft copy of a policy. Returns its name."""
	return _policy(policy, "create").new_version().name


def _policy(name: str, right: str) -> Any:
	doc = frappe.get_doc(POLICY, name)
	doc.check_permission(right)
	return doc
