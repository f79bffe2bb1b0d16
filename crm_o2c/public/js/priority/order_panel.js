// A Sales Order's rank on its form: a pill beside the status, and a panel that says why.
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

// The form's dashboard is behind the tab Connections, so the panel is a section at the top of the first tab. It looks and
// folds like Frappe's own; whether it is open is remembered, and its one sentence is there either way.
function show_panel(frm, data) {
	const kept = localStorage.getItem(FOLDED);
	const open = kept ? kept === "0" : !frappe.is_mobile();
	const panel = $(`<div class="form-section card-section o2c-priority-panel">
		<div class="section-head collapsible">
			<span class="o2c-panel-title"></span> <span class="o2c-panel-sentence"></span>
			<span class="ml-2 collapse-indicator mb-1"></span>
		</div>
		<div class="section-body"></div>
	</div>`);
	panel.find(".o2c-panel-title").text(panel_label(data));
	panel.find(".o2c-panel-sentence").text(data.sentence);
	panel.find(".section-body").html(crm_o2c.priority.explanation_html(data, { buttons: true }));
	panel.find(".section-head").on("click", () => {
		fold(panel, !panel.hasClass("o2c-open"));
		localStorage.setItem(FOLDED, panel.hasClass("o2c-open") ? "0" : "1");
	});
	fold(panel, open);
	listen(frm, panel, data);
	const tab = frm.layout.wrapper.find(".tab-pane").first();
	panel.prependTo(tab.length ? tab : frm.layout.wrapper.find(".form-page").first());
}

function fold(panel, open) {
	panel.toggleClass("o2c-open", open);
	panel.find(".section-head").toggleClass("collapsed", !open);
	panel.find(".section-body").toggleClass("hide", !open);
	panel.find(".collapse-indicator").html(frappe.utils.icon(open ? "es-line-up" : "es-line-down", "sm"));
}

function listen(frm, panel, data) {
	const again = () => crm_o2c.priority.show_on_order(frm);
	panel.on("click", "[data-action=boost]", () => crm_o2c.priority.boost_dialog(frm.doc.name, again, data.boost));
	panel.on("click", "[data-action=end-boost]", () => crm_o2c.priority.end_boost(frm.doc.name, again));
}

function panel_label(data) {
	if (data.draft) return __("Priority Once Submitted");
	return data.mode === "Shadow" ? __("Priority (Shadow)") : __("Priority");
}
