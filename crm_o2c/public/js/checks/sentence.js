// The strip in one sentence, for who has it folded.
import { age } from "./words";

export function strip_title({ mode }) {
	return mode === "Shadow" ? __("Order Check (Shadow)") : __("Order Check");
}

/** What matters most first: held, alerts, stock, credit. */
export function strip_sentence(data) {
	const parts = [held(data), ...alerts(data), ...stock(data), credit(data)].filter(Boolean);
	return parts.length ? `${parts.join(" · ")}` : __("Nothing unusual, and every line can be kept.");
}

function held({ holds }) {
	if (!holds?.length) return "";
	const days = Math.max(...holds.map((hold) => hold.days || 0));
	return days >= 1 ? __("held for {0}", [age(days)]) : __("held");
}

function alerts({ alerts: rows }) {
	if (!rows.length) return [];
	const [first, ...others] = rows;
	if (!others.length) return [first.subject];
	const hard = rows.filter(({ severity }) => ["Critical", "High"].includes(severity)).length;
	if (hard === rows.length) return [__("{0} serious alerts", [hard])];
	return [hard ? __("{0} alerts, {1} of them serious", [rows.length, hard]) : __("{0} alerts", [rows.length])];
}

function stock({ lines }) {
	const number = (state) => lines.filter((line) => line.stock?.state === state).length;
	const [late, short] = [number("late"), number("short")];
	return [
		late && (late === 1 ? __("1 line comes late") : __("{0} lines come late", [late])),
		short && (short === 1 ? __("1 line without enough stock") : __("{0} lines without enough stock", [short])),
	];
}

function credit(data) {
	return data.credit?.text || "";
}
