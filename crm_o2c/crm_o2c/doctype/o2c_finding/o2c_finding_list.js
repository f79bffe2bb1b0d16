frappe.listview_settings["O2C Finding"] = {
	add_fields: ["status", "kind", "company", "customer", "reference_doctype", "reference_name"],
	filters: [["status", "=", "Open"]],
	hide_name_column: true,
	get_indicator: (doc) => [__(doc.status), crm_o2c.findings.COLORS[doc.status] || "gray", `status,=,${doc.status}`],
	button: {
		show: (doc) => doc.status === "Open",
		get_label: () => __("Fix"),
		get_description: (doc) => `${crm_o2c.findings.label(doc)}: ${doc.reference_name}`,
		action: crm_o2c.findings.fix,
	},
	onload(listview) {
		const names = () => listview.get_checked_items(true);
		const again = () => listview.refresh();
		listview.page.add_action_item(__("Accept as It Is"), () => crm_o2c.findings.accept(names(), again));
		listview.page.add_action_item(__("Open Again"), () => crm_o2c.findings.reopen(names(), again));
		if (frappe.user.has_role(["O2C Manager", "Accounts Manager", "System Manager"])) {
			listview.page.add_menu_item(__("Check Now"), crm_o2c.findings.check_now);
		}
	},
};
