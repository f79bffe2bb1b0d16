frappe.ui.form.on("Sales Order", {
	refresh: (frm) => crm_o2c.priority.show_on_order(frm),
});
