frappe.ui.form.on("Sales Order", {
	refresh: (frm) => {
		crm_o2c.priority.show_on_order(frm);
		crm_o2c.deliveries.show_on_order(frm);
		crm_o2c.handoffs.show_on_order(frm);
		crm_o2c.promises.show_on_order(frm);
	},
});
crm_o2c.checks.add_to_form("Sales Order", "Sales Order Item");
crm_o2c.timeline.add_to_form("Sales Order");
