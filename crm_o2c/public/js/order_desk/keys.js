// Keys of the desk. Frappe lists them in its own dialog, which "?" opens.

/** Frappe keeps one description per key for all pages, so say them each time the page is shown. */
export function add_keys(page, desk) {
	const add = (shortcut, description, action, more = {}) =>
		frappe.ui.keys.add_shortcut({ shortcut, description, action, page, condition: () => !cur_dialog_open(), ...more });
	const move = (step) => () => desk.queue.move(step);
	add("j", __("Next order"), move(1));
	add("down", __("Next order"), move(1));
	add("k", __("Previous order"), move(-1));
	add("up", __("Previous order"), move(-1));
	add("enter", __("Open the chosen order"), () => on_row() && desk.open());
	add("b", __("Boost the chosen order"), () => desk.panel.boost());
	add("n", __("Next page"), () => desk.turn(1));
	add("p", __("Previous page"), () => desk.turn(-1));
	add("t", __("Next view"), () => desk.other_view());
	add("x", __("Choose the row for an action"), () => desk.pick());
	add("a", __("Accept the chosen alerts"), () => desk.act("accept"));
	add("f", __("False alarm"), () => desk.act("false_alarm"));
	add("l", __("Release the chosen holds"), () => desk.act("release"));
	add("r", __("Refresh"), () => desk.refresh());
	add("/", __("Search"), () => desk.filters.focus_search());
	add("shift+/", __("Show these keys"), () => frappe.ui.keys.show_keyboard_shortcut_dialog());
}

function cur_dialog_open() {
	return document.body.classList.contains("modal-open");
}

/** Enter on a link or a button is theirs. */
function on_row() {
	return !document.activeElement.closest("a, button, input, select");
}
