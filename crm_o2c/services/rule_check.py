"""Whether a rule can be used: asked when it is saved, answered with the row, the field and the remedy."""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt
from frappe.utils.safe_exec import is_safe_exec_enabled

from crm_o2c.engine.anomaly.catalogue import DETECTORS
from crm_o2c.engine.anomaly.check import check_rule
from crm_o2c.engine.anomaly.rules import HOLD
from crm_o2c.engine.messages import render
from crm_o2c.engine.policy import Problem
from crm_o2c.services.rule_names import order_fields, param_label
from crm_o2c.services.rules import EXPRESSION, SCRIPT, engine_rule
from crm_o2c.setup.roles import MANAGER

_FIELDS = {"script": "server_script"}  # what the engine calls otherwise than the DocType


def complete(doc: Document) -> None:
	"""Give a rule the rows of its detector's parameters that it has not, and the role that a hold needs."""
	detector = DETECTORS.get(doc.detector)
	there = {row.parameter for row in doc.parameters}
	for param in detector.params if detector else ():
		if param.name not in there:
			doc.append("parameters", {"parameter": param.name, "value": param.default})
	if doc.action == HOLD and not doc.release_role:
		doc.release_role = MANAGER


def check(doc: Document) -> None:
	"""Refuse a rule that can't be used, naming each row, field and reason."""
	fields = order_fields() if doc.detector == EXPRESSION else {}
	problems = [*_twice(doc), *(_text(doc, problem) for problem in check_rule(engine_rule(doc), fields)), *_own(doc)]
	if problems:
		frappe.throw(problems, title=_("The rule can't be used"), as_list=True)
	if doc.detector == SCRIPT:
		_warn_of_script(doc)


def _twice(doc: Document) -> Iterator[str]:
	"""The engine knows parameters by name, so two rows of one would pass as the last of them."""
	seen = set()
	for row in doc.parameters:
		if row.parameter in seen:
			yield _row_text(doc, row.idx, row.parameter, _("is there twice; keep one row"))
		seen.add(row.parameter)


def _text(doc: Document, problem: Problem) -> str:
	reason = render(problem.code, problem.params, _)
	if problem.table:
		rows = [row for row in doc.parameters if row.parameter == problem.field]
		return _row_text(doc, rows[-1].idx if rows else problem.row, problem.field, reason)
	return _field_text(doc, _FIELDS.get(problem.field, problem.field), reason)


def _row_text(doc: Document, row: int, parameter: str, reason: str) -> str:
	table = _(doc.meta.get_label("parameters"))
	return _("{0}, row {1}, {2}: {3}").format(table, row, param_label(doc.detector, parameter), reason)


def _field_text(doc: Document, field: str, reason: str) -> str:
	return _("{0}: {1}").format(_(doc.meta.get_label(field)), reason)


def _own(doc: Document) -> Iterator[str]:
	"""What the engine can't know: the site's own lists and documents."""
	types = (frappe.get_meta("Sales Order").get_field("order_type").options or "").split("\n")
	if doc.for_order_type and doc.for_order_type not in types:
		known = ", ".join(filter(None, types))
		yield _field_text(doc, "for_order_type", _("{0} is no order type; use {1}").format(doc.for_order_type, known))
	if not 0 <= flt(doc.false_limit) <= 100:
		yield _field_text(doc, "false_limit", _("must be between 0 and 100"))
	if doc.for_company and doc.for_warehouse:
		company = frappe.db.get_value("Warehouse", doc.for_warehouse, "company")
		if company and company != doc.for_company:
			text = _("{0} is a warehouse of {1}; choose one of {2}").format(doc.for_warehouse, company, doc.for_company)
			yield _field_text(doc, "for_warehouse", text)
	if doc.detector == SCRIPT and doc.server_script:
		script = frappe.db.get_value("Server Script", doc.server_script, ["script_type", "allow_guest"], as_dict=True)
		if script and (script.script_type != "API" or script.allow_guest):
			yield _field_text(doc, "server_script", _("must be of the type API and not open to guests"))


def _warn_of_script(doc: Document) -> None:
	"""A rule may be written before its script is switched on; until then it finds nothing."""
	if not is_safe_exec_enabled():
		frappe.msgprint(
			_("This site runs no server scripts, so the rule finds nothing."), indicator="orange", alert=True
		)
	elif frappe.db.get_value("Server Script", doc.server_script, "disabled"):
		text = _("{0} is disabled, so the rule finds nothing.").format(doc.server_script)
		frappe.msgprint(text, indicator="orange", alert=True)
