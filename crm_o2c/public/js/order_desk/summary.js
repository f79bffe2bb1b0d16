// Tabs, and the counts by band and by gate; each count is a filter.
import { h } from "./dom";
import { OUT, QUEUE } from "./state";
import { band_color, count } from "./words";

export class Summary {
	/** on_view(view), on_filter(name, value) where an empty value takes the filter away */
	constructor({ on_view, on_filter, on_clear }) {
		this.on_view = on_view;
		this.on_filter = on_filter;
		this.tabs = {
			[QUEUE]: this.tab(QUEUE, __("Queue")),
			[OUT]: this.tab(OUT, __("Out of the queue")),
		};
		this.bands = h("div.desk-bands", { role: "group", "aria-label": __("Orders by band") });
		this.gates = h("div.desk-gates", { role: "group", "aria-label": __("Orders by reason") });
		const tabs = h("div.desk-tabs", {
			role: "tablist",
			"aria-label": __("Order Desk"),
			onkeydown: (e) => this.arrow(e),
		});
		tabs.append(...Object.values(this.tabs).map((tab) => tab.button));
		this.clear = h("button.btn.btn-xs.btn-link.desk-clear", { type: "button", onclick: on_clear }, __("Clear Filters"));
		this.element = h("div.desk-summary", {}, h("div.desk-views", {}, tabs, this.clear), this.bands, this.gates);
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
		if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
		event.preventDefault();
		event.stopPropagation();
		const other = this.state.view === QUEUE ? OUT : QUEUE;
		this.on_view(other);
		this.tabs[other].button.focus();
	}

	render(state, summary) {
		this.state = state;
		for (const [view, { button, number }] of Object.entries(this.tabs)) {
			const chosen = view === state.view;
			button.setAttribute("aria-selected", chosen);
			button.tabIndex = chosen ? 0 : -1;
			if (summary?.visible) number.textContent = count(summary[view]);
		}
		this.clear.hidden = !Object.keys(state.filters).length;
		if (!summary?.visible) return;
		const focused = this.element.contains(document.activeElement) && document.activeElement.dataset.key;
		this.bands.replaceChildren(...this.band_buttons(state, summary));
		this.gates.replaceChildren(...(state.view === OUT ? this.gate_buttons(state, summary) : []));
		this.gates.hidden = !this.gates.childElementCount;
		if (focused) this.element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
	}

	band_buttons(state, summary) {
		const total = summary.bands.reduce((sum, row) => sum + row[state.view], 0);
		return summary.bands.map((row) => {
			const number = row[state.view];
			const share = total ? (100 * number) / total : 0;
			const color = band_color(row.band);
			return this.toggle(
				"button.desk-band",
				{
					name: "band",
					value: row.band,
					chosen: state.filters.band === row.band,
					style: `--desk-color: var(--desk-${color})`,
				},
				h("span.desk-band-label", {}, h(`span.indicator.${color}`, {}), row.label),
				h("span.desk-band-count", {}, count(number)),
				h("span.desk-band-share", { "aria-hidden": "true" }, h("span", { style: `width: ${share}%`, hidden: !number }))
			);
		});
	}

	gate_buttons(state, summary) {
		return summary.gates.map((row) =>
			this.toggle(
				"button.desk-gate.btn.btn-xs.btn-default",
				{ name: "gate", value: row.gate, chosen: state.filters.gate === row.gate },
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
