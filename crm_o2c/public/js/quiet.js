// Answers for parts of a page. They come by fetch, so that a failure becomes a part of the page and not a dialog over it, and
// so that an answer nobody waits for any more can be called off.

/** Call a reading endpoint. */
export function read(method, args, signal) {
	return answer(`/api/method/${method}?${query(args)}`, { signal });
}

/** Call an endpoint that takes more than an address can hold. */
export function ask(method, args, signal) {
	return answer(`/api/method/${method}`, { method: "POST", body: query(args), signal });
}

function query(args) {
	const values = new URLSearchParams();
	for (const [key, value] of Object.entries(args)) {
		values.set(key, typeof value === "object" ? JSON.stringify(value) : value);
	}
	return values;
}

async function answer(address, options) {
	const headers = { Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token };
	const response = await fetch(address, { headers, ...options }).catch((error) => {
		if (error.name === "AbortError") throw error;
		throw new Error(__("The server did not answer."));
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
