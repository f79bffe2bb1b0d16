// Deliveries on the Sales Order: what can go now, Ship-To Plan, short-closing a line.
import { proposal_dialog } from "./proposal";
import { has_open_rows, set_up_plan, ship_to_dialog } from "./ship_to";
import { open_lines, short_close_dialog } from "./short_close";

frappe.provide("crm_o2c.deliveries");

crm_o2c.deliveries.show_on_order = (frm) => {
	set_up_plan(frm);
	if (frm.doc.docstatus !== 1 || ["Closed", "On Hold"].includes(frm.doc.status)) return;
	const add = (label, action) => frm.add_custom_button(label, action, __("Deliveries"));
	if (open_lines(frm).length) {
		add(__("Propose Deliveries"), () => proposal_dialog(frm));
		if (has_open_rows(frm) && frappe.model.can_create("Delivery Note")) {
			add(__("Ship-To Delivery Notes"), () => ship_to_dialog(frm));
		}
		if (frm.perm[0]?.write) add(__("Short-Close Line"), () => short_close_dialog(frm));
	}
};
