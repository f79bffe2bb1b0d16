// One hand-off: who has it, since when and until when, its checklist, and the steps that the user may take.
import { h } from "../order_desk/dom";
import { take_step } from "./api";
import { answer_dialog, send_back_dialog } from "./dialogs";

const COLORS = { Waiting: "orange", Accepted: "blue", "Sent Back": "red", Done: "green", Passed: "gray" };
const OPEN = ["Waiting", "Accepted", "Sent Back"];

/** The card of a hand-off; on_done() after each step that was taken. */
export function handoff_card(handoff, on_done) {
	const rule_label = handoff.rule;
	return h(
		"div.o2c-handoff",
		{},
		h(
			"div.o2c-handoff-title",
			{},
			status_pill(handoff),
			h("span.o2c-handoff-rule", {}, __(rule_label)),
			h("span.text-muted", {}, who_text(handoff))
		),
		h("div.text-muted.small", {}, when_text(handoff)),
		handoff.status === "Sent Back" && h("div.o2c-handoff-reason", {}, back_text(handoff)),
		checklist(handoff, on_done),
		buttons(handoff, on_done)
	);
}

export function status_pill({ status, late }) {
	const color = late ? "red" : COLORS[status] || "gray";
	const text = late ? __("{0}, late", [__(status)]) : __(status);
	return h(`span.indicator-pill.no-indicator-dot.${color}`, {}, text);
}

/** Who has it, in words. */
export function who_text({ status, user, role, names }) {
	if (user) return names?.[user] || user;
	const role_label = role;
	return OPEN.includes(status) && role ? __("whoever of {0} takes it", [__(role_label)]) : "";
}

function when_text({ status, entered_at, due, accepted_at, closed_at, escalated_at }) {
	const parts = [__("since {0}", [moment_text(entered_at)])];
	if (closed_at) parts.push(__("closed {0}", [moment_text(closed_at)]));
	else if (due) parts.push(__("due by {0}", [moment_text(due)]));
	if (status === "Accepted" && accepted_at) parts.push(__("accepted {0}", [moment_text(accepted_at)]));
	if (escalated_at) parts.push(__("escalated {0}", [moment_text(escalated_at)]));
	return parts.join(" · ");
}

/** A moment without its seconds. */
export function moment_text(value) {
	return frappe.datetime.str_to_user(value, false).replace(/(\d\d:\d\d):\d\d/, "$1");
}

function back_text({ sent_back_by, sent_back_reason, names }) {
	return __("Sent back by {0}: {1}", [names?.[sent_back_by] || sent_back_by, sent_back_reason]);
}

function checklist(handoff, on_done) {
	if (!handoff.checks.length) return null;
	return h(
		"ul.o2c-plain.o2c-handoff-checks",
		{},
		handoff.checks.map((check) => {
			const box = h("input", {
				type: "checkbox",
				checked: Boolean(check.done),
				disabled: !handoff.may_finish,
				onchange: (event) => {
					const done = event.target.checked ? 1 : 0;
					run(take_step("tick", handoff.name, { row: check.name, done }), on_done);
				},
			});
			const must = check.must_be_done ? h("span.text-muted", {}, ` (${__("must be done")})`) : null;
			return h("li", {}, h("label", {}, box, " ", check.step, must));
		})
	);
}

function buttons(handoff, on_done) {
	const { may_accept, may_send_back, may_finish, may_hand_over, name } = handoff;
	const shown = [
		may_accept && button(__("Accept"), "btn-primary", () => run(take_step("accept", name), on_done)),
		may_finish && button(__("Done"), "btn-primary", () => run(take_step("finish", name), on_done)),
		may_hand_over && button(__("Hand Over Again"), "btn-primary", () => answer_dialog(handoff, on_done)),
		may_send_back && button(__("Send Back"), "btn-default", () => send_back_dialog(handoff, on_done)),
	].filter(Boolean);
	return shown.length ? h("div.o2c-handoff-buttons", {}, shown) : null;
}

function button(text, style, onclick) {
	return h(`button.btn.btn-xs.${style}`, { type: "button", onclick }, text);
}

/** Whatever comes of it, what is shown is read again. */
function run(step, on_done) {
	step.then(on_done, on_done);
}
