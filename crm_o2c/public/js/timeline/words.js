// How values read on the timeline.
import { h } from "../order_desk/dom";

export function money(value, currency) {
	return format_currency(value, currency);
}

export function number(value) {
	return format_number(value, null, Number.isInteger(flt(value, 3)) ? 0 : 2);
}

export function day(value) {
	return value ? frappe.datetime.str_to_user(value, false) : "";
}

/** A moment to the minute. */
export function moment_text(value) {
	if (!value) return "";
	return `${frappe.datetime.str_to_user(value, false, true)} ${value.slice(11, 16)}`;
}

/** "3 days ago", as the desk writes it everywhere. */
export function ago(value) {
	return value ? frappe.datetime.prettyDate(value) : "";
}

export function pill(text, color, title = null) {
	return h(`span.indicator-pill.no-indicator-dot.${color}`, { title }, text);
}

export function stage_pill(stage) {
	return stage ? pill(stage.label, stage.colour || "gray") : pill(__("No stage yet"), "gray");
}

export function form_link(doctype, name, text = name) {
	return h("a", { href: frappe.utils.get_form_link(doctype, name) }, text);
}
