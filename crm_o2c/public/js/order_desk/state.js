// What the desk shows, as it stands in the address: a link or the back button brings the same view.

export const QUEUE = "queue";
export const OUT = "out";
export const PAGE_LENGTH = 50;
export const FILTERS = ["company", "band", "customer", "territory", "gate", "from_date", "to_date", "search"];

export function empty_state() {
	return { view: QUEUE, page: 1, order: "", filters: {} };
}

/** From route options or an address's query. Whatever is not known is left out. */
export function read_state(options) {
	const state = empty_state();
	if (options.view === OUT) state.view = OUT;
	state.page = Math.max(1, cint(options.page));
	if (is_text(options.order)) state.order = options.order;
	for (const key of FILTERS) {
		if (is_text(options[key])) state.filters[key] = options[key];
	}
	return state;
}

function is_text(value) {
	return typeof value === "string" && value !== "";
}

export function write_state(state) {
	const query = new URLSearchParams(state.filters);
	if (state.view !== QUEUE) query.set("view", state.view);
	if (state.page > 1) query.set("page", state.page);
	if (state.order) query.set("order", state.order);
	const text = query.toString();
	window.history.replaceState(null, null, window.location.pathname + (text ? `?${text}` : ""));
}
