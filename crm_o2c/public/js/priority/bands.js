// What a band looks like, everywhere the same.
frappe.provide("crm_o2c.priority");

crm_o2c.priority.BAND_COLORS = { Critical: "red", High: "orange", Normal: "blue", Low: "gray" };

/** A band as a pill, with its score where one is given. */
crm_o2c.priority.band_html = (band, score = null) => {
	if (!band) return "";
	const color = crm_o2c.priority.BAND_COLORS[band] || "gray";
	const text = score === null ? __(band) : `${__(band)} · ${crm_o2c.priority.number(score)}`;
	const html = frappe.utils.escape_html(text);
	return `<span class="indicator-pill no-indicator-dot o2c-band ${color}">${html}</span>`;
};

/** A number of points or of score, in the reader's way of writing, with one decimal at most. */
crm_o2c.priority.number = (value) => format_number(flt(value, 1), null, Number.isInteger(flt(value, 1)) ? 0 : 1);

/** Points with their sign: +8.7, −14.4. */
crm_o2c.priority.signed = (points) => {
	const size = crm_o2c.priority.number(Math.abs(points));
	if (!flt(points, 1)) return size;
	return points > 0 ? `+${size}` : `−${size}`;
};

/** A band in a list of orders; a click filters by it. A draft's is only what it would be. */
crm_o2c.priority.band_in_list = (band, _df, doc) => {
	if (!band) return "";
	const pill = $(crm_o2c.priority.band_html(band)).addClass("filterable");
	pill.attr("data-filter", `o2c_priority_band,=,${band}`);
	if (doc.docstatus === 0) pill.addClass("o2c-draft").attr("title", __("Once submitted"));
	return pill[0].outerHTML;
};

/** On a screen up to 1366 pixels wide a list has four columns, and the band is not among them: it becomes the fifth. */
crm_o2c.priority.show_band_column = (listview) => crm_o2c.show_list_column(listview, "o2c_priority_band");
