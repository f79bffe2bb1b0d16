// What the form and the desk ask of the checks.
import { ask, read } from "../quiet";

const CHECKS = "crm_o2c.api.checks";

export function get_checks(doctype, name, signal) {
	return read(`${CHECKS}.get_checks`, { doctype, name }, signal);
}

/** A document as it is entered, not saved. */
export function check_document(doc, signal) {
	return ask(`${CHECKS}.check_document`, { doc }, signal);
}

export function what_if(doc, changes, signal) {
	return ask(`${CHECKS}.what_if`, { doc, changes }, signal);
}

// A click shows a failure as Frappe does.

export function decide_alerts(alerts, decision, reason) {
	return frappe.xcall(`${CHECKS}.decide_alerts`, { alerts, decision, reason });
}

export function apply_remedy(alert, code, params) {
	return frappe.xcall(`${CHECKS}.apply_remedy`, { alert, code, params });
}

export function apply_remedies(alerts, code) {
	return frappe.xcall(`${CHECKS}.apply_remedies`, { alerts, code });
}

export function release_holds(holds, reason, until) {
	// left out where it is empty: an empty text is no date
	return frappe.xcall(`${CHECKS}.release_holds`, { holds, reason, ...(until ? { until } : {}) });
}

/** The values of a form, without what the desk itself put onto them. */
export function values_of(frm) {
	const { __onload, __run_link_triggers, ...doc } = frm.doc;
	return doc;
}
