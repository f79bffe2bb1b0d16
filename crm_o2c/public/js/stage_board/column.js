// One stage: how many orders are in it, what they are worth, and the first of them.
import { h } from "../order_desk/dom";
import { count, money } from "../order_desk/words";
import { make_card } from "./card";

export class Column {
	/** handlers: on_more(column), on_move(order), on_drag(order), on_drop(order name, column), may_put */
	constructor(data, handlers) {
		Object.assign(this, { data, handlers });
		this.shown = 0;
		this.cards = h("ul.board-cards", { "aria-label": data.label });
		this.more = h("button.btn.btn-default.btn-xs.board-more", { type: "button" }, __("Show More"));
		this.more.addEventListener("click", () => this.handlers.on_more(this));
		this.element = h(
			`section.board-column${data.count ? "" : ".board-empty"}`,
			{ "data-stage": data.stage, "aria-label": data.label },
			this.head(),
			this.cards,
			this.more
		);
		this.add(data.cards, data.has_more);
		this.take_drops();
	}

	head() {
		const { label, colour, count: number, late, values } = this.data;
		const worth = values.map(({ currency, value }) => money(value, currency)).join(" + ");
		return h(
			"header.board-head",
			{},
			h(
				"div.board-title",
				{},
				h(`span.indicator-pill.no-indicator-dot.${colour || "gray"}`, {}, label),
				h("span.board-count", {}, count(number)),
				late > 0 && h("span.board-late", {}, late === 1 ? __("1 overdue") : __("{0} overdue", [count(late)]))
			),
			h("div.text-muted.small", {}, [worth, this.kind()].filter(Boolean).join(" · "))
		);
	}

	kind() {
		if (this.data.over) return __("of the last {0} days", [this.handlers.over_days]);
		return this.data.by_hand ? __("by hand") : "";
	}

	/** Cards that came, at the end. */
	add(orders, has_more) {
		const on_move = this.handlers.may_put ? this.handlers.on_move : null;
		this.cards.append(...orders.map((order) => make_card(order, { on_move, on_drag: this.handlers.on_drag })));
		this.shown += orders.length;
		this.more.hidden = !has_more;
		this.more.disabled = false;
	}

	take_drops() {
		const over = (on) => this.element.classList.toggle("board-over", on);
		this.element.addEventListener("dragover", (event) => {
			event.preventDefault(); // every column takes a drop: one that can't keep it says why
			event.dataTransfer.dropEffect = "move";
			over(true);
		});
		this.element.addEventListener("dragleave", (event) => {
			if (!this.element.contains(event.relatedTarget)) over(false);
		});
		this.element.addEventListener("drop", (event) => {
			event.preventDefault();
			over(false);
			this.handlers.on_drop(this);
		});
	}
}
