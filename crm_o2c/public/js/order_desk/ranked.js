// The ranked orders, in the queue and out of it.
import { get_queue } from "./api";
import { Panel } from "./panel";
import { columns, make_cells, scale_of } from "./row";

export class RankedView {
	constructor({ on_changed, on_close }) {
		this.label = __("Orders");
		this.get_page = get_queue;
		this.panel = new Panel({ on_changed, on_close });
		this.columns = columns;
		this.scales = new WeakMap();
	}

	/** All rows of a page share the scale of their bars. */
	make_cells(order, orders) {
		if (!this.scales.has(orders)) this.scales.set(orders, scale_of(orders));
		return make_cells(order, this.scales.get(orders));
	}

	by_key() {}
}
