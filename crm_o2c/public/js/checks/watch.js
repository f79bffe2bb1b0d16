// The strip on the form of a DocType: shown at every load, asked again after a change that matters.
import { Strip } from "./strip";

const ORDER_FIELDS = names(
	"customer party_name company currency conversion_rate selling_price_list transaction_date delivery_date valid_till",
	"order_type po_no shipping_address_name set_warehouse payment_terms_template additional_discount_percentage",
	"discount_amount"
);
const LINE_FIELDS = names(
	"item_code qty uom conversion_factor rate price_list_rate discount_percentage discount_amount delivery_date warehouse",
	"items_remove"
);

function names(...lines) {
	return lines.join(" ").split(" ");
}

/** Add the strip to a DocType's form, whose lines are of `line_doctype`. */
export function add_to_form(doctype, line_doctype) {
	const handlers = (fields) => Object.fromEntries(fields.map((name) => [name, (frm) => frm.o2c_strip?.changed()]));
	frappe.ui.form.on(doctype, { ...handlers(ORDER_FIELDS), refresh: (frm) => strip_of(frm).refresh() });
	frappe.ui.form.on(line_doctype, handlers(LINE_FIELDS));
}

function strip_of(frm) {
	frm.o2c_strip = frm.o2c_strip || new Strip(frm);
	return frm.o2c_strip;
}
