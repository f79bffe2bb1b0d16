// A curve as an admin writes it (“input: output” a line), drawn. The server alone decides whether it can be used.
frappe.provide("crm_o2c.priority");

const MOST_TICKS = 60;

/** Draw the curve of a factor into `wrapper`; nothing where its text can't be read as numbers. */
crm_o2c.priority.draw_curve = (wrapper, kind, text, weight) => {
	wrapper.empty();
	const points = read(kind, cstr(text));
	if (points.length < 2) return;
	const chart = kind === "Table" ? bars(points) : line(kind, points);
	new frappe.Chart($("<div>").appendTo(wrapper)[0], {
		height: 160,
		animate: 0,
		colors: ["#2490ef"],
		tooltipOptions: { formatTooltipY: (points) => __("{0} points", [crm_o2c.priority.signed(points)]) },
		...chart,
		data: {
			labels: chart.labels,
			datasets: [{ name: __("Points"), values: chart.values.map((value) => flt(value * flt(weight), 2)) }],
		},
	});
};

function read(kind, text) {
	const rows = text.split("\n").filter((row) => row.trim());
	const points = rows.map((row) => {
		const at = Math.max(row.lastIndexOf(":"), row.lastIndexOf("："));
		const input = row.slice(0, at).trim();
		return [kind === "Table" ? input : Number(input), Number(row.slice(at + 1))];
	});
	const known = ([input, output]) => Number.isFinite(output) && (kind === "Table" ? input : Number.isFinite(input));
	return points.every(known) ? points : [];
}

function bars(points) {
	return { type: "bar", labels: points.map(([input]) => input), values: points.map(([, output]) => output) };
}

function line(kind, points) {
	// frappe.Chart spaces its labels evenly, so the inputs are taken at even and round steps, a little beyond both ends
	const [first, last] = [points[0][0], points.at(-1)[0]];
	const margin = (last - first) / 10 || 1;
	const step = round_up((last - first + 2 * margin) / MOST_TICKS);
	const from = Math.floor((first - margin) / step);
	const to = Math.ceil((last + margin) / step);
	const inputs = Array.from({ length: to - from + 1 }, (_, n) => (from + n) * step);
	return {
		type: "line",
		labels: inputs.map((input) => crm_o2c.priority.number(input)),
		values: inputs.map((input) => output(kind, points, input)),
		lineOptions: { hideDots: 1, regionFill: 1 },
		axisOptions: { xIsSeries: 1, xAxisMode: "tick" },
	};
}

/** The next of 1, 2, 5, 10, 20, 50 … and their tenths. */
function round_up(step) {
	const power = 10 ** Math.floor(Math.log10(step));
	return [1, 2, 5, 10].map((digit) => digit * power).find((round) => round >= step);
}

function output(kind, points, input) {
	const after = points.findIndex(([x]) => x > input);
	if (after === -1) return points.at(-1)[1];
	if (after === 0) return points[0][1];
	const [[x0, y0], [x1, y1]] = [points[after - 1], points[after]];
	return kind === "Steps" ? y0 : y0 + ((y1 - y0) * (input - x0)) / (x1 - x0);
}
