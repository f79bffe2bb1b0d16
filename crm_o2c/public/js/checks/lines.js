// Stock and price, line by line: the date that can be kept, and the price beside the ones it should be near.
import { h } from "../order_desk/dom";
import { evidence_table, sparkline } from "./evidence";
import { money, number, percent, price_color, stock_color } from "./words";

const SHOWN = 8; // lines; those with something to say come in any case

/** A table of the lines of a check. */
export function lines_view(lines, currency) {
	if (!lines?.length) return null;
	const heads = [__("Line"), __("Stock"), __("Price"), __("List and Usual"), __("Margin"), __("History")];
	const body = h("tbody");
	const table = h(
		"table.o2c-lines",
		{},
		h("caption.sr-only", {}, __("Stock and price of each line")),
		h(
			"thead",
			{},
			h(
				"tr",
				{},
				heads.map((title) => h("th", { scope: "col" }, title))
			)
		),
		body
	);
	const first = lines.filter((line, n) => n < SHOWN || is_remarkable(line));
	fill(body, first, currency);
	const view = h(
		"section",
		{ "aria-label": __("Lines") },
		h("div.o2c-heading", {}, __("Stock and Price by Line")),
		table
	);
	if (first.length < lines.length) {
		const all = h("button.btn.btn-default.btn-xs", { type: "button" }, __("Show all {0} lines", [lines.length]));
		all.addEventListener("click", () => {
			fill(body, lines, currency);
			all.remove();
		});
		view.append(all);
	}
	return view;
}

function is_remarkable({ stock, price }) {
	return ["late", "short"].includes(stock?.state) || ["low", "high"].includes(price?.state);
}

function fill(body, lines, currency) {
	body.replaceChildren(...lines.flatMap((line) => line_rows(line, currency)));
}

function line_rows(line, currency) {
	const ledger = evidence_table(line.stock?.ledger, __("Stock ledger of line {0}", [line.number]));
	const below = ledger && h("tr.o2c-ledger", { hidden: true }, h("td", { colspan: 6 }, ledger));
	const { price } = line;
	const row = h(
		"tr",
		{ "data-line": line.number },
		h(
			"th.o2c-line-item",
			{ scope: "row" },
			h("span.text-muted", {}, `${line.number} `),
			line.item_name || line.item,
			of_line(line)
		),
		h("td", { "data-label": __("Stock") }, stock_cell(line.stock, below)),
		h("td", { "data-label": __("Price") }, price ? price_cell(price, currency) : "–"),
		h("td", { "data-label": __("List and Usual") }, price ? compared(price, currency) : "–"),
		h("td", { "data-label": __("Margin") }, price ? margin(price) : "–"),
		h("td.o2c-line-spark", { "data-label": __("History") }, sparkline(price?.history, price?.rate, currency) || "–")
	);
	return [row, below].filter(Boolean);
}

function of_line({ qty, uom }) {
	return h("div.text-muted", {}, `${number(qty)} ${uom || ""}`);
}

function stock_cell(stock, below) {
	if (!stock) return h("span.text-muted", {}, __("Not kept in stock"));
	const text = h("div", {}, h(`span.indicator.${stock_color(stock.state)}`), stock.text);
	return [text, below && ledger_button(below)];
}

function ledger_button(below) {
	const button = h("button.btn.btn-link.btn-xs.o2c-more", { type: "button", "aria-expanded": "false" }, __("Ledger"));
	button.addEventListener("click", () => {
		below.hidden = !below.hidden;
		button.setAttribute("aria-expanded", !below.hidden);
	});
	return button;
}

function price_cell(price, currency) {
	const off = ["low", "high"].includes(price.state);
	return [
		h("div.o2c-number", {}, off ? h(`span.indicator.${price_color(price.state)}`) : null, money(price.rate, currency)),
		price.text ? h("div.text-muted", {}, price.text) : null,
	];
}

function compared(price, currency) {
	const known = [
		[__("Agreed"), price.contract],
		[__("List"), price.list],
		[__("Usual"), price.usual],
		[__("Last"), price.last],
	].filter(([, value]) => value !== null && value !== undefined);
	if (!known.length) return h("span.text-muted", {}, __("Nothing to compare with"));
	return h(
		"dl.o2c-compared",
		{},
		known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, money(value, currency))))
	);
}

function margin({ margin_percent }) {
	if (margin_percent === null || margin_percent === undefined) return h("span.text-muted", {}, __("Cost not known"));
	const below = margin_percent < 0 ? ".o2c-below" : "";
	return h(`span.o2c-number${below}`, {}, percent(margin_percent));
}
