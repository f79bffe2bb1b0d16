"""Asks the carriers that are polled where the goods on their way are. Each carrier is a job of its own, so that one that
fails holds up no other; within a job a number that fails holds up no other number.

Another app adds its carrier by a hook, the name of the adapter and what makes a provider of it:

	o2c_tracking_adapters = {"My Carrier": "my_app.tracking.make_provider"}
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from traceback import format_exception
from typing import Protocol

import frappe
from frappe.utils import add_days, now_datetime, nowdate

from crm_o2c.engine.tracking import FINAL, Scan
from crm_o2c.exceptions import CarrierError
from crm_o2c.services import carriers, tasks, tracking
from crm_o2c.services.guard import TITLE
from crm_o2c.services.tracking import POLLING, Report
from crm_o2c.services.tracking_book import NOTE, SHIPMENT
from crm_o2c.services.tracking_http import JsonOverHttp, Refused

LONGEST_RUN = 600  # seconds for a carrier; what is left is asked in the next hour
MOST_IN_A_ROW = 3  # numbers that fail, before the carrier is left alone for this hour
MOST_NUMBERS = 200
OLDEST_DAYS = 120  # a delivery that is older is asked for no more


class Provider(Protocol):
	"""What asks a carrier. `fetch` gives all scans of a number, or raises CarrierError; it must not take long."""

	def fetch(self, number: str) -> list[Scan]: ...


@dataclass(frozen=True)
class Account:
	"""What a provider is made with."""

	carrier: str
	base_url: str
	token: str = field(repr=False)


@dataclass
class Tally:
	"""What came of a run."""

	asked: int = 0
	stored: int = 0
	failed: int = 0
	problem: str = ""
	last: str = ""  # the number asked last


def start() -> None:
	"""A job for each carrier that is polled."""
	for carrier in carriers.enabled(carriers.POLLING):
		tasks.enqueue(poll, key=carrier, queue="long", carrier=carrier)


def json_over_http(account: Account) -> Provider:
	"""The provider that the app brings."""
	return JsonOverHttp(account.base_url, account.token, tracking.zone(), now_datetime())


def make_provider(carrier: str) -> Provider:
	"""The provider of a carrier, by the name of its adapter."""
	row = frappe.db.get_value(carriers.DOCTYPE, carrier, ["adapter", "base_url"], as_dict=True)
	path = carriers.adapters().get(row.adapter)
	if not path:
		raise Refused(f"there is no adapter {row.adapter}")
	account = Account(carrier, row.base_url or "", carriers.secret(carrier, "api_token"))
	return frappe.get_attr(path)(account)


def poll(carrier: str) -> dict[str, int]:
	"""Ask a carrier for what is under way, as many numbers as it allows, beginning after the one asked last."""
	kept = frappe.db.get_value(
		carriers.DOCTYPE, carrier, ["enabled", "how", "numbers_per_run", "poll_from"], as_dict=True
	)
	if not kept or not kept.enabled or kept.how != carriers.POLLING:
		return {"asked": 0, "stored": 0, "failed": 0}
	tally = Tally(last=kept.poll_from or "")
	try:
		provider = make_provider(carrier)
		_ask_all(carrier, provider, numbers(carrier, kept.poll_from or "", kept.numbers_per_run or MOST_NUMBERS), tally)
	except frappe.QueryDeadlockError:
		raise
	except Exception as problem:  # an adapter of another app may raise anything
		_failed(carrier, problem, tally)
	values = {"polled_at": now_datetime(), "poll_problem": tally.problem or None, "poll_from": tally.last}
	frappe.db.set_value(carriers.DOCTYPE, carrier, values, update_modified=False)
	return {"asked": tally.asked, "stored": tally.stored, "failed": tally.failed}


def _ask_all(carrier: str, provider: Provider, wanted: list[str], tally: Tally) -> None:
	give_up, in_a_row = time.monotonic() + LONGEST_RUN, 0
	for number in wanted:
		if in_a_row >= MOST_IN_A_ROW or time.monotonic() > give_up:
			return
		tally.asked += 1
		tally.last = number
		frappe.db.savepoint("o2c_number")
		try:
			reports = [Report(scan, POLLING, carrier, raw=_raw(scan)) for scan in provider.fetch(number)]
			tally.stored += tracking.record(reports)["stored"]
			in_a_row = 0
		except (frappe.QueryDeadlockError, Refused):
			raise
		except Exception as problem:  # of one number; the others go on
			frappe.db.rollback(save_point="o2c_number")
			_failed(carrier, problem, tally)
			in_a_row += 1
		frappe.db.commit()  # a number is complete in itself: its documents are not locked while others are asked  # nosemgrep


def _failed(carrier: str, problem: Exception, tally: Tally) -> None:
	"""Count a failure; the first of a run is logged, and shown on the carrier."""
	tally.failed += 1
	if not tally.problem:
		number = f"{tally.last}: " if tally.asked else ""
		tally.problem = f"{number}{problem if isinstance(problem, CarrierError) else type(problem).__name__}"[:500]
		# without the values of variables, which Frappe would add: the token is among them
		text = "".join(format_exception(problem))
		frappe.log_error(f"{TITLE}asking a carrier failed", text, carriers.DOCTYPE, carrier)


def _raw(scan: Scan) -> str:
	return json.dumps(asdict(scan), ensure_ascii=False, default=str)


def numbers(carrier: str, after: str, most: int) -> list[str]:
	"""The numbers under way with a carrier, those after the one asked last first, and no more than `most`."""
	wanted = sorted({*_of_notes(carrier), *_of_shipments(carrier)})
	later = [number for number in wanted if number > after]
	return (later + [number for number in wanted if number <= after])[:most]


def _of_notes(carrier: str) -> Iterator[str]:
	note = frappe.qb.DocType(NOTE)
	under_way = note.o2c_tracking_status.isnull() | note.o2c_tracking_status.notin(FINAL)
	yield from (
		frappe.qb.from_(note)
		.select(note.o2c_tracking_number)
		.where((note.o2c_carrier == carrier) & (note.o2c_tracking_number > "") & (note.docstatus == 1) & under_way)
		.where(note.posting_date >= add_days(nowdate(), -OLDEST_DAYS))
	).run(pluck=True)


def _of_shipments(carrier: str) -> Iterator[str]:
	shipment = frappe.qb.DocType(SHIPMENT)
	under_way = shipment.tracking_status.isnull() | shipment.tracking_status.notin(FINAL)
	yield from (
		frappe.qb.from_(shipment)
		.select(shipment.awb_number)
		.where((shipment.carrier == carrier) & (shipment.awb_number > "") & (shipment.docstatus == 1) & under_way)
		.where(shipment.pickup_date >= add_days(nowdate(), -OLDEST_DAYS))
	).run(pluck=True)
