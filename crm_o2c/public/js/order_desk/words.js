// How values read on the desk.

export function band_color(band) {
	return crm_o2c.priority.BAND_COLORS[band] || "gray";
}

export function money(value, currency) {
	return format_currency(value, currency, 0);
}

export function date(value) {
	return value ? frappe.datetime.str_to_user(value) : "";
}

/** A promise in words; `days` are counted from the site's today. */
export function when(days) {
	if (days === null || days === undefined) return __("No promise date");
	if (days < -1) return __("{0} days overdue", [-days]);
	if (days === -1) return __("1 day overdue");
	if (days === 0) return __("Due today");
	if (days === 1) return __("Due tomorrow");
	return __("in {0} days", [days]);
}

export function signed(points) {
	return crm_o2c.priority.signed(points);
}

export function score(value) {
	return format_number(value, null, 1);
}

export function count(number) {
	return format_number(number, null, 0);
}
