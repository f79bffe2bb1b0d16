// ERPNext's settings of this list stay as they are; the band and the way to the ranked queue are added.
frappe.provide("frappe.listview_settings.Sales Order");

(() => {
	const settings = frappe.listview_settings["Sales Order"];
	const onload = settings.onload;
	settings.formatters = { ...settings.formatters, o2c_priority_band: crm_o2c.priority.band_in_list };
	settings.onload = function (listview) {
		onload?.call(this, listview);
		crm_o2c.priority.show_band_column(listview);
		listview.page.add_menu_item(__("Ranked by Priority"), () => frappe.set_route("order-desk"), true);
	};
})();
