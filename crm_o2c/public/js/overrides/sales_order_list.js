// ERPNext's settings of this list stay as they are; added are the band, the stage, the mark of held orders and the ways to
// the ranked queue and the stage board.
frappe.provide("frappe.listview_settings.Sales Order");

(() => {
	const settings = frappe.listview_settings["Sales Order"];
	const { onload, get_indicator } = settings;
	settings.add_fields = [...(settings.add_fields || []), "o2c_held", "o2c_stage", "o2c_stage_due"];
	settings.formatters = {
		...settings.formatters,
		o2c_priority_band: crm_o2c.priority.band_in_list,
		o2c_stage: crm_o2c.timeline.stage_in_list,
	};
	settings.get_indicator = (doc) => crm_o2c.checks.held_indicator(doc, get_indicator?.call(settings, doc));
	settings.onload = function (listview) {
		onload?.call(this, listview);
		crm_o2c.priority.show_band_column(listview);
		crm_o2c.show_list_column(listview, "o2c_stage");
		crm_o2c.timeline.load_stages().then(() => listview.render_list());
		listview.page.add_menu_item(__("Stage Board"), () => frappe.set_route("o2c-stage-board"), true);
		listview.page.add_menu_item(__("Ranked by Priority"), () => frappe.set_route("order-desk"), true);
	};
})();
