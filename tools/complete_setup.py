"""Do what ERPNext's set-up wizard does, for one company, without a browser. Runs in a bench, in its sites folder.

Usage: complete_setup.py SITE COMPANY ABBR COUNTRY CURRENCY TIME_ZONE
"""

import sys
from datetime import date

import frappe


def complete_setup(company: str, abbr: str, country: str, currency: str, time_zone: str) -> None:
	"""The wizard's answers, then the years around this one: an order of December is delivered in January."""
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	year = date.today().year
	answers = {
		"language": "English",
		"country": country,
		"currency": currency,
		"timezone": time_zone,
		"full_name": "Administrator",
		"company_name": company,
		"company_abbr": abbr,
		"chart_of_accounts": "Standard",
		"fy_start_date": f"{year}-01-01",
		"fy_end_date": f"{year}-12-31",
		"setup_demo": 0,
	}
	setup_complete(frappe.as_json(answers))
	for other in (year - 1, year + 1):
		add_fiscal_year(other)


def add_fiscal_year(year: int) -> None:
	"""A calendar year for all companies, unless it is there."""
	if frappe.db.exists("Fiscal Year", str(year)):
		return
	dates = {"year_start_date": f"{year}-01-01", "year_end_date": f"{year}-12-31"}
	frappe.get_doc({"doctype": "Fiscal Year", "year": str(year), **dates}).insert()


if __name__ == "__main__":
	frappe.init(site=sys.argv[1])
	frappe.connect()
	complete_setup(*sys.argv[2:])
	frappe.db.commit()  # a script of its own: no request is there to commit
	frappe.destroy()
