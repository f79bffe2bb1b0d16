// One alert: what, how bad, why, and what to click.
import { h } from "../order_desk/dom";
import { evidence_table, sparkline } from "./evidence";
import { DECISIONS, steps_of } from "./remedies";
import { action_text, age, severity_pill } from "./words";

const MOST_BUTTONS = 4; // remedies beyond these are behind "More"
const OF_PRICES = /^(price|margin|disc)\./;

/**
 * `on_remedy(alert, remedy)` and `on_decision(alert, code)` are called by its buttons; `can(alert, remedy)` says why a remedy
 * can't be clicked, if so. `held` says that its rule holds the order, `draft` that it is not submitted yet. `price` is the
 * line's price with its history.
 */
export function alert_card(
	alert,
	{ on_remedy, on_decision, can = () => "", price = null, currency, held, draft, open = false }
) {
	const title_id = frappe.dom.get_unique_id();
	return h(
		"article.o2c-alert",
		{ "aria-labelledby": title_id, "data-severity": alert.severity, "data-detector": alert.detector },
		head(alert, title_id, { held, draft }),
		h("p.o2c-alert-subject", {}, alert.subject),
		alert.note ? h("p.o2c-alert-subject.text-muted", {}, alert.note) : null,
		evidence(alert, { price, currency, open }),
		actions(alert, { on_remedy, on_decision, can })
	);
}

function head(alert, id, order) {
	const action = action_text(alert.action, order);
	return h(
		"div.o2c-alert-head",
		{},
		severity_pill(alert.severity),
		h("span.o2c-alert-title", { id }, alert.label),
		action && h("span.indicator-pill.no-indicator-dot.o2c-band.gray", {}, action),
		h("span.o2c-alert-facts", {}, facts(alert).join(" · "))
	);
}

function facts({ value_at_risk, value_text, confidence, age: days }) {
	return [
		value_at_risk ? __("{0} at risk", [value_text]) : "",
		confidence && confidence < 100 ? __("{0} % sure", [Math.round(confidence)]) : "",
		days ? age(days) : "",
	].filter(Boolean);
}

function evidence(alert, { price, currency, open }) {
	const table = evidence_table(alert.evidence, __("Evidence"));
	const spark = OF_PRICES.test(alert.detector) ? sparkline(price?.history, price?.rate, currency) : null;
	if (!table && !spark) return null;
	return h("details.o2c-alert-why", { open }, h("summary", {}, __("Evidence")), spark, table);
}

function actions(alert, { on_remedy, on_decision, can }) {
	const buttons = steps_of(alert).map((remedy) => {
		const reason = can(alert, remedy);
		return h(
			"button.btn.btn-default.btn-xs",
			{
				type: "button",
				"data-code": remedy.code,
				disabled: Boolean(reason),
				title: reason || null,
				onclick: () => on_remedy(alert, remedy),
			},
			remedy.label
		);
	});
	const decisions = (alert.remedies || [])
		.filter(({ code }) => alert.name && code in DECISIONS)
		.map(({ code, label }) =>
			h(
				"button.btn.btn-link.btn-xs",
				{ type: "button", "data-code": code, onclick: () => on_decision(alert, code) },
				label
			)
		);
	if (!buttons.length && !decisions.length) return null;
	return h(
		"div.o2c-alert-actions",
		{ role: "group", "aria-label": __("Remedies") },
		buttons.slice(0, MOST_BUTTONS),
		more(buttons.slice(MOST_BUTTONS)),
		decisions.length ? h("span.o2c-alert-decisions", {}, decisions) : null
	);
}

function more(buttons) {
	if (!buttons.length) return null;
	const shown = h("button.btn.btn-link.btn-xs", { type: "button" }, __("{0} more", [buttons.length]));
	shown.addEventListener("click", () => {
		shown.replaceWith(...buttons);
		buttons[0].focus();
	});
	return shown;
}

/** Alerts that somebody has decided, folded. */
export function decided_view(decided) {
	if (!decided?.length) return null;
	return h(
		"details.o2c-decided",
		{},
		h("summary", {}, decided.length === 1 ? __("1 decided alert") : __("{0} decided alerts", [decided.length])),
		h("ul.o2c-plain", {}, decided.map(decided_row))
	);
}

function decided_row({ status, subject, by, at, reason }) {
	const when = at ? frappe.datetime.str_to_user(at) : "";
	return h(
		"li",
		{},
		h("div", {}, `${__(status)}: ${subject}`),
		h("div.text-muted", {}, [reason, [by, when].filter(Boolean).join(", ")].filter(Boolean).join(" · "))
	);
}
