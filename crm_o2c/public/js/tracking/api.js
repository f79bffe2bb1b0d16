// What the form asks of tracking.
import { read } from "../quiet";

const TRACKING = "crm_o2c.api.tracking";

export function get_tracking(doctype, name, signal) {
	return read(`${TRACKING}.get_tracking`, { doctype, name }, signal);
}

// A click shows a failure as Frappe does.

export function add_scan(doctype, name, { eta, ...values }) {
	// left out where it is empty: an empty text is no date
	return frappe.xcall(`${TRACKING}.add_scan`, { doctype, name, ...values, ...(eta ? { eta } : {}) });
}

export function withdraw_scan(scan, reason) {
	return frappe.xcall(`${TRACKING}.withdraw_scan`, { scan, reason });
}

export function upload_scans(content, store_good) {
	return frappe.xcall(`${TRACKING}.upload_scans`, { content, store_good: store_good ? 1 : 0 });
}
