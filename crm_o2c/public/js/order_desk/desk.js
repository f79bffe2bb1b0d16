// Order Desk: the ranked queue, and why each order stands where it does.
import { get_queue, get_summary, rescore } from "./api";
import { h } from "./dom";
import { Filters } from "./filters";
import { add_keys } from "./keys";
import { Live } from "./live";
import { banner, failure, nothing } from "./messages";
import { Panel } from "./panel";
import { Queue } from "./queue";
import { empty_state, OUT, PAGE_LENGTH, QUEUE, read_state, write_state } from "./state";
import { Summary } from "./summary";

const WIDE = "(min-width: 1100px)"; // as in order_desk.bundle.css

export class OrderDesk {
	constructor(page) {
		this.page = page;
		this.state = empty_state();
		this.wide = window.matchMedia(WIDE);
		this.filters = new Filters(page, (values, names) => this.filtered(values, names));
		this.summary = new Summary({
			on_view: (view) => this.go({ view, page: 1, order: "" }),
			on_filter: (name, value) => this.go({ page: 1, filters: { ...this.state.filters, [name]: value } }),
			on_clear: () => this.clear_filters(),
		});
		this.queue = new Queue({
			on_select: (order, options) => this.selected(order, options),
			on_open: () => this.open(),
			on_page: (step) => this.turn(step),
		});
		this.panel = new Panel({ on_changed: () => this.refresh(), on_close: () => this.deselect() });
		this.banner = h("div");
		this.cell = h("div", { role: "gridcell" });
		this.detail = h("div.desk-detail", { role: "row" }, this.cell);
		this.body = h("div.desk-body", {}, this.queue.element);
		page.wrapper.addClass("order-desk-page");
		page.main.append(h("div.order-desk", {}, this.banner, this.summary.element, this.body));
		this.wide.addEventListener("change", () => this.place_panel());
		this.place_panel();
		this.live = new Live({ is_visible: () => this.is_visible(), refresh: () => this.refresh() });
		page.set_secondary_action(__("Refresh"), () => this.refresh(), { icon: "refresh" });
		page.add_menu_item(__("Keyboard Shortcuts"), () => frappe.ui.keys.show_keyboard_shortcut_dialog());
		page.add_menu_item(__("Clear Filters"), () => this.clear_filters());
	}

	/** The page came into view: by a link with its own view, or back to what it showed. */
	show() {
		add_keys(this.page, this);
		this.live.subscribe();
		const options = frappe.route_options || {};
		frappe.route_options = null;
		this.go(Object.keys(options).length ? read_state(options) : {});
	}

	is_visible() {
		return !document.hidden && this.page.wrapper.is(":visible");
	}

	/** Show another part of the queue. */
	go(change) {
		const moved = change.view || change.page || change.filters;
		this.state = { ...this.state, ...change };
		const filters = Object.entries(this.state.filters).filter(([, value]) => value);
		this.state.filters = Object.fromEntries(filters);
		if (moved) {
			this.queue.selected = null;
			if (change.order === undefined) this.state.order = "";
		}
		this.filters.set(this.state.filters);
		this.summary.render(this.state, this.counts);
		return this.load();
	}

	is_filtered() {
		return Object.keys(this.state.filters).length > 0;
	}

	filtered(values, names) {
		const others = Object.entries(this.state.filters).filter(([name]) => !names.includes(name));
		this.go({ page: 1, filters: { ...Object.fromEntries(others), ...values } });
	}

	clear_filters() {
		this.go({ page: 1, filters: {} });
	}

	other_view() {
		this.go({ view: this.state.view === QUEUE ? OUT : QUEUE, page: 1, order: "" });
	}

	turn(step) {
		const button = step > 0 ? this.queue.next : this.queue.previous;
		if (button.disabled) return;
		this.go({ page: this.state.page + step });
		this.page.main[0].scrollIntoView({ block: "start" });
	}

	/** The same part again, with the same order chosen. */
	refresh() {
		return this.load({ fresh: true });
	}

	async load({ fresh = false } = {}) {
		this.request?.abort();
		this.request = new AbortController();
		const { signal } = this.request;
		this.write_address();
		if (!fresh) this.queue.render_skeleton();
		try {
			this.live.done();
			const [page, counts] = await Promise.all([
				get_queue(this.state, PAGE_LENGTH, signal),
				get_summary(this.state.filters, signal),
			]);
			if (!signal.aborted) this.render(page, counts, fresh);
		} catch (error) {
			if (error.name !== "AbortError") this.fail(error);
		}
	}

	render(page, counts, fresh) {
		this.counts = counts;
		if (!page.rows.length && this.state.page > 1) {
			this.go({ page: Math.max(1, Math.ceil(cint(counts[this.state.view]) / PAGE_LENGTH)) });
			return;
		}
		this.queue.ready();
		this.banner.replaceChildren(...[banner(counts)].filter(Boolean));
		this.summary.render(this.state, counts);
		this.summary.element.hidden = !counts.visible;
		if (!page.rows.length) {
			this.show_nothing();
			return;
		}
		const { view } = this.state;
		this.queue.render({
			orders: page.rows,
			view,
			start: page.start,
			has_more: page.has_more,
			total: counts[view],
			fresh,
		});
		this.choose(fresh);
	}

	/** Keep the chosen order; where it left the page, or none was chosen, a wide desk shows the first. */
	choose(fresh) {
		const names = this.queue.orders.map((order) => order.name);
		if (names.includes(this.state.order)) {
			this.queue.select(this.state.order, { fresh });
		} else if (this.wide.matches) {
			this.queue.select(names[0]);
		} else {
			this.deselect();
		}
	}

	show_nothing() {
		this.deselect();
		this.queue.render_message(
			nothing({
				view: this.state.view,
				filtered: this.is_filtered(),
				summary: this.counts,
				on_clear: () => this.clear_filters(),
				on_rescore: () => this.rescore(),
			})
		);
	}

	fail(error) {
		this.queue.ready();
		this.deselect();
		this.queue.render_message(failure(error, () => this.load()));
	}

	async rescore() {
		await rescore();
		frappe.show_alert({
			message: __("All orders are being ranked. The desk shows them as they come."),
			indicator: "blue",
		});
	}

	// -- the chosen order ---------------------------------------------------------------------------------------------------

	selected(order, { fresh = false, again = false } = {}) {
		if (again && !this.wide.matches && this.state.order === order.name) {
			this.deselect(); // a second touch closes what the first opened
			return;
		}
		this.state.order = order.name;
		this.write_address();
		this.place_panel();
		const rank = this.is_filtered() ? null : order.position;
		this.panel.show(order, { fresh, rank });
	}

	deselect() {
		this.state.order = "";
		this.write_address();
		this.queue.mark(null);
		this.panel.clear();
		this.place_panel();
	}

	open() {
		if (this.queue.selected) frappe.set_route("Form", "Sales Order", this.queue.selected.name);
	}

	/** Beside the queue, or below the chosen row. */
	place_panel() {
		const row = this.queue.row_of(this.queue.selected);
		(this.wide.matches ? this.body : this.cell).append(this.panel.element);
		if (this.wide.matches || !row) this.detail.remove();
		else row.after(this.detail);
	}

	write_address() {
		if (frappe.get_route()[0] === "order-desk") write_state(this.state);
	}
}
