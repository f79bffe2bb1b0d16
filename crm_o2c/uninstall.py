"""Takes away what Frappe's own uninstall leaves: it removes our DocTypes and whatever carries our module."""

import frappe

from crm_o2c.setup.custom_fields import delete_fields
from crm_o2c.setup.indexes import drop_indexes
from crm_o2c.setup.records import delete_defaults
from crm_o2c.setup.roles import delete_roles
from crm_o2c.setup.workflow import delete_workflow


def before_uninstall() -> None:
	delete_workflow()
	delete_fields()
	drop_indexes()
	delete_roles()
	frappe.db.delete("Portal Menu Item", {"route": "/order-status", "parent": "Portal Settings"})
	frappe.db.delete("Scheduled Job Type", {"method": ("like", "crm_o2c.%")})
	delete_defaults()
	frappe.clear_cache()
