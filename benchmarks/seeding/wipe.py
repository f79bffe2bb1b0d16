"""Takes a seeded book off a site again: by the names of its rows, whatever made or changed them."""

import frappe

from seeding.plan import PREFIX

# which column of a DocType's table holds a name of ours
BY_COLUMN = {
	"name": ("Customer", "Item", "Sales Order", "Sales Invoice", "Payment Entry", "Stock Entry", "O2C Order Score"),
	"parent": (
		"Customer Credit Limit", "Item Default", "UOM Conversion Detail", "Sales Order Item", "Sales Invoice Item",
		"Payment Schedule", "Payment Entry Reference", "Stock Entry Detail",
	),
	"voucher_no": ("GL Entry", "Payment Ledger Entry", "Stock Ledger Entry"),
	"item_code": ("Bin", "Item Price"),
	"sales_order": ("O2C Priority Boost",),
}  # fmt: skip


def doctypes() -> list[str]:
	"""Every DocType with rows of ours that the site has; without our app some are missing."""
	return [name for names in BY_COLUMN.values() for name in names if frappe.db.table_exists(name)]


def wipe() -> int:
	"""Delete the book; returns the number of rows. Each table is a transaction of its own."""
	there, deleted = set(doctypes()), 0
	for column, names in BY_COLUMN.items():
		for doctype in there.intersection(names):
			frappe.db.sql(f"delete from `tab{doctype}` where `{column}` like %s", (PREFIX + "%",))
			deleted += frappe.db._cursor.rowcount
			frappe.db.commit()
	frappe.clear_cache()
	return deleted
