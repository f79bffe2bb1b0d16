// Forms show this indicator too.
frappe.listview_settings["O2C Promise"] = {
	add_fields: ["status"],
	hide_name_column: true,
	get_indicator: (doc) => {
		const colors = { Open: "blue", Kept: "green", Broken: "red", Superseded: "gray", Cancelled: "gray" };
		return [__(doc.status), colors[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
