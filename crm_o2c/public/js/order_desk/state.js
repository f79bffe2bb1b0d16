// What the desk shows, as it stands in the address: a link or the back button brings the same view.

export const QUEUE = "queue";
export const OUT = "out";
export const ALERTS = "alerts";
export const HOLDS = "holds";
export const PAGE_LENGTH = 50;

const RANKED = ["company", "band", "customer", "territory", "gate", "from_date", "to_date", "search"];
const CHECKED = ["company", "customer", "severity", "detector", "search"];

/** The views in the order of their tabs, each with the filters it knows. */
export const VIEWS = {
	[QUEUE]: RANKED,
	[OUT]: RANKED,
	[ALERTS]: CHECKED,
	[HOLDS]: ["company", "customer", "detector", "search"],
};

export function empty_state() {
	return { view: QUEUE, page: 1, order: "", filters: {} };
}

/** Whether a view shows ranked orders, and not what checks found. */
export function is_ranked(view) {
	return view === QUEUE || view === OUT;
}

/** Those of the filters that a view knows and that are set. */
export function filters_for(view, filters) {
	return Object.fromEntries(VIEWS[view].filter((name) => filters[name]).map((name) => [name, filters[name]]));
}

/** From route options or an address's query. Whatever is not known is left out. */
export function read_state(options) {
	const state = empty_state();
	if (options.view in VIEWS) state.view = options.view;
	state.page = Math.max(1, cint(options.page));
	if (is_text(options.order)) state.order = options.order;
	const given = Object.entries(options).filter(([, value]) => is_text(value));
	state.filters = filters_for(state.view, Object.fromEntries(given));
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
