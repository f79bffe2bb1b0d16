const API = "crm_o2c.api.rules";

frappe.ui.form.on("O2C Anomaly Rule", {
	setup(frm) {
		frm.get_field("parameters").$wrapper.addClass("o2c-parameters");
		frm.set_query("server_script", () => ({ filters: { script_type: "API" } }));
		frm.set_query("for_warehouse", () => (frm.doc.for_company ? { filters: { company: frm.doc.for_company } } : {}));
	},

	before_load(frm) {
		// the desk fills in the user's company, but a rule is for all unless somebody says otherwise
		if (frm.is_new() && !frm.doc.rule_name) frm.doc.for_company = null;
	},

	refresh(frm) {
		frm.get_field("parameters").grid.cannot_add_rows = true; // they are the detector's
		offer_detectors(frm);
		offer_order_types(frm);
		show_names(frm);
		show_shadow(frm);
		if (frm.is_new()) return;
		show_record(frm);
		add_buttons(frm);
		if (!["Draft", "Shadow"].includes(frm.doc.status)) frm.disable_form();
	},

	detector(frm) {
		load_detectors().then((detectors) => take_detector(frm, detectors));
		show_names(frm);
	},
});

// -- detector and parameters -------------------------------------------------------------------------------------------

/** Every detector with its parameters; asked once in a session. */
function load_detectors() {
	crm_o2c.detectors ??= crm_o2c.get(`${API}.get_detectors`);
	return crm_o2c.detectors;
}

function offer_detectors(frm) {
	load_detectors().then((detectors) => {
		const options = detectors.map(({ code, name }) => ({ value: code, label: name }));
		frm.get_field("detector").df.formatter = (code) => frappe.utils.escape_html(detector_name(detectors, code));
		frm.set_df_property("detector", "options", [{ value: "", label: "" }, ...options]);
		show_help(frm, detectors);
	});
}

function detector_name(detectors, wanted) {
	return detectors.find(({ code }) => code === wanted)?.name || wanted || "";
}

/** A chosen detector brings its parameters, and what usually comes of it. */
function take_detector(frm, detectors) {
	const detector = detectors.find(({ code }) => code === frm.doc.detector);
	frm.clear_table("parameters");
	for (const { name, label, help, default: value } of detector?.params || []) {
		frm.add_child("parameters", { parameter: name, label, help, value });
	}
	frm.refresh_field("parameters");
	if (detector && frm.is_new()) frm.set_value({ severity: detector.severity, action: detector.action });
	show_help(frm, detectors);
}

function show_help(frm, detectors) {
	const detector = detectors.find(({ code }) => code === frm.doc.detector);
	const texts = [];
	if (detector && !detector.by_line) {
		texts.push(
			__("It looks at the order as a whole: item group and warehouse choose the orders that have such a line.")
		);
	}
	if (detector && !detector.may_hold) texts.push(__("It can note, warn or block; it can't hold an order."));
	frm.get_field("detector_help").$wrapper.html($('<p class="text-muted small">').text(texts.join(" ")));
}

function offer_order_types(frm) {
	frappe.model.with_doctype("Sales Order", () => {
		const types = (frappe.meta.get_docfield("Sales Order", "order_type")?.options || "").split("\n").filter(Boolean);
		frm.get_field("for_order_type").set_data(types);
	});
}

/** The names that a condition may use; asked once in a session. */
function show_names(frm) {
	if (frm.doc.detector !== "expression") return;
	crm_o2c.rule_names ??= crm_o2c.get(`${API}.get_rule_names`);
	crm_o2c.rule_names.then((groups) => {
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

// -- life cycle --------------------------------------------------------------------------------------------------------

function add_buttons(frm) {
	const { status } = frm.doc;
	const may_write = frm.has_perm("write");
	if (may_write && status === "Draft") frm.add_custom_button(__("Start Shadow"), () => saved(frm, () => shadow(frm)));
	if (may_write && ["Shadow", "Active"].includes(status)) frm.add_custom_button(__("Retire"), () => retire(frm));
	if (frappe.model.can_create(frm.doctype)) frm.add_custom_button(__("New Version"), () => new_version(frm));
	if (may_write && ["Draft", "Shadow"].includes(status)) {
		frm.add_custom_button(__("Activate"), () => saved(frm, () => activate(frm)));
	}
}

/** What counts is what is saved: save first what is not. */
function saved(frm, go_on) {
	return frm.is_dirty() ? frm.save().then(go_on) : go_on();
}

function activate(frm) {
	const text = __("Activate this version? The version of {0} that is active now is retired.", [
		frappe.utils.escape_html(frm.doc.rule_name),
	]);
	frappe.confirm(text, () => step(frm, "activate_rule"));
}

function shadow(frm) {
	const text = __("In shadow the rule looks at every order, tells nobody and is only counted. Start it?");
	frappe.confirm(text, () => step(frm, "shadow_rule"));
}

function retire(frm) {
	const text = __("Retire this version? Orders are no longer checked by it; it stays readable.");
	frappe.confirm(text, () => step(frm, "retire_rule"));
}

function step(frm, endpoint) {
	return frappe.xcall(`${API}.${endpoint}`, { rule: frm.doc.name }).then(() => frm.reload_doc());
}

function new_version(frm) {
	frappe
		.xcall(`${API}.new_rule_version`, { rule: frm.doc.name })
		.then((name) => frappe.set_route("Form", frm.doctype, name));
}

function show_shadow(frm) {
	const { status, shadow_since, shadow_orders, shadow_alerts, shadow_value } = frm.doc;
	frm.set_intro("");
	if (status !== "Shadow") return;
	const since = frappe.datetime.str_to_user(shadow_since);
	const text = shadow_orders
		? __("In shadow since {0}: {1} orders checked, {2} alerts, {3} at risk.", [
				since,
				cint(shadow_orders),
				cint(shadow_alerts),
				format_currency(shadow_value),
			])
		: __("In shadow since {0}; no order has been checked yet.", [since]);
	frm.set_intro(text, "blue");
}

// -- record ------------------------------------------------------------------------------------------------------------

function show_record(frm) {
	if (!frm.has_perm("report") || ["Draft", "Shadow"].includes(frm.doc.status)) return;
	const rule = frm.doc.name;
	crm_o2c.get(`${API}.get_rule_record`, { rule }).then((record) => {
		if (frm.doc.name !== rule) return;
		frm.layout.wrapper.find(".o2c-record").closest(".form-dashboard-section").remove();
		const body = frm.dashboard.add_section('<div class="o2c-record"></div>', __("The Last 12 Weeks"));
		frm.dashboard.show();
		const place = body.find(".o2c-record");
		if (record.proposal) place.append(proposal(frm, record.proposal));
		place.append(figures(record));
		if (record.alerts) draw_weeks($('<div class="o2c-weeks">').appendTo(place), record.weeks);
	});
}

function proposal(frm, { action, judged, false: wrong, share, limit }) {
	const text = __("{0} of {1} judged alerts of this version were false alarms ({2} %, the limit is {3} %).", [
		wrong,
		judged,
		format_number(share, null, 0),
		format_number(limit, null, 0),
	]);
	const banner = $('<div class="form-message orange o2c-proposal">').append($("<span>").text(text));
	if (!frm.has_perm("write") || !frappe.model.can_create(frm.doctype)) return banner;
	const labels = { Hold: __("Only Hold"), Warn: __("Only Warn"), Note: __("Only Note") };
	const button = $('<button class="btn btn-xs btn-default">').text(labels[action]);
	button.on("click", () =>
		frappe.xcall(`${API}.demote_rule`, { rule: frm.doc.name }).then((name) => {
			frappe.show_alert({ message: __("A version with the milder action is active."), indicator: "green" });
			frappe.set_route("Form", frm.doctype, name);
		})
	);
	return banner.append(button);
}

function figures({ alerts, judged, shares, caught, holds }) {
	const percent = (value) => (value === null ? "–" : `${format_number(value, null, 0)} %`);
	const money = caught.map(({ currency, value }) => format_currency(value, currency)).join(", ");
	const rows = [
		[__("Alerts"), cint(alerts)],
		[__("Judged"), cint(judged)],
		[__("Fixed"), percent(shares.Fixed)],
		[__("Accepted"), percent(shares.Accepted)],
		[__("False Alarm"), percent(shares["False Alarm"])],
		[__("Value at Risk Caught"), money || "–"],
		[__("Orders Held"), holds.waiting ? __("{0}, {1} of them now", [holds.holds, holds.waiting]) : holds.holds],
		[
			__("Hours Until Release (Median)"),
			holds.median_hours === null ? "–" : format_number(holds.median_hours, null, 1),
		],
	];
	const cells = rows.map(([title, value]) =>
		$("<div>").append($('<div class="text-muted small">').text(title), $('<div class="o2c-figure">').text(value))
	);
	return $('<div class="o2c-figures">').append(cells);
}

function draw_weeks(place, weeks) {
	new frappe.Chart(place[0], {
		type: "bar",
		height: 160,
		colors: ["blue", "orange"],
		barOptions: { stacked: 1, spaceRatio: 0.4 },
		axisOptions: { xAxisMode: "tick", shortenYAxisNumbers: 1 },
		data: {
			labels: weeks.map(({ start }) => start.slice(5)), // month and day
			datasets: [
				{ name: __("Other Alerts"), values: weeks.map((week) => week.alerts - week.false) },
				{ name: __("False Alarms"), values: weeks.map((week) => week.false) },
			],
		},
	});
}
