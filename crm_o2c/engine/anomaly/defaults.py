"""The rules that a new site starts with. They warn; only the credit limit holds. What only some companies want is a note."""

from crm_o2c.engine.anomaly.catalogue import DETECTORS
from crm_o2c.engine.anomaly.messages import NAME_MESSAGES
from crm_o2c.engine.anomaly.rules import HOLD, NOTE, WARN, Rule

EXAMPLE_SCRIPTS = ("O2C Example: Orders by Phone Above a Limit", "O2C Example: Large Line Promised Within Two Days")

# Detector, severity, action.
_STANDARD = (
	("credit.limit", "High", HOLD),
	("credit.overdue", "High", WARN),
	("credit.promise", "Medium", WARN),
	("stock.short", "High", WARN),
	("stock.late", "Medium", WARN),
	("price.low", "High", WARN),
	("price.high", "Medium", WARN),
	("price.slip", "Critical", WARN),
	("price.swap", "Critical", WARN),
	("disc.stacked", "Medium", WARN),
	("margin.negative", "High", WARN),
	("qty.outlier", "Medium", WARN),
	("uom.slip", "High", WARN),
	("moq.broken", "Low", NOTE),
	("dup.order", "High", WARN),
	("cust.new_large", "Medium", NOTE),
	("addr.new", "Medium", NOTE),
	("terms.changed", "Medium", WARN),
	("date.impossible", "Medium", WARN),
	("fx.moved", "Medium", WARN),
	("item.discontinued", "Medium", WARN),
)
DEFAULT_RULES: tuple[Rule, ...] = tuple(
	Rule(name, name, code, DETECTORS[code].values({}), severity, action)
	for code, severity, action in _STANDARD
	for name in (NAME_MESSAGES[f"detector.{code}"],)
)

# Left as drafts: they show how an expression and a script are used.
EXAMPLE_RULES: tuple[Rule, ...] = (
	Rule(
		"Example: Discount for Who Pays Late",
		"Example: Discount for Who Pays Late",
		"expression",
		expression="discount > 20 and overdue_amount > 0",
		text="more than 20 % off for a customer with overdue invoices",
	),
	*(
		Rule(name.removeprefix("O2C "), name.removeprefix("O2C "), "script", script=name, text=text)
		for name, text in zip(
			EXAMPLE_SCRIPTS,
			("a large order without the customer's order number", "a large line promised within two days"),
			strict=True,
		)
	),
)
