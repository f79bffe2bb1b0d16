"""What happens when the app is installed or migrated."""

import frappe
from frappe import _

from crm_o2c.services import o2c_scheduler, tasks
from crm_o2c.setup.custom_fields import create_fields
from crm_o2c.setup.indexes import create_indexes
from crm_o2c.setup.records import seed
from crm_o2c.setup.roles import create_roles


def before_install() -> None:
	"""Refuse a site that can't run the app, before anything is made."""
	if "erpnext" not in frappe.get_installed_apps():
		frappe.throw(
			_("CRM O2C needs ERPNext. Install it on this site first: bench --site {0} install-app erpnext").format(
				frappe.local.site
			)
		)


def after_install() -> None:
	create_roles()
	create_fields()
	create_indexes()
	seed()
	tasks.enqueue(o2c_scheduler.first_run, key="install", queue="long")


def after_migrate() -> None:
	create_roles()
	create_fields()
	create_indexes()
	seed()
