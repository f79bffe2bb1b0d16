// The values of a document's lines that can be tried.
import { h } from "../order_desk/dom";
import { number } from "./words";

export class Trial {
	/** on_change() is called after every change */
	constructor(frm, on_change) {
		this.frm = frm;
		this.on_change = on_change;
		this.has_dates = frm.doctype === "Sales Order";
		this.has_terms = frm.doc.docstatus === 0;
		this.inputs = [];
		this.terms = frm.doc.payment_terms_template || "";
		this.rows = (frm.doc.items || []).filter((row) => row.item_code);
		const heads = [__("Line"), __("Quantity"), __("Price")];
		if (this.has_dates) heads.push(__("Delivery Date"), __("Split: Now"), __("Split: Rest On"));
		this.element = h(
			"table.o2c-tries",
			{},
			h("caption.sr-only", {}, __("Values to try")),
			h(
				"thead",
				{},
				h(
					"tr",
					{},
					heads.map((title) => h("th", { scope: "col" }, title))
				)
			),
			h(
				"tbody",
				{},
				this.rows.map((row) => this.line(row, heads))
			)
		);
	}

	line(row, heads) {
		const cells = [this.input(row, "qty", "number"), this.input(row, "rate", "number")];
		if (this.has_dates) {
			cells.push(
				this.input(row, "delivery_date", "date"),
				this.input(row, "now", "number"),
				this.input(row, "later_date", "date")
			);
		}
		return h(
			"tr",
			{},
			h("th", { scope: "row" }, `${row.idx} ${row.item_name || row.item_code}`, h("div.text-muted", {}, said(row))),
			cells.map((cell, n) => {
				cell.setAttribute("aria-label", __("{0} of line {1}", [heads[n + 1], row.idx]));
				return h("td", { "data-label": heads[n + 1] }, cell);
			})
		);
	}

	input(row, name, type) {
		const value = row[name] ?? "";
		const attributes = { type, value, step: type === "number" ? "any" : null, min: type === "number" ? 0 : null };
		const input = h("input.form-control.input-xs", attributes);
		const entry = { row, name, type, value, input };
		input.addEventListener("input", () => {
			input.classList.toggle("o2c-try-changed", is_changed(entry));
			this.on_change();
		});
		this.inputs.push(entry);
		return input;
	}

	set_terms(terms) {
		this.terms = terms || "";
		this.on_change();
	}

	reset() {
		for (const { input, value } of this.inputs) {
			input.value = value;
			input.classList.remove("o2c-try-changed");
		}
		this.terms = this.frm.doc.payment_terms_template || "";
	}

	/** What is other than the form: {lines: [{number, qty, rate, date, split}], terms}. */
	changes() {
		const lines = this.rows.map((row) => this.change_of(row)).filter((line) => Object.keys(line).length > 1);
		const terms = this.terms === (this.frm.doc.payment_terms_template || "") ? undefined : this.terms;
		return { lines, ...(terms ? { terms } : {}) };
	}

	change_of(row) {
		const entries = this.inputs.filter((entry) => entry.row === row && is_changed(entry));
		const tried = Object.fromEntries(
			entries.map(({ name, type, input }) => [name, type === "number" ? flt(input.value) : input.value])
		);
		const line = { number: cint(row.idx) };
		if (tried.qty !== undefined) line.qty = tried.qty;
		if (tried.rate !== undefined) line.rate = tried.rate;
		if (tried.delivery_date) line.date = tried.delivery_date;
		if (tried.now > 0 && tried.later_date) line.split = { now: tried.now, later_date: tried.later_date };
		return line;
	}
}

function is_changed({ type, value, input }) {
	if (input.value === "") return false;
	return type === "number" ? value === "" || flt(input.value) !== flt(value) : input.value !== value;
}

function said({ qty, uom }) {
	return `${number(qty)} ${uom || ""}`;
}
