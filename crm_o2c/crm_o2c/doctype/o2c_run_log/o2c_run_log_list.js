// Forms show this indicator too.
frappe.listview_settings["O2C Run Log"] = {
	add_fields: ["status"],
	get_indicator: (doc) => {
		const colors = { Running: "blue", Completed: "green", "Completed with Errors": "orange" };
		return [__(doc.status), colors[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
