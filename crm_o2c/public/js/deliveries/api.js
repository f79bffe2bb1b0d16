// What the order's form asks of its deliveries. A click shows a failure as Frappe does.
const DELIVERIES = "crm_o2c.api.deliveries";

export function propose_deliveries(sales_order) {
	return crm_o2c.get(`${DELIVERIES}.propose_deliveries`, { sales_order }, { freeze: true });
}

export function make_proposed_note(sales_order) {
	return frappe.xcall(`${DELIVERIES}.make_proposed_note`, { sales_order });
}

export function make_ship_to_notes(sales_order, until) {
	// left out where it is empty: an empty text is no date
	return frappe.xcall(`${DELIVERIES}.make_ship_to_notes`, { sales_order, ...(until ? { until } : {}) });
}

export function short_close(sales_order, row, reason) {
	return frappe.xcall(`${DELIVERIES}.short_close`, { sales_order, row, reason });
}
