"""Custom fields of carrier tracking. `setup.custom_fields` creates them with the others."""

from typing import Any

from crm_o2c.engine.tracking import STATUSES


def _(text: str) -> str:
	"""Marks a label for translation; labels are stored in English."""
	return text


_COMMON = {"allow_on_submit": 1, "no_copy": 1}
_FOUND = {**_COMMON, "read_only": 1, "print_hide": 1}

TRACKING_FIELDS: dict[str, list[dict[str, Any]]] = {
	"Delivery Note": [
		{
			"fieldname": "o2c_tracking_section",
			"fieldtype": "Section Break",
			"label": _("Tracking"),
			"insert_after": "lr_date",
			"collapsible": 1,
			"collapsible_depends_on": "eval:doc.o2c_carrier || doc.o2c_tracking_number || doc.o2c_tracking_status",
		},
		{
			"fieldname": "o2c_carrier",
			"fieldtype": "Link",
			"label": _("Carrier"),
			"options": "O2C Carrier",
			"insert_after": "o2c_tracking_section",
			"in_standard_filter": 1,
			"ignore_user_permissions": 1,
			**_COMMON,
		},
		{
			"fieldname": "o2c_tracking_number",
			"fieldtype": "Data",
			"label": _("Tracking Number"),
			"insert_after": "o2c_carrier",
			"search_index": 1,
			**_COMMON,
		},
		{
			"fieldname": "o2c_tracking_status",
			"fieldtype": "Select",
			"label": _("Tracking Status"),
			"options": "\n".join(("", *STATUSES)),
			"insert_after": "o2c_tracking_number",
			"in_standard_filter": 1,
			"search_index": 1,
			**_FOUND,
		},
		{
			"fieldname": "o2c_last_scan_at",
			"fieldtype": "Datetime",
			"label": _("Last Scan At"),
			"insert_after": "o2c_tracking_status",
			**_FOUND,
		},
		{
			"fieldname": "o2c_tracking_column",
			"fieldtype": "Column Break",
			"insert_after": "o2c_last_scan_at",
		},
		{
			"fieldname": "o2c_eta",
			"fieldtype": "Date",
			"label": _("Expected Arrival"),
			"insert_after": "o2c_tracking_column",
			"print_hide": 1,
			**_COMMON,
		},
		{
			"fieldname": "o2c_arrived_at",
			"fieldtype": "Datetime",
			"label": _("Arrived At"),
			"insert_after": "o2c_eta",
			**_FOUND,
		},
		{
			"fieldname": "o2c_proof_of_delivery",
			"fieldtype": "Attach",
			"label": _("Proof of Delivery"),
			"insert_after": "o2c_arrived_at",
			"print_hide": 1,
			**_COMMON,
		},
	]
}
