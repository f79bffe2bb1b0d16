// Put an order in a stage that has no rule, or take it out of one.
import { put_order, take_out } from "./api";

/** `stages`: those that people put orders in, [{code, label}]; on_done() after. */
export function put_dialog(order, stages, on_done) {
	const dialog = new frappe.ui.Dialog({
		title: __("Put in a Stage"),
		fields: [
			{
				fieldname: "stage",
				fieldtype: "Select",
				label: __("Stage"),
				reqd: 1,
				options: stages.map(({ code, label }) => ({ value: code, label })),
				default: stages[0].code,
				description: __("It lasts until what happens to the order takes it further."),
			},
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason") },
		],
		primary_action_label: __("Put"),
		primary_action: ({ stage, reason }) => {
			put_order(order, stage, reason || "").then(() => {
				dialog.hide();
				on_done();
			});
		},
	});
	dialog.show();
}

/** The order is then where its facts say. */
export function take_out_dialog(order, on_done) {
	const field = { fieldname: "reason", fieldtype: "Small Text", label: __("Reason") };
	frappe.prompt(
		[field],
		({ reason }) => take_out(order, reason || "").then(on_done),
		__("Take Out of the Stage"),
		__("Take Out")
	);
}
