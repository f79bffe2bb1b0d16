// Forms show this indicator too.
frappe.listview_settings["O2C Order Alert"] = {
	add_fields: ["status", "severity", "action"],
	hide_name_column: true,
	get_indicator: (doc) => {
		const colors = { Open: "orange", Fixed: "green", Accepted: "blue", "False Alarm": "gray", Expired: "gray" };
		if (doc.status === "Open" && ["High", "Critical"].includes(doc.severity)) colors.Open = "red";
		return [__(doc.status), colors[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
