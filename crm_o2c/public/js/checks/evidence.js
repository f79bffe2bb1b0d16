// Evidence: a small table, and a line of past prices.
import { h } from "../order_desk/dom";
import { date, money } from "./words";

const SVG = "http://www.w3.org/2000/svg";
const CSS = {
	money: ".o2c-right",
	price: ".o2c-right",
	number: ".o2c-right",
	percent: ".o2c-right",
	date: ".o2c-number",
};
const WIDTH = 120;
const HEIGHT = 28;
const EDGE = 3;

/** A table as the server sends it: {columns: [{label, kind}], rows: [[text]], more}. */
export function evidence_table(evidence, caption) {
	if (!evidence?.rows?.length) return null;
	const cell = (tag) => (text, index) =>
		h(tag + (CSS[evidence.columns[index]?.kind] || ""), tag === "th" ? { scope: "col" } : {}, text);
	const labels = evidence.columns.map((column) => column.label);
	const table = h(
		"table.o2c-evidence",
		{},
		h("caption.sr-only", {}, caption),
		h("thead", {}, h("tr", {}, labels.map(cell("th")))),
		h(
			"tbody",
			{},
			evidence.rows.map((row) => h("tr", {}, row.map(cell("td"))))
		)
	);
	const more = evidence.more ? h("div.text-muted.small", {}, __("and {0} more", [evidence.more])) : null;
	return h("div.o2c-scroll", { tabindex: 0, role: "region", "aria-label": caption }, table, more);
}

/** Past prices as a line with the price of the order as its last point; null where two points are missing. */
export function sparkline(history, rate, currency) {
	const points = (history || []).map(([day, price]) => ({ day, price: flt(price) }));
	if (points.length < 2) return null;
	const all = rate ? [...points, { day: null, price: flt(rate) }] : points;
	const prices = all.map(({ price }) => price);
	const [low, high] = [Math.min(...prices), Math.max(...prices)];
	const x = (index) => EDGE + (index * (WIDTH - 2 * EDGE)) / (all.length - 1);
	const y = (price) =>
		high === low ? HEIGHT / 2 : HEIGHT - EDGE - ((price - low) * (HEIGHT - 2 * EDGE)) / (high - low);
	const line = svg("polyline", { points: points.map(({ price }, n) => `${x(n)},${y(price)}`).join(" ") });
	const dots = [line];
	if (rate) {
		const before = points.at(-1).price;
		const [last, now] = [points.length - 1, all.length - 1];
		dots.push(svg("line", { x1: x(last), y1: y(before), x2: x(now), y2: y(rate), class: "o2c-spark-step" }));
	}
	dots.push(svg("circle", { cx: x(all.length - 1), cy: y(prices.at(-1)), r: 2.5 }));
	const text = spark_text(points, currency);
	const attributes = {
		viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
		width: WIDTH,
		height: HEIGHT,
		role: "img",
		"aria-label": text,
	};
	return svg("svg", { ...attributes, class: "o2c-spark" }, svg("title", {}, text), ...dots);
}

function spark_text(points, currency) {
	const prices = points.map(({ price }) => price);
	return __("{0} prices from {1} to {2}, between {3} and {4}", [
		points.length,
		date(points[0].day),
		date(points.at(-1).day),
		money(Math.min(...prices), currency),
		money(Math.max(...prices), currency),
	]);
}

function svg(name, attributes = {}, ...children) {
	const element = document.createElementNS(SVG, name);
	for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
	element.append(...children);
	return element;
}
