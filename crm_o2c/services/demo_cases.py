"""Demo orders that something is wrong with: one for each part of the order checks, and what they need around them."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import ceil
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document

from crm_o2c.services import check_context, check_runs, patterns, payment_promises, recheck
from crm_o2c.services.demo_place import MARK, Place, commit, leaves

LIMITED, PREPAID, OVERDUE, FIRST, BREWERY, DAIRY = (
	"Northgate Hydraulics", "Lindqvist Workshop", "Moravia Packaging", "Nordhaven Fisheries", "Oakley Brewery",
	"Pinecrest Dairy",
)  # fmt: skip
CREDIT_LIMIT = 10_000
BOX, IN_A_BOX = "Box", 50
OLD, SUCCESSOR, BY_LENGTH = "MTR-400", "MTR-750", "WIR-25"
# code, name, price, stock on hand, and what is special about it
ITEMS = (
	(OLD, "Electric motor 4 kW, old series", 410.0, 10, {"allow_alternative_item": 1}),
	(BY_LENGTH, "Copper wire 2.5 mm², metre", 3.2, 3000, {"o2c_min_sales_qty": 50}),
)
ENDS_IN = 20  # days, the old series


class Case(NamedTuple):
	"""An order: `lines` are item, quantity and, where they are not as usual, price and unit."""

	mark: str
	customer: str
	lines: tuple[tuple, ...]
	days: int = 9  # until the promise
	ago: int = 0  # days since it was placed
	submit: bool = True


ORDINARY = (
	Case("H01", LIMITED, (("CBL-CAT6", 45),), ago=6),
	Case("H02", DAIRY, (("BRG-6204", 24), ("SNS-TMP", 10)), ago=20),
	Case("H03", BREWERY, (("HSE-12", 6), ("GRS-EP2", 4), ("VLV-B25", 12)), ago=1),
)
UNUSUAL = (
	Case("C01", LIMITED, (("FLT-HEP", 60),)),  # over the limit: held, then paid for
	Case("C02", LIMITED, (("LMP-LED", 30),), days=12),  # over it still: held
	Case("C03", PREPAID, (("DRV-075", 4),)),  # no credit: held until it is paid
	Case("C04", OVERDUE, (("HSE-12", 10),)),
	Case("C05", BREWERY, (("PMP-C40", 5), ("CNV-2M", 2), ("VLV-S50", 12)), days=5),  # late, short, elsewhere
	Case("C06", BREWERY, (("HSE-12", 6), ("GRS-EP2", 4), ("VLV-B25", 12)), submit=False),  # H03 once more
	Case("C07", DAIRY, (("SNS-TMP", 12, 339.0), ("VLV-B25", 6)), submit=False),  # ten times the price
	Case("C08", DAIRY, (("BRG-6310", 40, 3.1),)),  # a tenth of it
	Case("C09", DAIRY, (("GLV-NIT", 58, 12.0),), submit=False),  # price and quantity swapped
	Case("C10", DAIRY, (("BRG-6204", 24, None, BOX),), submit=False),  # boxes for pieces
	Case("C11", DAIRY, (("BRG-6204", 3000),), submit=False),  # far more than ever
	Case("C12", DAIRY, (("TBL-WRK", 3, 350.0),), submit=False),  # a third off the list
	Case("C13", FIRST, (("LMP-LED", 60), ("FLT-HEP", 50))),  # a large first order
	Case("C14", BREWERY, ((OLD, 3), ("CTR-24V", 10)), days=ENDS_IN + 6),  # not sold any more by then
	Case("C15", BREWERY, ((BY_LENGTH, 20),)),  # below the minimum
)
ON_CREDIT = (LIMITED, PREPAID)


def make(place: Place) -> Iterator[str]:
	"""Make what is missing of the cases, check the book, and say what was found."""
	_items(place)
	_customers(place)
	commit()
	made = _orders(ORDINARY, place)
	_supply(place)
	patterns.learn_all()  # what is usual, before there is anything else
	_owes(place)
	yield _("{0} orders with something to check made").format(made + _orders(UNUSUAL, place))
	_pay(place)
	commit()
	recheck.recheck_customers(list(ON_CREDIT))


def check_book() -> str:
	"""Check the whole book, here and now; what there is then, in one line."""
	run = check_runs.start(started_by="Hand")
	commit()
	check_runs.work(run)
	commit()
	alerts = frappe.db.count("O2C Order Alert", {"status": "Open"})
	critical = frappe.db.count("O2C Order Alert", {"status": "Open", "severity": "Critical"})
	held = frappe.db.count("O2C Order Hold", {"status": "Held"})
	released = frappe.db.count("O2C Order Hold", {"status": "Released"})
	return _("Checked: {0} open alerts, {1} of them critical; {2} holds, {3} released").format(
		alerts, critical, held, released
	)


# -- items and customers -------------------------------------------------------------------------------------------------


def _items(place: Place) -> None:
	for code, name, price, stock, special in ITEMS:
		if frappe.db.exists("Item", code):
			continue
		values = {"item_code": code, "item_name": name, "item_group": leaves("Item Group")[0], "is_stock_item": 1}
		values |= {"stock_uom": _unit(), "valuation_rate": round(price * 0.6, 2), **special}
		if code == OLD:
			values["end_of_life"] = place.today + timedelta(days=ENDS_IN)
		frappe.get_doc({"doctype": "Item", **values}).insert()
		place.list_price(code, price)
		_receive(code, stock, price, place.warehouse)
	if not frappe.db.exists("Item Alternative", {"item_code": OLD}):
		frappe.get_doc({"doctype": "Item Alternative", "item_code": OLD, "alternative_item_code": SUCCESSOR}).insert()
	bearing = frappe.get_doc("Item", "BRG-6204")
	if BOX not in [row.uom for row in bearing.uoms]:
		bearing.append("uoms", {"uom": BOX, "conversion_factor": IN_A_BOX})
		bearing.save()


def _unit() -> str:
	return frappe.db.get_single_value("Stock Settings", "stock_uom") or "Nos"


def _receive(code: str, qty: float, price: float, warehouse: str) -> None:
	row = {"item_code": code, "qty": qty, "t_warehouse": warehouse, "basic_rate": round(price * 0.6, 2)}
	company = frappe.db.get_value("Warehouse", warehouse, "company")
	kind = {"stock_entry_type": "Material Receipt", "purpose": "Material Receipt", "company": company}
	frappe.get_doc({"doctype": "Stock Entry", **kind, "items": [row]}).insert().submit()


def _customers(place: Place) -> None:
	special = {
		LIMITED: {"credit_limits": [{"company": place.company, "credit_limit": CREDIT_LIMIT}]},
		PREPAID: {"o2c_no_credit": 1},
	}
	group, territory = leaves("Customer Group")[0], leaves("Territory")[0]
	for name in (LIMITED, PREPAID, OVERDUE, FIRST, BREWERY, DAIRY):
		if not frappe.db.exists("Customer", {"customer_name": name}):
			values = {
				"customer_name": name,
				"customer_type": "Company",
				"customer_group": group,
				"territory": territory,
			}
			frappe.get_doc({"doctype": "Customer", **values, **special.get(name, {})}).insert()


def _customer(name: str) -> str:
	return frappe.db.get_value("Customer", {"customer_name": name})


# -- orders --------------------------------------------------------------------------------------------------------------


def _orders(cases: Sequence[Case], place: Place) -> int:
	missing = [case for case in cases if not _order_of(case.mark)]
	for case in missing:
		order = frappe.get_doc(_values(case, place)).insert()
		# Where no rule holds orders, ERPNext refuses what is over credit.
		if case.submit and (case.customer not in ON_CREDIT or check_context.mode() == check_context.ON):
			order.submit()
		commit()
	return len(missing)


def _order_of(mark: str) -> str | None:
	return frappe.db.get_value("Sales Order", {"po_no": MARK + mark, "docstatus": ("<", 2)})


def _values(case: Case, place: Place) -> dict[str, Any]:
	rows = []
	for code, qty, *rest in case.lines:
		rate, unit = (*rest, None, None)[:2]
		row = {"item_code": code, "qty": qty, "rate": rate, "uom": unit}
		rows.append({field: value for field, value in row.items() if value is not None})
	return {
		"doctype": "Sales Order",
		"company": place.company,
		"customer": _customer(case.customer),
		"po_no": MARK + case.mark,
		"transaction_date": place.earlier(case.ago),
		"delivery_date": place.workday(case.days),
		"currency": place.currency,
		"selling_price_list": place.price_list,
		"set_warehouse": place.warehouse,
		"items": rows,
	}


# -- around them -----------------------------------------------------------------------------------------------------------


def _supply(place: Place) -> None:
	"""Pumps that come, too late for some; valves in another warehouse."""
	mark = f"{MARK}B01"
	if frappe.db.exists("Purchase Order", {"order_confirmation_no": mark}):
		return
	name = "Demo Supply"
	if not frappe.db.exists("Supplier", name):
		group = leaves("Supplier Group")[0]
		frappe.get_doc({"doctype": "Supplier", "supplier_name": name, "supplier_group": group}).insert()
	on = place.workday(9)
	row = {"item_code": "PMP-C40", "qty": 60, "rate": 516.0, "schedule_date": on, "warehouse": place.warehouse}
	values = {"supplier": name, "company": place.company, "currency": place.currency, "order_confirmation_no": mark}
	values |= {"transaction_date": place.earlier(3), "schedule_date": on, "items": [row]}
	frappe.get_doc({"doctype": "Purchase Order", **values}).insert().submit()
	if place.other_warehouse:
		_receive("VLV-S50", 30, 236.0, place.other_warehouse)
	commit()


def _owes(place: Place) -> None:
	"""An invoice long overdue, and a promise to pay it that was not kept."""
	mark = f"{MARK}I900"
	if frappe.db.exists("Sales Invoice", {"po_no": mark}):
		return
	posted = place.earlier(80)
	values = {
		"doctype": "Sales Invoice",
		"company": place.company,
		"customer": _customer(OVERDUE),
		"po_no": mark,
		"set_posting_time": 1,
		"posting_date": posted,
		"due_date": min(posted + timedelta(days=30), place.today),
		"currency": place.currency,
		"selling_price_list": place.price_list,
		"items": [{"item_code": "GLV-NIT", "qty": 20}],
	}
	invoice = frappe.get_doc(values).insert()
	invoice.submit()
	promise = {
		"customer": invoice.customer,
		"company": place.company,
		"sales_invoice": invoice.name,
		"amount": invoice.grand_total,
		"promised_on": place.earlier(20),
		"promised_for": place.earlier(6),
	}
	frappe.get_doc({"doctype": "O2C Payment Promise", **promise}).insert()
	payment_promises.settle(place.today)
	commit()


def _pay(place: Place) -> None:
	"""An advance that is enough for the first of two held orders, and not for the second."""
	mark, till = f"{MARK}P01", _till(place)
	orders = [_order(case.mark) for case in (ORDINARY[0], UNUSUAL[0])]
	paid = frappe.db.exists("Payment Entry", {"reference_no": mark})
	if paid or not till or any(order is None or order.docstatus != 1 for order in orders):
		return
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	over = sum(order.base_grand_total for order in orders) - CREDIT_LIMIT
	if over <= 0:
		return
	amount = min(ceil(over / 50) * 50, orders[0].grand_total)
	entry = get_payment_entry("Sales Order", orders[0].name, party_amount=amount, bank_account=till)
	entry.reference_no, entry.reference_date = mark, place.today
	entry.insert().submit()


def _order(mark: str) -> Document | None:
	name = _order_of(mark)
	return frappe.get_doc("Sales Order", name) if name else None


def _till(place: Place) -> str | None:
	"""An account that money may come to."""
	wanted = {"company": place.company, "is_group": 0, "disabled": 0, "account_currency": place.currency}
	wanted["account_type"] = ("in", ["Bank", "Cash"])
	accounts = frappe.get_all("Account", wanted, pluck="name", order_by="account_type asc, name asc", limit=1)
	return accounts[0] if accounts else None
