// What to pick next: ticked lines' orders go onto one Pick List.
const MAKE = "crm_o2c.api.warehouse.make_pick_list";
const STATES = { Ready: "green", "Partly Ready": "orange", "Being Picked": "blue" };

frappe.query_reports["Pick Next"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
		},
		{
			fieldname: "warehouse",
			label: __("Warehouse"),
			fieldtype: "Link",
			options: "Warehouse",
			get_query: () => {
				const company = frappe.query_report.get_filter_value("company");
				return company ? { filters: { company } } : {};
			},
		},
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			default: "Ready Now",
			options: [
				{ value: "Ready Now", label: __("Ready Now") },
				{ value: "Due and Ready", label: __("Due and Ready") },
				{ value: "Waiting for Stock", label: __("Waiting for Stock") },
				{ value: "All Open Lines", label: __("All Open Lines") },
			],
		},
	],

	get_datatable_options: (options) => Object.assign(options, { checkboxColumn: true }),

	formatter(value, row, column, data, standard) {
		if (column.fieldname === "priority") return value ? crm_o2c.priority.band_html(value) : "";
		if (column.fieldname === "state_text" && value) {
			const color = STATES[data.state] || "gray";
			return `<span class="indicator-pill ${color}">${frappe.utils.escape_html(value)}</span>`;
		}
		const shown = standard(value, row, column, data);
		return column.fieldname === "days_late" && value > 0 ? `<span class="text-danger">${shown}</span>` : shown;
	},

	onload(report) {
		if (!frappe.model.can_create("Pick List")) return;
		report.page.add_inner_button(__("Make Pick List"), () => make_pick_list(report));
	},
};

async function make_pick_list(report) {
	const ticked = report.datatable.rowmanager.getCheckedRows().map((index) => report.data[index]);
	const orders = [...new Set(ticked.map((row) => row.sales_order))];
	if (!orders.length) {
		frappe.show_alert({ message: __("Tick the lines whose orders are to be picked."), indicator: "orange" });
		return;
	}
	const warehouse = report.get_filter_value("warehouse") || "";
	const answer = await frappe.call({ method: MAKE, args: { orders, warehouse }, freeze: true });
	const made = answer.message;
	for (const { order, reason } of made.left_out) {
		const text = `${frappe.utils.escape_html(order)}: ${frappe.utils.escape_html(reason)}`;
		frappe.show_alert({ message: text, indicator: "orange" }, 15);
	}
	frappe.set_route("Form", "Pick List", made.name);
}
