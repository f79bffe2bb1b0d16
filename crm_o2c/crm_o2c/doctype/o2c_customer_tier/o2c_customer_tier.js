frappe.ui.form.on("O2C Customer Tier", {
	refresh(frm) {
		if (frm.is_new()) return;
		const tier = frm.doc.name;
		crm_o2c.get("crm_o2c.api.priority.get_tier_use", { tier }).then((use) => {
			if (frm.doc.name === tier) show_use(frm, use);
		});
		frm.add_custom_button(__("Customers", null, "O2C Customer Tier"), () =>
			frappe.set_route("List", "Customer", { o2c_tier: tier })
		);
	},
});

function show_use(frm, use) {
	frm.dashboard.stats_area_row.empty();
	frm.dashboard.add_indicator(__("{0} customers have this tier", [cint(use.customers)]), "blue");
	frm.dashboard.add_indicator(__("{0} open orders of theirs", [cint(use.open_orders)]), "orange");
}
