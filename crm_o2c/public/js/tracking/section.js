// Where the goods are, at the top of the form of a Delivery Note or a Shipment.
import { FormSection } from "../form_section";
import { h } from "../order_desk/dom";
import { get_tracking } from "./api";
import { add_dialog, withdraw_dialog } from "./dialogs";
import { upload_dialog } from "./upload";
import { day_text, moment_text, promise_text, status_pill, status_text } from "./words";

const FOLDED = "o2c_tracking_folded";

export class TrackingSection {
	constructor(frm) {
		this.frm = frm;
		this.section = new FormSection(frm, { key: FOLDED, css: "o2c-tracking", rank: 3 });
	}

	/** The form shows a document anew. */
	async refresh() {
		const { doctype, name, docstatus } = this.frm.doc;
		this.request?.abort();
		if (this.frm.is_new() || docstatus === 2) return this.section.remove();
		this.request = new AbortController();
		const { signal } = this.request;
		try {
			const data = await get_tracking(doctype, name, signal);
			if (!signal.aborted && this.frm.doc.name === name) this.render(data);
		} catch (error) {
			if (error.name !== "AbortError" && this.frm.doc.name === name) this.fail(error);
		}
		return null;
	}

	fail(error) {
		this.section.title.textContent = __("Tracking");
		this.section.sentence.textContent = error.message;
		this.section.body.replaceChildren();
		this.section.show(false);
	}

	render(data) {
		const { scans, parcels } = data;
		if (this.frm.doc.docstatus === 0 && !scans.length && !parcels.length) return this.section.remove();
		this.section.title.textContent = __("Tracking");
		this.section.sentence.textContent = sentence(data);
		this.section.body.replaceChildren(
			h("div.o2c-way", {}, facts(data), this.buttons(data), scans.length ? this.scans(data) : null)
		);
		this.section.show(scans.length > 0);
		return null;
	}

	buttons({ may_write }) {
		if (!may_write) return null;
		const { doctype, name } = this.frm.doc;
		const button = (text, onclick) => h("button.btn.btn-default.btn-xs", { type: "button", onclick }, text);
		return h(
			"div.o2c-way-buttons",
			{},
			button(__("Add a Scan"), () => add_dialog(doctype, name, () => this.changed())),
			button(__("Upload Scans"), () => upload_dialog(() => this.changed()))
		);
	}

	/** The scan may have changed the document: what is entered and not saved stays. */
	changed() {
		if (this.frm.is_dirty()) this.refresh();
		else this.frm.reload_doc();
	}

	scans({ scans, may_write }) {
		return h(
			"ol.o2c-scans",
			{ "aria-label": __("Scans, the newest first") },
			scans.map((scan) => this.scan(scan, may_write))
		);
	}

	scan(scan, may_write) {
		const on_click = () => withdraw_dialog(scan, () => this.changed());
		const button = h("button.btn.btn-link.btn-xs", { type: "button", onclick: on_click }, __("Withdraw"));
		return h(
			"li",
			{},
			h("span.o2c-scan-moment", {}, moment_text(scan.happened_at)),
			h("span", {}, status_pill(scan.status)),
			h("span.o2c-scan-text", {}, scan_text(scan), h("span.o2c-scan-source", {}, source_text(scan))),
			may_write ? button : null
		);
	}
}

function sentence(data) {
	if (!data.scans.length) return __("no scan so far");
	return [status_text(data.status), moment_text(data.since), promise_text(data.promise)].filter(Boolean).join(" · ");
}

function facts(data) {
	const late = data.promise?.late;
	return h(
		"dl.o2c-way-facts",
		{},
		data.status ? fact(__("Status"), [status_pill(data.status), ` ${moment_text(data.since)}`]) : null,
		data.parcels.map((parcel) => fact(parcel.carrier || __("Number"), parcel_link(parcel))),
		fact(__("Expected"), data.arrived_at ? "" : day_text(data.eta)),
		fact(__("Arrived"), moment_text(data.arrived_at)),
		fact(__("Promise"), promise_text(data.promise), late ? ".o2c-worse" : "")
	);
}

function fact(name, value, css = "") {
	return value ? h("div", {}, h("dt", {}, name), h(`dd${css}`, {}, value)) : null;
}

/** The carrier's page in a tab of its own; the server has escaped the number. */
function parcel_link({ number, url, doctype, name }) {
	const shipment = doctype === "Shipment" ? ` (${name})` : "";
	if (!url) return `${number || ""}${shipment}`.trim();
	return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, `${number}${shipment}`);
}

function scan_text({ status, raw_status, place, description }) {
	return [status ? "" : raw_status, place, description].filter(Boolean).join(" · ");
}

function source_text({ source, tracking_number }) {
	const scan_label = source;
	return [__(scan_label), tracking_number].filter(Boolean).join(" ");
}
