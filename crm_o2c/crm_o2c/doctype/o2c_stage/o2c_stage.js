const API = "crm_o2c.api.stages";

frappe.ui.form.on("O2C Stage", {
	refresh(frm) {
		show_fields(frm);
		if (frm.has_perm("write")) frm.add_custom_button(__("Try"), () => try_stage(frm));
		if (!frm.is_new()) {
			const show = () => frappe.set_route("List", "Sales Order", { o2c_stage: frm.doc.name });
			frm.add_custom_button(__("Orders in This Stage"), show);
		}
	},
});

/** What the rule may ask; read once in a session. */
function show_fields(frm) {
	crm_o2c.stage_fields ??= crm_o2c.get(`${API}.get_fields`);
	crm_o2c.stage_fields.then((fields) => {
		const safe = frappe.utils.escape_html;
		const rows = fields.map(
			({ name, kind, meaning }) =>
				`<li><code>${safe(name)}</code> <span class="text-muted">(${safe(kind)})</span> ${safe(meaning)}</li>`
		);
		const example = safe("submitted and delivered > 0 and not all_delivered");
		const help = safe(__("For example:"));
		frm
			.get_field("fields_help")
			.$wrapper.html(`<div class="o2c-names"><p class="text-muted">${help} <code>${example}</code></p>
				<ul>${rows.join("")}</ul></div>`);
	});
}

/** Where the open orders would be with the stage as it is typed. */
function try_stage(frm) {
	const { stage_code, name, label, sequence, kind, rule, colour, enabled } = frm.doc;
	const stage = { stage_code: stage_code || name, label, sequence, kind, rule: rule || "", colour, enabled };
	frappe.call({ method: `${API}.try_stage`, args: { stage }, freeze: true }).then(({ message }) => show_trial(message));
}

function show_trial({ rows, orders, sample, moved }) {
	const safe = frappe.utils.escape_html;
	const lines = rows.map((row) => {
		const color = row.colour || "gray";
		const changed = row.now === row.then ? "" : "bold";
		return `<tr><td><span class="indicator-pill no-indicator-dot ${color}">${safe(row.label)}</span></td>
			<td class="text-right">${cint(row.now)}</td><td class="text-right ${changed}">${cint(row.then)}</td></tr>`;
	});
	const counted = sample ? __("the newest {0} open orders", [orders]) : __("{0} open orders", [orders]);
	const said = moved
		? __("{0} would change their stage, of {1}.", [moved, counted])
		: __("None would change, of {0}.", [counted]);
	frappe.msgprint({
		title: __("Open Orders by Stage"),
		message: `<p>${safe(said)}</p><table class="table table-bordered">
			<thead><tr><th>${safe(__("Stage"))}</th><th class="text-right">${safe(__("Now"))}</th>
			<th class="text-right">${safe(__("Then"))}</th></tr></thead><tbody>${lines.join("")}</tbody></table>`,
	});
}
