// What if: other quantities, dates, prices, a split or other terms, and what would come of them. Nothing is saved; the values can
// be put into the form.
import { h } from "../order_desk/dom";
import { values_of, what_if } from "./api";
import { put_changes } from "./on_form";
import { outcome_view } from "./outcome";
import { Trial } from "./trial";

const PAUSE = 600; // milliseconds without a further change

/** Open the dialog for the document of a form, as the form shows it. */
export function what_if_dialog(frm) {
	return new WhatIf(frm);
}

class WhatIf {
	constructor(frm) {
		this.frm = frm;
		this.trial = new Trial(
			frm,
			frappe.utils.debounce(() => this.ask(), PAUSE)
		);
		this.outcome = h("div.o2c-outcome-slot", { role: "status" }, hint());
		this.dialog = new frappe.ui.Dialog({
			title: __("What if …"),
			size: "extra-large",
			fields: [
				{ fieldname: "trial", fieldtype: "HTML" },
				...(this.trial.has_terms
					? [
							{
								fieldname: "terms",
								fieldtype: "Link",
								options: "Payment Terms Template",
								label: __("Payment Terms"),
								default: frm.doc.payment_terms_template,
								change: () => this.trial.set_terms(this.dialog.get_value("terms")),
							},
						]
					: []),
				{ fieldname: "outcome", fieldtype: "HTML" },
			],
			primary_action_label: __("Apply to the Form"),
			primary_action: () => this.apply(),
			secondary_action_label: __("Undo All"),
			secondary_action: () => this.undo(),
			on_hide: () => this.request?.abort(),
		});
		this.dialog.get_field("trial").$wrapper.append(h("div.o2c-what-if", {}, this.trial.element));
		const fixed = frm.doc.docstatus === 0 ? null : h("p.text-muted", {}, update_items());
		this.dialog.get_field("outcome").$wrapper.append(h("div.o2c-what-if", {}, fixed, this.outcome));
		this.may_apply(false);
		this.dialog.show();
	}

	/** A submitted order can be tried on, but takes its values by Update Items alone. */
	may_apply(changed) {
		const button = this.dialog.get_primary_btn();
		const draft = this.frm.doc.docstatus === 0;
		button.prop("disabled", !changed || !draft);
		button.attr("title", draft ? null : update_items());
	}

	async ask() {
		this.request?.abort();
		const changes = this.trial.changes();
		const changed = Boolean(changes.lines.length || changes.terms);
		this.may_apply(changed);
		if (!changed) {
			this.outcome.replaceChildren(hint());
			return;
		}
		this.request = new AbortController();
		const { signal } = this.request;
		if (!this.outcome.querySelector(".o2c-outcome")) this.outcome.replaceChildren(working());
		this.outcome.setAttribute("aria-busy", true);
		try {
			const answer = await what_if(values_of(this.frm), changes, signal);
			if (!signal.aborted) this.outcome.replaceChildren(outcome_view(answer));
		} catch (error) {
			if (error.name !== "AbortError")
				this.outcome.replaceChildren(h("p.text-danger", { role: "alert" }, error.message));
		} finally {
			if (!signal.aborted) this.outcome.removeAttribute("aria-busy");
		}
	}

	undo() {
		this.trial.reset();
		if (this.trial.has_terms) this.dialog.set_value("terms", this.frm.doc.payment_terms_template || "");
		this.ask();
	}

	async apply() {
		const changes = this.trial.changes();
		this.dialog.hide();
		await put_changes(this.frm, changes);
		frappe.show_alert({ message: __("Entered in the form; save to keep it."), indicator: "blue" });
	}
}

function update_items() {
	return __("The order is submitted: change it with Update Items.");
}

function working() {
	return h("p.text-muted", {}, __("Working it out …"));
}

function hint() {
	return h("p.text-muted", {}, __("Change a value above to see what would come of it. Nothing is saved."));
}
