// One order: where it is, since when, who has it, whether it will be on time, what is missing and what is next.
import { h } from "../order_desk/dom";
import { step_view } from "./steps";
import { ago, day, form_link, moment_text, money, number, pill, stage_pill } from "./words";

const STATE_COLORS = { kept: "green", on_time: "green", risk: "orange", late: "red", broken: "red", unknown: "gray" };

/** `here`: the document of the form; `tools`: what a person may do about the stage. */
export function order_view(order, { here, currency, several, tools }) {
	return h(
		"section.o2c-tl-order",
		{ "aria-label": order.name },
		several && h("div.o2c-tl-title", {}, form_link("Sales Order", order.name), " ", pill(order.status_label, "gray")),
		h(
			"div.o2c-tl-facts",
			{},
			fact(__("Where"), where(order.stage), tools),
			fact(__("Who has it"), who(order.who)),
			fact(__("On time?"), promise(order.promise)),
			fact(__("Missing"), gaps(order.gaps, currency))
		),
		h(
			"ol.o2c-plain.o2c-tl-next",
			{ "aria-label": __("What is next") },
			order.next.map((step, place) => step_view(step, { first: place === 0, here, order }))
		)
	);
}

function fact(label, ...content) {
	return h("div.o2c-tl-fact", {}, h("div.o2c-heading", {}, label), ...content);
}

function where(stage) {
	if (!stage) return [h("div", {}, stage_pill(null))];
	const parts = [h("div", {}, stage_pill(stage), stage.by_hand && h("span.text-muted.small", {}, ` ${__("by hand")}`))];
	if (stage.since) {
		const title = moment_text(stage.since);
		parts.push(h("div.text-muted.small", { title }, __("since {0}", [`${title} (${ago(stage.since)})`])));
	}
	if (stage.due) parts.push(due(stage));
	return parts;
}

function due({ due: until, overdue }) {
	const text = overdue ? __("overdue since {0}", [moment_text(until)]) : __("due by {0}", [moment_text(until)]);
	return h(`div.small${overdue ? ".o2c-tl-late" : ".text-muted"}`, {}, text);
}

function who({ user, full_name, role, handoff, status_label, due: until, overdue }) {
	const role_label = role || "";
	const name = user ? full_name || user : __("whoever of {0} takes it", [role_label]);
	const lines = [h("div", {}, name)];
	if (handoff) {
		lines.push(h("div.text-muted.small", {}, __("hand-off: {0}", [status_label])));
		if (until) lines.push(due({ due: until, overdue }));
	} else {
		lines.push(h("div.text-muted.small", {}, __("whose order it is")));
	}
	return lines;
}

function promise({ state, text, first, latest, changes }) {
	const dot = h(`span.o2c-tl-dot.${STATE_COLORS[state] || "gray"}`, { "aria-hidden": "true" });
	const lines = [h("div.o2c-tl-answer", {}, dot, h("span", {}, text))];
	if (latest) lines.push(h("div.text-muted.small", {}, __("promised for {0}", [day(latest)])));
	if (changes) {
		const times = changes === 1 ? __("changed once") : __("changed {0} times", [changes]);
		const before = first && first !== latest ? __("at first for {0}", [day(first)]) : "";
		lines.push(h("div.text-muted.small", {}, [before, times].filter(Boolean).join(" · ")));
	}
	return lines;
}

function gaps(rows, currency) {
	if (!rows.length) return [h("div.text-muted", {}, __("Nothing"))];
	return rows.map((gap) =>
		h("div.o2c-tl-gap", {}, h("span", {}, gap.label), h("span.o2c-right", {}, amounts(gap, currency)))
	);
}

function amounts({ quantity, amount, documents }, currency) {
	const parts = [money(amount, currency)];
	if (quantity) parts.push(__("{0} pieces", [number(quantity)]));
	if (documents) parts.push(documents === 1 ? __("1 invoice") : __("{0} invoices", [documents]));
	return parts.join(" · ");
}
