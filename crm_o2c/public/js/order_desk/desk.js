// Order Desk: the ranked queue and why each order stands where it does, what checks found, and what they hold.
import { AlertsView } from "./alerts";
import { get_alert_counts, get_summary, rescore } from "./api";
import { h } from "./dom";
import { Filters } from "./filters";
import { HoldsView } from "./holds";
import { add_keys } from "./keys";
import { Live } from "./live";
import { banner, failure, nothing, nothing_found } from "./messages";
import { Queue } from "./queue";
import { RankedView } from "./ranked";
import {
	ALERTS,
	empty_state,
	filters_for,
	HOLDS,
	is_ranked,
	OUT,
	PAGE_LENGTH,
	QUEUE,
	read_state,
	VIEWS,
	write_state,
} from "./state";
import { Summary } from "./summary";

const WIDE = "(min-width: 1100px)"; // as in order_desk.bundle.css

export class OrderDesk {
	constructor(page) {
		this.page = page;
		this.state = empty_state();
		this.counts = {};
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
		this.make_views();
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

	make_views() {
		const handlers = { on_changed: () => this.refresh(), on_close: () => this.deselect() };
		const ranked = new RankedView(handlers);
		this.views = {
			[QUEUE]: ranked,
			[OUT]: ranked,
			[ALERTS]: new AlertsView(handlers),
			[HOLDS]: new HoldsView(handlers),
		};
	}

	get view() {
		return this.views[this.state.view];
	}

	get panel() {
		return this.view.panel;
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

	/** Show another part of the queue, or another view. */
	go(change) {
		const moved = change.view || change.page || change.filters;
		const before = this.state.view;
		this.state = { ...this.state, ...change };
		this.state.filters = filters_for(this.state.view, this.state.filters);
		if (moved) {
			this.queue.selected = null;
			if (change.order === undefined) this.state.order = "";
		}
		if (before !== this.state.view) this.change_view(before);
		this.filters.set(this.state.filters, VIEWS[this.state.view]);
		this.summary.render(this.state, this.counts);
		return this.load();
	}

	change_view(before) {
		const panel = this.views[before].panel;
		panel.clear();
		if (panel !== this.panel) panel.element.remove();
		this.queue.forget();
		this.queue.set_bar(this.view.picks?.element);
		this.place_panel();
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
		this.go({ view: this.summary.next_view(this.state.view), page: 1, order: "" });
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
		const { state } = this;
		this.write_address();
		if (!fresh) this.queue.render_skeleton();
		try {
			this.live.done();
			const [page, ranked, checked] = await Promise.all([
				this.view.get_page(state, PAGE_LENGTH, signal),
				get_summary(filters_for(is_ranked(state.view) ? state.view : QUEUE, state.filters), signal),
				get_alert_counts(filters_for(is_ranked(state.view) ? ALERTS : state.view, state.filters), signal),
			]);
			if (!signal.aborted) this.render(page, { ranked, checked }, fresh);
		} catch (error) {
			if (error.name !== "AbortError") this.fail(error);
		}
	}

	render(page, counts, fresh) {
		this.counts = counts;
		const { view } = this.state;
		const own = is_ranked(view) ? counts.ranked : counts.checked;
		if (!page.rows.length && this.state.page > 1) {
			this.go({ page: Math.max(1, Math.ceil(cint(own[view]) / PAGE_LENGTH)) });
			return;
		}
		this.queue.ready();
		this.banner.replaceChildren(...[is_ranked(view) && banner(counts.ranked)].filter(Boolean));
		this.summary.render(this.state, counts);
		this.view.picks?.set_rows(page.rows);
		if (!page.rows.length) {
			this.show_nothing();
			return;
		}
		this.queue.render({
			orders: page.rows,
			view,
			shape: this.view,
			start: page.start,
			has_more: page.has_more,
			total: own[view],
			fresh,
		});
		this.view.picks?.render();
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
		this.view.picks?.render();
		const wanted = { filtered: this.is_filtered(), on_clear: () => this.clear_filters() };
		this.queue.render_message(
			is_ranked(this.state.view)
				? nothing({ ...wanted, view: this.state.view, summary: this.counts.ranked, on_rescore: () => this.rescore() })
				: nothing_found({ ...wanted, view: this.view, checked: this.counts.checked })
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

	/** Take the chosen row into what an action is for, or out of it. */
	pick() {
		if (this.queue.selected) this.view.picks?.toggle(this.queue.selected.name);
	}

	act(code) {
		this.view.by_key(code, this.queue.selected);
	}

	open() {
		const row = this.queue.selected;
		if (row) frappe.set_route("Form", "Sales Order", row.sales_order || row.name);
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
