// A section at the top of a form's first tab. The form's dashboard is behind the tab Connections, so what has to be seen
// stands here. It looks and folds like Frappe's own sections; whether it is open is remembered, and its one sentence is there
// either way.
import { h } from "./order_desk/dom";

/** `key` remembers whether it is open, `rank` is its place among the sections of ours, the lowest on top. */
export class FormSection {
	constructor(frm, { key, css, rank }) {
		Object.assign(this, { frm, key, rank });
		this.title = h("span.o2c-panel-title");
		this.sentence = h("span.o2c-panel-sentence");
		this.arrow = h("span.ml-2.collapse-indicator.mb-1", { "aria-hidden": "true" });
		const toggle = (event) => this.toggled(event);
		this.head = h(
			"div.section-head.collapsible",
			{ role: "button", tabindex: 0, onclick: toggle, onkeydown: toggle },
			this.title,
			" ",
			this.sentence,
			" ",
			this.arrow
		);
		this.body = h("div.section-body");
		this.element = h(`div.form-section.card-section.o2c-panel.${css}`, { "data-rank": rank }, this.head, this.body);
	}

	/** Put it into the form, or leave it where it is. `open`: whether it is, as long as nobody has said otherwise. */
	show(open = true) {
		const kept = localStorage.getItem(this.key);
		this.fold(kept ? kept === "0" : open && !frappe.is_mobile());
		if (this.element.isConnected) return;
		const tab = this.frm.layout.wrapper.find(".tab-pane")[0] || this.frm.layout.wrapper.find(".form-page")[0];
		const ours = [...tab.children].filter((child) => child.dataset.rank);
		const next = ours.find((child) => Number(child.dataset.rank) > this.rank);
		if (next) next.before(this.element);
		else if (ours.length) ours.at(-1).after(this.element);
		else tab.prepend(this.element);
	}

	remove() {
		this.element.remove();
	}

	toggled(event) {
		if (event.type === "keydown") {
			if (!["Enter", " "].includes(event.key)) return;
			event.preventDefault();
		}
		const open = !this.element.classList.contains("o2c-open");
		this.fold(open);
		localStorage.setItem(this.key, open ? "0" : "1");
	}

	fold(open) {
		this.element.classList.toggle("o2c-open", open);
		this.head.classList.toggle("collapsed", !open);
		this.head.setAttribute("aria-expanded", open);
		this.body.classList.toggle("hide", !open);
		this.arrow.innerHTML = frappe.utils.icon(open ? "es-line-up" : "es-line-down", "sm");
	}
}
