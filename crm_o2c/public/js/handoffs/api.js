// What the forms ask of hand-offs.
import { read } from "../quiet";

const HANDOFFS = "crm_o2c.api.handoffs";

export function get_order(sales_order) {
	return read(`${HANDOFFS}.get_order`, { sales_order });
}

export function get_handoff(handoff) {
	return read(`${HANDOFFS}.get_handoff`, { handoff });
}

/** A step of a hand-off; a click shows a failure as Frappe does. */
export function take_step(step, handoff, values = {}) {
	return frappe.xcall(`${HANDOFFS}.${step}`, { handoff, ...values });
}
