// Who has the ball: a section of the Sales Order's form, and the form of a hand-off.
import { FormSection } from "../form_section";
import { h } from "../order_desk/dom";
import { get_handoff, get_order } from "./api";
import { handoff_card, moment_text, status_pill, who_text } from "./card";

frappe.provide("crm_o2c.handoffs");

const FOLDED = "o2c_handoffs_folded";

/** Show who has this order now, and what was handed over before. Without a hand-off and a workflow nothing is shown. */
crm_o2c.handoffs.show_on_order = (frm) => {
	clear(frm);
	if (frm.is_new()) return;
	const name = frm.doc.name;
	get_order(name).then(
		(data) => {
			// the form may show another order by the time the answer comes
			if (frm.doc.name !== name) return;
			clear(frm);
			if (data.open.length || data.past.length || data.workflow_state) show(frm, data);
		},
		() => clear(frm)
	);
};

function clear(frm) {
	frm.page.wrapper.find(".o2c-handoff-panel").remove();
}

function show(frm, data) {
	const section = new FormSection(frm, { key: FOLDED, css: "o2c-handoff-panel", rank: 0.8 });
	const again = () => crm_o2c.handoffs.show_on_order(frm);
	section.title.textContent = __("Hand-off");
	section.sentence.textContent = sentence(data);
	section.body.append(
		...data.open.map((handoff) => handoff_card(handoff, again)),
		...(data.past.length ? [past_list(data.past)] : [])
	);
	section.show(data.open.length > 0);
}

function sentence({ open, workflow_state }) {
	const state_label = workflow_state;
	const state = workflow_state ? [__("Workflow: {0}", [__(state_label)])] : [];
	if (!open.length) return [...state, __("nobody is asked to do anything")].join(" · ");
	return [...state, ...open.map(in_one_line)].join(" · ");
}

function in_one_line(handoff) {
	const rule_label = handoff.rule;
	return `${__(rule_label)}: ${who_text(handoff) || __("nobody yet")}`;
}

function past_list(past) {
	return h("ul.o2c-plain.o2c-handoff-past", {}, past.map(past_row));
}

function past_row(handoff) {
	const rule_label = handoff.rule;
	const link = { href: frappe.utils.get_form_link("O2C Handoff", handoff.name) };
	const when = [who_text(handoff), moment_text(handoff.closed_at)].filter(Boolean).join(" · ");
	return h("li", {}, status_pill(handoff), " ", h("a", link, __(rule_label)), " ", h("span.text-muted", {}, when));
}

/** The form of a hand-off: the same card on top of what is stored. */
crm_o2c.handoffs.show_on_form = (frm) => {
	frm.page.wrapper.find(".o2c-handoff-form").remove();
	const name = frm.doc.name;
	get_handoff(name).then((handoff) => {
		if (frm.doc.name !== name) return;
		frm.page.wrapper.find(".o2c-handoff-form").remove();
		const card = handoff_card(handoff, () => frm.reload_doc());
		frm.layout.wrapper.prepend(h("div.o2c-handoff-form", {}, card));
	});
};
