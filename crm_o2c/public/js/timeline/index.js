// The timeline, for the forms of an order and of what is delivered and billed of it.
import { load_stages, stage_in_list } from "./in_list";
import { TimelineSection } from "./section";

frappe.provide("crm_o2c.timeline");

/** Add the section to the form of a DocType. */
crm_o2c.timeline.add_to_form = (doctype) => {
	frappe.ui.form.on(doctype, {
		refresh: (frm) => {
			frm.o2c_timeline = frm.o2c_timeline || new TimelineSection(frm);
			frm.o2c_timeline.refresh();
		},
	});
};

crm_o2c.timeline.load_stages = load_stages;
crm_o2c.timeline.stage_in_list = stage_in_list;
