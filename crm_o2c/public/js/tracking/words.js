// How a status on the way reads and looks, everywhere the same.
import { h } from "../order_desk/dom";

export const STATUSES = [
	"Announced",
	"Picked Up",
	"In Transit",
	"Out for Delivery",
	"Delivered",
	"Exception",
	"Returned",
	"Lost",
];
const COLORS = { Delivered: "green", Exception: "orange", Returned: "red", Lost: "red", Announced: "gray" };

export function status_color(status) {
	return status ? COLORS[status] || "blue" : "gray";
}

export function status_text(status) {
	return status ? __(status) : __("Not known");
}

export function status_pill(status) {
	return h(`span.indicator-pill.no-indicator-dot.o2c-band.${status_color(status)}`, {}, status_text(status));
}

export function moment_text(value) {
	return value ? frappe.format(value, { fieldtype: "Datetime" }) : "";
}

export function day_text(value) {
	return value ? frappe.datetime.str_to_user(value) : "";
}

/** Whether the promise is kept, in a sentence; "" where nothing can be said. */
export function promise_text(promise) {
	if (!promise || promise.late === null) return "";
	const day = day_text(promise.date);
	if (!promise.late) return __("in time for {0}", [day]);
	return promise.days === 1
		? __("1 day late: promised for {0}", [day])
		: __("{0} days late: promised for {1}", [promise.days, day]);
}
