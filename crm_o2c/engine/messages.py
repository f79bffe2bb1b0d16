"""The words for the engine's codes, in English; the one place that has them.

The engine only names codes. A caller renders them and passes its translator: `frappe._` on a site, a table on the
command line. Every text below has its row in `translations/zh.csv`; a unit test holds that.
"""

from collections.abc import Callable, Mapping
from typing import Any

from crm_o2c.engine.anomaly.messages import ANOMALY_MESSAGES
from crm_o2c.engine.customer_messages import CUSTOMER_MESSAGES
from crm_o2c.engine.stage_messages import STAGE_MESSAGES

MESSAGES: dict[str, str] = {
	# the sentence
	"rank": "{band} at {score}",
	"promise.past": "{days} working days past its promise",
	"promise.past.one": "1 working day past its promise",
	"promise.today": "due now",
	"promise.ahead": "{days} working days until its promise",
	"promise.ahead.one": "1 working day until its promise",
	"value.above": "worth {ratio} times the usual order",
	"value.below": "worth {percent} % of the usual order",
	"tier": "customer tier {tier}",
	"effort.less": "quick to pick ({minutes} minutes)",
	"effort.more": "long to pick ({minutes} minutes)",
	"boost.up": "raised by hand by {points} points",
	"boost.down": "lowered by hand by {points} points",
	"field": "{key} is {value}",
	"formula.up": "{key} adds {points} points",
	"formula.down": "{key} takes {points} points",
	"missing": "not known: {inputs}",
	# out of the queue
	"gate.not_submitted": "Not in the queue: the order is not submitted",
	"gate.held": "Not in the queue: the order is held by a rule",
	"gate.on_hold": "Not in the queue: the order is on hold",
	"gate.customer_blocked": "Not in the queue: the customer is frozen or disabled",
	"gate.no_stock": "Not in the queue: no line has stock",
	"gate.condition": "Not in the queue: {reason}",
	# what would lift it
	"change.promise": "promise date {days} working days earlier ({date})",
	"change.promise.one": "promise date 1 working day earlier ({date})",
	"change.value": "order value {more} more ({value})",
	"change.tier": "customer tier {tier}",
	"change.field": "{key} {value} instead of {was}",
	"change.boost": "a boost of {points} points",
	# names of the terms
	"term.value": "Order Value",
	"term.tier": "Customer Tier",
	"term.urgency": "Urgency",
	"term.effort": "Effort",
	"term.boost": "Boost",
	"term.margin_percent": "Gross Margin %",
	"term.age_days": "Order Age (Days)",
	"term.overdue_amount": "Customer Overdue Amount",
	"term.overdue_days": "Customer Overdue Days",
	# a policy that can't be used
	"policy.above_zero": "must be above 0",
	"policy.not_negative": "must be 0 or more",
	"policy.number": "must be a number",
	"policy.whole": "must be a whole number, 0 or more",
	"policy.effort": "an order must take some time: base, per line and per unit can't all be 0",
	"policy.lane": "every single release would go to the reserved lane; use 0 for no lane, or 2 and more",
	"policy.no_factors": "a policy needs at least one factor",
	"policy.source": "{source} is not a source of a factor",
	"policy.reserved": "{key} already names a term of the index; choose another field or label",
	"policy.twice": "{key} is there twice; keep one row",
	"policy.weight": "must be a number, and 0 or more for value, tier, urgency and effort",
	"policy.fieldname": "choose the field",
	"policy.unknown_field": "{field} is not a number, choice, text or check field of that document",
	"policy.text_curve": "{key} is a text, so its curve must be a table",
	"policy.bands": "the bands must be {bands}, in this order",
	"policy.band_order": "must be below the cut-off of {above} ({score})",
	"policy.score_range": "must be between 0 and 100",
	"policy.lowest_band": "the lowest band, {band}, must start at 0",
	"policy.gate": "{gate} is not a gate",
	"policy.gate_reason": "say why such an order waits; the reason is shown on it",
	"curve.kind": "{kind} is not a curve; choose one of {known}",
	"curve.empty": "a curve needs at least one line such as “10: 0.5”",
	"curve.line": "line {line}, “{text}”: write “input: output”",
	"curve.number": "line {line}: “{text}” is not a number",
	"curve.duplicate": "two lines have the same input",
	"curve.order": "write the inputs from the smallest to the largest",
	"expression.empty": "an expression is needed",
	"expression.long": "an expression has at most {limit} characters",
	"expression.syntax": "can't be read near column {column}",
	"expression.not_allowed": "{part} is not allowed in an expression",
	"expression.unknown": "{name} is not known here; use {known}",
	"expression.needs_number": "{part} must be a number",
	"expression.mixed": "{left} and {right} can't be compared: one is a text, the other a number",
	"expression.in_list": "write a list of values after “in”, not {part}",
	"expression.function": "{part}: use {known} with their arguments",
	"expression.result": "gives a {got} where a {want} is needed",
	**ANOMALY_MESSAGES,
	**STAGE_MESSAGES,
	**CUSTOMER_MESSAGES,
}


def _english(text: str) -> str:
	return text


def render(
	code: str,
	params: Mapping[str, Any],
	translate: Callable[[str], str] = _english,
	show: Callable[[Any], str] | None = None,
) -> str:
	"""The words for a code. `show` turns a value into text; by default numbers have at most two decimals."""
	show = show or plain
	return translate(MESSAGES[code]).format(**{key: show(value) for key, value in params.items()})


def plain(value: Any) -> str:
	"""A value as text: numbers without needless decimals, lists with commas, nothing known as a dash."""
	if value is None:
		return "–"
	if isinstance(value, float):
		return f"{round(value, 2) + 0.0:,.2f}".rstrip("0").rstrip(".")  # + 0.0, so that nothing is never “-0”
	if isinstance(value, int) and not isinstance(value, bool):
		return f"{value:,}"
	if isinstance(value, list | tuple):
		return ", ".join(plain(v) for v in value)
	return str(value)
