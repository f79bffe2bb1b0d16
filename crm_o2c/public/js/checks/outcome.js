// What would come of other values: before and after side by side, alerts that come and go, and whose orders would wait.
import { h } from "../order_desk/dom";
import { severity_pill } from "./words";

/** An answer of crm_o2c.api.checks.what_if. */
export function outcome_view(answer) {
	if (!answer.ready)
		return h("p.text-muted", {}, __("There is nothing to compare yet: customer and items are needed."));
	return h("div.o2c-outcome", {}, table(answer.table), alerts(answer.alerts), displaced(answer.displaced));
}

function table(rows) {
	const heads = ["", __("As it is"), __("As it would be")];
	return h(
		"table",
		{},
		h("caption.sr-only", {}, __("As it is, and as it would be")),
		h(
			"thead",
			{},
			h(
				"tr",
				{},
				heads.map((title) => h("th", { scope: "col" }, title))
			)
		),
		h("tbody", {}, rows.map(table_row))
	);
}

function table_row({ label, before, after, changed }) {
	const cells = [
		h("td", {}, before),
		h("td", {}, changed ? h("strong", {}, after) : h("span.text-muted", {}, __("the same"))),
	];
	return h("tr", {}, h("th", { scope: "row" }, label), cells);
}

function alerts({ come, go, stay }) {
	const part = (rows, title, css) =>
		rows.length ? [h(`div.o2c-heading${css}`, {}, title), h("ul.o2c-plain", {}, rows.map(alert_row))] : [];
	const same = stay.length ? [h("div.text-muted", {}, stay_text(stay.length))] : [];
	const parts = [
		...part(come, __("Alerts that would come"), ".o2c-worse"),
		...part(go, __("Alerts that would go"), ".o2c-better"),
		...same,
	];
	return parts.length ? h("section", {}, parts) : h("div.text-muted", {}, __("No alerts, before or after."));
}

function stay_text(number) {
	return number === 1 ? __("1 alert stays as it is.") : __("{0} alerts stay as they are.", [number]);
}

function alert_row({ severity, subject }) {
	return h("li", {}, severity_pill(severity), " ", subject);
}

/** Orders that get their goods later because of this one; those that do so already are told apart. */
function displaced({ rows, more, hidden }) {
	if (!rows.length && !hidden) return h("div.text-muted", {}, __("No other order would have to wait."));
	const notes = [
		more && __("and {0} more", [more]),
		hidden && __("and {0} lines of orders that you may not see", [hidden]),
	].filter(Boolean);
	return h(
		"section",
		{},
		h("div.o2c-heading", {}, __("Other orders that would wait")),
		h("ul.o2c-plain", {}, rows.map(displaced_row)),
		notes.map((note) => h("div.text-muted", {}, note))
	);
}

function displaced_row({ sales_order, customer_name, text, now }) {
	const href = frappe.utils.get_form_link("Sales Order", sales_order);
	return h(
		"li",
		{},
		h("a", { href, target: "_blank" }, sales_order),
		` ${customer_name} · ${text}`,
		now ? h("span.text-muted", {}, ` · ${__("as it is, too")}`) : null
	);
}
