"""Which orders a document concerns, as ERPNext links them: by its lines."""

from collections.abc import Iterable, Sequence

import frappe

# By kind of document. `names` are the documents.
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


def orders_of(doctype: str, names: Iterable[str]) -> set[str]:
	"""The Sales Orders that these documents concern."""
	wanted = tuple(sorted(set(names)))
	if doctype == "Sales Order":
		return set(wanted)
	return set(_ask(_ORDERS_OF.get(doctype, ()), wanted))


def _ask(queries: Sequence[str], names: tuple[str, ...]) -> list[str]:
	if not names:
		return []
	found: list[str] = []
	for query in queries:
		found += frappe.db.sql(query, {"names": names}, pluck=True)  # one by one: two ways at most
	return [name for name in found if name]
