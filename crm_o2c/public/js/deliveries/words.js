/** A quantity without needless decimals. */
export function quantity(value) {
	return format_number(value, null, Number.isInteger(flt(value)) ? 0 : 3);
}
