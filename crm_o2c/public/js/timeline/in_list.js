// The stage of an order in a list: its label in its colour, and whether it is there too long.

let stages = null;
let loading = null;

/** The stages by code; asked once in a session. */
export function load_stages() {
	loading ??= crm_o2c.get("crm_o2c.api.stages.get_stages").then((rows) => {
		stages = Object.fromEntries(rows.map((row) => [row.code, row]));
	});
	return loading;
}

/** A click filters by it. */
export function stage_in_list(code, _df, doc) {
	if (!code) return "";
	const { label, colour } = stages?.[code] || { label: code, colour: "gray" };
	const late = doc.o2c_stage_due && doc.docstatus < 2 && doc.o2c_stage_due < frappe.datetime.now_datetime();
	const pill = $("<span>").addClass(`indicator-pill no-indicator-dot filterable ellipsis ${colour}`).text(label);
	pill.attr("data-filter", `o2c_stage,=,${code}`);
	if (late) {
		const since = __("Overdue since {0}", [frappe.datetime.str_to_user(doc.o2c_stage_due)]);
		pill.attr("title", since).append($("<span>").addClass("o2c-stage-late").attr("aria-label", since).text("!"));
	}
	return pill[0].outerHTML;
}
