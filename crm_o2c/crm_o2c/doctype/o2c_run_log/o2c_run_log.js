const LOOK_AGAIN = 3000; // milliseconds

frappe.ui.form.on("O2C Run Log", {
	refresh(frm) {
		if (frm.doc.status !== "Running") return;
		show_progress(frm);
		look_again(frm);
	},
});

/** What each kind of run does. */
function titles() {
	return {
		Priority: __("Ranking the open orders"),
		Anomaly: __("Checking the open orders"),
		Ledger: __("Comparing documents with the ledger"),
		Promises: __("Comparing orders with their promises"),
	};
}

function show_progress(frm) {
	const { chunks } = frm.doc;
	const done = chunks.filter((chunk) => chunk.status !== "Pending").length;
	const percent = chunks.length ? (100 * done) / chunks.length : 0;
	const title = titles()[frm.doc.run_type] || __("Working through the documents");
	frm.dashboard.show_progress(title, percent, __("{0} of {1} chunks", [done, chunks.length]));
}

function look_again(frm) {
	const { name } = frm.doc;
	clearTimeout(frm.o2c_timer);
	frm.o2c_timer = setTimeout(() => {
		const is_shown = frm.doc.name === name && frm.$wrapper.is(":visible");
		if (is_shown) frm.reload_doc();
	}, LOOK_AGAIN);
}
