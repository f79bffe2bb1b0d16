"""Custom fields on ERPNext's documents: the one list that creates and removes them."""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from crm_o2c.setup.delivery_fields import DELIVERY_FIELDS
from crm_o2c.setup.tracking_fields import TRACKING_FIELDS

MODULE = "CRM O2C"


def _(text: str) -> str:
	"""Marks a label for translation; labels are stored in English."""
	return text


CUSTOM_FIELDS: dict[str, list[dict]] = {
	"Customer": [
		{
			"fieldname": "o2c_tier",
			"fieldtype": "Link",
			"label": _("Customer Tier"),
			"options": "O2C Customer Tier",
			"insert_after": "territory",
			"in_standard_filter": 1,
			"print_hide": 1,
		},
		{
			"fieldname": "o2c_no_credit",
			"fieldtype": "Check",
			"label": _("No Credit"),
			"insert_after": "credit_limits",
			"description": _(
				"Orders must be paid before delivery: the credit limit is 0, which ERPNext reads as no limit."
			),
			"print_hide": 1,
		},
	],
	"Item": [
		{
			"fieldname": "o2c_min_sales_qty",
			"fieldtype": "Float",
			"label": _("Minimum Sales Quantity"),
			"insert_after": "max_discount",
			"description": _("In stock units. An order line below it is found by the rule for minimum quantities."),
			"non_negative": 1,
		}
	],
	"Sales Order": [
		{
			"fieldname": "o2c_priority_band",
			"fieldtype": "Select",
			"label": _("Priority"),
			"options": "\nCritical\nHigh\nNormal\nLow",
			"insert_after": "status",
			"read_only": 1,
			"no_copy": 1,
			"allow_on_submit": 1,
			"print_hide": 1,
			"report_hide": 0,
			"hidden": 0,
			"search_index": 1,
			"in_list_view": 1,
			"in_standard_filter": 1,
		},
		{
			"fieldname": "o2c_held",
			"fieldtype": "Check",
			"label": _("Held by a Rule"),
			"insert_after": "o2c_priority_band",
			"read_only": 1,
			"no_copy": 1,
			"allow_on_submit": 1,
			"print_hide": 1,
			"in_standard_filter": 1,
		},
		{
			"fieldname": "o2c_stage",
			"fieldtype": "Link",
			"label": _("Stage"),
			"options": "O2C Stage",
			"insert_after": "o2c_held",
			"read_only": 1,
			"no_copy": 1,
			"allow_on_submit": 1,
			"print_hide": 1,
			"search_index": 1,
			"in_list_view": 1,
			"in_standard_filter": 1,
			"ignore_user_permissions": 1,
		},
		{
			"fieldname": "o2c_stage_since",
			"fieldtype": "Datetime",
			"label": _("In This Stage Since"),
			"insert_after": "o2c_stage",
			"read_only": 1,
			"no_copy": 1,
			"allow_on_submit": 1,
			"print_hide": 1,
		},
		{
			"fieldname": "o2c_stage_due",
			"fieldtype": "Datetime",
			"label": _("Stage Due By"),
			"insert_after": "o2c_stage_since",
			"read_only": 1,
			"no_copy": 1,
			"allow_on_submit": 1,
			"print_hide": 1,
		},
		{
			"fieldname": "o2c_manual_stage",
			"fieldtype": "Link",
			"label": _("Stage by Hand"),
			"options": "O2C Stage",
			"insert_after": "o2c_stage_due",
			"hidden": 1,
			"read_only": 1,
			"no_copy": 1,
			"allow_on_submit": 1,
			"print_hide": 1,
			"ignore_user_permissions": 1,
		},
	],
}

for _doctype, _rows in (*DELIVERY_FIELDS.items(), *TRACKING_FIELDS.items()):
	CUSTOM_FIELDS.setdefault(_doctype, []).extend(_rows)


def create_fields() -> None:
	"""Create the missing fields; what an admin changed on an existing one (label, place) stays."""
	fields = {dt: [{**field, "module": MODULE} for field in rows] for dt, rows in CUSTOM_FIELDS.items()}
	create_custom_fields(fields, ignore_validate=True, update=False)


def delete_fields() -> None:
	for doctype, rows in CUSTOM_FIELDS.items():
		names = [row["fieldname"] for row in rows]
		frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": ("in", names)})
		frappe.clear_cache(doctype=doctype)
