// Scans from a CSV file: what is wrong is told row by row, and kept is all of it, or the good rows where one says so.
import { h } from "../order_desk/dom";
import { upload_scans } from "./api";

const COLUMNS = "delivery_note, carrier, number, status, happened_at, place, description, eta";

/** Choose a file and keep its scans; on_done() once some were kept. */
export function upload_dialog(on_done) {
	const state = { content: "", on_done };
	const input = h("input.o2c-scan-file", { type: "file", accept: ".csv,text/csv", "aria-label": __("CSV File") });
	const result = h("div.o2c-scan-result", { role: "status" });
	const dialog = new frappe.ui.Dialog({
		title: __("Upload Scans"),
		size: "large",
		fields: [{ fieldname: "file", fieldtype: "HTML" }],
		primary_action_label: __("Upload"),
		primary_action: () => send(dialog, state, result, false),
	});
	input.addEventListener("change", async () => {
		state.content = input.files[0] ? decode(await input.files[0].arrayBuffer()) : "";
		result.replaceChildren();
	});
	const help = h("p.text-muted", {}, __("The first line names the columns: {0}", [COLUMNS]));
	dialog.fields_dict.file.$wrapper.append(help, input, result);
	dialog.show();
	return dialog;
}

/** Spreadsheets in China write GB 18030. */
function decode(bytes) {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		return new TextDecoder("gb18030").decode(bytes);
	}
}

async function send(dialog, state, result, store_good) {
	if (!state.content) return result.replaceChildren(h("p", {}, __("Choose a file first.")));
	dialog.disable_primary_action();
	try {
		const answer = await upload_scans(state.content, store_good);
		result.replaceChildren(...outcome(answer, store_good, () => send(dialog, state, result, true)));
		if (answer.stored) state.on_done?.();
	} finally {
		dialog.enable_primary_action();
	}
	return null;
}

function outcome({ rows, bad, stored, repeated }, store_good, on_store) {
	const kept = bad.length && !store_good ? [] : [h("p", {}, kept_text(stored, repeated))];
	if (!bad.length) return kept;
	const good = rows - bad.length;
	const button = h(
		"button.btn.btn-default.btn-sm",
		{ type: "button", onclick: on_store },
		good === 1 ? __("Keep the good row") : __("Keep the {0} good rows", [good])
	);
	return [
		...kept,
		h("p", {}, bad_text(bad.length, store_good)),
		table(bad),
		good && !store_good ? button : null,
	].filter(Boolean);
}

function kept_text(stored, repeated) {
	return __("Scans kept: {0}; there already: {1}.", [stored, repeated]);
}

function bad_text(number, store_good) {
	return store_good
		? __("Rows left out: {0}. Correct them and upload the file again.", [number])
		: __("Rows that are wrong: {0}. So nothing was kept.", [number]);
}

function table(bad) {
	const heads = [__("Row"), __("Column"), __("Value"), __("What to do")];
	return h(
		"div.o2c-scan-table",
		{},
		h(
			"table.table.table-bordered",
			{},
			h(
				"thead",
				{},
				h(
					"tr",
					{},
					heads.map((head) => h("th", { scope: "col" }, head))
				)
			),
			h(
				"tbody",
				{},
				bad.map(({ row, column, value, remedy }) =>
					h(
						"tr",
						{},
						[row, column, value, remedy].map((text) => h("td", {}, String(text)))
					)
				)
			)
		)
	);
}
