// One order on the board.
import { h, icon } from "../order_desk/dom";
import { band_color, date, money, when } from "../order_desk/words";
import { ago, moment_text } from "../timeline/words";

/** `on_move` puts it in another stage; null where the user may not. */
export function make_card(order, { on_move, on_drag }) {
	const href = frappe.utils.get_form_link("Sales Order", order.name);
	const card = h(
		`li.board-card${order.overdue ? ".board-overdue" : ""}`,
		{ "data-name": order.name, draggable: on_move ? "true" : null },
		h(
			"div.board-card-head",
			{},
			h("a.board-name", { href, draggable: "false" }, order.name),
			h("span.board-value", { title: format_currency(order.value, order.currency) }, money(order.value, order.currency))
		),
		h("div.board-customer", { title: order.customer_name }, order.customer_name),
		h("div.board-facts", {}, promise(order), marks(order)),
		h(
			"div.board-foot",
			{},
			h("span", { title: moment_text(order.since) }, __("here since {0}", [ago(order.since)])),
			on_move && move_button(order, on_move)
		),
		due(order)
	);
	if (on_move) {
		card.addEventListener("dragstart", (event) => {
			event.dataTransfer.effectAllowed = "move";
			event.dataTransfer.setData("text/plain", order.name);
			on_drag(order);
		});
		card.addEventListener("dragend", () => on_drag(null));
	}
	return card;
}

function move_button(order, on_move) {
	const label = __("Move {0}", [order.name]);
	const attributes = { type: "button", title: label, "aria-label": label, onclick: () => on_move(order) };
	return h("button.btn.btn-xs.btn-link.board-move", attributes, icon("arrow-right", "xs"));
}

function promise({ promised, days }) {
	if (!promised) return null;
	const late = days !== null && days < 0;
	const text = days === null ? date(promised) : `${date(promised)}, ${when(days)}`;
	return h(`span${late ? ".board-late" : ""}`, { title: __("Promised for {0}", [date(promised)]) }, text);
}

function marks({ band, held, by_hand }) {
	const found = [];
	if (band) {
		const band_label = band;
		found.push(h(`span.indicator-pill.no-indicator-dot.${band_color(band)}`, {}, __(band_label)));
	}
	if (held) found.push(h("span.indicator-pill.no-indicator-dot.orange", {}, __("Held")));
	if (by_hand) found.push(h("span.indicator-pill.no-indicator-dot.gray", {}, __("By hand")));
	return found;
}

function due({ due: until, overdue }) {
	if (!until) return null;
	const text = overdue ? __("overdue since {0}", [moment_text(until)]) : __("due by {0}", [moment_text(until)]);
	return h(`div${overdue ? ".board-late" : ".text-muted"}`, {}, text);
}
