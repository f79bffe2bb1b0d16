// What a person says when a hand-off goes back, or over again.
import { take_step } from "./api";

/** Ask for a reason and send it back; on_done() once it is. */
export function send_back_dialog(handoff, on_done) {
	ask({
		title: __("Send Back"),
		label: __("Reason"),
		reqd: 1,
		description: __("Whoever handed the order over gets it back and reads this. It stays with the order."),
		action: __("Send Back"),
		step: (text) => take_step("send_back", handoff.name, { reason: text }),
		on_done,
	});
}

/** Hand over again what was sent back. */
export function answer_dialog(handoff, on_done) {
	ask({
		title: __("Hand Over Again"),
		label: __("Answer"),
		reqd: 0,
		description: __("Sent back because: {0}", [frappe.utils.escape_html(handoff.sent_back_reason || "")]),
		action: __("Hand Over"),
		step: (text) => take_step("hand_over", handoff.name, { answer: text || "" }),
		on_done,
	});
}

function ask({ title, label, reqd, description, action, step, on_done }) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields: [{ fieldname: "text", fieldtype: "Small Text", label, reqd, description }],
		primary_action_label: action,
		primary_action: ({ text }) =>
			step(text).then(() => {
				dialog.hide();
				on_done();
			}),
	});
	dialog.show();
}
