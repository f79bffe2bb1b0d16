// What the timeline asks of the server.
import { read } from "../quiet";

const TIMELINE = "crm_o2c.api.timeline";
const STAGES = "crm_o2c.api.stages";

export function get_timeline({ doctype, name }, signal) {
	return read(`${TIMELINE}.get_timeline`, { doctype, name }, signal);
}

export function get_events({ doctype, name }, start, signal) {
	return read(`${TIMELINE}.get_events`, { doctype, name, start }, signal);
}

// A click shows a failure as Frappe does.

export function put_order(order, stage, reason) {
	return frappe.xcall(`${STAGES}.put_order`, { order, stage, reason });
}

export function take_out(order, reason) {
	return frappe.xcall(`${STAGES}.take_out`, { order, reason });
}
