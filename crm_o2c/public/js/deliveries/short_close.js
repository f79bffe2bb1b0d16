// What is not delivered of a line is not wanted any more.
import { short_close } from "./api";
import { quantity } from "./words";

export function open_lines(frm) {
	return frm.doc.items.filter((row) => flt(row.qty) > flt(row.delivered_qty));
}

export function short_close_dialog(frm) {
	const rows = open_lines(frm);
	const text = (row) => `${row.idx}: ${row.item_code}`;
	const dialog = new frappe.ui.Dialog({
		title: __("Short-Close Line"),
		fields: [
			{
				fieldname: "line",
				fieldtype: "Select",
				label: __("Line"),
				options: rows.map(text),
				default: text(rows[0]),
				reqd: 1,
				change: () => dialog.set_df_property("line", "description", outcome(frm, chosen())),
			},
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				reqd: 1,
				description: __("It is kept with the order, with your name."),
			},
		],
		primary_action_label: __("Short-Close"),
		primary_action: async ({ reason }) => {
			dialog.disable_primary_action();
			try {
				const message = await short_close(frm.doc.name, chosen().name, reason);
				dialog.hide();
				frappe.show_alert({ message: frappe.utils.escape_html(message), indicator: "green" });
				frm.reload_doc();
			} finally {
				dialog.enable_primary_action();
			}
		},
	});
	const chosen = () => rows.find((row) => text(row) === dialog.get_value("line")) || rows[0];
	dialog.set_df_property("line", "description", outcome(frm, rows[0]));
	dialog.show();
	return dialog;
}

function outcome(frm, row) {
	const left = `${quantity(flt(row.qty) - flt(row.delivered_qty))} ${row.uom}`;
	const delivered = flt(row.delivered_qty);
	let text = __("{0} are not delivered any more. The line is taken off the order.", [left]);
	if (delivered) text = __("{0} are not delivered any more. The line ends with what was delivered.", [left]);
	else if (frm.doc.items.length === 1)
		text = __("{0} are not delivered any more. It is the only line: the order is closed.", [left]);
	return frappe.utils.escape_html(text);
}
