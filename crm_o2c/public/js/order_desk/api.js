// What the desk asks the server.
import { read } from "../quiet";

const DESK = "crm_o2c.api.order_desk";
const PRIORITY = "crm_o2c.api.priority";
const CHECKS = "crm_o2c.api.checks";

export function get_queue(state, page_length, signal) {
	return read(`${DESK}.get_queue`, { view: state.view, ...part_of(state, page_length) }, signal);
}

export function get_summary(filters, signal) {
	return read(`${DESK}.get_summary`, { filters }, signal);
}

export function get_alerts(state, page_length, signal) {
	return read(`${CHECKS}.get_alerts`, part_of(state, page_length), signal);
}

export function get_holds(state, page_length, signal) {
	return read(`${CHECKS}.get_holds`, part_of(state, page_length), signal);
}

/** Counts of what checks found, under the names of the views. */
export async function get_alert_counts(filters, signal) {
	const counts = await read(`${CHECKS}.get_alert_counts`, { filters }, signal);
	return { ...counts, alerts: counts.total, visible: counts.mode === "On" };
}

export function get_explanation(sales_order, signal) {
	return read(`${PRIORITY}.get_explanation`, { sales_order }, signal);
}

export function rescore() {
	return frappe.xcall(`${PRIORITY}.rescore`);
}

function part_of(state, page_length) {
	return { filters: state.filters, start: (state.page - 1) * page_length, page_length };
}
