// How long orders have been in their stages, in working hours.
frappe.query_reports["Stage Ageing"] = {
	filters: [
		{
			fieldname: "view",
			label: __("Show"),
			fieldtype: "Select",
			default: "Stage",
			reqd: 1,
			options: [
				{ value: "Stage", label: __("By Stage") },
				{ value: "Order", label: __("By Order") },
			],
		},
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
		},
		{ fieldname: "stage", label: __("Stage"), fieldtype: "Link", options: "O2C Stage" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		{ fieldname: "territory", label: __("Territory"), fieldtype: "Link", options: "Territory" },
	],

	onload(report) {
		report.page.add_inner_button(__("Stage Board"), () => frappe.set_route("o2c-stage-board"));
		report.$report.on("click", "[data-o2c-list]", (event) => {
			event.preventDefault();
			frappe.set_route("List", "Sales Order", JSON.parse(event.currentTarget.getAttribute("data-o2c-list")));
		});
	},

	formatter(value, row, column, data, standard) {
		const shown = standard(value, row, column, data);
		if (!data) return shown;
		if (column.fieldname === "stage_label") return pill(value, data.colour);
		if (["orders", "past_due"].includes(column.fieldname))
			return value ? list_link(shown, column.fieldname, data) : shown;
		return column.fieldname === "hours_late" && value > 0 ? `<span class="text-danger">${shown}</span>` : shown;
	},
};

function pill(label, colour) {
	const color = colour || "gray";
	return `<span class="indicator-pill no-indicator-dot ${color}">${frappe.utils.escape_html(cstr(label))}</span>`;
}

/** The orders behind a number, in their list. */
function list_link(shown, fieldname, { stage, company }) {
	const filters = { o2c_stage: stage, company };
	const { customer, territory } = frappe.query_report.get_filter_values();
	if (customer) filters.customer = customer;
	if (territory) filters.territory = ["descendants of (inclusive)", territory];
	if (fieldname === "past_due") filters.o2c_stage_due = ["<", frappe.datetime.now_datetime()];
	const safe = frappe.utils.escape_html(JSON.stringify(filters));
	const danger = fieldname === "past_due" ? "text-danger" : "";
	return `<a href="#" class="${danger}" data-o2c-list="${safe}">${shown}</a>`;
}
