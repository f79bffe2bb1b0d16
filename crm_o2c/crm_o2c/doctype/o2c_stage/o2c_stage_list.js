// Stages in their order, as people see them.
frappe.listview_settings["O2C Stage"] = {
	add_fields: ["colour", "enabled", "rule", "sequence"],
	hide_name_column: true,
	get_indicator: (doc) => {
		if (!doc.enabled) return [__("Switched Off"), "gray", "enabled,=,0"];
		return doc.rule ? [__("By Rule"), "blue", "rule,is,set"] : [__("By Hand"), "orange", "rule,is,not set"];
	},
	formatters: {
		stage_code(value, _df, doc) {
			const color = doc.colour || "gray";
			return `<span class="indicator-pill no-indicator-dot ${color}">${frappe.utils.escape_html(cstr(value))}</span>`;
		},
	},
};
