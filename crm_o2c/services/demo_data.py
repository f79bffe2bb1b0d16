"""Demo data: a made-up order book of real ERPNext documents, made through their own controllers.

The same call makes the same book, counted from today. Every document carries a mark (an order its `po_no`), so that a
second call finds what is there and adds only what is missing.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count

from crm_o2c.engine.policy import BANDS
from crm_o2c.services import demo_cases, demo_life, reference, runs
from crm_o2c.services.demo_place import MARK, Place, commit, find_place, leaves, working_week
from crm_o2c.services.order_book import ON_HOLD

ORDERS = 150
COMMIT_EVERY = 10

PLACES = (
	"Aurora", "Bayside", "Cedar Hill", "Delmont", "Eastgate", "Fairview", "Granite Bay", "Harbor", "Ironwood", "Juniper",
)  # fmt: skip
TRADES = ("Machine Works", "Medical Supply", "Food Service", "Building Products")
TIERS = ("A", "B", "B", "C", "C", None)
# code, name, price, stock on hand; those with little or none run short
ITEMS = (
	("BRG-6204", "Ball bearing 6204", 8.4, 4000), ("BRG-6310", "Ball bearing 6310", 31.0, 600),
	("BLT-M8", "Hex bolts M8, box of 100", 19.5, 2500), ("BLT-M12", "Hex bolts M12, box of 50", 24.0, 1800),
	("CBL-CAT6", "Network cable Cat 6, 305 m", 129.0, 300), ("CHN-08B", "Roller chain 08B, 5 m", 46.5, 350),
	("CMP-RTR", "Rotary compressor 4 kW", 2180.0, 14), ("CNV-2M", "Belt conveyor 2 m", 3450.0, 0),
	("CTR-24V", "Contactor 24 V", 37.2, 900), ("DRV-075", "Frequency drive 0.75 kW", 214.0, 120),
	("DRV-550", "Frequency drive 5.5 kW", 689.0, 35), ("FLT-HEP", "Filter cartridge H14", 84.0, 400),
	("GLV-NIT", "Nitrile gloves, case of 1000", 58.0, 700), ("GRS-EP2", "Grease EP2, 18 kg pail", 96.0, 220),
	("HSE-12", "Hydraulic hose 1/2 in, 20 m", 74.0, 260), ("LMP-LED", "LED high-bay lamp 150 W", 112.0, 450),
	("MTR-075", "Electric motor 0.75 kW", 168.0, 130), ("MTR-750", "Electric motor 7.5 kW", 742.0, 24),
	("PLC-S1", "Compact controller S1", 395.0, 80), ("PMP-C40", "Centrifugal pump C40", 860.0, 0),
	("SNS-PRX", "Proximity sensor M18", 28.6, 1200), ("SNS-TMP", "Temperature sensor Pt100", 33.9, 800),
	("TBL-WRK", "Workbench 1.8 m", 520.0, 40), ("VLV-B25", "Ball valve DN25", 41.0, 640),
	("VLV-S50", "Solenoid valve DN50", 236.0, 0),
)  # fmt: skip
SHORT = tuple(code for code, _name, _price, stock in ITEMS if not stock)
PLENTY = tuple(code for code, _name, _price, stock in ITEMS if stock >= 100)
# days from today until the promise, and how many orders in a hundred
PROMISES = (((-12, -3), 6), ((-2, -1), 8), ((0, 1), 26), ((2, 4), 30), ((5, 11), 20), ((20, 60), 10))
INVOICES = 12
FROZEN = (13, 29)  # customers, counted from 0

Progress = Callable[..., AbstractContextManager[Iterable[Any]]]


def has_own_orders() -> bool:
	"""Whether the site has Sales Orders that are not demo data."""
	order = frappe.qb.DocType("Sales Order")
	own = order.po_no.isnull() | order.po_no.not_like(f"{MARK}%")
	return bool(frappe.qb.from_(order).select(order.name).where(own).limit(1).run())


def make(progress: Progress) -> Iterator[str]:
	"""Make what is missing of the demo data, committing as it goes; yields a line about each kind."""
	place = find_place()
	working_week(place)
	yield _("{0} items made").format(_items(place))
	yield _("{0} customers made").format(_customers())
	commit()
	orders = range(1, ORDERS + 1)
	yield _("{0} sales orders made").format(_each(orders, _order, place, progress, _("Sales Orders")))
	invoices = range(1, INVOICES + 1)
	yield _("{0} overdue invoices made").format(_each(invoices, _invoice, place, progress, _("Overdue invoices")))
	_forget_backdated()
	yield from demo_cases.make(place)
	yield demo_life.make(ORDERS)
	_freeze()
	commit()
	yield from _rank()
	yield demo_cases.check_book()


def _each(numbers: range, make_one: Callable[[int, Place], bool], place: Place, progress: Progress, label: str) -> int:
	made = 0
	with progress(numbers, label=label) as shown:
		for number in shown:
			made += make_one(number, place)
			if number % COMMIT_EVERY == 0:
				commit()
	commit()
	return made


# -- items and customers -------------------------------------------------------------------------------------------------


def _items(place: Place) -> int:
	"""Items with a price, and what is on hand of them in one Stock Entry."""
	group = leaves("Item Group")[0]
	unit = frappe.db.get_single_value("Stock Settings", "stock_uom") or "Nos"
	there = set(frappe.get_all("Item", pluck="name", order_by="name asc"))
	new = [row for row in ITEMS if row[0] not in there]
	for code, name, price, _stock in new:
		values = {"item_code": code, "item_name": name, "item_group": group, "stock_uom": unit}
		cost = round(price * 0.6, 2)
		frappe.get_doc({"doctype": "Item", "is_stock_item": 1, "valuation_rate": cost, **values}).insert()
		place.list_price(code, price)
	rows = [
		{"item_code": code, "qty": stock, "t_warehouse": place.warehouse, "basic_rate": round(price * 0.6, 2)}
		for code, _name, price, stock in new
		if stock
	]
	if rows:
		kind = {"stock_entry_type": "Material Receipt", "purpose": "Material Receipt", "company": place.company}
		frappe.get_doc({"doctype": "Stock Entry", **kind, "items": rows}).insert().submit()
	return len(new)


def _customer_names() -> list[str]:
	return [f"{place} {trade}" for trade, place in product(TRADES, PLACES)]


def _customers() -> int:
	groups, territories = leaves("Customer Group"), leaves("Territory")
	known = set(frappe.get_all("O2C Customer Tier", pluck="name", order_by="name asc"))
	there = set(frappe.get_all("Customer", pluck="customer_name", order_by="name asc"))
	missing = [(number, name) for number, name in enumerate(_customer_names()) if name not in there]
	for number, name in missing:
		tier = TIERS[number % len(TIERS)]
		values = {
			"customer_name": name,
			"customer_type": "Company",
			"customer_group": groups[number % len(groups)],
			"territory": territories[number % len(territories)],
			"o2c_tier": tier if tier in known else None,
		}
		frappe.get_doc({"doctype": "Customer", **values}).insert()
	return len(missing)


def _customer(random: Random) -> str:
	return frappe.db.get_value("Customer", {"customer_name": random.choice(_customer_names())})


def _freeze() -> None:
	"""After the orders: ERPNext takes none from a frozen customer."""
	for number in FROZEN:  # one by one: there are two
		customer = frappe.get_doc("Customer", {"customer_name": _customer_names()[number]})
		if not customer.is_frozen:
			customer.is_frozen = 1
			customer.save()


# -- orders and invoices -------------------------------------------------------------------------------------------------


def _order(number: int, place: Place) -> bool:
	"""Sales Order `number` and what became of it; whether it was missing."""
	mark = f"{MARK}{number:04d}"
	if frappe.db.exists("Sales Order", {"po_no": mark}):
		return False
	random = Random(f"order {number}")  # its own, so that an order is the same whichever others are there
	promise = place.workday(_promise_in(random))
	placed = max(min(place.today, promise) - timedelta(days=random.randint(1, 14)), place.first_day)
	delivered, short = number % 15 == 3, number % 30 == 11
	values = {
		"doctype": "Sales Order",
		"company": place.company,
		"customer": _customer(random),
		"po_no": mark,
		"transaction_date": placed,
		"delivery_date": max(promise, placed),
		"currency": place.currency,
		"selling_price_list": place.price_list,
		"set_warehouse": place.warehouse,
		"items": _lines(random, SHORT if short else PLENTY if delivered or demo_life.is_told(number) else None),
	}
	order = frappe.get_doc(values).insert()
	order.submit()
	if delivered:
		_deliver_half(order)
	elif number % 40 == 7:
		order.update_status(ON_HOLD)
	elif number % 75 == 50:
		order.update_status("Closed")
	return True


def _promise_in(random: Random) -> int:
	"""Days until the promise."""
	(first, last), _weight = random.choices(PROMISES, [weight for _days, weight in PROMISES])[0]
	return random.randint(first, last)


def _lines(random: Random, codes: tuple[str, ...] | None) -> list[dict[str, Any]]:
	"""Lines with dear items in small numbers and cheap ones in large."""
	prices = {code: price for code, _name, price, _stock in ITEMS if codes is None or code in codes}
	count = min(random.choices((1, 2, 3, 4, 6), (30, 28, 20, 14, 8))[0], len(prices))
	return [
		{"item_code": code, "rate": prices[code], "qty": random.randint(1, max(2, min(60, int(1500 / prices[code]))))}
		for code in random.sample(sorted(prices), count)
	]


def _deliver_half(order: Document) -> None:
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	note = make_delivery_note(order.name)
	for row in note.items:
		row.qty = max(1, row.qty // 2)
	note.insert().submit()


def _forget_backdated() -> None:
	"""An order of the past is made today, first as a draft: that its date has passed already says nothing."""
	orders = frappe.get_all("Sales Order", {"po_no": ("like", f"{MARK}%")}, pluck="name", order_by="name asc")
	found = {"detector": "date.impossible", "status": "Fixed", "sales_order": ("in", orders)}
	frappe.db.delete("O2C Order Alert", found)


def _invoice(number: int, place: Place) -> bool:
	"""An invoice of the last weeks that is past its due date and not paid; whether it was missing."""
	mark = f"{MARK}I{number:03d}"
	if frappe.db.exists("Sales Invoice", {"po_no": mark}):
		return False
	random = Random(f"invoice {number}")
	posted = max(place.today - timedelta(days=random.randint(35, 90)), place.first_day)
	due = max(posted + timedelta(days=random.choice((14, 30))), posted)
	values = {
		"doctype": "Sales Invoice",
		"company": place.company,
		"customer": _customer(random),
		"po_no": mark,
		"set_posting_time": 1,
		"posting_date": posted,
		"due_date": min(due, place.today - timedelta(days=1)) if posted < place.today else posted,
		"currency": place.currency,
		"selling_price_list": place.price_list,
		"items": _lines(random, None),
	}
	frappe.get_doc(values).insert().submit()
	return True


# -- ranked --------------------------------------------------------------------------------------------------------------


def _rank() -> Iterator[str]:
	"""Measure what is usual and rank the book, here and now."""
	reference.measure_all()
	run = runs.start(started_by="Hand")
	commit()
	runs.work(run)
	commit()
	score = frappe.qb.DocType("O2C Order Score")
	counted = frappe.qb.from_(score).select(score.band, Count("*")).where(score.gate == "").groupby(score.band).run()
	counts = dict(counted)
	out = frappe.db.count("O2C Order Score", {"gate": ("!=", "")})
	yield _("Ranked: {0} critical, {1} high, {2} normal, {3} low; {4} out of the queue").format(
		*(counts.get(band, 0) for band in BANDS), out
	)
