#!/usr/bin/env python
"""The timeline of an order with many documents, as its form asks for it: in one process, without the network.

ERPNext makes an order of ten lines with one delivery, invoice and payment; their rows are copied until there are 200 documents,
the ledger records them all, and everything is rolled back. Run with the bench's Python from its `sites` folder:
    ../env/bin/python …/benchmarks/timeline.py --site perf.localhost
"""

from bench_site import USER, Figures, become_user, connect, in_new_request, median, p95, parser

CALLS, WARM = 30, 5
DOCUMENTS, LINES = 200, 10
MOST_MILLISECONDS, MOST_QUERIES = 100, 25
KINDS = {
	"Delivery Note": "Delivery Note Item",
	"Sales Invoice": "Sales Invoice Item",
	"Payment Entry": "Payment Entry Reference",
}


def main() -> None:
	args = parser(__doc__).parse_args()
	connect(args)
	import frappe

	figures = Figures(f"The timeline of an order with {DOCUMENTS} documents for a user who may see all, {args.site}")
	try:
		frappe.db.commit = lambda: None  # nothing of this stays
		order, first = make_order()
		few = record(order, {kind: [name] for kind, name in first.items()})
		become_user("Sales User", "Stock User", "Accounts User")
		few_queries = [in_new_request(opener(order)) for _call in range(WARM)][-1][1]
		frappe.set_user("Administrator")
		names = {kind: copies(order, kind, name) for kind, name in first.items()}
		events = few + record(order, names)
		figures.note("documents", 1 + sum(len(of_kind) for of_kind in names.values()))
		figures.note("events", events)
		measure(figures, order, few_queries)
	finally:
		frappe.db.rollback()
		frappe.clear_cache(user=USER)
	figures.finish()


def make_order() -> tuple[str, dict[str, str]]:
	"""An order with one document of each kind, by ERPNext itself."""
	import frappe
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice
	from frappe.utils import add_days, nowdate

	company = frappe.get_all("Company", pluck="name", order_by="name asc")[0]
	warehouse = frappe.get_all("Warehouse", {"company": company, "is_group": 0}, pluck="name", order_by="name asc")[0]
	customer = stored("Customer", customer_name="O2C Timeline Benchmark").name
	item = stored(
		"Item", item_code="O2C-TIMELINE-BENCHMARK", item_group=leaf("Item Group"), stock_uom="Nos", valuation_rate=50
	).name
	received = {"item_code": item, "qty": 100000, "t_warehouse": warehouse, "basic_rate": 50}
	stored("Stock Entry", True, stock_entry_type="Material Receipt", company=company, items=[received])
	row = {"item_code": item, "qty": 1000, "rate": 100, "delivery_date": add_days(nowdate(), 7), "warehouse": warehouse}
	order = stored(
		"Sales Order", True, company=company, customer=customer, delivery_date=row["delivery_date"], items=[row] * LINES
	)
	note = make_delivery_note(order.name)
	for line in note.items:
		line.qty = 1
	note.insert().submit()
	invoice = make_sales_invoice(note.name).insert()
	invoice.submit()
	payment = get_payment_entry("Sales Invoice", invoice.name)
	payment.update({"reference_no": "1", "reference_date": nowdate()})
	payment.insert().submit()
	return order.name, {"Delivery Note": note.name, "Sales Invoice": invoice.name, "Payment Entry": payment.name}


def stored(doctype: str, submit: bool = False, **values: object):
	"""A document with these values."""
	import frappe

	doc = frappe.get_doc({"doctype": doctype, **values}).insert()
	if submit:
		doc.submit()
	return doc


def leaf(doctype: str) -> str:
	import frappe

	return frappe.get_all(doctype, {"is_group": 0}, pluck="name", order_by="name asc")[0]


def copies(order: str, kind: str, first: str) -> list[str]:
	"""Copies of the rows of a document; payments each pay the invoice of their number."""
	import frappe

	number = (DOCUMENTS - 1) // len(KINDS) + (1 if kind == "Delivery Note" else 0)
	names = [first]
	head = frappe.db.sql("select * from `tab" + kind + "` where name = %s", first, as_dict=True)[0]
	rows = frappe.db.sql("select * from `tab" + KINDS[kind] + "` where parent = %s", first, as_dict=True)
	for count in range(1, number):
		name = f"{first}-{count}"
		insert(kind, {**head, "name": name})
		for row in rows:
			insert(KINDS[kind], {**row, "name": f"{row.name}-{count}", "parent": name, **numbered(row, count)})
		names.append(name)
	return names


def numbered(row: dict, count: int) -> dict[str, str]:
	"""What of a row names another copied document."""
	copied = ("delivery_note", "dn_detail", "reference_name")
	return {field: f"{row[field]}-{count}" for field in copied if row.get(field)}


def insert(doctype: str, row: dict) -> None:
	import frappe

	columns = ", ".join(f"`{column}`" for column in row)
	places = ", ".join(["%s"] * len(row))
	frappe.db.sql("insert into `tab" + doctype + "` (" + columns + ") values (" + places + ")", tuple(row.values()))


def record(order: str, names: dict[str, list[str]]) -> int:
	from crm_o2c.services import events, progress, stages

	stages.apply(progress.named([order]))
	written = events.record("Sales Order", [order])
	return written + sum(events.record(kind, of_kind) for kind, of_kind in names.items())


def opener(order: str):
	from crm_o2c.api import timeline

	return lambda: timeline.get_timeline("Sales Order", order)


def measure(figures: Figures, order: str, few_queries: int) -> None:
	from crm_o2c.api import timeline

	answer = timeline.get_timeline("Sales Order", order)
	shown = sum(len(kind["documents"]) for kind in answer["chain"])
	figures.equal("documents shown", shown, DOCUMENTS)
	for _call in range(WARM):
		in_new_request(opener(order))
	calls = [in_new_request(opener(order)) for _call in range(CALLS)]
	times = [1000 * seconds for seconds, _queries in calls]
	figures.at_most("median", median(times), MOST_MILLISECONDS, "ms")
	figures.note("p95", p95(times), "ms")
	figures.at_most("queries", calls[-1][1], MOST_QUERIES)
	figures.equal("queries of the order with 4 documents", few_queries, calls[-1][1])


if __name__ == "__main__":
	main()
