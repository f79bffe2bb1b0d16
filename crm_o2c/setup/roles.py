"""The app's own roles. ERPNext's Sales, Stock and Accounts roles keep their meaning."""

import frappe

MANAGER, USER = ROLES = ("O2C Manager", "O2C User")


def create_roles() -> None:
	"""Create the roles that are missing."""
	for role in ROLES:
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert()


def delete_roles() -> None:
	"""Take the roles away, from users too."""
	frappe.db.delete("Has Role", {"role": ("in", ROLES)})
	for role in ROLES:
		frappe.delete_doc_if_exists("Role", role, force=True)
