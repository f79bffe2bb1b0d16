// Whose order a row is of.
import { h } from "./dom";

/** An order's number as a link, over its customer. */
export function order_cell({ sales_order, name, customer_name, customer }) {
	const order = sales_order || name;
	const href = frappe.utils.get_form_link("Sales Order", order);
	const called = customer_name || customer;
	return [
		h("a.desk-name", { href, tabindex: -1, "data-doctype": "Sales Order", "data-name": order }, order),
		h("div.desk-customer", { title: called }, called),
	];
}
