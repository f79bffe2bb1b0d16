"""Indexes on ERPNext's tables that the app reads by: what links a document to its order."""

import frappe

INDEXES = {  # name → table and columns
	"o2c_sales_order": (("Work Order", ("sales_order", "docstatus")), ("Pick List Item", ("sales_order", "parent"))),
	"o2c_delivery_note": (
		("Packing Slip", ("delivery_note", "docstatus")),
		("Shipment Delivery Note", ("delivery_note", "parent")),
	),
	"o2c_stage_due": (("Sales Order", ("o2c_stage", "o2c_stage_due", "o2c_stage_since", "name")),),
	"o2c_awb_number": (("Shipment", ("awb_number", "carrier")),),
}


def create_indexes() -> None:
	"""Create the indexes that are missing."""
	for name, places in INDEXES.items():
		for doctype, columns in places:
			frappe.db.add_index(doctype, list(columns), name)


def drop_indexes() -> None:
	for name, places in INDEXES.items():
		for doctype, _columns in places:
			if frappe.db.has_index(f"tab{doctype}", name):
				frappe.db.sql_ddl(
					"alter table `tab" + doctype + "` drop index " + name
				)  # built sql: names of this file
