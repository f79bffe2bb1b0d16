const LOOK_AGAIN = 3000; // milliseconds

frappe.ui.form.on("O2C Run Log", {
	refresh(frm) {
		if (frm.doc.status !== "Running") return;
		show_progress(frm);
		look_again(frm);
	},
});

function show_progress(frm) {
	const { chunks } = frm.doc;
	const done = chunks.filter((chunk) => chunk.status !== "Pending").length;
	const percent = chunks.length ? (100 * done) / chunks.length : 0;
	frm.dashboard.show_progress(__("Ranking the open orders"), percent, __("{0} of {1} chunks", [done, chunks.length]));
}

function look_again(frm) {
	const { name } = frm.doc;
	clearTimeout(frm.o2c_timer);
	frm.o2c_timer = setTimeout(() => {
		const is_shown = frm.doc.name === name && frm.$wrapper.is(":visible");
		if (is_shown) frm.reload_doc();
	}, LOOK_AGAIN);
}
