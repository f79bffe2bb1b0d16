// Remedies and other values put into the form, for who has not saved yet. Nothing here reaches the server.

/** The remedies that a form can take, each with what it does to one. `p` are the remedy's values. */
const STEPS = {
	set_rate: (frm, p) => set(row_of(frm, p.line), { discount_percentage: 0, rate: to_order(frm, p.rate) }),
	set_qty: (frm, p) => set(row_of(frm, p.line), { qty: p.qty }),
	set_uom: (frm, p) => set(row_of(frm, p.line), { uom: p.uom }),
	new_date: (frm, p) => set(row_of(frm, p.line), { delivery_date: p.date }),
	split: (frm, p) => split(frm, row_of(frm, p.line), p.now, p.later_date),
	substitute: (frm, p) => set(row_of(frm, p.line), { item_code: p.item }),
	remove_line: (frm, p) => remove(frm, row_of(frm, p.line)),
	drop_discount: (frm, p) => set(row_of(frm, p.line), { discount_percentage: 0, discount_amount: 0 }),
	set_terms: (frm, p) => frm.set_value("payment_terms_template", p.terms),
	set_fx: (frm, p) => frm.set_value("conversion_rate", p.rate),
};
const OF_ORDERS = new Set(["new_date", "split"]); // a Quotation has no dates of delivery

/** Whether the form can take a remedy. */
export function fits_form(frm, code) {
	return frm.doc.docstatus === 0 && code in STEPS && !(frm.doctype === "Quotation" && OF_ORDERS.has(code));
}

/** Put a remedy into the form; it is saved when the user saves. */
export async function put_remedy(frm, { code, params }) {
	await STEPS[code](frm, params);
	frm.refresh_field("items");
}

/** Put the values of a what-if, which are in the order's currency, into the form. */
export async function put_changes(frm, { lines = [], terms }) {
	// a split adds a row behind its line, so the last line comes first and all numbers stay right
	for (const line of [...lines].sort((a, b) => b.number - a.number)) {
		const row = row_of(frm, line.number);
		if (!row) continue;
		if (line.qty !== undefined) await set(row, { qty: line.qty });
		if (line.rate !== undefined) await set(row, { discount_percentage: 0, rate: line.rate });
		if (line.date) await set(row, { delivery_date: line.date });
		if (line.split) await split(frm, row, line.split.now, line.split.later_date);
	}
	if (terms) await frm.set_value("payment_terms_template", terms);
	frm.refresh_field("items");
}

function row_of(frm, number) {
	return (frm.doc.items || []).find((row) => cint(row.idx) === cint(number));
}

/** Company currency, as checks count, in the order's currency. */
function to_order(frm, rate) {
	return flt(rate) / (flt(frm.doc.conversion_rate) || 1);
}

async function set(row, values) {
	if (!row) return;
	for (const [name, value] of Object.entries(values)) {
		if (flt(row[name]) === flt(value) && cstr(row[name]) === cstr(value)) continue;
		await frappe.model.set_value(row.doctype, row.name, name, value);
	}
}

/** The line's quantity down to what comes now, and a line of the same behind it for the rest. */
async function split(frm, row, now, later_date) {
	if (!row) return;
	const rest = flt(row.qty) - flt(now);
	const { rate } = row;
	const grid = frm.fields_dict.items.grid;
	const added = grid.add_new_row(cint(row.idx) + 1, null, false, row);
	await set(row, { qty: now });
	await set(added, { qty: rest, rate, delivery_date: later_date });
}

function remove(frm, row) {
	if (row) frm.fields_dict.items.grid.grid_rows_by_docname[row.name].remove();
}
