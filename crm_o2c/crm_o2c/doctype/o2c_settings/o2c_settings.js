frappe.ui.form.on("O2C Settings", {
	refresh(frm) {
		show_health(frm);
		frm.add_custom_button(__("Order Desk"), () => frappe.set_route("order-desk"));
		if (frm.has_perm("write")) frm.add_custom_button(__("Score All Orders Now"), () => score_all(frm));
	},
});

const safe = (text) => frappe.utils.escape_html(cstr(text));

function score_all(frm) {
	frappe.xcall("crm_o2c.api.priority.rescore").then((run) => {
		const link = frappe.utils.get_form_link("O2C Run Log", run, true, safe(run));
		frappe.show_alert({ message: __("{0} ranks the open orders.", [link]), indicator: "blue" });
		frm.reload_doc();
	});
}

function show_health(frm) {
	const place = frm.get_field("health").$wrapper.html(health_html(frm.doc.__onload?.health));
	place.find("[data-failure]").on("click", (event) => {
		frappe.set_route("List", "Error Log", { method: $(event.currentTarget).attr("data-failure") });
	});
}

function health_html(health) {
	if (!health) return "";
	const rows = [
		[__("Orders"), orders_html(health)],
		[__("Active policies"), policies_html(health.policies)],
		[__("Last run"), run_html(health.last_run)],
		[__("Background work"), background_html(health)],
		[__("Failures of the last 7 days"), failures_html(health.failures)],
	];
	const lines = rows.map(([title, html]) => `<div class="o2c-health-title">${title}</div><div>${html}</div>`);
	return `<div class="o2c-health">${lines.join("")}</div>`;
}

function orders_html(health) {
	const [orders, out] = [cint(health.orders), cint(health.out_of_queue)];
	return safe(__("{0} ranked, {1} of them out of the queue", [orders, out]));
}

function policies_html(policies) {
	if (!policies.length) return state("orange", __("None: no order is ranked"));
	return policies
		.map((policy) => {
			const link = frappe.utils.get_form_link("O2C Priority Policy", policy.name, true, safe(policy.name));
			return `${link} <span class="text-muted">${safe(policy.for_company || __("all companies"))}</span>`;
		})
		.join("<br>");
}

function run_html(run) {
	if (!run) return safe(__("No run yet"));
	const colors = { Running: "blue", Completed: "green", "Completed with Errors": "orange" };
	const link = frappe.utils.get_form_link("O2C Run Log", run.name, true, safe(run.name));
	const counts = __("{0} orders, {1} changed, {2} errors", [cint(run.orders), cint(run.changed), cint(run.errors)]);
	const when = frappe.datetime.prettyDate(run.finished_at || run.started_at);
	return `${link} ${state(colors[run.status], __(run.status))} <span class="text-muted">${safe(counts)} · ${safe(when)}</span>`;
}

function background_html({ workers, scheduler }) {
	const working =
		workers === null
			? state("gray", __("Workers: not known"))
			: state(workers ? "green" : "red", workers === 1 ? __("1 worker") : __("{0} workers", [workers]));
	const hint = __("Without it, nothing is ranked anew as time passes.");
	const scheduled = scheduler
		? state("green", __("Scheduler is on"))
		: `${state("red", __("Scheduler is off"))} <span class="text-muted">${safe(hint)}</span>`;
	return `${working} ${scheduled}`;
}

function failures_html(failures) {
	if (!failures.length) return state("green", __("None", null, "O2C Settings"));
	return failures
		.map((failure) => {
			const title = safe(failure.title);
			const link = frappe.model.can_read("Error Log") ? `<a data-failure="${title}">${title}</a>` : title;
			const when = frappe.datetime.prettyDate(failure.last);
			return `<div>${link} <span class="text-muted">${cint(failure.count)} × · ${safe(when)}</span></div>`;
		})
		.join("");
}

function state(color, text) {
	return `<span class="indicator-pill no-indicator-dot ${color}">${safe(text)}</span>`;
}
