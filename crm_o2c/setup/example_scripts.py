"""Two Server Scripts that show how an anomaly rule may use one. They are set up disabled.

A script sees `order`, the order's facts with its `lines`, and appends what it finds to `findings`: a dict with `message`, and,
where it knows them, `line` (its number) and `at_risk` (company currency).
"""

ORDERS_BY_PHONE = """# An order without the customer's own order number came by phone: above a limit, ask for it in writing.
limit = 5000
if not order.po_no and (order.net or 0) > limit:
	findings.append({
		"message": "ordered by phone, worth more than {0}: ask for it in writing".format(limit),
		"at_risk": order.net,
	})
"""

LARGE_LINE_AT_SHORT_NOTICE = """# A large line promised for today, tomorrow or the day after: ask the warehouse first.
limit = 2000
for line in order.lines:
	if not line.promise_date or (line.amount or 0) <= limit:
		continue
	days = frappe.utils.date_diff(line.promise_date, frappe.utils.today())
	if 0 <= days <= 2:
		findings.append({
			"message": "line {0}, {1}: a large line promised within two days".format(line.number, line.item),
			"line": line.number,
			"at_risk": line.amount,
		})
"""

# Name of the Server Script → its text.
EXAMPLE_SCRIPTS: dict[str, str] = {
	"O2C Example: Orders by Phone Above a Limit": ORDERS_BY_PHONE,
	"O2C Example: Large Line Promised Within Two Days": LARGE_LINE_AT_SHORT_NOTICE,
}
