// Forms show this indicator too.
frappe.listview_settings["O2C Anomaly Rule"] = {
	add_fields: ["status"],
	has_indicator_for_draft: 1,
	get_indicator: (doc) => {
		const colors = { Draft: "gray", Shadow: "blue", Active: "green", Retired: "red" };
		return [__(doc.status, null, "O2C Anomaly Rule"), colors[doc.status] || "gray", `status,=,${doc.status}`];
	},

	/** Detectors are kept as codes and shown by their names. */
	onload(listview) {
		crm_o2c.detectors ??= crm_o2c.get("crm_o2c.api.rules.get_detectors");
		crm_o2c.detectors.then((detectors) => {
			this.names = Object.fromEntries(detectors.map(({ code, name }) => [code, name]));
			const filter = listview.page.fields_dict.detector;
			if (filter) {
				const options = detectors.map(({ code, name }) => ({ value: code, label: name }));
				filter.df.options = [{ value: "", label: filter.df.label }, ...options];
				filter.refresh();
			}
			listview.render_list();
		});
	},

	formatters: {
		detector: (code) =>
			frappe.utils.escape_html(frappe.listview_settings["O2C Anomaly Rule"].names?.[code] || cstr(code)),
	},
};
