// The rows of one page, one of them chosen, and the pages.
import { h } from "./dom";
import { count } from "./words";

export class Queue {
	/** on_select(order), on_open(order), on_page(step) */
	constructor({ on_select, on_open, on_page }) {
		Object.assign(this, { on_select, on_open, on_page });
		this.orders = [];
		this.selected = null;
		this.grid = h("div.desk-grid", { role: "grid", "aria-label": __("Orders") });
		this.range = h("span.text-muted", { "aria-live": "polite" });
		this.previous = this.pager(__("Previous"), -1);
		this.next = this.pager(__("Next"), 1);
		const pages = h("div.btn-group", {}, this.previous, this.next);
		this.footer = h("div.desk-footer", { role: "navigation", "aria-label": __("Pages") }, this.range, pages);
		this.bar = h("div.desk-bar-slot");
		const parts = [this.bar, this.grid, this.footer];
		this.element = h("div.desk-list.frappe-card", { id: "desk-list", role: "tabpanel" }, parts);
		this.grid.addEventListener("click", (event) => this.clicked(event));
		this.grid.addEventListener("dblclick", () => this.selected && this.on_open(this.selected));
	}

	pager(label, step) {
		return h("button.btn.btn-default.btn-sm", { type: "button", onclick: () => this.on_page(step) }, label);
	}

	/**
	 * `shape` says what columns a row has and makes their cells. `fresh`: the same part of the list again, so what changed is
	 * pointed out.
	 */
	render({ orders, view, shape, start, has_more, total, fresh }) {
		const before = new Map(this.orders.map((order) => [order.name, JSON.stringify(order)]));
		const focused = this.grid.contains(document.activeElement);
		Object.assign(this, { orders, start });
		const columns = shape.columns(view);
		const head = this.head(columns);
		const rows = orders.map((order) => {
			const row = make_row(order, columns, shape.make_cells(order, orders));
			if (fresh && before.get(order.name) !== JSON.stringify(order)) row.classList.add("desk-changed");
			return row;
		});
		this.grid.dataset.view = view;
		this.grid.setAttribute("aria-label", shape.label);
		this.grid.replaceChildren(head, ...rows);
		this.grid.setAttribute("aria-rowcount", total ?? -1);
		this.render_footer(has_more, total);
		this.mark(orders.find((order) => order.name === this.selected?.name) || null);
		if (focused) this.row_of(this.selected)?.focus({ preventScroll: true });
	}

	head(columns) {
		const cells = columns.map(([name, label]) =>
			h(`div.desk-cell.desk-${name}`, { role: "columnheader" }, typeof label === "function" ? label() : label)
		);
		return h("div.desk-row.desk-head", { role: "row" }, cells);
	}

	render_footer(has_more, total) {
		const first = this.start + 1;
		const last = this.start + this.orders.length;
		this.range.textContent = __("{0} to {1} of {2}", [
			count(first),
			count(last),
			total === undefined ? "…" : count(total),
		]);
		this.previous.disabled = !this.start;
		this.next.disabled = !has_more;
		this.footer.hidden = !this.orders.length;
	}

	/** Show what is for the chosen rows above them. */
	set_bar(element) {
		this.bar.replaceChildren(...[element].filter(Boolean));
	}

	/** Other rows come than those shown: none of them stays. */
	forget() {
		this.orders = [];
		this.selected = null;
		this.grid.replaceChildren();
	}

	/** Rows that stand for those to come. */
	render_skeleton() {
		if (this.orders.length) {
			this.grid.classList.add("desk-waiting");
			return;
		}
		const bones = [8, 30, 12, 14, 16, 20].map((width) => h("div.desk-bone", { style: `width: ${width}%` }));
		const row = h("div.desk-row.desk-skeleton-row", {}, bones);
		this.grid.setAttribute("aria-busy", "true");
		this.grid.replaceChildren(...Array.from({ length: 10 }, () => row.cloneNode(true)));
		this.footer.hidden = true;
	}

	ready() {
		this.grid.classList.remove("desk-waiting");
		this.grid.removeAttribute("aria-busy");
	}

	/** Something to read in place of rows. */
	render_message(element) {
		this.orders = [];
		this.selected = null;
		this.grid.replaceChildren(element);
		this.footer.hidden = true;
	}

	clicked(event) {
		const row = event.target.closest(".desk-row[data-name]");
		if (!row || event.target.closest("a, button, label, input")) return;
		this.select(row.dataset.name, { again: true });
	}

	select(name, options = {}) {
		const order = this.orders.find((one) => one.name === name);
		if (!order) return;
		this.mark(order);
		this.on_select(order, options);
	}

	/** Move the choice by rows; true where it moved. */
	move(step) {
		const index = this.orders.findIndex((order) => order.name === this.selected?.name);
		const order = this.orders[index < 0 ? 0 : index + step];
		if (!order) return false;
		this.select(order.name);
		this.row_of(order).focus({ preventScroll: true });
		this.row_of(order).scrollIntoView({ block: "nearest" });
		return true;
	}

	mark(order) {
		this.selected = order;
		for (const row of this.grid.querySelectorAll(".desk-row[data-name]")) {
			const chosen = row.dataset.name === order?.name;
			row.setAttribute("aria-selected", chosen);
			row.tabIndex = chosen ? 0 : -1;
		}
		const first = this.grid.querySelector(".desk-row[data-name]");
		if (!order && first) first.tabIndex = 0;
	}

	row_of(order) {
		return order && this.grid.querySelector(`[role=row][data-name="${CSS.escape(order.name)}"]`);
	}
}

function make_row(order, columns, cells) {
	const attributes = { role: "row", tabindex: -1, "data-name": order.name, "aria-selected": "false" };
	const make_cell = ([name]) => h(`div.desk-cell.desk-${name}`, { role: "gridcell" }, cells[name]);
	return h("div.desk-row", attributes, columns.map(make_cell));
}
