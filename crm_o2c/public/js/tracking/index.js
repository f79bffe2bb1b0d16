// Tracking, for the forms of what is sent and for lists.
import { TrackingSection } from "./section";
import { upload_dialog } from "./upload";
import { status_color, status_text } from "./words";

frappe.provide("crm_o2c.tracking");

/** Add the section to the form of Delivery Note or Shipment. */
crm_o2c.tracking.add_to_form = (doctype) => {
	frappe.ui.form.on(doctype, {
		refresh: (frm) => {
			frm.o2c_tracking = frm.o2c_tracking || new TrackingSection(frm);
			frm.o2c_tracking.refresh();
		},
	});
};

crm_o2c.tracking.upload = upload_dialog;

crm_o2c.tracking.indicator = (status) => [status_text(status), status_color(status), `status,=,${status || ""}`];
