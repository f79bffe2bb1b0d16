// The stage board: orders by stage. Orders move by what happens to them; people put them in stages without a rule.
import { h } from "../order_desk/dom";
import { Live } from "../order_desk/live";
import { put_order } from "../timeline/api";
import { put_dialog, take_out_dialog } from "../timeline/stage_dialog";
import { get_board, get_cards } from "./api";
import { Column } from "./column";

const FILTERS = ["company", "customer", "mine", "late"];

export class StageBoard {
	constructor(page) {
		this.page = page;
		this.filters = {};
		this.fields = {};
		this.dragged = null;
		this.message = h("div.board-message.text-muted", { role: "status", hidden: true });
		this.columns = h("div.board-columns", { role: "list", "aria-label": __("Stages"), tabindex: 0 });
		page.wrapper.addClass("stage-board-page");
		page.main.append(h("div.stage-board", {}, this.message, this.columns));
		this.make_filters();
		this.live = new Live({ is_visible: () => this.is_visible(), refresh: () => this.load() });
		page.set_secondary_action(__("Refresh"), () => this.load(), { icon: "refresh" });
	}

	make_filters() {
		const add = (df) => {
			this.fields[df.fieldname] = this.page.add_field({ ...df, change: () => this.changed() });
		};
		if (Object.keys(locals[":Company"] || {}).length > 1) {
			add({ fieldname: "company", fieldtype: "Link", options: "Company", label: __("Company") });
		}
		add({ fieldname: "customer", fieldtype: "Link", options: "Customer", label: __("Customer") });
		add({ fieldname: "mine", fieldtype: "Check", label: __("Mine") });
		add({ fieldname: "late", fieldtype: "Check", label: __("Overdue Only") });
	}

	is_visible() {
		return !document.hidden && this.page.wrapper.is(":visible");
	}

	/** The page came into view, by a link with filters perhaps. */
	async show() {
		this.live.subscribe();
		const options = frappe.route_options || {};
		frappe.route_options = null;
		for (const name of FILTERS) {
			if (options[name] !== undefined && this.fields[name]) await this.fields[name].set_value(options[name]);
		}
		this.filters = this.read_filters();
		this.load();
	}

	read_filters() {
		const given = Object.entries(this.fields).map(([name, field]) => [name, field.get_value()]);
		return Object.fromEntries(given.filter(([, value]) => value));
	}

	changed() {
		const filters = this.read_filters();
		if (JSON.stringify(filters) === JSON.stringify(this.filters)) return;
		this.filters = filters;
		this.load();
	}

	async load() {
		this.request?.abort();
		this.request = new AbortController();
		const { signal } = this.request;
		this.columns.setAttribute("aria-busy", "true");
		try {
			this.live.done();
			const data = await get_board(this.filters, signal);
			if (!signal.aborted) this.render(data);
		} catch (error) {
			if (error.name !== "AbortError") this.say(error.message);
		}
		this.columns.removeAttribute("aria-busy");
	}

	render({ columns, over_days, may_put }) {
		this.by_hand = columns.filter((column) => column.by_hand).map(({ stage, label }) => ({ code: stage, label }));
		const handlers = {
			over_days,
			may_put,
			on_more: (column) => this.more(column),
			on_move: (order) => this.move(order),
			on_drag: (order) => this.drag(order),
			on_drop: (column) => this.dropped(column),
		};
		const at = this.columns.scrollLeft;
		this.columns.replaceChildren(...columns.map((column) => new Column(column, handlers).element));
		this.columns.scrollLeft = at;
		this.say("");
	}

	say(text) {
		this.message.textContent = text;
		this.message.hidden = !text;
	}

	async more(column) {
		column.more.disabled = true;
		try {
			const { cards, has_more } = await get_cards(column.data.stage, this.filters, column.shown);
			column.add(cards, has_more);
		} catch (error) {
			column.more.disabled = false;
			frappe.show_alert({ message: error.message, indicator: "red" });
		}
	}

	drag(order) {
		this.dragged = order || this.dragged;
		this.columns.classList.toggle("board-dragging", Boolean(order));
	}

	/** Put what was dragged there; where nobody can, say so. */
	dropped({ data: { stage, label, by_hand, cards } }) {
		const order = this.dragged;
		this.dragged = null;
		if (!order || cards.some(({ name }) => name === order.name)) return;
		if (by_hand) {
			put_order(order.name, stage, "").then(() => this.load());
			return;
		}
		if (order.by_hand) {
			take_out_dialog(order.name, () => this.load());
			return;
		}
		const safe = frappe.utils.escape_html(label);
		frappe.show_alert(
			{ message: __("Orders come to {0} by what happens to them, not by hand.", [safe]), indicator: "orange" },
			7
		);
	}

	/** The same without dragging, for keys and for phones. */
	move(order) {
		if (order.by_hand) take_out_dialog(order.name, () => this.load());
		else if (this.by_hand.length) put_dialog(order.name, this.by_hand, () => this.load());
		else
			frappe.show_alert({ message: __("There is no stage without a rule to put orders in."), indicator: "orange" }, 7);
	}
}
