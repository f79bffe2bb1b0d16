// The ledger as a list: what happened to which document, newest first.
frappe.listview_settings["O2C Event"] = {
	add_fields: ["reference_doctype", "reference_name", "what", "from_state", "to_state", "regression", "feed"],
	hide_name_column: true,
	hide_name_filter: true,
	get_indicator: (doc) => {
		if (doc.regression) return [__("Step Back"), "orange", "regression,=,1"];
		const colors = { Document: "blue", Sweep: "yellow", "Back-fill": "gray", Person: "green" };
		const label = doc.feed;
		return [__(label), colors[doc.feed] || "gray", `feed,=,${doc.feed}`];
	},
	formatters: {
		what: (value) => frappe.utils.escape_html(kinds()[value] || cstr(value)),
		// the subject of a row, as text
		reference_name: (value, _df, doc) => {
			const label = doc.reference_doctype;
			return `${__(label)} ${value}`;
		},
	},
};

function kinds() {
	return {
		status: __("Status"),
		amount: __("Amount"),
		picked: __("Picked %"),
		delivered: __("Delivered %"),
		billed: __("Billed %"),
		produced: __("Produced"),
		outstanding: __("Outstanding"),
		unallocated: __("Unallocated"),
		stage: __("Stage"),
		stage_by_hand: __("Stage by Hand"),
		workflow: __("Workflow"),
		tracking: __("Tracking"),
		promise: __("Promise"),
		handoff: __("Hand-off"),
		short_close: __("Short-Close"),
		policy_override: __("Delivery Policy Passed Over"),
	};
}
