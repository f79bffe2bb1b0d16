"""The invoice that a finding leads to is one that a credit note can be made for."""

import pytest

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

from crm_o2c.services import consistency
from crm_o2c.services import finding_queries as queries

import factories as make


@pytest.mark.parametrize("kind", [queries.OVERBILLED, queries.UNCREDITED])
def test_a_credit_note_of_a_part_is_not_what_is_credited(kind):
	order = make.sales_order(lines=[{"item_code": make.item(stock=20).name, "qty": 10}])
	if kind == queries.UNCREDITED:
		make.delivery_note(order)
	bill = make.sales_invoice(order)
	credit = make_sales_return(bill.name)
	credit.items[0].qty = -1
	credit.insert()
	credit.submit()
	if kind == queries.OVERBILLED:
		values = {"qty": 14, "stock_qty": 14, "amount": 1400}
		frappe.db.set_value("Sales Invoice Item", bill.items[0].name, values)
	else:
		came_back(order)
	consistency.check()
	(found,) = frappe.get_all(
		"O2C Finding", {"kind": kind, "sales_order": order.name}, ["reference_name", "found"], order_by="name asc"
	)
	assert (found.reference_name, found.found) == (bill.name, 13 if kind == queries.OVERBILLED else 9)


def came_back(order) -> None:
	"""Five of what was delivered, some weeks ago."""
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return as return_goods

	(gone,) = frappe.get_all("Delivery Note", {"customer": order.customer}, pluck="name", order_by="name asc")
	back = return_goods(gone)
	back.items[0].qty = -5
	back.insert()
	frappe.get_doc("Delivery Note", back.name).submit()
	frappe.db.set_value("Delivery Note", back.name, "posting_date", frappe.utils.add_days(frappe.utils.nowdate(), -30))
