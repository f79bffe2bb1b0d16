// Findings of the nightly check: each leads to where it is put right.
const API = "crm_o2c.api.consistency";
const RECONCILE = "Payment Reconciliation";
const MAKE_INVOICE = "erpnext.stock.doctype.delivery_note.delivery_note.make_sales_invoice";
const MAKE_CREDIT = "erpnext.accounts.doctype.sales_invoice.sales_invoice.make_sales_return";

frappe.provide("crm_o2c.findings");

const FIXES = {
	"Delivered, Not Billed": (doc) => map(MAKE_INVOICE, doc.reference_name),
	"Billed More Than Ordered": (doc) => map(MAKE_CREDIT, doc.reference_name),
	"Returned, Not Credited": (doc) => map(MAKE_CREDIT, doc.reference_name),
	"Payment Not Allocated": reconcile,
};

crm_o2c.findings.COLORS = { Open: "orange", Fixed: "green", Accepted: "gray" };

/** What the button says: where the fix begins. */
crm_o2c.findings.label = (doc) => {
	if (doc.kind === "Delivered, Not Billed") return __("Make Invoice");
	if (doc.kind === "Payment Not Allocated") return __("Reconcile");
	return doc.kind in FIXES ? __("Make Credit Note") : __("Open");
};

/** Open the form in which a finding is put right. Whatever it makes is a draft. */
crm_o2c.findings.fix = (doc) => {
	const fix = FIXES[doc.kind];
	return fix ? fix(doc) : frappe.set_route("Form", doc.reference_doctype, doc.reference_name);
};

/** Ask for a reason and close findings as they are. */
crm_o2c.findings.accept = (names, on_done) =>
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("Reason"),
			reqd: 1,
			description: __("It stays closed until more is at stake."),
		},
		({ reason }) => frappe.xcall(`${API}.accept_findings`, { findings: names, reason }).then(on_done),
		__("Accept as It Is"),
		__("Accept")
	);

crm_o2c.findings.reopen = (names, on_done) => frappe.xcall(`${API}.reopen_findings`, { findings: names }).then(on_done);

crm_o2c.findings.check_now = () =>
	frappe
		.xcall(`${API}.check_now`)
		.then(() => frappe.show_alert({ message: __("The check has started."), indicator: "blue" }));

function map(method, source_name) {
	frappe.model.open_mapped_doc({ method, source_name });
}

let wanted = null;

function reconcile(doc) {
	wanted = { company: doc.company, party_type: "Customer", party: doc.customer };
	frappe.set_route("Form", RECONCILE, RECONCILE);
}

// The tool empties its fields as it loads, so that they are filled once it is there.
frappe.ui.form.on(RECONCILE, {
	refresh(frm) {
		if (!wanted) return;
		const { company, party_type, party } = wanted;
		wanted = null;
		frappe.after_ajax(() =>
			frappe.run_serially([
				() => frm.set_value("company", company),
				() => frm.set_value("party_type", party_type),
				() => frm.set_value("party", party),
			])
		);
	},
});
