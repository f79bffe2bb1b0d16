"""Records that a new site starts with. Each is made once, where it is missing; an admin's edits are never touched."""

import frappe

from crm_o2c.engine.defaults import DEFAULT_POLICY, DEFAULT_TIERS
from crm_o2c.services.policy import policy_values


def seed() -> None:
	"""Tiers, the standard policy (active) and settings, on a site that has never had them."""
	if frappe.db.get_default("o2c_seeded"):
		return
	_seed_tiers()
	_seed_policy()
	frappe.get_doc("O2C Settings").save()
	frappe.db.set_default("o2c_seeded", "1")


def _seed_tiers() -> None:
	for tier in DEFAULT_TIERS:
		if not frappe.db.exists("O2C Customer Tier", tier.tier):
			frappe.get_doc({"doctype": "O2C Customer Tier", "tier_name": tier.tier, "factor": tier.factor}).insert()


def _seed_policy() -> None:
	if not frappe.db.exists("O2C Priority Policy", {"policy_name": DEFAULT_POLICY.name}):
		policy = frappe.get_doc({"doctype": "O2C Priority Policy", **policy_values(DEFAULT_POLICY)})
		policy.insert()
		policy.activate()
