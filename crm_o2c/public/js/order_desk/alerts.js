// The alerts of all orders, the largest value at risk first: rows, and what may be done with them.
import { apply_many, apply_one, DECISIONS, decide, short_label, steps_of } from "../checks/remedies";
import { action_text, age, severity_pill } from "../checks/words";
import { get_alerts } from "./api";
import { CheckPanel } from "./check_panel";
import { h } from "./dom";
import { order_cell } from "./order_cell";
import { Picks } from "./picks";
import { money } from "./words";

export class AlertsView {
	constructor({ on_changed, on_close }) {
		this.on_changed = on_changed;
		this.label = __("Alerts");
		this.get_page = get_alerts;
		this.picks = new Picks({ actions: (rows) => this.actions(rows) });
		const act = {
			on_remedy: (alert, remedy) => apply_one(alert, remedy, on_changed),
			on_decision: (alert, code) => decide([alert], code, on_changed),
		};
		this.panel = new CheckPanel({ on_close, make: "alert", act });
	}

	columns() {
		return [
			["pick", () => this.picks.box_for_all()],
			["order", __("Order")],
			["what", __("What was found")],
			["severity", __("Severity")],
			["value", __("Value at risk")],
			["age", __("Age")],
			["acts", __("Actions")],
		];
	}

	make_cells(alert) {
		const action = action_text(alert.action, { held: alert.held, draft: alert.docstatus === 0 });
		return {
			pick: this.picks.box(alert, __("Choose the alert of {0}: {1}", [alert.sales_order, alert.label])),
			order: order_cell(alert),
			what: [h("div.desk-label", {}, alert.label), h("div.desk-subject", { title: alert.subject }, alert.subject)],
			severity: [severity_pill(alert.severity), action && h("div.desk-when", {}, action)],
			value: h(
				"span",
				{ title: alert.value_text },
				alert.value_at_risk ? money(alert.value_at_risk, alert.currency) : "–"
			),
			age: age(alert.age),
			acts: this.quick(alert),
		};
	}

	quick(alert) {
		const button = (selector, label, title, onclick) =>
			h(selector, { type: "button", tabindex: -1, title, onclick }, label);
		const [first] = steps_of(alert);
		return [
			first &&
				button("button.btn.btn-xs.btn-default.desk-quick", short_label(first.code) || first.label, first.label, () =>
					apply_one(alert, first, this.on_changed)
				),
			h(
				"div.desk-quick-links",
				{},
				button("button.btn.btn-xs.btn-link", __("Accept"), null, () => this.decide([alert], "accept")),
				button("button.btn.btn-xs.btn-link", __("False alarm"), null, () => this.decide([alert], "false_alarm"))
			),
		];
	}

	/** What may be done with several: decide them, or apply a remedy that each of them has. */
	actions(rows) {
		const [first, ...others] = rows.map((alert) => new Set(steps_of(alert).map(({ code }) => code)));
		const shared = [...(first || [])].filter((code) => others.every((codes) => codes.has(code)) && short_label(code));
		const choices = shared.map((code) => ({ label: short_label(code), run: () => this.apply(rows, code) }));
		return [
			...Object.keys(DECISIONS).map((code) => ({
				label: code === "accept" ? __("Accept") : __("False alarm"),
				run: () => this.decide(rows, code),
			})),
			...(choices.length ? [{ label: __("Apply to all …"), choices }] : []),
		];
	}

	decide(alerts, code) {
		decide(alerts, code, this.on_changed);
	}

	apply(alerts, code) {
		apply_many(alerts, { code, label: short_label(code) }, this.on_changed);
	}

	/** By key: for the chosen rows, or the one the panel shows. */
	by_key(code, selected) {
		const rows = this.picks.picked();
		const alerts = rows.length ? rows : [selected].filter(Boolean);
		if (alerts.length && code in DECISIONS) this.decide(alerts, code);
	}

	nothing() {
		return [__("No open alerts"), __("What a rule finds in an order appears here until it is fixed or decided.")];
	}
}
