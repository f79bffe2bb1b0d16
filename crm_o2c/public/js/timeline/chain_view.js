// The chain of documents, kind by kind, each with what of it is of the order.
import { h } from "../order_desk/dom";
import { day, form_link, money, number, pill } from "./words";

const SHOWN = 3; // of a kind; the others unfold
const COLORS = ["gray", "blue", "red"]; // draft, submitted, cancelled

export function chain_view(chain, currency) {
	if (!chain.length) return null;
	return h(
		"ol.o2c-plain.o2c-tl-chain",
		{ "aria-label": __("Chain of documents") },
		chain.map((kind) => kind_view(kind, currency))
	);
}

function kind_view({ doctype, label, count, hidden, amount, documents }, currency) {
	const newest = [...documents].reverse();
	const [shown, others] = [newest.slice(0, SHOWN), newest.slice(SHOWN)];
	const row = (one) => document_view(doctype, one, currency);
	return h(
		"li.o2c-tl-kind",
		{},
		h(
			"div.o2c-tl-kind-head",
			{},
			h("span.o2c-heading", {}, count > 1 ? `${label} (${number(count)})` : label),
			amount !== null && h("span.o2c-right", {}, money(amount, currency))
		),
		shown.map(row),
		others.length > 0 &&
			h("details", {}, h("summary.text-muted.small", {}, __("{0} more", [others.length])), others.map(row)),
		count > documents.length && h("div.text-muted.small", {}, __("{0} older ones", [count - documents.length])),
		hidden > 0 && h("div.text-muted.small", {}, hidden_text(hidden))
	);
}

function hidden_text(hidden) {
	return hidden === 1 ? __("1 that you may not read") : __("{0} that you may not read", [hidden]);
}

function document_view(doctype, one, currency) {
	const facts = [day(one.date)];
	if (one.quantity) facts.push(__("{0} pieces", [number(one.quantity)]));
	if (one.amount !== null) facts.push(money(one.amount, currency));
	if (one.outstanding) facts.push(__("{0} open", [money(one.outstanding, currency)]));
	return h(
		`div.o2c-tl-document${one.docstatus === 2 ? ".o2c-tl-cancelled" : ""}`,
		{},
		h(
			"div.o2c-tl-document-name",
			{},
			form_link(doctype, one.name),
			" ",
			pill(one.is_return ? __("Return") : one.status_label, one.is_return ? "orange" : COLORS[one.docstatus])
		),
		h("div.text-muted.small", {}, facts.filter(Boolean).join(" · "))
	);
}
