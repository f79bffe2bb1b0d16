// The held orders: since when, why, what exactly releases them, and the release by hand.
import { release_dialog } from "../checks/dialogs";
import { condition_text } from "../checks/hold_banner";
import { age, asks_text } from "../checks/words";
import { get_holds } from "./api";
import { CheckPanel } from "./check_panel";
import { h } from "./dom";
import { order_cell } from "./order_cell";
import { Picks } from "./picks";
import { money } from "./words";

export class HoldsView {
	constructor({ on_changed, on_close }) {
		this.on_changed = on_changed;
		this.label = __("Holds");
		this.get_page = get_holds;
		this.picks = new Picks({ actions: (rows) => this.actions(rows) });
		this.panel = new CheckPanel({ on_close, make: "hold", act: { on_release: (hold) => this.release([hold]) } });
	}

	columns() {
		return [
			["pick", () => this.picks.box_for_all()],
			["order", __("Order")],
			["what", __("Why it is held")],
			["condition", __("Released by")],
			["value", __("Order total")],
			["age", __("Held for")],
			["acts", __("Actions")],
		];
	}

	make_cells(hold) {
		return {
			pick: this.picks.box(hold, __("Choose the hold of {0}", [hold.sales_order])),
			order: order_cell(hold),
			what: [
				h("div.desk-subject", { title: hold.subject }, hold.subject),
				h("div.desk-when", {}, asks_text(hold.asks)),
			],
			condition: h("div.desk-subject", { title: hold.condition }, condition_text(hold)),
			value: money(hold.order_total, hold.currency),
			age: age(hold.days),
			acts:
				hold.may_release &&
				h(
					"button.btn.btn-xs.btn-default.desk-quick",
					{ type: "button", tabindex: -1, onclick: () => this.release([hold]) },
					__("Release")
				),
		};
	}

	actions(rows) {
		const may = rows.filter((hold) => hold.may_release);
		return may.length ? [{ label: __("Release"), run: () => this.release(may) }] : [];
	}

	release(holds) {
		release_dialog(holds, this.on_changed);
	}

	by_key(code, selected) {
		const rows = this.picks.picked();
		const holds = (rows.length ? rows : [selected].filter(Boolean)).filter((hold) => hold.may_release);
		if (holds.length && code === "release") this.release(holds);
	}

	nothing() {
		return [__("No order is held"), __("An order that a rule holds waits here until its condition is met.")];
	}
}
