// A new delivery date for a line, with its reason.
const CHANGE = "crm_o2c.api.promises.change_date";

/** Ask for a new date of `line`; `proposed` is what stock could keep. on_done() once it is promised. */
export function change_dialog(order, line, causes, proposed, on_done) {
	const dialog = new frappe.ui.Dialog({
		title: __("New Date for Line {0}", [line.number]),
		fields: [
			{
				fieldname: "date",
				fieldtype: "Date",
				label: __("Promised Date"),
				reqd: 1,
				default: proposed || line.date,
				min_date: new Date(),
				description: proposed
					? __("Stock can keep the whole of what is left on {0}.", [frappe.datetime.str_to_user(proposed)])
					: "",
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "source",
				fieldtype: "Select",
				label: __("Comes From"),
				reqd: 1,
				default: proposed ? "ATP" : "By Hand",
				options: [
					{ value: "By Hand", label: __("By Hand") },
					{ value: "ATP", label: __("Stock and Supply") },
					{ value: "Customer", label: __("Customer") },
				],
			},
			{ fieldtype: "Section Break" },
			{
				fieldname: "cause",
				fieldtype: "Select",
				label: __("Cause"),
				options: ["", ...causes.map(({ name }) => name)],
			},
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				description: __("A cause or a reason is needed. It stays with the promise, with your name."),
			},
		],
		primary_action_label: __("Promise"),
		primary_action: ({ date, source, cause, reason }) => {
			dialog.disable_primary_action();
			frappe
				.xcall(CHANGE, { order, line: line.row, date, source, cause: cause || null, reason: reason || "" })
				.then(() => {
					dialog.hide();
					const text = __("Line {0} is promised for {1}.", [line.number, frappe.datetime.str_to_user(date)]);
					frappe.show_alert({ message: text, indicator: "green" });
					on_done();
				})
				.finally(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
	return dialog;
}
