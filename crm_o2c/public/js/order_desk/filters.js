// The fields above the queue, Frappe's own controls.

const SEARCH_PAUSE = 350; // milliseconds

export class Filters {
	constructor(page, on_change) {
		this.on_change = on_change;
		this.values = {};
		this.fields = {};
		const add = (df) => {
			this.fields[df.fieldname] = page.add_field({ ...df, change: () => this.changed() });
		};
		add({ fieldname: "search", fieldtype: "Data", label: __("Search order, customer or PO number") });
		if (frappe.get_list("Company").length > 1 || Object.keys(locals[":Company"] || {}).length > 1) {
			add({ fieldname: "company", fieldtype: "Link", options: "Company", label: __("Company") });
		}
		add({ fieldname: "customer", fieldtype: "Link", options: "Customer", label: __("Customer") });
		add({ fieldname: "territory", fieldtype: "Link", options: "Territory", label: __("Territory") });
		add({ fieldname: "from_date", fieldtype: "Date", label: __("Promised from") });
		add({ fieldname: "to_date", fieldtype: "Date", label: __("Promised to") });
		for (const field of Object.values(this.fields)) {
			field.$input.attr("aria-label", field.df.label);
		}
		const search = this.fields.search.$input;
		search.attr({ type: "search", "aria-keyshortcuts": "/" });
		search.on(
			"input",
			frappe.utils.debounce(() => this.changed(), SEARCH_PAUSE)
		);
	}

	/** Show the fields that a view knows, with these values; a change that they make in the fields is no news. */
	async set(values, known) {
		this.setting = true;
		this.values = {};
		for (const [name, field] of Object.entries(this.fields)) {
			field.$wrapper.toggle(known.includes(name));
			const value = values[name] || "";
			if (value) this.values[name] = value;
			if ((field.get_value() || "") !== value) await field.set_value(value);
		}
		this.setting = false;
	}

	changed() {
		if (this.setting) return;
		const values = {};
		for (const [name, field] of Object.entries(this.fields)) {
			const value = (name === "search" ? field.$input.val().trim() : field.get_value()) || "";
			if (value) values[name] = value;
		}
		if (JSON.stringify(values) === JSON.stringify(this.values)) return;
		this.values = values;
		this.on_change(values, Object.keys(this.fields));
	}

	focus_search() {
		this.fields.search.$input.trigger("focus").trigger("select");
	}
}
