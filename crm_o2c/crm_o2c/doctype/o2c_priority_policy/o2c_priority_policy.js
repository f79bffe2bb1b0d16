frappe.ui.form.on("O2C Priority Policy", {
	refresh(frm) {
		show_shadow(frm);
		show_names(frm);
		if (frm.is_new()) return;
		add_buttons(frm);
		const editable = ["Draft", "Shadow"].includes(frm.doc.status);
		if (!editable) frm.disable_form();
	},

	setup(frm) {
		// a row's choices depend on its source, so they are set when its field is entered
		frm.fields_dict.factors.$wrapper.on("focusin", "[data-fieldname=fieldname] input", (event) => {
			const row = $(event.currentTarget).closest(".grid-row").data("grid_row");
			if (row) offer_fields(row);
		});
	},
});

frappe.ui.form.on("O2C Priority Factor", {
	form_render(frm, _doctype, name) {
		const row = frm.fields_dict.factors.grid.get_row(name);
		offer_fields(row);
		draw_curve(row);
	},
	source: (frm, _doctype, name) => offer_fields(frm.fields_dict.factors.grid.get_row(name)),
	weight: (frm, _doctype, name) => draw_curve(frm.fields_dict.factors.grid.get_row(name)),
	curve: (frm, _doctype, name) => draw_curve(frm.fields_dict.factors.grid.get_row(name)),
	curve_points: (frm, _doctype, name) => draw_curve(frm.fields_dict.factors.grid.get_row(name)),
});

// -- life cycle --------------------------------------------------------------------------------------------------------

function add_buttons(frm) {
	const { status } = frm.doc;
	const may_write = frm.has_perm("write");
	if (status !== "Active") frm.add_custom_button(__("Preview"), () => saved(frm, () => preview(frm)));
	if (may_write && status === "Draft") frm.add_custom_button(__("Start Shadow"), () => saved(frm, () => shadow(frm)));
	const own = status === "Active" && frm.doc.for_company; // the policy for all companies then ranks its orders
	if (may_write && (status === "Shadow" || own)) frm.add_custom_button(__("Retire"), () => retire(frm));
	if (frappe.model.can_create(frm.doctype)) frm.add_custom_button(__("New Version"), () => new_version(frm));
	if (may_write && ["Draft", "Shadow"].includes(status)) {
		frm.add_custom_button(__("Activate"), () => saved(frm, () => activate(frm)));
	}
}

/** What counts is what is saved: save first what is not. */
function saved(frm, go_on) {
	return frm.is_dirty() ? frm.save().then(go_on) : go_on();
}

function preview(frm) {
	return crm_o2c.priority.preview_dialog(frm.doc.name);
}

function activate(frm) {
	return crm_o2c.priority.preview_dialog(frm.doc.name, {
		label: __("Activate"),
		confirm: (dialog) =>
			frappe.xcall("crm_o2c.api.priority.activate_policy", { policy: frm.doc.name }).then(() => {
				dialog.hide();
				frappe.show_alert({ message: __("Active. The open orders are being ranked anew."), indicator: "green" });
				frm.reload_doc();
			}),
	});
}

function shadow(frm) {
	const text = __("In shadow the policy decides beside the active one and is only counted. Start it?");
	frappe.confirm(text, () =>
		frappe.xcall("crm_o2c.api.priority.shadow_policy", { policy: frm.doc.name }).then(() => frm.reload_doc())
	);
}

function retire(frm) {
	frappe.confirm(__("Retire this policy? It stays readable and can be the base of a new version."), () =>
		frappe.xcall("crm_o2c.api.priority.retire_policy", { policy: frm.doc.name }).then(() => frm.reload_doc())
	);
}

function new_version(frm) {
	frappe
		.xcall("crm_o2c.api.priority.new_policy_version", { policy: frm.doc.name })
		.then((name) => frappe.set_route("Form", frm.doctype, name));
}

function show_shadow(frm) {
	const { status, shadow_since, shadow_orders, shadow_up, shadow_down } = frm.doc;
	frm.set_intro("");
	if (status !== "Shadow") return;
	const since = frappe.datetime.str_to_user(shadow_since);
	const text = shadow_orders
		? __("In shadow since {0}: of {1} orders compared, {2} would move up a band and {3} down.", [
				since,
				cint(shadow_orders),
				cint(shadow_up),
				cint(shadow_down),
			])
		: __("In shadow since {0}; the next run over the open orders counts what it would change.", [since]);
	frm.set_intro(text, "blue");
}

// -- names for formulas and fields -------------------------------------------------------------------------------------

/** Every name that a formula, a condition or a factor may use; asked once in a session. */
function load_names() {
	crm_o2c.priority.names ??= crm_o2c.get("crm_o2c.api.priority.get_policy_names");
	return crm_o2c.priority.names;
}

function show_names(frm) {
	load_names().then((groups) => {
		const html = groups.map((group, index) => group_html(group, index === 0)).join("");
		frm.get_field("names_help").$wrapper.html(`<div class="o2c-names">${html}</div>`);
	});
}

function group_html(group, open) {
	const safe = frappe.utils.escape_html;
	const rows = group.names.map(
		(row) =>
			`<li><code>${safe(row.name)}</code> <span class="text-muted">(${safe(row.kind)})</span> ${safe(row.label)}</li>`
	);
	return `<details ${open ? "open" : ""}>
		<summary>${safe(group.label)} (${rows.length})</summary>
		<ul>${rows.join("")}</ul>
	</details>`;
}

function offer_fields(row) {
	load_names().then((groups) => {
		const group = groups.find((one) => one.source === row.doc.source);
		const options = (group?.names || []).map(({ fieldname, label }) => ({
			value: fieldname,
			label,
			description: fieldname,
		}));
		for (const fields of [row.grid_form?.fields_dict, row.on_grid_fields_dict]) fields?.fieldname?.set_data(options);
	});
}

function draw_curve(row) {
	const field = row.grid_form?.fields_dict.curve_points;
	if (!field) return;
	let place = field.$wrapper.find(".o2c-curve");
	if (!place.length) place = $('<div class="o2c-curve">').appendTo(field.$wrapper);
	const { curve, curve_points, weight } = row.doc;
	crm_o2c.priority.draw_curve(place, curve, curve_points, weight);
}
