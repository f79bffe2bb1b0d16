"""Records that a new site starts with. Each is made once, where it is missing; an admin's edits are never touched."""

import frappe
from frappe.model.document import Document

from crm_o2c.engine.anomaly.defaults import DEFAULT_RULES, EXAMPLE_RULES
from crm_o2c.engine.anomaly.rules import Rule
from crm_o2c.engine.defaults import DEFAULT_POLICY, DEFAULT_TIERS
from crm_o2c.services.ledger_sweep import SWEPT
from crm_o2c.services.policy import policy_values
from crm_o2c.services.price_lock import SETTING as PRICE_LOCK
from crm_o2c.services.rules import RULE, rule_values
from crm_o2c.setup.custom_fields import MODULE
from crm_o2c.setup.example_scripts import EXAMPLE_SCRIPTS
from crm_o2c.setup.handoffs import SEEDED as HANDOFFS_SEEDED
from crm_o2c.setup.handoffs import seed_handoffs
from crm_o2c.setup.promise_causes import SEEDED as CAUSES_SEEDED
from crm_o2c.setup.promise_causes import seed_causes
from crm_o2c.setup.stages import SEEDED as STAGES_SEEDED
from crm_o2c.setup.stages import seed_stages
from crm_o2c.setup.workflow import SEEDED as WORKFLOW_SEEDED
from crm_o2c.setup.workflow import seed_workflow

SEEDED, RULES_SEEDED = DEFAULTS = ("o2c_seeded", "o2c_rules_seeded")


def seed() -> None:
	"""What a site that has never had it starts with; each part once, so that an older site gets what is new."""
	is_new = not frappe.db.get_default(SEEDED)
	if is_new:
		_seed_tiers()
		_seed_policy()
		frappe.get_doc("O2C Settings").save()
		frappe.db.set_default(SEEDED, "1")
	if not frappe.db.get_default(RULES_SEEDED):
		_choose_mode(is_new)
		_seed_scripts()
		_seed_rules()
		frappe.db.set_default(RULES_SEEDED, "1")
	seed_stages()
	seed_workflow()
	seed_handoffs()
	seed_causes()
	_switch_on(PRICE_LOCK)


def delete_defaults() -> None:
	"""Forget that the site was seeded."""
	marks = (*DEFAULTS, CAUSES_SEEDED, STAGES_SEEDED, WORKFLOW_SEEDED, HANDOFFS_SEEDED, SWEPT)
	frappe.db.delete("DefaultValue", {"defkey": ("in", marks)})


def _choose_mode(is_new: bool) -> None:
	"""Orders of a site that had the app before are not held from one day to the next: its rules are counted first. An
	existing Single gets no defaults. Not by a save, which would start a run: the night brings one."""
	if not frappe.db.get_single_value("O2C Settings", "anomaly_engine"):
		frappe.db.set_single_value("O2C Settings", "anomaly_engine", "On" if is_new else "Shadow")


def _switch_on(switch: str) -> None:
	"""A switch that is new to the site's settings; one that an admin has set stays."""
	asked = {"field": switch}
	if not frappe.db.sql("select 1 from tabSingles where doctype = 'O2C Settings' and field = %(field)s", asked):
		frappe.db.set_single_value("O2C Settings", switch, 1)


def _seed_tiers() -> None:
	for tier in DEFAULT_TIERS:
		if not frappe.db.exists("O2C Customer Tier", tier.tier):
			frappe.get_doc({"doctype": "O2C Customer Tier", "tier_name": tier.tier, "factor": tier.factor}).insert()


def _seed_policy() -> None:
	if not frappe.db.exists("O2C Priority Policy", {"policy_name": DEFAULT_POLICY.name}):
		policy = frappe.get_doc({"doctype": "O2C Priority Policy", **policy_values(DEFAULT_POLICY)})
		policy.insert()
		policy.activate()


def _seed_scripts() -> None:
	"""Examples of what a rule may call, disabled."""
	for name, script in EXAMPLE_SCRIPTS.items():
		if not frappe.db.exists("Server Script", name):
			values = {"script_type": "API", "api_method": frappe.scrub(name).replace(":", ""), "disabled": 1}
			doc = frappe.get_doc({"doctype": "Server Script", "script": script, "module": MODULE, **values})
			doc.insert(set_name=name)


def _seed_rules() -> None:
	"""The standard rules, active; the examples stay drafts."""
	for rule in DEFAULT_RULES:
		doc = _seed_rule(rule)
		if doc:
			doc.activate()
	for rule in EXAMPLE_RULES:
		_seed_rule(rule)


def _seed_rule(rule: Rule) -> Document | None:
	if frappe.db.exists(RULE, {"rule_name": rule.rule}):
		return None
	return frappe.get_doc({"doctype": RULE, **rule_values(rule)}).insert()
