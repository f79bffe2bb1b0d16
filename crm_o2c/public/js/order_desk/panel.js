// The explanation of the chosen order: beside the queue where there is room, else below its row.
import { get_explanation } from "./api";
import { fragment, h, icon } from "./dom";

const PAUSE = 120; // milliseconds: who runs through the queue by key needs no explanation of every order

export class Panel {
	constructor({ on_changed, on_close }) {
		this.on_changed = on_changed;
		this.body = h("div.desk-panel-body", { "aria-live": "polite" });
		this.heading = h("div.desk-panel-heading");
		const open = h("button.btn.btn-default.btn-xs", { type: "button", onclick: () => this.open() }, __("Open Order"));
		const close = h(
			"button.btn.btn-xs.desk-panel-close",
			{ type: "button", "aria-label": __("Close"), title: __("Close"), onclick: on_close },
			icon("close-alt", "sm")
		);
		this.actions = h("div.desk-panel-actions", {}, open, close);
		const head = h("div.desk-panel-head", {}, this.heading, this.actions);
		this.element = h("section.desk-panel.frappe-card", { "aria-label": __("Explanation") }, head, this.body);
		this.body.addEventListener("click", (event) => this.act(event.target.closest("[data-action]")?.dataset.action));
		this.clear();
	}

	clear() {
		this.request?.abort();
		clearTimeout(this.timer);
		this.order = null;
		this.data = null;
		this.heading.replaceChildren();
		this.actions.hidden = true;
		this.body.replaceChildren(
			h("div.desk-empty.text-muted", {}, __("Choose an order to see why it ranks where it does."))
		);
	}

	/** Show an order; `fresh` asks again although it is shown, `rank` is its place in the whole queue. */
	show(order, { fresh = false, rank = null } = {}) {
		if (this.order?.name === order.name && !fresh) return;
		const same = this.order?.name === order.name;
		this.order = order;
		this.rank = rank;
		this.request?.abort();
		clearTimeout(this.timer);
		this.render_heading();
		if (!same) {
			this.data = null;
			this.body.replaceChildren(skeleton());
		}
		this.timer = setTimeout(() => this.load(), same ? 0 : PAUSE);
	}

	async load() {
		const order = this.order;
		this.request = new AbortController();
		try {
			this.data = await get_explanation(order.name, this.request.signal);
			if (order === this.order) this.render();
		} catch (error) {
			if (error.name !== "AbortError" && order === this.order) this.render_error(error);
		}
	}

	render_heading() {
		const { name, customer, customer_name, company } = this.order;
		const link = (doctype, id, text) => h("a", { href: frappe.utils.get_form_link(doctype, id) }, text);
		this.actions.hidden = false;
		const rank = this.rank ? __("Rank {0}", [this.rank]) : "";
		this.heading.replaceChildren(
			h("div.desk-panel-title", {}, link("Sales Order", name, name)),
			h(
				"div.desk-panel-sub.text-muted",
				{},
				link("Customer", customer, customer_name),
				[company, rank].map((text) => text && h("span", {}, ` · ${text}`))
			)
		);
	}

	render() {
		const lane = this.order.lane ? [h("div.desk-note", {}, icon("es-line-time", "sm"), lane_text())] : [];
		this.body.replaceChildren(...lane, fragment(crm_o2c.priority.explanation_html(this.data, { buttons: true })));
	}

	render_error(error) {
		const retry = h("button.btn.btn-default.btn-xs", { type: "button", onclick: () => this.load() }, __("Try Again"));
		this.body.replaceChildren(h("div.desk-empty", { role: "alert" }, h("p.text-muted", {}, error.message), retry));
	}

	act(action) {
		if (action === "boost") this.boost();
		if (action === "end-boost") crm_o2c.priority.end_boost(this.order.name, this.on_changed);
	}

	boost() {
		if (!this.data?.may_boost || !this.data.open) return;
		crm_o2c.priority.boost_dialog(this.order.name, this.on_changed, this.data.boost);
	}

	open() {
		if (this.order) frappe.set_route("Form", "Sales Order", this.order.name);
	}
}

function lane_text() {
	return __(
		"Here by the reserved lane: of the overdue orders it has waited longest. By its points alone it would come later."
	);
}

function skeleton() {
	const lines = [60, 100, 90, 100, 80, 100, 70].map((width) => h("div.desk-bone", { style: `width: ${width}%` }));
	return h("div.desk-skeleton", { "aria-busy": "true" }, lines);
}
