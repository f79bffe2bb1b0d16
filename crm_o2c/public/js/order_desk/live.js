// Keeps the desk current without hammering the server: changes are gathered, and nothing is asked while nobody looks.

const GATHER = 1500; // milliseconds without a further change
const LONGEST = 6000; // during a run over the whole book, changes never stop

export class Live {
	constructor({ is_visible, refresh }) {
		this.is_visible = is_visible;
		this.refresh = refresh;
		this.changed_at = 0;
		this.timer = null;
		frappe.realtime.on("o2c_queue_changed", () => this.changed());
		// a new connection is in no room, and may have missed something
		frappe.realtime.on("connect", () => {
			this.subscribe();
			this.changed();
		});
		document.addEventListener("visibilitychange", () => this.catch_up());
	}

	subscribe() {
		frappe.realtime.doctype_subscribe("Sales Order");
	}

	changed() {
		this.changed_at = this.changed_at || Date.now();
		clearTimeout(this.timer);
		const left = this.changed_at + LONGEST - Date.now();
		this.timer = setTimeout(() => this.catch_up(), Math.max(0, Math.min(GATHER, left)));
	}

	catch_up() {
		if (!this.changed_at || !this.is_visible()) return;
		this.done();
		this.refresh();
	}

	/** What is shown is of now: what was gathered is answered. */
	done() {
		clearTimeout(this.timer);
		this.changed_at = 0;
	}
}
