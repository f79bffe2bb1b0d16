frappe.ui.form.on("O2C Finding", {
	refresh(frm) {
		frm.disable_save();
		const again = () => frm.reload_doc();
		if (frm.doc.status === "Open") {
			frm
				.add_custom_button(crm_o2c.findings.label(frm.doc), () => crm_o2c.findings.fix(frm.doc))
				.addClass("btn-primary");
			frm.add_custom_button(__("Accept as It Is"), () => crm_o2c.findings.accept([frm.doc.name], again));
		} else if (frm.doc.status === "Accepted") {
			frm.add_custom_button(__("Open Again"), () => crm_o2c.findings.reopen([frm.doc.name], again));
		}
	},
});
