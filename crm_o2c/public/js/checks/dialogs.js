// What a person decides: a reason for every decision, which stays with the order.
import { decide_alerts, release_holds } from "./api";
import { show_results } from "./results";

export const ACCEPTED = "Accepted";
export const FALSE_ALARM = "False Alarm";

const safe = (text) => frappe.utils.escape_html(cstr(text));

/** Ask for a reason and close alerts as accepted or as a false alarm; on_done() once it is kept. */
export function decide_dialog(alerts, decision, on_done) {
	const accepted = decision === ACCEPTED;
	const dialog = new frappe.ui.Dialog({
		title: title_of(alerts, accepted),
		fields: [
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				reqd: 1,
				description: accepted
					? __(
							"What was found is right, and the order is wanted as it is. Everybody who sees the order sees the reason."
						)
					: __(
							"What was found is wrong. The rule's own record counts it, so that a rule that is often wrong is noticed."
						),
			},
		],
		primary_action_label: accepted ? __("Accept") : __("False Alarm"),
		primary_action: ({ reason }) =>
			run(
				dialog,
				decide_alerts(
					alerts.map(({ name }) => name),
					decision,
					reason
				),
				alerts,
				on_done
			),
	});
	dialog.show();
	return dialog;
}

function title_of(alerts, accepted) {
	if (alerts.length > 1) {
		return accepted ? __("Accept {0} Alerts", [alerts.length]) : __("{0} False Alarms", [alerts.length]);
	}
	return accepted ? __("Accept as It Is") : __("False Alarm");
}

/** Ask for a reason and a last day and release holds; on_done() once they are. */
export function release_dialog(holds, on_done) {
	const dialog = new frappe.ui.Dialog({
		title: holds.length > 1 ? __("Release {0} Holds", [holds.length]) : __("Release the Order"),
		fields: [
			{ fieldname: "why", fieldtype: "HTML", options: hold_list(holds) },
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				reqd: 1,
				description: __("It is kept with the order, with your name."),
			},
			{
				fieldname: "until",
				fieldtype: "Date",
				label: __("Counts Until"),
				min_date: new Date(),
				description: __("After this day the rule may hold the order again. Empty: for good, unless the order grows."),
			},
		],
		primary_action_label: __("Release"),
		primary_action: ({ reason, until }) =>
			run(
				dialog,
				release_holds(
					holds.map(({ name }) => name),
					reason,
					until
				),
				holds,
				on_done
			),
	});
	dialog.show();
	return dialog;
}

function hold_list(holds) {
	const text = ({ sales_order, subject }) => (sales_order ? `${sales_order}: ${subject}` : subject);
	return `<ul class="o2c-plain">${holds.map((hold) => `<li>${safe(text(hold))}</li>`).join("")}</ul>`;
}

function run(dialog, answer, rows, on_done) {
	dialog.disable_primary_action();
	return answer
		.then((results) => {
			dialog.hide();
			show_results(results, rows);
			on_done?.();
		})
		.finally(() => dialog.enable_primary_action());
}
