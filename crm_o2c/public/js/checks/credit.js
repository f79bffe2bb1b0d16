// Credit headroom: one bar of what the customer owes, against his limit, and its parts.
import { h } from "../order_desk/dom";
import { money } from "./words";

/** For `credit` of a check; null where nothing is known of it. */
export function credit_view(credit) {
	if (!credit) return null;
	const { currency } = credit;
	const over = credit.headroom !== null && credit.headroom < 0;
	return h(
		`section.o2c-credit${over ? ".o2c-over" : ""}`,
		{ "aria-label": __("Credit") },
		h("div.o2c-heading", {}, __("Credit"), h("span.o2c-credit-headline", {}, credit.text)),
		bar(credit),
		h(
			"ul.o2c-credit-parts",
			{},
			credit.parts.map((part, n) => (flt(part.amount) ? part_row(part, n, currency) : null))
		),
		credit.overdue ? h("div.o2c-credit-overdue", {}, h("span.indicator.red"), overdue_text(credit)) : null
	);
}

function overdue_text({ overdue, overdue_days, currency }) {
	return __("{0} overdue, the oldest for {1} days", [money(overdue, currency), overdue_days]);
}

/** Parts side by side on a scale that ends at the limit, or at what is owed where that is more. */
function bar(credit) {
	const limit = flt(credit.limit);
	const whole = Math.max(limit, flt(credit.exposure));
	if (!whole) return null;
	const parts = credit.parts.map((part, n) => {
		const width = (100 * Math.max(0, flt(part.amount))) / whole;
		return width
			? h("span", { "data-part": n % 5, style: `width: ${width}%`, title: `${part.label}: ${part.text}` })
			: null;
	});
	const mark = limit && limit < whole ? h("span.o2c-credit-limit", { style: `left: ${(100 * limit) / whole}%` }) : null;
	return h("div.o2c-credit-bar", { role: "img", "aria-label": credit.text }, parts, mark);
}

function part_row(part, n, currency) {
	return h(
		"li",
		{},
		h("span.o2c-key", { "data-part": n % 5, "aria-hidden": "true" }),
		h("span", {}, part.label),
		h("span.o2c-number", {}, part.text || money(part.amount, currency))
	);
}
