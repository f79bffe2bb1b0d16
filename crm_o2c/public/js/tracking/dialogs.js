// What a person says of a way: a scan, and that one was a mistake.
import { add_scan, withdraw_scan } from "./api";
import { moment_text, STATUSES, status_text } from "./words";

/** Ask where a Delivery Note or a Shipment is; on_done() once it is kept. */
export function add_dialog(doctype, name, on_done) {
	const dialog = new frappe.ui.Dialog({
		title: __("Add a Scan"),
		fields: [
			{
				fieldname: "status",
				fieldtype: "Select",
				label: __("Status"),
				options: STATUSES.map((label) => ({ value: label, label: __(label) })),
				reqd: 1,
			},
			{
				fieldname: "happened_at",
				fieldtype: "Datetime",
				label: __("Happened At"),
				default: frappe.datetime.now_datetime(),
				reqd: 1,
			},
			{ fieldtype: "Column Break" },
			{ fieldname: "place", fieldtype: "Data", label: __("Place"), length: 140 },
			{ fieldname: "eta", fieldtype: "Date", label: __("Expected Arrival") },
			{ fieldtype: "Section Break" },
			{
				fieldname: "description",
				fieldtype: "Small Text",
				label: __("Description"),
				description: __("The customer may read it in the portal."),
			},
		],
		primary_action_label: __("Add"),
		primary_action: (values) => run(dialog, add_scan(doctype, name, values), on_done),
	});
	dialog.show();
	return dialog;
}

/** Ask why a scan is a mistake; on_done() once it is withdrawn. */
export function withdraw_dialog(scan, on_done) {
	const dialog = new frappe.ui.Dialog({
		title: __("Withdraw {0} of {1}", [status_text(scan.status), moment_text(scan.happened_at)]),
		fields: [
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				reqd: 1,
				description: __("The scan stays on record with it, and counts no more."),
			},
		],
		primary_action_label: __("Withdraw"),
		primary_action: ({ reason }) => run(dialog, withdraw_scan(scan.name, reason), on_done),
	});
	dialog.show();
	return dialog;
}

function run(dialog, answer, on_done) {
	dialog.disable_primary_action();
	return answer
		.then(() => {
			dialog.hide();
			on_done?.();
		})
		.finally(() => dialog.enable_primary_action());
}
