// One-click remedies: on the form where the document is not saved, else by the server.
import { apply_remedies, apply_remedy } from "./api";
import { ACCEPTED, decide_dialog, FALSE_ALARM } from "./dialogs";
import { done, show_results } from "./results";

/** Decisions are remedies too, but need a reason. */
export const DECISIONS = { accept: ACCEPTED, false_alarm: FALSE_ALARM };

// What changes no price and no total and reaches no customer happens at once; the rest is asked for, once.
const AT_ONCE = new Set(["transfer", "material_request"]);

const safe = (text) => frappe.utils.escape_html(cstr(text));

/** The remedies of an alert that are more than a decision. */
export function steps_of(alert) {
	return (alert.remedies || []).filter(({ code }) => !(code in DECISIONS) && code !== "release");
}

/** Apply one remedy of a kept alert; on_done(answer) once it is. */
export function apply_one(alert, remedy, on_done) {
	const run = () =>
		apply_remedy(alert.name, remedy.code, remedy.params).then((answer) => {
			done(answer?.message || remedy.label, answer?.link);
			on_done?.(answer);
		});
	if (AT_ONCE.has(remedy.code)) return run();
	return frappe.confirm(
		`${safe(remedy.label)}?<br><span class="text-muted">${safe(consequence(remedy.code))}</span>`,
		run
	);
}

/** Apply the same remedy to several alerts, each with its own values. */
export function apply_many(alerts, { code, label }, on_done) {
	const run = () =>
		apply_remedies(
			alerts.map(({ name }) => name),
			code
		).then((results) => {
			show_results(results, alerts);
			on_done?.();
		});
	if (AT_ONCE.has(code)) return run();
	const question = __("Do this for {0} alerts: {1}?", [alerts.length, label]);
	return frappe.confirm(`${safe(question)}<br><span class="text-muted">${safe(consequence(code))}</span>`, run);
}

/** Accept, or call it a false alarm. */
export function decide(alerts, code, on_done) {
	decide_dialog(alerts, DECISIONS[code], on_done);
}

function consequence(code) {
	if (code === "new_date") return __("The order is changed, and the customer gets an e-mail with the new date.");
	if (code === "prepay") return __("A Payment Request is drafted for you to look at and send.");
	if (code === "cancel_order") return __("A draft is deleted, a submitted order is cancelled.");
	return __("The order is changed and saved at once.");
}

/** What a remedy is called where it stands for several alerts, without their values. */
export function short_label(code) {
	const texts = {
		set_rate: __("Correct the Price"),
		set_qty: __("Correct the Quantity"),
		set_uom: __("Change the Unit"),
		split: __("Split the Line"),
		substitute: __("Take a Substitute"),
		transfer: __("Bring from Another Warehouse"),
		material_request: __("Request Material"),
		new_date: __("New Date, Tell Customer"),
		prepay: __("Ask for Prepayment"),
		remove_line: __("Remove the Line"),
		cancel_order: __("Cancel the Order"),
		set_terms: __("Set the Agreed Terms"),
		set_fx: __("Set the Rate on File"),
		drop_discount: __("Take the Discount Off"),
	};
	return texts[code];
}
