// What is wrong with an order and what to click, at the top of its form: before it is saved, and after.
import { FormSection } from "../form_section";
import { fragment, h } from "../order_desk/dom";
import { alert_card, decided_view } from "./alert_card";
import { check_document, get_checks, values_of } from "./api";
import { credit_view } from "./credit";
import { hold_banner } from "./hold_banner";
import { lines_view } from "./lines";
import { fits_form, put_remedy } from "./on_form";
import { apply_one, decide } from "./remedies";
import { strip_sentence, strip_title } from "./sentence";
import { SEVERITIES } from "./words";

const FOLDED = "o2c_check_strip_folded";
const PAUSE = 900; // milliseconds without a further change

export class Strip {
	constructor(frm) {
		this.frm = frm;
		this.section = new FormSection(frm, { key: FOLDED, css: "o2c-check-strip", rank: 1 });
		this.status = h("span.o2c-strip-status.text-muted", { role: "status" });
		this.section.head.append(this.status);
		this.changed = frappe.utils.debounce(() => this.load_entered(), PAUSE);
	}

	/** The form shows a document anew. */
	refresh() {
		const { doc } = this.frm;
		if (this.shown !== doc.name) this.clear();
		this.shown = doc.name;
		if (doc.docstatus > 1) return this.clear();
		if (this.is_entered()) return this.load_entered();
		this.asked = null;
		return this.load(false, (signal) => get_checks(doc.doctype, doc.name, signal));
	}

	/** Whether the form shows something else than what is saved. */
	is_entered() {
		return this.frm.is_new() || this.frm.is_dirty();
	}

	load_entered() {
		const { doc } = this.frm;
		if (doc.name !== this.shown || doc.docstatus !== 0 || !this.is_entered()) return null;
		const customer = doc.customer || doc.party_name;
		if (!customer || !doc.company || !(doc.items || []).some((row) => row.item_code)) return this.clear();
		const values = values_of(this.frm);
		const asked = JSON.stringify(values);
		if (asked === this.asked) return null;
		this.asked = asked;
		return this.load(true, (signal) => check_document(values, signal));
	}

	async load(entered, ask) {
		this.request?.abort();
		this.request = new AbortController();
		const { signal } = this.request;
		const { name } = this.frm.doc;
		this.waiting(true);
		try {
			const data = await ask(signal);
			if (!signal.aborted && this.frm.doc.name === name) this.render(data, entered);
		} catch (error) {
			if (error.name !== "AbortError" && this.frm.doc.name === name) this.fail(error, entered);
		}
	}

	clear() {
		this.request?.abort();
		this.asked = null;
		this.section.remove();
		this.banner?.remove();
		this.status.textContent = "";
		this.section.sentence.textContent = "";
		this.section.body.replaceChildren();
		return null;
	}

	waiting(on) {
		this.section.element.setAttribute("aria-busy", on);
		if (on) this.status.textContent = __("checking …");
	}

	fail(error, entered) {
		this.waiting(false);
		this.status.textContent = "";
		this.section.title.textContent = __("Order Check");
		this.section.sentence.textContent = __("could not be done");
		const retry = h("button.btn.btn-default.btn-xs", { type: "button" }, __("Try Again"));
		retry.addEventListener("click", () => {
			this.asked = null;
			this.refresh();
		});
		const text = entered ? __("What is entered could not be checked: {0}", [error.message]) : error.message;
		this.section.body.replaceChildren(h("div", { role: "alert" }, h("p.text-muted", {}, text), retry));
		this.section.show();
	}

	render(data, entered) {
		this.waiting(false);
		this.data = data;
		this.banner?.remove();
		if (!data || data.mode === "Off") return this.clear();
		this.status.textContent = entered ? __("as entered, not saved yet") : "";
		this.section.title.textContent = strip_title(data);
		this.section.sentence.textContent = strip_sentence(data);
		this.section.element.dataset.worst = worst_of(data.alerts) || "";
		this.section.body.replaceChildren(this.content(data));
		this.section.show(data.alerts.length > 0);
		this.banner = hold_banner(data.holds, () => this.frm.reload_doc());
		if (this.banner) this.section.element.before(this.banner);
		return null;
	}

	content(data) {
		const currency = data.currency;
		return h(
			"div.o2c-check",
			{},
			h(
				"div.o2c-check-top",
				{},
				h(
					"section.o2c-alerts",
					{ "aria-label": __("Alerts") },
					this.alerts(data, currency),
					decided_view(data.decided)
				),
				credit_view(data.credit)
			),
			lines_view(data.lines, currency),
			this.footer()
		);
	}

	alerts(data, currency) {
		if (!data.alerts.length) return h("p.text-muted.o2c-no-alerts", {}, __("Nothing unusual was found."));
		const prices = new Map(data.lines.map((line) => [line.number, line.price]));
		const sorted = [...data.alerts].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
		return sorted.map((alert, place) =>
			alert_card(alert, {
				currency,
				open: place === 0,
				draft: data.docstatus === 0,
				held: data.holds.some((hold) => hold.rule === alert.rule),
				price: prices.get(alert.line),
				can: (one, remedy) => this.reason_against(one, remedy),
				on_remedy: (one, remedy) => this.apply(one, remedy),
				on_decision: (one, code) => decide([one], code, () => this.refresh()),
			})
		);
	}

	/** Why a remedy can't be clicked now; empty where it can. */
	reason_against(alert, { code }) {
		if (alert.name && !this.is_entered()) return "";
		if (fits_form(this.frm, code)) return "";
		return this.frm.doctype === "Quotation" ? __("For Sales Orders only") : __("Save the order first.");
	}

	apply(alert, remedy) {
		if (alert.name && !this.is_entered()) return apply_one(alert, remedy, (answer) => this.applied(answer));
		const against = this.reason_against(alert, remedy); // the form may have changed since its button was made
		if (against) return frappe.show_alert({ message: against, indicator: "orange" });
		return put_remedy(this.frm, remedy).then(() => {
			frappe.show_alert({ message: __("Entered in the form; save to keep it."), indicator: "blue" });
			this.changed();
		});
	}

	/** The order as the remedy left it; a draft that was deleted has no form any more. */
	applied(answer) {
		if (answer && !answer.order) frappe.set_route("List", this.frm.doctype);
		else this.frm.reload_doc();
	}

	footer() {
		if (this.frm.doc.docstatus > 1) return null;
		const button = h(
			"button.btn.btn-default.btn-xs",
			{ type: "button" },
			fragment(frappe.utils.icon("edit", "xs")),
			" ",
			__("What if …")
		);
		button.addEventListener("click", () => crm_o2c.checks.what_if(this.frm));
		return h("div.o2c-check-footer", {}, button);
	}
}

function worst_of(alerts) {
	return SEVERITIES.find((severity) => alerts.some((alert) => alert.severity === severity));
}
