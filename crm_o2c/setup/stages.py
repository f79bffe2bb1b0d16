"""The stages that a site starts with: made once, and the admin's own from then on."""

import frappe

from crm_o2c.engine.default_stages import DEFAULT_STAGES
from crm_o2c.engine.stages import Stage

SEEDED = "o2c_stages_seeded"


def seed_stages() -> None:
	"""Make the stages where none was ever made."""
	if frappe.db.get_default(SEEDED):
		return
	for stage in DEFAULT_STAGES:
		if not frappe.db.exists("O2C Stage", stage.code):
			frappe.get_doc({"doctype": "O2C Stage", **_values(stage)}).insert()
	frappe.db.set_default(SEEDED, "1")


def _values(stage: Stage) -> dict:
	return {
		"stage_code": stage.code,
		"label": stage.label,
		"customer_label": stage.customer_label,
		"visible_to_customer": int(stage.visible),
		"sequence": stage.sequence,
		"kind": stage.kind,
		"sla_hours": stage.sla_hours,
		"colour": stage.colour,
		"rule": stage.rule,
	}
