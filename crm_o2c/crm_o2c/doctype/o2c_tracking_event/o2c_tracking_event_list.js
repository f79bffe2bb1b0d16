// Forms show this indicator too.
frappe.listview_settings["O2C Tracking Event"] = {
	add_fields: ["status", "withdraws"],
	hide_name_column: true,
	get_indicator: (doc) =>
		doc.withdraws ? [__("Withdrawal"), "gray", "withdraws,is,set"] : crm_o2c.tracking.indicator(doc.status),
	onload: (listview) => {
		if (!frappe.model.can_write("Delivery Note")) return;
		listview.page.add_inner_button(__("Upload Scans"), () => crm_o2c.tracking.upload(() => listview.refresh()));
	},
};
