// A held order says so first: why, what exactly releases it, and who may.
import { h } from "../order_desk/dom";
import { release_dialog } from "./dialogs";
import { age, asks_text } from "./words";

/** The banner of an order's holds; null where there is none. */
export function hold_banner(holds, on_done) {
	if (!holds?.length) return null;
	return h(
		"div.o2c-hold",
		{ role: "status", "data-rank": 0 },
		h(
			"div.o2c-hold-title",
			{},
			h("span.indicator.orange"),
			__("This order is held"),
			h("span.o2c-hold-note", {}, note())
		),
		h(
			"ul.o2c-plain",
			{},
			holds.map((hold) => hold_row(hold, on_done))
		)
	);
}

function note() {
	return __(
		"It keeps its reserved stock and its place. Until it is released there is no delivery, invoice, pick list or work order."
	);
}

function hold_row(hold, on_done) {
	return h(
		"li",
		{},
		hold_details(hold, () => release_dialog([hold], on_done))
	);
}

/** Why an order is held, what ends it, and the release for who may. */
export function hold_details(hold, on_release) {
	return [
		h("div.o2c-hold-why", {}, hold.subject),
		h(
			"dl.o2c-hold-facts",
			{},
			fact(__("Released by itself"), condition_text(hold)),
			fact(__("By hand"), by_hand(hold)),
			fact(__("Held"), [age(hold.days), asks_text(hold.asks)].filter(Boolean).join(" · "))
		),
		hold.may_release
			? h("div", {}, h("button.btn.btn-default.btn-xs", { type: "button", onclick: on_release }, __("Release")))
			: null,
	];
}

function fact(name, text) {
	return text ? h("div", {}, h("dt", {}, name), h("dd", {}, text)) : null;
}

/** The exact condition that ends a hold. */
export function condition_text({ condition }) {
	return condition ? __("by {0}", [condition]) : __("only by hand");
}

function by_hand({ may_release, release_role }) {
	if (may_release) return __("you may release it");
	return release_role ? __("by the role {0}", [release_role]) : __("by an O2C Manager");
}
