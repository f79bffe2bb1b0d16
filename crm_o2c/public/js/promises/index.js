// Delivery dates of an order: every promise of each line, a new date with its reason, what stock could keep.
import { h } from "../order_desk/dom";
import { change_dialog } from "./change";

const API = "crm_o2c.api.promises";
const COLORS = { Open: "blue", Kept: "green", Broken: "red" };

frappe.provide("crm_o2c.promises");

/** The button on a Sales Order that was submitted. */
crm_o2c.promises.show_on_order = (frm) => {
	if (frm.doc.docstatus > 0) {
		frm.add_custom_button(__("Delivery Dates"), () => new PromiseDialog(frm).show());
	}
};

class PromiseDialog {
	constructor(frm) {
		this.frm = frm;
		this.proposed = null;
		this.dialog = new frappe.ui.Dialog({ title: __("Delivery Dates of {0}", [frm.doc.name]), size: "large" });
		this.body = h("div.o2c-promises");
		this.dialog.body.append(this.body);
		if (frm.doc.docstatus === 1) {
			this.dialog.set_secondary_action_label(__("What Stock Can Keep"));
			this.dialog.set_secondary_action(() => this.propose());
		}
	}

	show() {
		this.dialog.show();
		return this.load();
	}

	async load() {
		this.found = await crm_o2c.get(`${API}.get_promises`, { order: this.frm.doc.name });
		this.draw();
	}

	async propose() {
		this.proposed = await crm_o2c.get(`${API}.propose_dates`, { order: this.frm.doc.name });
		this.draw();
	}

	draw() {
		this.body.replaceChildren(this.summary(), ...this.found.lines.map((line) => this.line(line)));
	}

	summary() {
		const { first, latest, status, changes } = this.found.summary;
		if (!status) return h("p.text-muted", {}, __("Nothing was promised yet."));
		const parts = [__("First promised for {0}", [day(first)]), __("now for {0}", [day(latest)])];
		parts.push(changes === 1 ? __("1 change") : __("{0} changes", [changes]));
		return h("p.o2c-promise-summary", {}, pill(status), " ", parts.join(" · "));
	}

	line(line) {
		const head = h(
			"div.o2c-promise-head",
			{},
			h("b", {}, `${line.number}. ${line.item_name || line.item}`),
			h("span.text-muted", {}, __("{0} {1}, {2} left", [number(line.qty), line.uom, number(line.left)])),
			line.status ? pill(line.status, line.days_late) : null,
			this.change_button(line)
		);
		return h("section.o2c-promise-line", {}, head, this.proposal(line), list(line.promises));
	}

	change_button(line) {
		if (this.frm.doc.docstatus !== 1 || !line.left || !this.frm.perm[0]?.write) return null;
		return h("button.btn.btn-xs.btn-default", { onclick: () => this.change(line) }, __("Change"));
	}

	proposal(line) {
		if (!this.proposed || !(line.row in this.proposed)) return null;
		const on = this.proposed[line.row];
		const text = on ? __("Stock can keep it on {0}.", [day(on)]) : __("No known supply covers it.");
		const late = !on || on > line.date;
		return h(`div.o2c-promise-proposal.${late ? "text-danger" : "text-success"}`, {}, text);
	}

	change(line) {
		change_dialog(this.frm.doc.name, line, this.found.causes, this.proposed?.[line.row], () => {
			this.frm.reload_doc();
			this.load();
		});
	}
}

function list(promises) {
	if (!promises.length) return null;
	const heads = [__("Date"), __("Status"), __("Why"), __("By")].map((text) => h("span", {}, text));
	return h("div.o2c-promise-list", {}, h("div.o2c-promise-row.o2c-promise-heads", {}, ...heads), ...promises.map(row));
}

function row(promise) {
	return h(
		"div.o2c-promise-row",
		{},
		h("b", {}, day(promise.date)),
		h("span", {}, pill(promise.status, promise.days_late)),
		h("span", {}, why(promise)),
		h(
			"span.text-muted",
			{ title: frappe.datetime.str_to_user(promise.at) },
			`${promise.by}, ${day(promise.at.slice(0, 10))}`
		)
	);
}

function why({ source, cause, reason }) {
	return [sources()[source], cause, reason].filter(Boolean).join(": ");
}

/** Causes are the company's own words. */
function sources() {
	return {
		Order: __("Order"),
		"By Hand": __("By Hand"),
		ATP: __("Stock and Supply"),
		Split: __("Split"),
		Customer: __("Customer"),
	};
}

function pill(status, days_late = 0) {
	const late = status !== "Open" && days_late > 0 ? ` · ${days(days_late)}` : "";
	return h(`span.indicator-pill.${COLORS[status] || "gray"}`, {}, __(status) + late);
}

function days(count) {
	return count === 1 ? __("1 day late") : __("{0} days late", [count]);
}

const day = (date) => frappe.datetime.str_to_user(date) || "–";
const number = (value) => frappe.format(value, { fieldtype: "Float" }, { inline: true }).replace(/<[^>]+>/g, "");
