// What a policy would change, before it does: bands before and after, and the orders that would move most.
frappe.provide("crm_o2c.priority");

/** Show the preview of a saved policy; with `action` as {label, confirm} it can be agreed to there. */
crm_o2c.priority.preview_dialog = (policy, action = null) =>
	crm_o2c
		.get("crm_o2c.api.priority.preview_policy", { policy }, { freeze: true })
		.then((data) => show(policy, data, action));

const safe = (text) => frappe.utils.escape_html(cstr(text));

function show(policy, data, action) {
	const dialog = new frappe.ui.Dialog({
		title: __("What {0} would change", [policy]),
		size: "extra-large",
		fields: [{ fieldname: "preview", fieldtype: "HTML" }],
		primary_action_label: action?.label,
		primary_action: action && (() => action.confirm(dialog)),
	});
	const body = dialog.get_field("preview").$wrapper;
	body.html(`<div class="o2c-preview">${preview_html(data)}</div>`);
	dialog.show();
	// a chart measures its place, which has a width once the dialog is there
	if (data.orders) dialog.$wrapper.one("shown.bs.modal", () => draw(body, data));
	return dialog;
}

function preview_html(data) {
	if (!data.orders) return `<p class="text-muted">${__("There are no open orders to try it on.")}</p>`;
	return `
		<p>${safe(summary(data))}</p>
		<div class="o2c-preview-chart"></div>
		<div class="o2c-heading">${__("The orders that would move most")}</div>
		${moves_html(data.moves)}`;
}

function summary(data) {
	if (!data.ranked) return __("{0} open orders, none of which is ranked today.", [data.orders]);
	return __("{0} open orders; {1} would have another place in the queue, {2} another band.", [
		data.orders,
		data.moved,
		data.other_band,
	]);
}

function draw(body, data) {
	const side = (name, index) => ({ name, values: data.bands.map((row) => row[index]) });
	new frappe.Chart(body.find(".o2c-preview-chart")[0], {
		type: "bar",
		height: 180,
		animate: 0,
		colors: ["#a6b1b9", "#2490ef"],
		data: {
			labels: data.bands.map(([band]) => __(band)),
			datasets: [side(__("Today"), 1), side(__("With this policy"), 2)],
		},
		barOptions: { spaceRatio: 0.5 },
		axisOptions: { xAxisMode: "tick" },
		valuesOverPoints: 1,
	});
}

function moves_html(moves) {
	if (!moves.length) return `<p class="text-muted">${__("No order would move.")}</p>`;
	const head = [__("Order"), __("Customer"), __("Place"), "", __("Today"), __("With this policy")];
	return `<div class="o2c-scroll"><table class="table o2c-moves">
		<thead><tr>${head.map((title) => `<th>${safe(title)}</th>`).join("")}</tr></thead>
		<tbody>${moves.map(move_html).join("")}</tbody>
	</table></div>`;
}

function move_html(move) {
	const link = frappe.utils.get_form_link("Sales Order", move.order, true, safe(move.order));
	const arrow = move.moved > 0 ? `↑ ${move.moved}` : `↓ ${-move.moved}`;
	const css = move.moved > 0 ? "text-success" : "text-danger";
	return `<tr>
		<td>${link}</td>
		<td>${safe(move.customer_name)}</td>
		<td class="text-nowrap">${cint(move.place_before)} → ${cint(move.place_after)}</td>
		<td class="text-nowrap ${css}">${safe(arrow)}</td>
		<td>${crm_o2c.priority.band_html(move.band_before, move.score_before)}</td>
		<td>${crm_o2c.priority.band_html(move.band_after, move.score_after)}</td>
	</tr>`;
}
