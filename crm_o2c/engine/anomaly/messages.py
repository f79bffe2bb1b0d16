"""The words for the anomaly engine's codes, in English; `engine.messages` takes them into its one table.

A code of a detector is the sentence of its hit. `detector.…` is what the detector is called, `param.…` its parameters and
`param.….help` what they do, `col.…` a column of evidence, `word.…` a value in a column of kind WORD, `do.…` a remedy,
`way.…` a way to meet the condition of a hold, `rule.…` why a rule can't be used.
"""

MONEY, PRICE, NUMBER, PERCENT, DATE, TEXT, DOCUMENT, WORD = (
	"money",  # company currency
	"price",  # company currency, for one unit
	"number",
	"percent",
	"date",
	"text",
	"document",  # a name; COLUMN_DOCTYPES says of what, where that is always the same
	"word",  # a code of this table
)

HIT_MESSAGES: dict[str, str] = {
	"credit.limit": "over the credit limit by {excess}: {exposure} of {limit}",
	"credit.limit.none": "no credit is given: {excess} must be paid before delivery",
	"credit.overdue": "{amount} overdue, the oldest for {days} days",
	"credit.overdue.one": "{amount} overdue, the oldest for 1 day",
	"credit.promise": "{count} promises to pay not kept ({amount})",
	"credit.promise.one": "a promise to pay not kept ({amount})",
	"stock.short": "line {line}, {item}: no stock or known supply for {short} of {wanted}",
	"stock.late": "line {line}, {item}: complete on {date}, {days} days after its promise ({promise})",
	"stock.late.one": "line {line}, {item}: complete on {date}, 1 day after its promise ({promise})",
	"price.low": "line {line}, {item}: price {rate} is {percent} % below the usual {usual}",
	"price.low.contract": "line {line}, {item}: price {rate} is {percent} % below the agreed {usual}",
	"price.low.list": "line {line}, {item}: price {rate} is {percent} % below the list price {usual}",
	"price.low.rules": "line {line}, {item}: price {rate} is {percent} % below {usual}, which the pricing rules give",
	"price.high": "line {line}, {item}: price {rate} is {percent} % above the usual {usual}",
	"price.high.contract": "line {line}, {item}: price {rate} is {percent} % above the agreed {usual}",
	"price.high.list": "line {line}, {item}: price {rate} is {percent} % above the list price {usual}",
	"price.slip": "line {line}, {item}: price {rate} is {times} times {usual}; the decimal point looks misplaced",
	"price.slip.low": "line {line}, {item}: price {rate} is {usual} divided by {times}; the decimal point looks misplaced",
	"price.swap": "line {line}, {item}: quantity {qty} is a usual price and {rate} is not; the two look swapped",
	"disc.stacked": "line {line}, {item}: {percent} % off by hand on top of {count} pricing rules",
	"disc.stacked.over": "line {line}, {item}: {percent} % off by hand, where {limit} % is the most",
	"qty.outlier": "line {line}, {item}: quantity {qty} is {times} times the usual {usual}",
	"uom.slip": "line {line}, {item}: {qty} {uom} is far more than usual; {qty} {other} would be as usual",
	"dup.order": "{percent} % the same as {other} of {date}",
	"dup.order.po": "the customer's order number {po_no} is also on {other} of {date}",
	"cust.new_large": "the first order of this customer, worth {value}",
	"addr.new": "goods worth {value} to an address where this customer never had goods sent",
	"terms.changed": "{days} days to pay, where {usual} are agreed",
	"date.impossible.past": "line {line}, {item}: promised for {date}, which is past",
	"date.impossible.before_order": "line {line}, {item}: promised for {date}, before the order of {ordered}",
	"date.impossible.day_off": "line {line}, {item}: promised for {date}, a day off",
	"date.impossible.lead_time": "line {line}, {item}: promised for {date}, none is there and more takes until {earliest}",
	"margin.negative": "line {line}, {item}: price {rate} is below the cost of {cost}",
	"margin.negative.least": "line {line}, {item}: price {rate} is below the least price of {least} ({percent} % above cost)",
	"fx.moved": "exchange rate {used}, where {filed} is on file ({percent} % apart)",
	"moq.broken": "line {line}, {item}: {qty} ordered, where {least} is the least",
	"item.discontinued": "line {line}, {item}: sold until {date} only",
	"item.discontinued.disabled": "line {line}, {item}: the item is disabled",
	"expression": "{text}",
}

NAME_MESSAGES: dict[str, str] = {
	"detector.credit.limit": "Over the Credit Limit",
	"detector.credit.overdue": "Overdue Invoices",
	"detector.credit.promise": "Broken Promises to Pay",
	"detector.stock.short": "Not Enough Stock",
	"detector.stock.late": "Stock Comes Late",
	"detector.price.low": "Unusually Low Price",
	"detector.price.high": "Unusually High Price",
	"detector.price.slip": "Misplaced Decimal Point",
	"detector.price.swap": "Price and Quantity Swapped",
	"detector.disc.stacked": "Too Much Discount",
	"detector.qty.outlier": "Unusual Quantity",
	"detector.uom.slip": "Wrong Unit of Measure",
	"detector.dup.order": "Order Entered Twice",
	"detector.cust.new_large": "Large First Order",
	"detector.addr.new": "New Shipping Address",
	"detector.terms.changed": "Better Payment Terms Than Agreed",
	"detector.date.impossible": "Impossible Delivery Date",
	"detector.margin.negative": "Below Cost",
	"detector.fx.moved": "Unusual Exchange Rate",
	"detector.moq.broken": "Below the Minimum Quantity",
	"detector.item.discontinued": "Item Not Sold Any More",
	"detector.expression": "Own Expression",
	"detector.script": "Own Script",
}

# Of price.low and price.high alike.
PRICE_PARAMS: dict[str, str] = {
	"percent": "Off the List Price (%)",
	"percent.help": "For items with a price in the order's price list. What pricing rules give is not counted.",
	"contract_percent": "Off the Agreed Price (%)",
	"contract_percent.help": "For items with a price agreed in a blanket order.",
	"distance": "Off the Usual Price (Share)",
	"distance.help": "For items without a list price: 0.3 finds prices about a third above or a quarter below all usual ones.",
	"lines": "Sales Needed Before",
	"lines.help": "Order lines of the item within a year before its usual prices say anything.",
}

PARAM_MESSAGES: dict[str, str] = {
	**{
		f"param.{detector}.{name}": text
		for detector in ("price.low", "price.high")
		for name, text in PRICE_PARAMS.items()
	},
	"param.credit.limit.percent": "Limit Used (%)",
	"param.credit.limit.percent.help": "Finds an order that takes the customer beyond this share of his credit limit.",
	"param.credit.overdue.amount": "Overdue Amount Above",
	"param.credit.overdue.amount.help": "In company currency. 0: the amount alone does not count.",
	"param.credit.overdue.days": "Days Overdue Above",
	"param.credit.overdue.days.help": "Of the oldest overdue invoice. 0: from the first day.",
	"param.credit.promise.count": "Broken Promises",
	"param.credit.promise.count.help": "From this many promises to pay that were not kept.",
	"param.stock.short.over_promise": "Over-Promise (%)",
	"param.stock.short.over_promise.help": "More than stock and known supply cover may be promised, by this percentage of what they cover.",
	"param.stock.late.days": "Days Late Above",
	"param.stock.late.days.help": "Days between the promise and the day on which the whole line is there.",
	"param.price.slip.tolerance": "Tolerance (%)",
	"param.price.slip.tolerance.help": "How near to ten or a hundred times the right price it must be.",
	"param.disc.stacked.rules": "Pricing Rules",
	"param.disc.stacked.rules.help": "From this many pricing rules on a line a discount by hand on top is found.",
	"param.qty.outlier.deviations": "Standard Deviations Above",
	"param.qty.outlier.deviations.help": "How unusual a quantity must be for the item and the customer.",
	"param.qty.outlier.lines": "Sales Needed Before",
	"param.qty.outlier.lines.help": "Order lines of the item within a year before its usual quantities say anything.",
	"param.uom.slip.deviations": "Standard Deviations Above",
	"param.uom.slip.deviations.help": "How unusual the quantity must be as it is entered.",
	"param.uom.slip.tolerance": "Tolerance (%)",
	"param.uom.slip.tolerance.help": "How near to a usual quantity it must come with another unit of the item.",
	"param.dup.order.days": "Days Between",
	"param.dup.order.days.help": "Orders of the same customer further apart are not compared.",
	"param.dup.order.items": "Same Items (Share)",
	"param.dup.order.items.help": "From this share of items in common; 0.7 is seven of ten.",
	"param.dup.order.quantity": "Same Quantities (Share)",
	"param.dup.order.quantity.help": "From this share of quantities in common.",
	"param.cust.new_large.amount": "Value Above",
	"param.cust.new_large.amount.help": "Of the first order, with taxes, in company currency.",
	"param.addr.new.amount": "Value Above",
	"param.addr.new.amount.help": "Of the order, with taxes, in company currency.",
	"param.terms.changed.days": "Days Longer Than Agreed",
	"param.terms.changed.days.help": "Finds terms that give more than this many days beyond the customer's own.",
	"param.margin.negative.percent": "Margin on Cost (%)",
	"param.margin.negative.percent.help": "Finds prices below the cost raised by this percentage. 0: below cost.",
	"param.fx.moved.percent": "Off the Rate on File (%)",
	"param.fx.moved.percent.help": "Difference from the latest exchange rate up to the order's date.",
}

EVIDENCE_MESSAGES: dict[str, str] = {
	"col.part": "Part",
	"col.amount": "Amount",
	"col.invoice": "Sales Invoice",
	"col.due": "Due Date",
	"col.open": "Open Amount",
	"col.date": "Date",
	"col.entry": "Entry",
	"col.document": "Document",
	"col.change": "Change",
	"col.balance": "Balance",
	"col.price": "Price",
	"col.unit_price": "Price per Stock Unit",
	"col.orders": "Orders",
	"col.last_on": "Last On",
	"col.quantity": "Quantity",
	"col.unit": "Unit",
	"col.stock_qty": "Stock Quantity",
	"col.item": "Item",
	"col.here": "This Order",
	"col.there": "Other Order",
	"col.days": "Days",
	"col.rate": "Exchange Rate",
	"col.percent": "Percent",
	"col.name": "Name",
	"col.value": "Value",
	"word.billed": "Invoices not paid",
	"word.ordered": "Other orders not billed",
	"word.delivered": "Deliveries not billed",
	"word.this_order": "This order",
	"word.exposure": "Exposure",
	"word.limit": "Credit limit",
	"word.excess": "Over the limit",
	"word.on_hand": "On hand",
	"word.reserved": "Reserved",
	"word.order": "Sales order",
	"word.purchase": "Purchase order",
	"word.work_order": "Work order",
	"word.material_request": "Material request",
	"word.transfer": "Transfer",
	"word.wanted": "This line",
	"word.contract": "Agreed price",
	"word.list": "List price",
	"word.rules": "Price by pricing rules",
	"word.usual": "Usual price",
	"word.last": "Customer's last price",
	"word.own": "Usual price for this customer",
	"word.entered": "As entered",
	"word.if_other": "With the other unit",
	"word.expected": "Usual quantity",
	"word.largest": "Customer's largest quantity",
	"word.cost": "Cost",
	"word.least": "Least price",
	"word.least_qty": "Least quantity",
	"word.filed": "On file",
	"word.used": "On the order",
	"word.agreed": "Agreed",
}

ACTION_MESSAGES: dict[str, str] = {
	"do.set_rate": "Correct the price of line {line} to {rate}",
	"do.set_qty": "Correct the quantity of line {line} to {qty}",
	"do.set_uom": "Change the unit of line {line} to {uom}",
	"do.split": "Split line {line}: {now} now, the rest on {later_date}",
	"do.substitute": "Take {item} on line {line} instead",
	"do.transfer": "Bring {qty} from {from_warehouse} for line {line}",
	"do.material_request": "Request {qty} for line {line} by {date}",
	"do.new_date": "Promise line {line} for {date} and tell the customer",
	"do.prepay": "Ask for {amount} in advance",
	"do.remove_line": "Remove line {line}",
	"do.cancel_order": "Cancel this order",
	"do.set_terms": "Set the payment terms to {terms}",
	"do.set_fx": "Set the exchange rate to {rate}",
	"do.drop_discount": "Take the discount by hand off line {line}",
	"do.release": "Release the order",
	"do.accept": "Accept as it is",
	"do.false_alarm": "False alarm",
	"way.pay": "receipt of {amount}",
	"way.remove_line": "line {line} ({item}) removed",
	"way.reduce_line": "quantity of line {line} ({item}) down to {qty}",
	"way.settle_overdue": "{amount} overdue settled",
	"way.receive": "{qty} more of {item} available",
	"way.new_date": "line {line} promised for {date}",
	"way.set_rate": "price of line {line} set to {rate}",
	"way.any_edit": "the order changed so that the rule no longer finds anything",
}

RULE_MESSAGES: dict[str, str] = {
	"rule.detector": "{detector} is not a detector",
	"rule.param": "{name} is not a parameter of this detector; use {known}",
	"rule.no_params": "this detector has no parameters",
	"rule.number": "must be a number",
	"rule.range": "must be between {low} and {high}",
	"rule.whole": "must be a whole number",
	"rule.severity": "{severity} is not a severity; choose one of {known}",
	"rule.action": "{action} is not an action; choose one of {known}",
	"rule.no_hold": "this detector can't hold an order; choose {known}",
	"rule.text": "say in words what it finds; the text is shown on the order",
	"rule.script": "choose the server script",
}

ANOMALY_MESSAGES: dict[str, str] = {
	**HIT_MESSAGES,
	**NAME_MESSAGES,
	**PARAM_MESSAGES,
	**EVIDENCE_MESSAGES,
	**ACTION_MESSAGES,
	**RULE_MESSAGES,
}

# What a column of evidence holds.
COLUMN_KINDS: dict[str, str] = {
	"col.part": WORD,
	"col.amount": MONEY,
	"col.invoice": DOCUMENT,
	"col.due": DATE,
	"col.open": MONEY,
	"col.date": DATE,
	"col.entry": WORD,
	"col.document": TEXT,  # of a DocType that the entry says
	"col.change": NUMBER,
	"col.balance": NUMBER,
	"col.price": PRICE,
	"col.unit_price": PRICE,
	"col.orders": NUMBER,
	"col.last_on": DATE,
	"col.quantity": NUMBER,
	"col.unit": TEXT,
	"col.stock_qty": NUMBER,
	"col.item": TEXT,
	"col.here": NUMBER,
	"col.there": NUMBER,
	"col.days": NUMBER,
	"col.rate": NUMBER,
	"col.percent": PERCENT,
	"col.name": TEXT,
	"col.value": TEXT,
}
COLUMN_DOCTYPES: dict[str, str] = {"col.invoice": "Sales Invoice"}
ENTRY_DOCTYPES: dict[str, str] = {
	"word.order": "Sales Order",
	"word.purchase": "Purchase Order",
	"word.work_order": "Work Order",
	"word.material_request": "Material Request",
	"word.transfer": "Stock Entry",
}

# What the values of sentences, remedies and ways are; a name that is not here is a plain number or text.
PARAM_KINDS: dict[str, str] = {
	**dict.fromkeys(("excess", "exposure", "limit", "amount", "value"), MONEY),
	**dict.fromkeys(("rate", "usual", "cost", "least"), PRICE),
	**dict.fromkeys(("date", "later_date", "promise", "ordered", "earliest"), DATE),
	**dict.fromkeys(("percent", "count", "days", "times", "line"), NUMBER),
	**dict.fromkeys(("qty", "wanted", "short", "now", "used", "filed"), NUMBER),
	**dict.fromkeys(("item", "uom", "other", "po_no", "terms", "from_warehouse", "text"), TEXT),
}
# Where the same name is something else.
PARAM_KINDS_OF: dict[tuple[str, str], str] = {
	("disc.stacked.over", "limit"): NUMBER,
	("qty.outlier", "usual"): NUMBER,
	("terms.changed", "usual"): NUMBER,
	("moq.broken", "least"): NUMBER,
	("do.set_fx", "rate"): NUMBER,
}


def kind_of(code: str, name: str) -> str:
	"""What the value `name` of a message is, so that the edge can format it."""
	return PARAM_KINDS_OF.get((code, name)) or PARAM_KINDS.get(name, TEXT)


def param_code(detector: str, name: str) -> str:
	"""The code of a parameter's label; with `.help` behind it, of its help."""
	return f"param.{detector}.{name}"
