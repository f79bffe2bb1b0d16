"""Demo data: orders further on in their life, so that every stage is there to be seen: picked, shipped, arrived, billed, paid,
sent back. Real documents, made through ERPNext's own controllers; and the ledger of all of it."""

from collections.abc import Callable
from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime, nowdate

from crm_o2c.services import ledger_runs, tracking
from crm_o2c.services.demo_place import MARK, commit

ORDER, CARRIER = "Sales Order", "Demo Parcel"


def make(orders: int) -> str:
	"""Take orders on, each once, then record it all. Returns a line about it."""
	_carrier()
	done = 0
	for number in range(1, orders + 1):
		story = STORIES.get(number % 15)
		order = _untouched(number) if story else None
		if order:
			story(order)
			done += 1
			commit()
	run = ledger_runs.start(started_by="Hand")
	commit()
	ledger_runs.work(run)
	commit()
	return _("{0} orders taken further: picked, shipped, billed, paid").format(done)


def _untouched(number: int) -> Document | None:
	"""The demo order of that number, where nothing was done with it, and its customer takes goods."""
	name = frappe.db.get_value(ORDER, {"po_no": f"{MARK}{number:04d}", **UNTOUCHED})
	order = frappe.get_doc(ORDER, name) if name else None
	return order if order and not frappe.db.get_value("Customer", order.customer, "is_frozen") else None


def is_told(number: int) -> bool:
	"""Whether this order goes on; it then has lines that are on the shelf."""
	return number % 15 in STORIES


def _carrier() -> None:
	if not frappe.db.exists("O2C Carrier", CARRIER):
		frappe.get_doc({"doctype": "O2C Carrier", "carrier_name": CARRIER}).insert()


# -- stories --------------------------------------------------------------------------------------------------------------


def _pick(order: Document) -> None:
	from erpnext.selling.doctype.sales_order.sales_order import create_pick_list

	picks = create_pick_list(order.name)
	picks.insert()
	picks.submit()


def _ship(order: Document) -> Document:
	"""It left two days ago, by parcel."""
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	note = make_delivery_note(order.name)
	note.update({"o2c_carrier": CARRIER, "o2c_tracking_number": f"DP{order.po_no[-4:]}"})
	note.insert().submit()
	_scan(note, "In Transit", 30)
	return note


def _arrive(order: Document) -> Document:
	note = _ship(order)
	_scan(note, "Delivered", 3)
	return note


def _bill(order: Document) -> Document:
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice

	invoice = make_sales_invoice(_arrive(order).name)
	invoice.insert().submit()
	return invoice


def _settle(order: Document) -> None:
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	payment = get_payment_entry("Sales Invoice", _bill(order).name)
	payment.update({"reference_no": order.po_no, "reference_date": nowdate()})
	payment.insert().submit()


def _send_back(order: Document) -> None:
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return

	returned = make_sales_return(_arrive(order).name)
	returned.items = returned.items[:1]
	returned.insert()
	# read again: ERPNext decides as a return is loaded what it counts back
	frappe.get_doc("Delivery Note", returned.name).submit()


def _scan(note: Document, status: str, hours: int) -> None:
	happened = now_datetime().replace(microsecond=0) - timedelta(hours=hours)
	tracking.add_by_hand("Delivery Note", note.name, status, happened, "", "", None)


UNTOUCHED = {
	"docstatus": 1,
	"per_picked": 0,
	"per_delivered": 0,
	"per_billed": 0,
	"o2c_held": 0,
	"status": "To Deliver and Bill",
}
STORIES: dict[int, Callable[[Document], object]] = {
	4: _pick,
	5: _ship,
	6: _arrive,
	9: _bill,
	12: _settle,
	14: _send_back,
}
