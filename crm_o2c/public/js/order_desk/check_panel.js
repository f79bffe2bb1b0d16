// The chosen alert or hold in whole: beside the list where there is room, else below its row.
import { alert_card } from "../checks/alert_card";
import { hold_details } from "../checks/hold_banner";
import { h, icon } from "./dom";

export class CheckPanel {
	/** `make` is alert or hold; `act` are the handlers of its buttons */
	constructor({ on_close, make, act }) {
		Object.assign(this, { make, act });
		this.heading = h("div.desk-panel-heading");
		this.body = h("div.desk-panel-body", { "aria-live": "polite" });
		const open = h("button.btn.btn-default.btn-xs", { type: "button", onclick: () => this.open() }, __("Open Order"));
		const close = h(
			"button.btn.btn-xs.desk-panel-close",
			{ type: "button", "aria-label": __("Close"), title: __("Close"), onclick: on_close },
			icon("close-alt", "sm")
		);
		this.actions = h("div.desk-panel-actions", {}, open, close);
		const label = make === "alert" ? __("Alert") : __("Hold");
		const head = h("div.desk-panel-head", {}, this.heading, this.actions);
		this.element = h("section.desk-panel.frappe-card", { "aria-label": label }, head, this.body);
		this.clear();
	}

	clear() {
		this.row = null;
		this.heading.replaceChildren();
		this.actions.hidden = true;
		const text =
			this.make === "alert" ? __("Choose an alert to see its evidence.") : __("Choose a hold to see what ends it.");
		this.body.replaceChildren(h("div.desk-empty.text-muted", {}, text));
	}

	show(row) {
		this.row = row;
		const link = (doctype, id, text) => h("a", { href: frappe.utils.get_form_link(doctype, id) }, text);
		this.actions.hidden = false;
		this.heading.replaceChildren(
			h("div.desk-panel-title", {}, link("Sales Order", row.sales_order, row.sales_order)),
			h("div.desk-panel-sub.text-muted", {}, link("Customer", row.customer, row.customer_name || row.customer))
		);
		this.body.replaceChildren(
			this.make === "alert"
				? alert_card(row, {
						...this.act,
						currency: row.currency,
						held: row.held,
						draft: row.docstatus === 0,
						open: true,
					})
				: this.hold(row)
		);
	}

	hold(row) {
		return h(
			"div",
			{},
			hold_details(row, () => this.act.on_release(row))
		);
	}

	/** A hold and an alert have no boost. */
	boost() {}

	open() {
		if (this.row) frappe.set_route("Form", "Sales Order", this.row.sales_order);
	}
}
