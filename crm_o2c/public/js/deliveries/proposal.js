// What of an order can go now, what later and when; one click makes the Delivery Note of what goes.
import { h } from "../order_desk/dom";
import { make_proposed_note, propose_deliveries } from "./api";
import { quantity } from "./words";

export async function proposal_dialog(frm) {
	const proposal = await propose_deliveries(frm.doc.name);
	const dialog = new frappe.ui.Dialog({
		title: __("Propose Deliveries"),
		size: "large",
		fields: [{ fieldname: "proposal", fieldtype: "HTML" }],
		primary_action_label: __("Make Delivery Note"),
		primary_action: () => make(dialog, frm),
	});
	dialog.get_field("proposal").$wrapper.append(view(proposal));
	const may_make = proposal.may_make && frappe.model.can_create("Delivery Note");
	dialog.get_primary_btn().prop("disabled", !may_make);
	dialog.show();
	return dialog;
}

async function make(dialog, frm) {
	dialog.disable_primary_action();
	try {
		const note = await make_proposed_note(frm.doc.name);
		dialog.hide();
		if (note) frappe.set_route("Form", "Delivery Note", note);
		else frappe.show_alert({ message: __("Nothing more can go now."), indicator: "orange" });
	} finally {
		dialog.enable_primary_action();
	}
}

function view(proposal) {
	return h("div.o2c-deliveries", {}, table(proposal.lines), notes(proposal));
}

function table(lines) {
	const head = [__("Line"), __("Item"), __("To Deliver"), __("Now"), __("Later"), __("When")];
	return h(
		"div.table-responsive",
		{},
		h(
			"table.table.table-sm",
			{},
			h("thead", {}, h("tr", {}, ...head.map((text, n) => h(n < 2 || n === 5 ? "th" : "th.text-right", {}, text)))),
			h("tbody", {}, ...lines.map(line_row))
		)
	);
}

function line_row(line) {
	const qty = (value) => h("td.text-right.text-nowrap", {}, value ? `${quantity(value)} ${line.uom}` : "–");
	return h(
		"tr",
		{},
		h("td", {}, String(line.number)),
		h("td", {}, line.item, line.planned ? h("div.text-muted.small", {}, __("By the Ship-To Plan")) : null),
		qty(line.left),
		qty(line.now),
		qty(line.later),
		h("td.text-nowrap", {}, when(line))
	);
}

function when(line) {
	const drafted = line.drafted ? __("{0} on drafts", [quantity(line.drafted)]) : "";
	if (!line.later) return drafted;
	const day = line.on ? frappe.datetime.str_to_user(line.on) : __("not known");
	return [day, drafted].filter(Boolean).join(", ");
}

function notes(proposal) {
	const texts = [];
	if (proposal.held) texts.push(["red", __("A rule holds this order. It has to be released before anything goes.")]);
	if (proposal.refusal) texts.push(["orange", proposal.refusal]);
	else if (proposal.policy && proposal.may_make) texts.push(["green", __("The delivery policy lets this go.")]);
	if (!proposal.is_all && proposal.complete_on) {
		const day = frappe.datetime.str_to_user(proposal.complete_on);
		texts.push(["blue", __("All of it could go together on {0}.", [day])]);
	}
	if (proposal.has_plan) {
		texts.push(["blue", __("Lines of the Ship-To Plan go by Deliveries > Ship-To Delivery Notes.")]);
	}
	if (proposal.drafts.length) texts.push(["gray", __("Still drafts: {0}", [proposal.drafts.join(", ")])]);
	return texts.map(([color, text]) => h("p", {}, h(`span.indicator.${color}`, {}), " ", text));
}
