"""Causes of changed delivery dates that a new site starts with; each site has its own."""

import frappe

SEEDED = "o2c_promise_causes_seeded"
CAUSES = {
	"Customer asked for another date": "Customer",
	"Delivery address not ready": "Customer",
	"Stock ran short": "Us",
	"Production behind": "Us",
	"Waiting for payment": "Customer",
	"Supplier late": "Supplier",
	"Carrier late": "Carrier",
}


def seed_causes() -> None:
	"""Once, where a site has never had them."""
	if frappe.db.get_default(SEEDED):
		return
	for cause, whose in CAUSES.items():
		if not frappe.db.exists("O2C Promise Cause", cause):
			frappe.get_doc({"doctype": "O2C Promise Cause", "cause": cause, "whose": whose}).insert()
	frappe.db.set_default(SEEDED, "1")
