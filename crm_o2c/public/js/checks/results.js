// A result for each row of what was done to several.
import { h } from "../order_desk/dom";

/** One success is a line that goes away; several, or any failure, is a table. `rows` have name and what they are called by. */
export function show_results(results, rows) {
	const failed = results.filter(({ ok }) => !ok);
	if (!failed.length && results.length <= 1) {
		const { message, link } = results[0] || {};
		done(message, link);
		return;
	}
	const names = new Map(rows.map((row) => [row.name, row]));
	const dialog = new frappe.ui.Dialog({
		title: failed.length
			? __("{0} done, {1} not", [results.length - failed.length, failed.length])
			: __("{0} done", [results.length]),
		indicator: failed.length ? "orange" : "green",
		fields: [{ fieldname: "results", fieldtype: "HTML" }],
	});
	const table = h(
		"table.table.o2c-results",
		{},
		h(
			"tbody",
			{},
			results.map((result) => line(result, names))
		)
	);
	dialog.get_field("results").$wrapper[0].append(table);
	dialog.show();
}

function line(result, names) {
	const row = names.get(result.name);
	const icon = h(
		`span.indicator.${result.ok ? "green" : "red"}`,
		{},
		h("span.sr-only", {}, result.ok ? __("Done") : __("Not done"))
	);
	return h(
		"tr",
		{},
		h("td", {}, icon, row?.sales_order || row?.subject || result.name),
		h("td", {}, strip_html(cstr(result.message)), link_to(result.link))
	);
}

/** What was done, and where it led. */
export function done(message, link) {
	const body = h("div", {}, strip_html(cstr(message)) || __("Done"), link_to(link));
	frappe.show_alert({ message: body.outerHTML, indicator: "green" }, link ? 12 : 5);
}

/** A document the server made, as a link. */
function link_to(link) {
	if (!link?.doctype) return null;
	const href = frappe.utils.get_form_link(link.doctype, link.name);
	return [" ", h("a", { href }, __("Open"))];
}
