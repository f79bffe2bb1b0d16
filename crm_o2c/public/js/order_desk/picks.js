// Rows chosen for one action on all of them, and the line that offers it.
import { h } from "./dom";
import { count } from "./words";

export class Picks {
	/** actions(rows) lists what may be done: {label, run} or {label, choices: [{label, run}]} */
	constructor({ actions }) {
		this.actions = actions;
		this.rows = [];
		this.names = new Set();
		this.boxes = new Map();
		this.all = null;
		this.element = h("div.desk-picks", { role: "toolbar", "aria-label": __("For the chosen rows"), hidden: true });
	}

	/** Other rows are shown: what is chosen stays chosen where it is still there. */
	set_rows(rows) {
		this.rows = rows;
		const there = new Set(rows.map(({ name }) => name));
		this.names = new Set([...this.names].filter((name) => there.has(name)));
		this.boxes.clear();
		this.all = null;
	}

	/** The box of one row. */
	box(row, label) {
		const box = h("input", {
			type: "checkbox",
			"aria-label": label,
			tabindex: -1, // the key x, on the chosen row
			onchange: () => this.toggle(row.name, box.checked),
		});
		this.boxes.set(row.name, box);
		return this.frame(box);
	}

	/** The box that stands for all rows of the page. */
	box_for_all() {
		const all = h("input", { type: "checkbox", "aria-label": __("Choose all rows of the page") });
		all.addEventListener("change", () => this.pick_all(all.checked));
		this.all = all;
		return this.frame(all);
	}

	frame(box) {
		return h("label.desk-pick-box", {}, box);
	}

	toggle(name, on = !this.names.has(name)) {
		if (on) this.names.add(name);
		else this.names.delete(name);
		this.render();
	}

	pick_all(on) {
		this.names = new Set(on ? this.rows.map(({ name }) => name) : []);
		this.render();
	}

	picked() {
		return this.rows.filter(({ name }) => this.names.has(name));
	}

	render() {
		for (const [name, box] of this.boxes) box.checked = this.names.has(name);
		const number = this.names.size;
		if (this.all) {
			this.all.checked = number > 0 && number === this.rows.length;
			this.all.indeterminate = number > 0 && number < this.rows.length;
		}
		this.element.hidden = !number;
		if (!number) return;
		this.element.replaceChildren(
			h("span.desk-picks-count", { "aria-live": "polite" }, __("{0} chosen", [count(number)])),
			...this.actions(this.picked()).map((action) => this.button(action)),
			h("button.btn.btn-xs.btn-link", { type: "button", onclick: () => this.pick_all(false) }, __("Choose none"))
		);
	}

	button({ label, run, choices }) {
		if (!choices) return h("button.btn.btn-xs.btn-default", { type: "button", onclick: run }, label);
		const select = h(
			"select.form-control.input-xs.desk-picks-select",
			{ "aria-label": label },
			h("option", { value: "" }, label),
			choices.map((choice, n) => h("option", { value: String(n) }, choice.label))
		);
		select.addEventListener("change", () => {
			const choice = choices[select.value];
			select.value = "";
			choice?.run();
		});
		return select;
	}
}
