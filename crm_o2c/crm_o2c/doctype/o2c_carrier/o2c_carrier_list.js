frappe.listview_settings["O2C Carrier"] = {
	add_fields: ["enabled", "how", "poll_problem"],
	hide_name_column: true,
	get_indicator: (doc) => {
		if (!doc.enabled) return [__("Disabled"), "gray", "enabled,=,0"];
		if (doc.how === "Polling" && doc.poll_problem) return [__("Problem"), "red", "poll_problem,is,set"];
		const how_label = doc.how;
		return [__(how_label), "blue", `how,=,${how_label}`];
	},
};
