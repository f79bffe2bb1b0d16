// One order in the queue.
import { h, icon } from "./dom";
import { order_cell } from "./order_cell";
import { OUT } from "./state";
import { band_color, count, date, money, score, signed, when } from "./words";

export function columns(view) {
	const shared = [
		["order", __("Order")],
		["value", __("To deliver")],
		["promise", __("Promise")],
		["priority", __("Priority")],
	];
	const status = ["status", __("Status")];
	return view === OUT
		? [...shared, ["why", __("Why it waits")], status]
		: [["position", "#"], ...shared, ["terms", __("Made of")], status];
}

export function make_cells(order, scale) {
	return {
		position: order.position && count(order.position),
		order: order_cell(order),
		value: h(
			"span",
			{ title: format_currency(order.open_value, order.currency) },
			money(order.open_value, order.currency)
		),
		promise: promise(order),
		priority: priority(order),
		terms: terms_bar(order.terms, scale),
		why: order.gate_label,
		status: status(order),
	};
}

function promise(order) {
	const late = order.days < 0;
	return [
		h("div", {}, date(order.promise_date)),
		h(`div.desk-when${late ? ".desk-late" : ""}`, {}, order.promise_date ? when(order.days) : __("No promise date")),
	];
}

function priority(order) {
	return [
		h(`span.indicator-pill.${band_color(order.band)}`, {}, order.band_label),
		h("span.desk-score", { title: __("Score, 0 to 100") }, score(order.score)),
		...marks(order),
	];
}

function marks(order) {
	const found = [];
	if (order.lane) {
		const text = __("Reserved lane: waited longest");
		found.push(h("span.desk-mark.desk-lane", { title: text }, icon("es-line-time", "xs"), h("span", {}, text)));
	}
	if (order.boost) {
		const text = __("Boost {0}", [signed(order.boost)]);
		found.push(h("span.desk-mark.desk-boost", { title: text }, icon("arrow-up-right", "xs"), h("span", {}, text)));
	}
	return found;
}

function status(order) {
	const delivered = order.per_delivered ? __("{0} % delivered", [Math.round(order.per_delivered)]) : "";
	return [h("div", {}, __(order.status)), delivered && h("div.text-muted", {}, delivered)];
}

/** The largest sums of points above and below zero: all bars of a page share this scale. */
export function scale_of(orders) {
	const largest = (sign) => Math.max(1, ...orders.map(({ terms }) => sum(terms, sign)));
	return { plus: largest(1), minus: largest(-1) };
}

function sum(terms, sign) {
	return terms.reduce((total, term) => total + Math.max(0, sign * term.points), 0);
}

function terms_bar(terms, scale) {
	const text = terms
		.map(({ label, points, missing }) => (missing ? __("{0}: not known", [label]) : `${label} ${signed(points)}`))
		.join(", ");
	const side = (sign, whole) =>
		terms
			.filter((term) => term.points * sign > 0)
			.map(({ key, points }) => h("span", { "data-term": key, style: `width: ${(100 * Math.abs(points)) / whole}%` }));
	return h(
		"div.desk-bar",
		{ role: "img", "aria-label": text, title: text, style: `grid-template-columns: ${scale.minus}fr ${scale.plus}fr` },
		h("div.desk-bar-minus", {}, side(-1, scale.minus)),
		h("div.desk-bar-plus", {}, side(1, scale.plus))
	);
}
