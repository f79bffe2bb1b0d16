"""Measures what is usual on the site: median order value, average lines and units of the last 365 days."""

from datetime import date

import frappe
from frappe.query_builder.functions import Count, Sum
from frappe.utils import add_days, getdate, now_datetime

from crm_o2c.engine.policy import Reference
from crm_o2c.engine.reference import measure, moved
from crm_o2c.services.context import load_reference
from crm_o2c.services.order_book import companies

DAYS = 365
DOCTYPE = "O2C Priority Reference"


def measure_all() -> None:
	"""Measure every company that has no pinned figures."""
	pinned = frappe.get_all(DOCTYPE, {"pinned": 1}, pluck="company", order_by="company asc")
	for company in companies():
		if company not in pinned:
			measure_company(company)


def measure_company(company: str) -> None:
	"""Measure one company; figures that hardly moved are left, so that the book is not re-scored for nothing."""
	rows = _past_orders(company, getdate())
	new = measure((float(value), int(lines), float(units)) for value, lines, units in rows)
	if moved(load_reference(company), new):
		_keep(company, new, len(rows))


def _past_orders(company: str, today: date) -> tuple:
	order, line = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
	return (
		frappe.qb.from_(order)
		.inner_join(line)
		.on(line.parent == order.name)
		.select(order.base_net_total, Count("*"), Sum(line.stock_qty))
		.where((order.docstatus == 1) & (order.company == company))
		.where(order.transaction_date > add_days(today, -DAYS))
		.groupby(order.name, order.base_net_total)
	).run()


def _keep(company: str, reference: Reference, orders: int) -> None:
	frappe.db.delete(DOCTYPE, {"company": company, "name": ("!=", company)})  # the company was renamed
	exists = frappe.db.exists(DOCTYPE, company)
	doc = frappe.get_doc(DOCTYPE, company) if exists else frappe.new_doc(DOCTYPE, company=company)
	doc.update(
		{
			"value_median": reference.value_median,
			"lines_average": reference.lines_average,
			"units_average": reference.units_average,
			"orders": orders,
			"measured_on": now_datetime(),
		}
	)
	doc.save(ignore_permissions=True)  # a measurement of the site's own, started by the schedule


def forget_company(company: str) -> None:
	"""Delete the figures of a company that is being deleted."""
	frappe.db.delete(DOCTYPE, {"company": company})
