// Forms show this indicator too.
frappe.listview_settings["O2C Tracking Event"] = {
	add_fields: ["status", "withdraws"],
	hide_name_column: true,
	get_indicator: (doc) => {
		if (doc.withdraws) return [__("Withdrawal"), "gray", "withdraws,is,set"];
		return crm_o2c.tracking.indicator(doc.status);
	},
};
