// The timeline in one line, for who has it folded.
import { moment_text, stage_pill } from "./words";

/** Nodes: the stage, who has the order, what is next. */
export function sentence({ orders }) {
	if (!orders.length) return [__("of no order that you may read")];
	if (orders.length > 1) return [__("of {0} orders", [orders.length])];
	const [{ stage, who, next, promise }] = orders;
	const parts = [];
	if (stage?.overdue) parts.push(__("overdue since {0}", [moment_text(stage.due)]));
	if (who.full_name || who.role) parts.push(who.full_name || who.role);
	if (["late", "risk", "broken"].includes(promise.state)) parts.push(promise.text);
	parts.push(next[0].text);
	return [stage_pill(stage), ` ${parts.join(" · ")}`];
}
