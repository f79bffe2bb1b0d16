// ERPNext's settings of this list stay as they are; added are the band, the mark of held orders and the way to the ranked queue.
frappe.provide("frappe.listview_settings.Sales Order");

(() => {
	const settings = frappe.listview_settings["Sales Order"];
	const { onload, get_indicator } = settings;
	settings.add_fields = [...(settings.add_fields || []), "o2c_held"];
	settings.formatters = { ...settings.formatters, o2c_priority_band: crm_o2c.priority.band_in_list };
	settings.get_indicator = (doc) => crm_o2c.checks.held_indicator(doc, get_indicator?.call(settings, doc));
	settings.onload = function (listview) {
		onload?.call(this, listview);
		crm_o2c.priority.show_band_column(listview);
		listview.page.add_menu_item(__("Ranked by Priority"), () => frappe.set_route("order-desk"), true);
	};
})();
