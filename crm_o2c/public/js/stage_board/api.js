// What the board asks of the server.
import { read } from "../quiet";

const STAGES = "crm_o2c.api.stages";

export function get_board(filters, signal) {
	return read(`${STAGES}.get_board`, { filters }, signal);
}

export function get_cards(stage, filters, start) {
	return read(`${STAGES}.get_cards`, { stage, filters, start });
}
