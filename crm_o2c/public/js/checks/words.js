// How what a check found reads and looks, everywhere the same.
import { h } from "../order_desk/dom";

export const SEVERITIES = ["Critical", "High", "Medium", "Low"];
const COLORS = { Critical: "red", High: "orange", Medium: "yellow", Low: "gray" };
const STATE_COLORS = { now: "green", by_date: "green", late: "orange", short: "red" };
const PRICE_COLORS = { low: "orange", high: "orange" };

export function severity_color(severity) {
	return COLORS[severity] || "gray";
}

export function stock_color(state) {
	return STATE_COLORS[state] || "gray";
}

export function price_color(state) {
	return PRICE_COLORS[state] || "gray";
}

export function severity_pill(severity) {
	const severity_label = severity;
	return h(`span.indicator-pill.no-indicator-dot.o2c-band.${severity_color(severity)}`, {}, __(severity_label));
}

/** What the rule does about it, where that is more than a note: `held` by it, or not submitted yet. */
export function action_text(action, { held, draft }) {
	if (action === "Block") return draft ? __("Can't be submitted") : "";
	if (action !== "Hold") return "";
	if (draft) return __("Will hold the order");
	return held ? __("Holds the order") : "";
}

export function asks_text(asks) {
	const texts = {
		Payment: __("Waits for a payment"),
		Approval: __("Waits for an approval"),
		Stock: __("Waits for stock"),
		Correction: __("Waits for a correction"),
	};
	return texts[asks] || "";
}

/** Whole days as an age. */
export function age(days) {
	if (days === null || days === undefined) return "";
	if (days < 1) return __("today");
	return days === 1 ? __("1 day") : __("{0} days", [days]);
}

export function money(value, currency) {
	return format_currency(value, currency);
}

export function number(value) {
	return format_number(flt(value, 3), null, Number.isInteger(flt(value, 3)) ? 0 : undefined);
}

export function percent(value) {
	return `${crm_o2c.priority.number(value)} %`;
}

export function date(value) {
	return value ? frappe.datetime.str_to_user(value) : "";
}
