// The Ship-To Plan on the order: rows are filled in from their lines, and one click makes the Delivery Notes.
import { h } from "../order_desk/dom";
import { make_ship_to_notes } from "./api";
import { quantity } from "./words";

const PLAN = "o2c_ship_to";

export function set_up_plan(frm) {
	const of_customer = () => ({ filters: { link_doctype: "Customer", link_name: frm.doc.customer } });
	frm.set_query("address", PLAN, () => ({
		query: "frappe.contacts.doctype.address.address.address_query",
		...of_customer(),
	}));
	frm.set_query("contact", PLAN, () => ({
		query: "frappe.contacts.doctype.contact.contact.contact_query",
		...of_customer(),
	}));
	if (frm.doc.docstatus > 1) return;
	frm.fields_dict[PLAN]?.grid.add_custom_button(__("Add What Is Not Planned"), () => add_rows(frm));
}

function planned(frm, line, without) {
	const rows = (frm.doc[PLAN] || []).filter((row) => cint(row.line) === line.idx && row.name !== without);
	return rows.reduce((sum, row) => sum + flt(row.qty), 0);
}

/** A row for each line that is not planned in whole, to the order's own address. */
function add_rows(frm) {
	for (const line of frm.doc.items) {
		const rest = flt(line.qty) - planned(frm, line);
		if (rest <= 0) continue;
		frm.add_child(PLAN, { ...of_line(frm, line), line: line.idx, qty: rest, address: frm.doc.shipping_address_name });
	}
	frm.refresh_field(PLAN);
	frm.dirty();
}

function of_line(frm, line) {
	return { item_code: line.item_code, uom: line.uom, date: line.delivery_date || frm.doc.delivery_date };
}

frappe.ui.form.on("O2C Ship-To Plan", {
	line: (frm, doctype, name) => {
		const row = locals[doctype][name];
		const line = frm.doc.items.find((item) => item.idx === cint(row.line));
		const values = line ? of_line(frm, line) : { item_code: null, uom: null };
		if (line && !flt(row.qty)) values.qty = Math.max(0, flt(line.qty) - planned(frm, line, name));
		frappe.model.set_value(doctype, name, values);
	},
});

export function has_open_rows(frm) {
	return (frm.doc[PLAN] || []).some((row) => flt(row.qty) > flt(row.noted_qty));
}

export function ship_to_dialog(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Ship-To Delivery Notes"),
		fields: [
			{ fieldname: "stops", fieldtype: "HTML" },
			{
				fieldname: "until",
				fieldtype: "Date",
				label: __("Only Up To"),
				description: __("Empty: all dates of the plan."),
				change: () => show_stops(dialog, frm),
			},
		],
		primary_action_label: __("Make Delivery Notes"),
		primary_action: async ({ until }) => {
			dialog.disable_primary_action();
			try {
				const made = await make_ship_to_notes(frm.doc.name, until);
				dialog.hide();
				tell(made);
				frm.reload_doc();
			} finally {
				dialog.enable_primary_action();
			}
		},
	});
	show_stops(dialog, frm);
	dialog.show();
	return dialog;
}

/** One draft for each address and date; here is which. */
function show_stops(dialog, frm) {
	const until = dialog.get_value("until");
	const stops = new Map();
	for (const row of frm.doc[PLAN]) {
		const open = flt(row.qty) - flt(row.noted_qty);
		if (open <= 0 || (until && row.date > until)) continue;
		const key = `${frappe.datetime.str_to_user(row.date)} · ${row.address}`;
		stops.set(key, [...(stops.get(key) || []), `${quantity(open)} ${row.uom} ${row.item_code}`]);
	}
	const list = [...stops].map(([stop, lines]) =>
		h("li", {}, h("b", {}, stop), h("div.text-muted", {}, lines.join(", ")))
	);
	const text = list.length
		? __("{0} drafts, one for each address and date:", [list.length])
		: __("Nothing is open up to this day.");
	dialog
		.get_field("stops")
		.$wrapper.empty()
		.append(h("div.o2c-deliveries", {}, h("p", {}, text), h("ul.o2c-plain", {}, ...list)));
	dialog.get_primary_btn().prop("disabled", !list.length);
}

function tell(made) {
	if (!made.length) {
		frappe.show_alert({ message: __("All of it is on Delivery Notes already."), indicator: "orange" });
		return;
	}
	const links = made.map(({ name, address, date }) => {
		const where = frappe.utils.escape_html(`${address}, ${frappe.datetime.str_to_user(date)}`);
		return `<li>${frappe.utils.get_form_link("Delivery Note", name, true)} ${where}</li>`;
	});
	frappe.msgprint({ title: __("Delivery Notes Made"), message: `<ul>${links.join("")}</ul>`, indicator: "green" });
}
