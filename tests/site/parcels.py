"""Carriers, Shipments and scans for tests, with the fewest words."""

from datetime import datetime, timedelta

import frappe
from frappe.utils import now_datetime, nowdate

from crm_o2c.engine.tracking import Scan
from crm_o2c.services import tracking
from crm_o2c.services.tracking import Report

import factories as make

NOTE, SHIPMENT, EVENT = "Delivery Note", "Shipment", "O2C Tracking Event"
SECRET = "a secret of some length"
_began: list[datetime] = []


def hours_ago(hours: float) -> datetime:
	"""The same moment whenever a test asks."""
	if not _began:
		_began.append(now_datetime().replace(microsecond=0))
	return _began[0] - timedelta(hours=hours)


def carrier(**fields):
	"""A carrier with a word of its own: DLV means Delivered."""
	values = {
		"doctype": "O2C Carrier",
		"carrier_name": f"Carrier {frappe.generate_hash(length=8)}",
		"tracking_url": "https://carrier.example/track?no={number}",
		"words": [{"raw_status": "DLV", "status": "Delivered"}, {"raw_status": "TRN", "status": "In Transit"}],
	}
	return frappe.get_doc({**values, **fields}).insert()


def number() -> str:
	return frappe.generate_hash(length=12)


def note(order=None, with_carrier=None, under: str | None = None, **fields):
	"""A submitted Delivery Note, with a carrier and a number where they are given."""
	doc = make.delivery_note(order or make.sales_order(lines=[{"item_code": make.item(stock=5).name}]), submit=False)
	doc.update({"o2c_carrier": with_carrier.name if with_carrier else None, "o2c_tracking_number": under, **fields})
	doc.save()
	doc.submit()
	return doc


def shipment(*notes, with_carrier=None, under: str | None = None, submit: bool = True):
	"""A Shipment of these Delivery Notes."""
	place = frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": number(),
			"address_type": "Shipping",
			"address_line1": "1 Quay",
			"city": "Harbour",
			"country": "Germany",
		}
	).insert()
	doc = frappe.get_doc(
		{
			"doctype": SHIPMENT,
			"pickup_from_type": "Company",
			"pickup_company": make.COMPANY,
			"pickup_address_name": place.name,
			"pickup_contact_person": "Administrator",
			"delivery_to_type": "Customer",
			"delivery_customer": notes[0].customer,
			"delivery_address_name": place.name,
			"pickup_date": nowdate(),
			"pickup_from": "09:00",
			"pickup_to": "17:00",
			"description_of_content": "Goods",
			"value_of_goods": 100,
			"carrier": with_carrier.name if with_carrier else None,
			"awb_number": under,
			"shipment_parcel": [{"length": 1, "width": 1, "height": 1, "weight": 1, "count": 1}],
			"shipment_delivery_note": [{"delivery_note": one.name, "grand_total": one.grand_total} for one in notes],
		}
	).insert()
	if submit:
		doc.submit()
	return doc


def scanned(by, under: str, status: str, hours: float, source: str = "Webhook", **fields) -> Report:
	"""A scan that a carrier reports, some hours ago."""
	return Report(Scan(under, status, hours_ago(hours), **fields), source, by.name)


def record(*reports: Report) -> dict[str, int]:
	return tracking.record(reports)


def told(doc, *fields: str):
	"""What a document says now."""
	found = frappe.db.get_value(doc.doctype, doc.name, fields or "o2c_tracking_status")
	return found


def events_of(doc) -> list:
	filters = {"reference_doctype": doc.doctype, "reference_name": doc.name}
	return frappe.get_all(EVENT, filters, ["name", "status", "source", "raw_status"], order_by="happened_at asc")
