frappe.listview_settings["O2C Customer Tier"] = { hide_name_column: true };
