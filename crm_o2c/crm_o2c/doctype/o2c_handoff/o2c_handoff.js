frappe.ui.form.on("O2C Handoff", {
	refresh: (frm) => crm_o2c.handoffs.show_on_form(frm),
});
