// A Sales Order's rank on its form: a pill beside the status, and a panel that says why.
import { FormSection } from "../form_section";

frappe.provide("crm_o2c.priority");

const FOLDED = "o2c_priority_panel_folded";

/** Show what the server says of the order; one call for each load of the form. */
crm_o2c.priority.show_on_order = (frm) => {
	clear(frm);
	if (frm.is_new() || frm.doc.docstatus > 1) return;
	const name = frm.doc.name;
	crm_o2c.get("crm_o2c.api.priority.get_explanation", { sales_order: name }).then((data) => {
		// the form may show another order by the time the answer comes
		if (frm.doc.name !== name) return;
		clear(frm);
		if (data.open) show_pill(frm, data);
		if (data.terms) show_panel(frm, data);
	});
};

function clear(frm) {
	frm.page.wrapper.find(".o2c-header-band, .o2c-priority-panel").remove();
}

function show_pill(frm, data) {
	const pill = $(crm_o2c.priority.band_html(data.band, data.score)).addClass("o2c-header-band");
	pill.attr("title", data.sentence);
	if (data.mode === "Shadow") pill.append(` (${__("Shadow")})`);
	if (data.gate) pill.addClass("o2c-gated");
	frm.page.indicator.after(pill);
}

function show_panel(frm, data) {
	const section = new FormSection(frm, { key: FOLDED, css: "o2c-priority-panel", rank: 2 });
	section.title.textContent = panel_label(data);
	section.sentence.textContent = data.sentence;
	const body = $(section.body).html(crm_o2c.priority.explanation_html(data, { buttons: true }));
	const again = () => crm_o2c.priority.show_on_order(frm);
	body.on("click", "[data-action=boost]", () => crm_o2c.priority.boost_dialog(frm.doc.name, again, data.boost));
	body.on("click", "[data-action=end-boost]", () => crm_o2c.priority.end_boost(frm.doc.name, again));
	section.show();
}

function panel_label(data) {
	if (data.draft) return __("Priority Once Submitted");
	return data.mode === "Shadow" ? __("Priority (Shadow)") : __("Priority");
}
