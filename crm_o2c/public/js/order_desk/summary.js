// Tabs, and the counts by band, gate, severity and kind; each count is a filter.
import { severity_color } from "../checks/words";
import { h } from "./dom";
import { ALERTS, HOLDS, is_ranked, OUT, QUEUE, VIEWS } from "./state";
import { band_color, count } from "./words";

export class Summary {
	/** on_view(view), on_filter(name, value) where an empty value takes the filter away */
	constructor({ on_view, on_filter, on_clear }) {
		this.on_view = on_view;
		this.on_filter = on_filter;
		this.tabs = {
			[QUEUE]: this.tab(QUEUE, __("Queue")),
			[OUT]: this.tab(OUT, __("Out of the queue")),
			[ALERTS]: this.tab(ALERTS, __("Alerts")),
			[HOLDS]: this.tab(HOLDS, __("Holds")),
		};
		this.cards = h("div.desk-bands", { role: "group" });
		this.chips = h("div.desk-gates", { role: "group", "aria-label": __("Orders by reason") });
		const tabs = h("div.desk-tabs", {
			role: "tablist",
			"aria-label": __("Order Desk"),
			onkeydown: (e) => this.arrow(e),
		});
		tabs.append(...Object.values(this.tabs).map((tab) => tab.button));
		this.clear = h("button.btn.btn-xs.btn-link.desk-clear", { type: "button", onclick: on_clear }, __("Clear Filters"));
		this.element = h("div.desk-summary", {}, h("div.desk-views", {}, tabs, this.clear), this.cards, this.chips);
	}

	tab(view, label) {
		const number = h("span.desk-tab-count", {}, "–");
		const button = h(
			"button.desk-tab",
			{
				type: "button",
				role: "tab",
				id: `desk-tab-${view}`,
				"aria-controls": "desk-list",
				onclick: () => this.on_view(view),
			},
			label,
			number
		);
		return { button, number };
	}

	arrow(event) {
		const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
		if (!step) return;
		event.preventDefault();
		event.stopPropagation();
		const other = this.next_view(this.state.view, step);
		this.on_view(other);
		this.tabs[other].button.focus();
	}

	/** The view beside one, the first again after the last. */
	next_view(view, step = 1) {
		const shown = Object.keys(VIEWS).filter((name) => !this.tabs[name].button.hidden);
		return shown[(shown.indexOf(view) + step + shown.length) % shown.length];
	}

	/** `ranked` and `checked` are the counts of orders and of what checks found. */
	render(state, { ranked, checked } = {}) {
		this.state = state;
		const counts = { ...(ranked?.visible ? ranked : {}), ...(checked?.visible ? checked : {}) };
		for (const [view, { button, number }] of Object.entries(this.tabs)) {
			const chosen = view === state.view;
			button.setAttribute("aria-selected", chosen);
			button.tabIndex = chosen ? 0 : -1;
			if (counts[view] !== undefined) number.textContent = count(counts[view]);
			if (ranked && checked) button.hidden = !chosen && !(is_ranked(view) ? ranked : checked).visible;
		}
		this.clear.hidden = !Object.keys(state.filters).length;
		const focused = this.element.contains(document.activeElement) && document.activeElement.dataset.key;
		this.cards.replaceChildren(...this.card_buttons(state, ranked, checked));
		this.chips.replaceChildren(...this.chip_buttons(state, ranked, checked));
		this.cards.hidden = !this.cards.childElementCount;
		this.chips.hidden = !this.chips.childElementCount;
		if (focused) this.element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
	}

	card_buttons(state, ranked, checked) {
		this.cards.setAttribute("aria-label", state.view === ALERTS ? __("Alerts by severity") : __("Orders by band"));
		if (is_ranked(state.view)) {
			if (!ranked?.visible) return [];
			return this.cards_of(state, "band", ranked.bands, band_color, (row) => row[state.view]);
		}
		if (state.view !== ALERTS || !checked?.visible) return [];
		return this.cards_of(state, "severity", checked.severities, severity_color, (row) => row.count);
	}

	cards_of(state, name, rows, color_of, number_of) {
		const total = rows.reduce((sum, row) => sum + number_of(row), 0);
		return rows.map((row) => {
			const number = number_of(row);
			const share = total ? (100 * number) / total : 0;
			const color = color_of(row[name]);
			return this.toggle(
				"button.desk-band",
				{
					name,
					value: row[name],
					chosen: state.filters[name] === row[name],
					style: `--desk-color: var(--desk-${color})`,
				},
				h("span.desk-band-label", {}, h(`span.indicator.${color}`, {}), row.label),
				h("span.desk-band-count", {}, count(number)),
				h("span.desk-band-share", { "aria-hidden": "true" }, h("span", { style: `width: ${share}%`, hidden: !number }))
			);
		});
	}

	chip_buttons(state, ranked, checked) {
		if (state.view === OUT && ranked?.visible) return this.chips_of(state, "gate", ranked.gates);
		if (state.view === ALERTS && checked?.visible) return this.chips_of(state, "detector", checked.detectors);
		return [];
	}

	chips_of(state, name, rows) {
		return rows.map((row) =>
			this.toggle(
				"button.desk-gate.btn.btn-xs.btn-default",
				{ name, value: row[name], chosen: state.filters[name] === row[name] },
				row.label,
				h("span.desk-gate-count", {}, count(row.count))
			)
		);
	}

	toggle(selector, { name, value, chosen, style }, ...children) {
		return h(
			selector,
			{
				type: "button",
				style,
				"data-key": `${name}-${value}`,
				"aria-pressed": String(chosen),
				onclick: () => this.on_filter(name, chosen ? "" : value),
			},
			...children
		);
	}
}
