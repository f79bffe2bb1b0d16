"""Examples of hand-off rules, switched off: an admin takes what suits him, and changes or deletes the rest."""

import frappe

from crm_o2c.services.handoff_rules import LEAST_LOADED, RULE

SEEDED = "o2c_handoffs_seeded"


def _(text: str) -> str:
	"""Marks a text for translation; records are stored in English."""
	return text


# name, stage, role, working hours, escalated to, steps (with whether they must be done)
EXAMPLES: tuple[tuple[str, str, str, float, str, tuple[tuple[str, int], ...]], ...] = (
	(
		_("Look Over What Is to Be Confirmed"),
		"To confirm",
		"Sales Manager",
		4,
		"O2C Manager",
		((_("Prices and discounts are as agreed"), 1), (_("The delivery date can be kept"), 1)),
	),
	(
		_("Check Stock and Pick"),
		"Confirmed",
		"Stock User",
		8,
		"Stock Manager",
		((_("Every line is in stock or on its way"), 1), (_("Goods are picked"), 1), (_("Labels are printed"), 0)),
	),
	(
		_("Invoice What Was Shipped"),
		"Shipped",
		"Accounts User",
		8,
		"Accounts Manager",
		((_("Quantities are those of the Delivery Note"), 1), (_("The invoice was sent"), 1)),
	),
)


def seed_handoffs() -> None:
	"""Make the examples: once, each where its stage is there."""
	if frappe.db.get_default(SEEDED):
		return
	for name, stage, role, hours, late_role, steps in EXAMPLES:
		if frappe.db.exists("O2C Stage", stage) and not frappe.db.exists(RULE, name):
			values = {
				"assign_to": LEAST_LOADED,
				"role": role,
				"due_hours": hours,
				"escalate_role": late_role,
				"enabled": 0,
			}
			rows = [{"step": step, "must_be_done": must} for step, must in steps]
			frappe.get_doc({"doctype": RULE, "rule_name": name, "stage": stage, "steps": rows, **values}).insert()
	frappe.db.set_default(SEEDED, "1")
