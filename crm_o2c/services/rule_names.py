"""What an admin chooses from when he writes a rule, in his words: detectors, their parameters, names for conditions."""

from typing import Any

import frappe
from frappe import _

from crm_o2c.engine.anomaly.catalogue import DETECTORS
from crm_o2c.engine.anomaly.detectors.custom import CHECK_FIELDS
from crm_o2c.engine.anomaly.messages import param_code
from crm_o2c.engine.messages import MESSAGES, render
from crm_o2c.engine.policy import CUSTOMER_PREFIX
from crm_o2c.services.policy import named_fields
from crm_o2c.services.policy_names import kind_name


def detectors() -> list[dict[str, Any]]:
	"""The detectors in the order of the catalogue, each with its parameters and what suits it."""
	return [
		{
			"code": detector.code,
			"name": detector_name(detector.code),
			"by_line": detector.by_line,
			"may_hold": detector.may_hold,
			"severity": detector.severity,
			"action": detector.action,
			"params": [
				{
					"name": param.name,
					"default": param.default,
					"label": param_label(detector.code, param.name),
					"help": param_help(detector.code, param.name),
				}
				for param in detector.params
			],
		}
		for detector in DETECTORS.values()
	]


def detector_name(code: str) -> str:
	"""What a detector is called."""
	return _words(f"detector.{code}") or code


def param_label(detector: str, name: str) -> str:
	"""What a parameter is called."""
	return _words(param_code(detector, name)) or name


def param_help(detector: str, name: str) -> str:
	"""What a parameter does."""
	return _words(f"{param_code(detector, name)}.help")


def _words(code: str) -> str:
	return render(code, {}, _) if code in MESSAGES else ""


def order_fields() -> dict[str, str]:
	"""The fields of the order that a condition may name, with their types."""
	return {name: kind for name, kind in named_fields().items() if not name.startswith(CUSTOMER_PREFIX)}


def groups() -> list[dict[str, Any]]:
	"""The names for conditions as [{label, names: [{name, label, kind}]}]."""
	meta = frappe.get_meta("Sales Order")
	fields = [
		{"name": name, "label": _(meta.get_label(name)), "kind": kind_name(kind)}
		for name, kind in sorted(order_fields().items())
		if name not in CHECK_FIELDS
	]
	return [
		{"label": _("What the engine knows of an order"), "names": _inputs()},
		{"label": _("Fields of the Sales Order"), "names": fields},
	]


def _inputs() -> list[dict[str, str]]:
	labels = {
		"net": _("value before tax, in company currency"),
		"total": _("value with taxes and charges, in company currency"),
		"lines": _("number of lines"),
		"units": _("quantity of all lines, in stock units"),
		"discount": _("largest discount by hand, in percent"),
		"order_discount": _("discount by hand on the whole order, in percent"),
		"margin_percent": _("margin of the lines whose cost is known, in percent of their price"),
		"smallest_margin_percent": _("margin of the worst line, in percent of its price"),
		"largest_line": _("value of the largest line, in company currency"),
		"days_to_promise": _("days until the earliest delivery date"),
		"terms_days": _("days until the last instalment"),
		"customer": _("the customer's ID"),
		"customer_group": _("of the customer"),
		"order_type": _("as on the order"),
		"currency": _("of the order"),
		"submitted": _("whether the order is submitted already"),
		"credit_limit": _("of the customer; not known where none is set"),
		"credit_exposure": _("all that the customer would owe with this order"),
		"credit_headroom": _("what is left of the credit limit with this order; below 0 where it is passed"),
		"overdue_amount": _("the customer's, in company currency"),
		"overdue_days": _("of the customer's oldest overdue invoice"),
		"broken_promises": _("promises to pay that the customer did not keep"),
		"orders_before": _("orders that the customer submitted before"),
		"largest_before": _("value of the customer's largest order before"),
		"short_units": _("units that neither stock nor known supply covers"),
	}
	return [
		{"name": name, "label": labels.get(name, ""), "kind": kind_name(kind)}
		for name, (kind, _need, _read) in CHECK_FIELDS.items()
	]
