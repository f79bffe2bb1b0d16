// The lines of an order, each in its own stage.
import { h } from "../order_desk/dom";
import { day, number, stage_pill } from "./words";

export function lines_view(order, several) {
	if (!order.lines.length) return null;
	const title = several ? __("Lines of {0}", [order.name]) : __("Lines");
	const head = [__("No."), __("Item"), __("Stage"), __("Ordered"), __("Delivered"), __("Billed"), __("Promised")];
	return h(
		"details.o2c-tl-lines",
		{},
		h("summary.o2c-heading", {}, `${title} (${order.lines.length})`),
		h(
			"table.o2c-evidence",
			{},
			h(
				"thead",
				{},
				h(
					"tr",
					{},
					head.map((text) => h("th", {}, text))
				)
			),
			h("tbody", {}, order.lines.map(line_row))
		)
	);
}

function line_row(line) {
	const back = line.returned ? ` (${__("{0} returned", [number(line.returned)])})` : "";
	return h(
		"tr",
		{},
		h("td", {}, String(line.number)),
		h("td", {}, item_text(line)),
		h("td", {}, stage_pill(line.stage)),
		h("td.o2c-right", {}, `${number(line.qty)} ${line.uom || ""}`),
		h("td.o2c-right", {}, `${number(line.delivered)}${back}`),
		h("td.o2c-right", {}, `${number(line.billed)} %`),
		h(`td.o2c-right${line.late ? ".o2c-tl-late" : ""}`, {}, day(line.promised))
	);
}

function item_text({ item_code, item_name }) {
	return !item_name || item_name === item_code ? item_code : `${item_code}: ${item_name}`;
}
