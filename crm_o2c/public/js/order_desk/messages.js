// What stands above or in place of the queue when there is something to say.
import { h } from "./dom";
import { OUT } from "./state";

const MANAGERS = ["O2C Manager", "System Manager"];

function is_manager() {
	return MANAGERS.some((role) => frappe.user.has_role(role));
}

function button(label, onclick) {
	return h("button.btn.btn-default.btn-sm", { type: "button", onclick }, label);
}

function to_settings() {
	return is_manager() && button(__("Settings"), () => frappe.set_route("Form", "O2C Settings"));
}

function to_policies() {
	return is_manager() && button(__("Priority Policies"), () => frappe.set_route("List", "O2C Priority Policy"));
}

/** The line above the queue: the engine decides in shadow, or has no policy. */
export function banner({ mode, has_policy, visible }) {
	const line = (color, text, action) =>
		h("div.desk-banner", { role: "status" }, h(`span.indicator.${color}`), h("span", {}, text), action);
	if (!visible) return null;
	if (!has_policy) {
		return line("orange", __("No priority policy is active, so no order gets a rank."), to_policies());
	}
	if (mode === "Shadow") {
		return line(
			"blue",
			__("Shadow mode: managers see the ranks here, and nothing on an order changes."),
			to_settings()
		);
	}
	return null;
}

/** In place of rows. `filtered`: whether filters are set; on_clear and on_rescore act. */
export function nothing({ view, filtered, summary, on_clear, on_rescore }) {
	if (!summary.visible) return unseen(summary.mode);
	if (filtered) {
		return message(
			__("No order matches these filters"),
			__("Take filters away to see more."),
			button(__("Clear Filters"), on_clear)
		);
	}
	if (view === OUT) {
		return message(
			__("No order is out of the queue"),
			__("Orders on hold, of blocked customers or without stock wait here.")
		);
	}
	if (!summary.has_policy || summary.out) {
		return message(__("No order is in the queue"), "");
	}
	return message(
		__("No open orders"),
		__("A submitted Sales Order with something to deliver appears here at once."),
		is_manager() && button(__("Rank All Orders Now"), on_rescore)
	);
}

/** In place of alerts or holds; `view` says what it means that there are none. */
export function nothing_found({ view, filtered, checked, on_clear }) {
	if (!checked.visible) {
		return message(__("Orders are not checked now"), __("The anomaly engine is off."), to_settings());
	}
	if (filtered) {
		return message(__("Nothing matches these filters"), "", button(__("Clear Filters"), on_clear));
	}
	return message(...view.nothing());
}

function unseen(mode) {
	const text =
		mode === "Off"
			? __("The priority engine is off.")
			: __("The priority engine is being tried out: only managers see its ranks so far.");
	return message(__("Orders are not ranked now"), text, to_settings());
}

export function failure(error, on_retry) {
	const element = message(__("The queue could not be loaded"), error.message, button(__("Try Again"), on_retry));
	element.setAttribute("role", "alert");
	return element;
}

function message(title, text, action) {
	return h("div.desk-empty", {}, h("h5", {}, title), text && h("p.text-muted", {}, text), action);
}
