// Forms show this indicator too.
frappe.listview_settings["O2C Anomaly Rule"] = {
	add_fields: ["status"],
	has_indicator_for_draft: 1,
	get_indicator: (doc) => {
		const colors = { Draft: "gray", Shadow: "blue", Active: "green", Retired: "red" };
		return [__(doc.status, null, "O2C Anomaly Rule"), colors[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
