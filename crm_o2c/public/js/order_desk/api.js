// The server's answers. Reads go by fetch, so that a failure becomes a part of the page and not a dialog over it, and so
// that an answer nobody waits for any more can be called off.

const DESK = "crm_o2c.api.order_desk";
const PRIORITY = "crm_o2c.api.priority";

export function get_queue(state, page_length, signal) {
	const start = (state.page - 1) * page_length;
	return read(`${DESK}.get_queue`, { view: state.view, filters: state.filters, start, page_length }, signal);
}

export function get_summary(filters, signal) {
	return read(`${DESK}.get_summary`, { filters }, signal);
}

export function get_explanation(sales_order, signal) {
	return read(`${PRIORITY}.get_explanation`, { sales_order }, signal);
}

export function rescore() {
	return frappe.xcall(`${PRIORITY}.rescore`);
}

async function read(method, args, signal) {
	const query = new URLSearchParams();
	for (const [key, value] of Object.entries(args)) {
		query.set(key, typeof value === "object" ? JSON.stringify(value) : value);
	}
	const response = await fetch(`/api/method/${method}?${query}`, {
		headers: { Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token },
		signal,
	});
	const body = await response.json().catch(() => ({}));
	if (!response.ok) throw new Error(reason(body, response.status));
	return body.message;
}

function reason(body, status) {
	try {
		const messages = JSON.parse(body._server_messages || "[]").map((text) => strip_html(JSON.parse(text).message));
		if (messages.length) return messages.join(" ");
	} catch {
		// no message of the server's: fall back to the status
	}
	if (status === 401 || status === 403) return __("You may not see Sales Orders, or your session has ended.");
	return __("The server answered with error {0}.", [status]);
}
