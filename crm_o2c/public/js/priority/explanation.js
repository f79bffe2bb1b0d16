// The explanation of an order as HTML: for the Sales Order form, the Order Desk, and whoever else shows one.
frappe.provide("crm_o2c.priority");

const safe = (text) => frappe.utils.escape_html(cstr(text));

/**
 * HTML for an answer of crm_o2c.api.priority.get_explanation. Everything shown is escaped here.
 * `buttons` puts [data-action="boost"] and [data-action="end-boost"] into it, for those who may; the caller listens.
 */
crm_o2c.priority.explanation_html = (data, { buttons = false } = {}) => {
	if (!data?.terms) return `<div class="text-muted">${__("Only open orders are ranked.")}</div>`;
	return `<div class="o2c-explanation">
		${summary_html(data)}
		<div class="o2c-body">
			<div class="o2c-terms">${terms_html(data.terms)}</div>
			${changes_html(data.changes)}
		</div>
		${boost_html(data, buttons)}
		${footer_html(data)}
	</div>`;
};

function summary_html(data) {
	const gate = data.gate ? `<span class="indicator-pill no-indicator-dot yellow">${safe(gate_label(data))}</span>` : "";
	return `<div class="o2c-summary">
		${crm_o2c.priority.band_html(data.band, data.score)} ${gate}
		<span class="o2c-sentence">${safe(data.sentence)}</span>
	</div>`;
}

function gate_label(data) {
	return data.draft ? __("Not submitted yet") : __("Out of the queue");
}

function terms_html(terms) {
	const largest = Math.max(...terms.map((term) => Math.abs(term.points)), 1);
	return terms.map((term) => term_html(term, largest)).join("");
}

function term_html(term, largest) {
	const width = flt((50 * Math.abs(term.points)) / largest, 2);
	const side = term.points < 0 ? "o2c-less" : "o2c-more";
	const bar = width ? `<span class="${side}" style="width: ${width}%"></span>` : "";
	const kind = term.missing ? "o2c-missing" : "";
	const inputs = term.inputs.map(([label, value]) => `${label}: ${value}`).join("\n");
	return `<div class="o2c-term ${kind}" title="${safe(inputs)}">
		<div class="o2c-term-label">${safe(term.label)}</div>
		<div class="o2c-bar">${bar}</div>
		<div class="o2c-points">${safe(crm_o2c.priority.signed(term.points))}</div>
		<div class="o2c-term-text">${safe(term.text)}</div>
	</div>`;
}

function changes_html(changes) {
	if (!changes.length) return "";
	const rows = changes.map(
		(change) => `<li><span>${safe(change.text)}</span> → ${crm_o2c.priority.band_html(change.band)}</li>`
	);
	return `<div class="o2c-changes">
		<div class="o2c-heading">${__("What would lift it")}</div>
		<ul>${rows.join("")}</ul>
	</div>`;
}

function boost_html(data, buttons) {
	const { boost, may_boost } = data;
	const may = buttons && may_boost && data.open;
	if (!boost && !may) return "";
	const button = (action, label) =>
		may ? `<button class="btn btn-default btn-xs" data-action="${action}">${label}</button>` : "";
	const current = boost
		? `<div class="o2c-boost-text">${safe(boost_text(boost))}<div class="text-muted">${safe(boost.reason)}</div></div>`
		: "";
	return `<div class="o2c-boost">
		${current}
		<div>${button("boost", boost ? __("Change Boost") : __("Boost"))} ${boost ? button("end-boost", __("End Boost")) : ""}</div>
	</div>`;
}

function boost_text(boost) {
	return __("{0} points by {1}, until {2}", [
		crm_o2c.priority.signed(boost.points),
		boost.owner_name || boost.owner,
		frappe.datetime.str_to_user(boost.expires_on),
	]);
}

function footer_html(data) {
	const points = crm_o2c.priority.signed(data.points);
	const text = __("{0} points in all · policy {1} · +10 points means twice as urgent", [points, data.policy]);
	return `<div class="o2c-footer text-muted">${safe(text)}</div>`;
}
