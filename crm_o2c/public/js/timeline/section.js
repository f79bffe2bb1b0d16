// The timeline of an order as a section of its form, and of those of its deliveries and invoices.
import { FormSection } from "../form_section";
import { h } from "../order_desk/dom";
import { get_events, get_timeline } from "./api";
import { chain_view } from "./chain_view";
import { events_view } from "./events_view";
import { lines_view } from "./lines_view";
import { order_view } from "./order_view";
import { sentence } from "./sentence";
import { put_dialog, take_out_dialog } from "./stage_dialog";

const FOLDED = "o2c_timeline_folded";
const GATHER = 800; // milliseconds: one click changes several documents

export class TimelineSection {
	constructor(frm) {
		this.frm = frm;
		this.section = new FormSection(frm, { key: FOLDED, css: "o2c-timeline", rank: 0.5 });
		this.section.title.textContent = __("Order Timeline");
		this.shown = new Set();
		this.again = frappe.utils.debounce(() => this.is_visible() && this.refresh(), GATHER);
		frappe.realtime.on("o2c_stage", ({ order }) => this.shown.has(order) && this.again());
	}

	is_visible() {
		return this.frm.$wrapper.is(":visible");
	}

	get here() {
		return { doctype: this.frm.doctype, name: this.frm.doc.name };
	}

	/** The form shows a document anew, or its order has moved. */
	async refresh() {
		this.request?.abort();
		const { here } = this;
		if (this.name !== here.name) this.clear();
		this.name = here.name;
		if (this.frm.is_new()) return;
		this.request = new AbortController();
		const { signal } = this.request;
		try {
			const data = await get_timeline(here, signal);
			if (!signal.aborted && this.frm.doc.name === here.name) this.render(data);
		} catch (error) {
			// the form is there without it: quiet, but not silent
			if (error.name !== "AbortError") this.fail(error);
		}
	}

	clear() {
		this.shown.clear();
		this.section.remove();
	}

	fail(error) {
		this.section.sentence.textContent = __("could not be loaded");
		const retry = h(
			"button.btn.btn-default.btn-xs",
			{ type: "button", onclick: () => this.refresh() },
			__("Try Again")
		);
		this.section.body.replaceChildren(h("p.text-muted", {}, error.message), retry);
		this.section.show(false);
	}

	render(data) {
		this.follow(data.orders.map(({ name }) => name));
		const several = data.orders.length > 1;
		const { here } = this;
		this.section.sentence.replaceChildren(...sentence(data));
		this.section.body.replaceChildren(
			h(
				"div.o2c-tl",
				{},
				data.orders.map((order) =>
					order_view(order, { here, currency: data.currency, several, tools: this.tools(order, data.by_hand) })
				),
				data.unseen_orders > 0 && h("p.text-muted", {}, unseen_text(data.unseen_orders)),
				chain_view(data.chain, data.currency),
				data.orders.map((order) => lines_view(order, several)),
				events_view(data.events, { here, more: (start) => get_events(here, start, this.request.signal) })
			)
		);
		this.section.show();
	}

	/** Hear of it when one of these orders moves. */
	follow(orders) {
		for (const order of orders) {
			if (!this.shown.has(order)) frappe.realtime.doc_subscribe("Sales Order", order);
		}
		this.shown = new Set(orders);
	}

	/** What a person may do about the stage of an order; `by_hand` is empty where he may do nothing. */
	tools({ name, stage }, by_hand) {
		if (!by_hand.length) return null;
		const done = () => this.refresh();
		const button = (text, onclick) => h("button.btn.btn-xs.btn-default", { type: "button", onclick }, text);
		return h(
			"div.o2c-tl-tools",
			{},
			button(__("Put in a Stage"), () => put_dialog(name, by_hand, done)),
			stage?.by_hand && button(__("Take Out"), () => take_out_dialog(name, done))
		);
	}
}

function unseen_text(number) {
	return number === 1 ? __("1 order that is not shown") : __("{0} orders that are not shown", [number]);
}
