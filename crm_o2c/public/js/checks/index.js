// The checks of an order, for its form and its list.
import { add_to_form } from "./watch";
import { what_if_dialog } from "./what_if";

frappe.provide("crm_o2c.checks");

crm_o2c.checks.add_to_form = add_to_form;
crm_o2c.checks.what_if = what_if_dialog;

const DONE = ["Closed", "Completed"];

/** The status of a held order says so first; every other order keeps the indicator it has. A click finds the held ones. */
crm_o2c.checks.held_indicator = (doc, indicator) => {
	if (!cint(doc.o2c_held) || doc.docstatus !== 1 || DONE.includes(doc.status)) return indicator;
	const text = indicator?.[0] ? __("Held: {0}", [indicator[0]]) : __("Held");
	return [text, "orange", "o2c_held,=,1"];
};
