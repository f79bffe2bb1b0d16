"""Where on the site the demo data goes, and what its parts share."""

from dataclasses import dataclass
from datetime import date, timedelta

import frappe
from frappe.utils import getdate

MARK = "DEMO-"  # what the customer's order number of every demo order begins with


@dataclass(frozen=True)
class Place:
	"""Where on the site the documents go."""

	company: str
	currency: str
	warehouse: str
	other_warehouse: str | None
	price_list: str
	first_day: date  # of the fiscal year: nothing is dated before it
	today: date

	def workday(self, days: int) -> date:
		"""The day so many days from today, or the Monday after where that is a Saturday or Sunday."""
		day = self.today + timedelta(days=days)
		return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day

	def earlier(self, days: int) -> date:
		"""The day so many days ago, in this fiscal year."""
		return max(self.today - timedelta(days=days), self.first_day)

	def list_price(self, code: str, price: float) -> None:
		"""Put an item's price on file; not as of today, which is ERPNext's default: past orders had it, too."""
		values = {"item_code": code, "price_list": self.price_list, "price_list_rate": price}
		frappe.get_doc({"doctype": "Item Price", "valid_from": self.first_day, **values}).insert()


def commit() -> None:
	# a part of the book is complete in itself; a call that was stopped is taken up where it was
	frappe.db.commit()  # nosemgrep


def find_place() -> Place:
	"""The default company, its usual warehouse, and a price list in its currency."""
	company = (
		frappe.db.get_single_value("Global Defaults", "default_company")
		or frappe.get_all("Company", pluck="name", order_by="creation asc", limit=1)[0]
	)
	currency = frappe.db.get_value("Company", company, "default_currency")
	today = getdate()
	from erpnext.accounts.utils import get_fiscal_year  # not at the top: a bench without ERPNext lists our commands too

	first_day = get_fiscal_year(today, company=company)[1]
	warehouse, other = _warehouses(company)
	return Place(company, currency, warehouse, other, _price_list(currency), first_day, today)


def leaves(doctype: str) -> list[str]:
	"""The ends of a tree, which documents may name."""
	return frappe.get_all(doctype, {"is_group": 0}, pluck="name", order_by="lft asc")


def working_week(place: Place) -> None:
	"""Saturdays and Sundays off, where the company has no Holiday List: working days count in every score."""
	if frappe.db.get_value("Company", place.company, "default_holiday_list"):
		return
	first, last = date(place.today.year, 1, 1), date(place.today.year + 1, 12, 31)
	name = f"Demo Weekends {first.year}"
	if not frappe.db.exists("Holiday List", name):
		days = (first + timedelta(days=n) for n in range((last - first).days + 1))
		rows = [{"holiday_date": d, "description": d.strftime("%A"), "weekly_off": 1} for d in days if d.weekday() > 4]
		values = {"holiday_list_name": name, "from_date": first, "to_date": last, "holidays": rows}
		frappe.get_doc({"doctype": "Holiday List", **values}).insert()
	frappe.db.set_value("Company", place.company, "default_holiday_list", name)


def _warehouses(company: str) -> tuple[str, str | None]:
	"""The usual warehouse, and another one where there is one."""
	usual = frappe.db.get_single_value("Stock Settings", "default_warehouse")
	here = {"company": company, "is_group": 0, "disabled": 0, "warehouse_type": ("is", "not set")}
	names = frappe.get_all("Warehouse", here, pluck="name", order_by="creation asc")
	first = usual if usual in names else names[0]
	return first, next((name for name in reversed(names) if name != first), None)


def _price_list(currency: str) -> str:
	"""The site's selling price list, or one of our own where that is in another currency."""
	usual = frappe.db.get_single_value("Selling Settings", "selling_price_list")
	if usual and frappe.db.get_value("Price List", usual, "currency") == currency:
		return usual
	name = f"Demo Selling {currency}"
	if not frappe.db.exists("Price List", name):
		values = {"price_list_name": name, "currency": currency, "selling": 1, "enabled": 1}
		frappe.get_doc({"doctype": "Price List", **values}).insert()
	return name
