import { h } from "../order_desk/dom";

export function outcome_view(answer) {
	return h("pre", {}, JSON.stringify(answer, null, 1));
}
