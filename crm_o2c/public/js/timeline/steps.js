// What is next, with the button that does it.
import { h } from "../order_desk/dom";

const PAYMENT_REQUEST = "erpnext.accounts.doctype.payment_request.payment_request.make_payment_request";

export function step_view(step, { first, here, order }) {
	return h(
		`li.o2c-tl-step${first ? ".o2c-tl-first" : ""}`,
		{},
		h("span", {}, first ? __("Next: {0}", [step.text]) : __("Then: {0}", [step.text])),
		button(step.action, { first, here, order })
	);
}

function button(action, { first, here, order }) {
	if (!action || is_here(action, here)) return null;
	const onclick = () => run(action, order);
	const style = first ? "btn-primary" : "btn-default";
	return h(`button.btn.btn-xs.${style}`, { type: "button", onclick }, action.label);
}

function is_here({ kind, doctype, name }, here) {
	return kind === "open" && doctype === here.doctype && name === here.name;
}

function run(action, order) {
	if (action.kind === "make") {
		return frappe.model.open_mapped_doc({ method: action.method, source_name: action.source });
	}
	if (action.kind === "ask_payment") return ask_payment(action, order);
	return frappe.set_route("Form", action.doctype, action.name);
}

/** ERPNext's own Payment Request, as the invoice's form makes it. */
function ask_payment({ doctype, name }, order) {
	const args = { dt: doctype, dn: name, payment_request_type: "Inward", party_type: "Customer", party: order.customer };
	return frappe.xcall(PAYMENT_REQUEST, args).then((request) => {
		frappe.model.sync(request);
		frappe.set_route("Form", request.doctype, request.name);
	});
}
