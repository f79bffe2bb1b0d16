// Forms show this indicator too.
frappe.listview_settings["O2C Order Hold"] = {
	add_fields: ["status"],
	hide_name_column: true,
	get_indicator: (doc) => {
		const colors = { Held: "orange", Released: "green" };
		return [__(doc.status), colors[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
