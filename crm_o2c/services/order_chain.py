"""Which documents belong to which orders, as ERPNext links them: by their lines, both ways."""

from collections.abc import Iterable, Sequence

import frappe

# The orders that a document concerns, by kind of document. `names` are the documents.
_ORDERS_OF: dict[str, tuple[str, ...]] = {
	"Quotation": ("select distinct parent from `tabSales Order Item` where prevdoc_docname in %(names)s",),
	"Work Order": ("select distinct sales_order from `tabWork Order` where name in %(names)s and sales_order > ''",),
	"Pick List": (
		"select distinct sales_order from `tabPick List Item` where parent in %(names)s and sales_order > ''",
	),
	"Delivery Note": (
		"select distinct against_sales_order from `tabDelivery Note Item` where parent in %(names)s"
		" and against_sales_order > ''",
	),
	"Packing Slip": (
		"select distinct i.against_sales_order from `tabPacking Slip` p inner join `tabDelivery Note Item` i"
		" on i.parent = p.delivery_note where p.name in %(names)s and i.against_sales_order > ''",
	),
	"Shipment": (
		"select distinct i.against_sales_order from `tabShipment Delivery Note` s inner join `tabDelivery Note Item` i"
		" on i.parent = s.delivery_note where s.parent in %(names)s and i.against_sales_order > ''",
	),
	"Sales Invoice": (
		"select distinct sales_order from `tabSales Invoice Item` where parent in %(names)s and sales_order > ''",
		"select distinct n.against_sales_order from `tabSales Invoice Item` i inner join `tabDelivery Note Item` n"
		" on n.name = i.dn_detail where i.parent in %(names)s and n.against_sales_order > ''",
	),
	"Payment Entry": (
		"select distinct reference_name from `tabPayment Entry Reference` where parent in %(names)s"
		" and reference_doctype = 'Sales Order'",
		"select distinct i.sales_order from `tabPayment Entry Reference` r inner join `tabSales Invoice Item` i"
		" on i.parent = r.reference_name where r.parent in %(names)s and r.reference_doctype = 'Sales Invoice'"
		" and i.sales_order > ''",
	),
}

# The documents of orders, the other way round. `names` are the orders.
_DOCUMENTS_OF: dict[str, tuple[str, ...]] = {
	"Quotation": (
		"select distinct prevdoc_docname from `tabSales Order Item` where parent in %(names)s and prevdoc_docname > ''",
	),
	"Work Order": ("select name from `tabWork Order` where sales_order in %(names)s",),
	"Pick List": ("select distinct parent from `tabPick List Item` where sales_order in %(names)s",),
	"Delivery Note": ("select distinct parent from `tabDelivery Note Item` where against_sales_order in %(names)s",),
	"Shipment": (
		"select distinct s.parent from `tabDelivery Note Item` i inner join `tabShipment Delivery Note` s"
		" on s.delivery_note = i.parent where i.against_sales_order in %(names)s",
	),
	"Sales Invoice": (
		"select distinct parent from `tabSales Invoice Item` where sales_order in %(names)s",
		"select distinct i.parent from `tabDelivery Note Item` n inner join `tabSales Invoice Item` i"
		" on i.dn_detail = n.name where n.against_sales_order in %(names)s",
	),
	"Payment Entry": (
		"select distinct parent from `tabPayment Entry Reference` where reference_doctype = 'Sales Order'"
		" and reference_name in %(names)s",
		"select distinct r.parent from `tabSales Invoice Item` i inner join `tabPayment Entry Reference` r"
		" on r.reference_doctype = 'Sales Invoice' and r.reference_name = i.parent where i.sales_order in %(names)s",
	),
}


def orders_of(doctype: str, names: Iterable[str]) -> set[str]:
	"""The Sales Orders that these documents concern."""
	wanted = tuple(sorted(set(names)))
	if doctype == "Sales Order":
		return set(wanted)
	return set(_ask(_ORDERS_OF.get(doctype, ()), wanted))


def documents_of(orders: Sequence[str]) -> dict[str, list[str]]:
	"""The documents that hang on these orders, by kind, the orders themselves included; sorted by name."""
	found = {"Sales Order": sorted(set(orders))}
	for doctype, queries in _DOCUMENTS_OF.items():
		found[doctype] = sorted(set(_ask(queries, tuple(found["Sales Order"]))))
	return found


def _ask(queries: Sequence[str], names: tuple[str, ...]) -> list[str]:
	if not names:
		return []
	found: list[str] = []
	for query in queries:
		found += frappe.db.sql(query, {"names": names}, pluck=True)  # one by one: two ways at most
	return [name for name in found if name]
