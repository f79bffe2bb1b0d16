"""What the app keeps of orders, read from the database; policies made for a test; and somebody else's connection."""

import json
from contextlib import contextmanager

import frappe
from frappe.database import get_db

from crm_o2c.services import context
from crm_o2c.services.order_loader import LoadedOrder, OrderLoader

import factories as make

KEPT = ("band", "score", "points", "gate", "gate_reason", "terms", "facts", "digest", "customer", "territory", "policy")
STANDARD = "Standard v1"


def score(order) -> frappe._dict | None:
	"""The kept score of an order."""
	return frappe.db.get_value("O2C Order Score", _name(order), KEPT, as_dict=True)


def band(order) -> str:
	"""The band that the order's row shows."""
	return frappe.db.get_value("Sales Order", _name(order), "o2c_priority_band") or ""


def facts(order) -> dict:
	"""The facts that the kept score was made from, by name."""
	from crm_o2c.engine.facts import OrderFacts

	return OrderFacts.from_json(score(order).facts)._asdict()


def terms(order) -> dict[str, float]:
	"""Points of the kept score by term."""
	return {term[0]: term[1] for term in json.loads(score(order).terms)}


def load(order) -> LoadedOrder | None:
	"""The order as a run loads it."""
	company = frappe.db.get_value("Sales Order", _name(order), "company")
	ready = context.get_context(company)
	found = OrderLoader(ready.policy, company, ready.scorer.today).names([_name(order)])
	return found[0] if found else None


def usual(value: float = 100.0, lines: float = 2.0, units: float = 5.0) -> None:
	"""Say what is usual at the company, so that every term has its input."""
	values = {"value_median": value, "lines_average": lines, "units_average": units}
	frappe.get_doc({"doctype": "O2C Priority Reference", "company": make.COMPANY, **values}).insert()


def policy(active: bool = True, **changes):
	"""A version of the standard policy with these fields changed; rows in `more_factors` and `more_gates` are added."""
	draft = frappe.copy_doc(frappe.get_doc("O2C Priority Policy", STANDARD))
	for row in changes.pop("more_factors", ()):
		draft.append("factors", row)
	for row in changes.pop("more_gates", ()):
		draft.append("gates", row)
	draft.update(changes)
	draft.insert()
	if active:
		draft.activate()
	return draft


def switch(to: str) -> None:
	"""The switch of the priority engine: Off, Shadow or On."""
	settings = frappe.get_doc("O2C Settings")
	settings.priority_engine = to
	settings.save()


@contextmanager
def somebody_else():
	"""Another connection to the site's database, as another worker or user has it, in `frappe.db` for as long as this lasts.

	What it has not committed is rolled back at the end.
	"""
	mine, conf = frappe.local.db, frappe.conf
	other = get_db(
		host=conf.db_host, port=conf.db_port, user=conf.db_name, password=conf.db_password, cur_db_name=conf.db_name
	)
	try:
		other.connect()
		frappe.local.db = other
		yield other
	finally:
		other.rollback()
		other.close()
		frappe.local.db = mine


@contextmanager
def held_by_somebody_else(doctype: str, *names: str):
	"""While this lasts, another user's transaction holds the rows of these documents."""
	mine = frappe.local.db
	with somebody_else() as other:
		for name in names:
			assert other.get_value(doctype, name, "name", for_update=True)
		frappe.local.db = mine
		yield other


def impatient() -> None:
	"""From now on this connection fails where it would have to wait for a lock."""
	frappe.db.sql("set session innodb_lock_wait_timeout = 1")


def _name(order) -> str:
	return order if isinstance(order, str) else order.name
