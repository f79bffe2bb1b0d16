"""The order workflow switched on, for a test: in its transaction, or for the web server that sees what is committed."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.workflow import WorkflowPermissionError
from frappe.utils import now_datetime

from crm_o2c.engine.stages import StageChange
from crm_o2c.exceptions import WorkflowRefused
from crm_o2c.setup.workflow import NAME

import factories as make

ORDER, FIELD = "Sales Order", "workflow_state"
SALES, BOSS = ("Sales User",), ("Sales User", "Sales Manager")
REFUSALS = (WorkflowRefused, WorkflowPermissionError)


def have_state_field() -> None:
	"""Frappe makes the field as a workflow is switched on, which commits; so it is made before the tests."""
	if not frappe.get_meta(ORDER).has_field(FIELD):
		switch(True)
		switch(False)
		frappe.db.commit()


def switch(on: bool):
	"""The workflow on or off, as an admin does it."""
	workflow = frappe.get_doc("Workflow", NAME)
	workflow.is_active = int(on)
	workflow.save()
	frappe.clear_cache(doctype=ORDER)
	return workflow


@contextmanager
def committed_workflow() -> Iterator[None]:
	"""Switched on for everybody, and off again; the states that it gave to orders go with it."""
	switch(True)
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		switch(False)
		frappe.db.commit()


def step(order, action: str):
	"""An action of the workflow, as the desk's button does it."""
	from frappe.model.workflow import apply_workflow

	return apply_workflow(frappe.get_doc(ORDER, order.name).as_dict(), action)


def state(order) -> tuple[str, int]:
	"""Where it is in the workflow, and its docstatus."""
	return tuple(frappe.db.get_value(ORDER, order.name, [FIELD, "docstatus"]))


def people() -> dict[str, str]:
	"""A seller, who asks; a manager of his, who confirms; and an O2C Manager, who confirms large orders too."""
	return {
		"sales": make.user(*SALES).name,
		"boss": make.user(*BOSS).name,
		"chief": make.user("Sales User", "O2C Manager").name,
	}


def draft_by(user: str):
	"""A draft of this user's, who is there afterwards."""
	buyer, goods = as_admin(make.customer), as_admin(make.item)
	frappe.set_user(user)
	return make.sales_order(buyer, lines=[{"item_code": goods.name}], submit=False)


def confirmed_by(people: dict[str, str], doc):
	"""A draft that went through the workflow; its seller is there afterwards."""
	asked(doc)
	frappe.set_user(people["boss"])
	step(doc, "Confirm")
	frappe.set_user(people["sales"])
	return frappe.get_doc(ORDER, doc.name)


def as_admin(do, *args, **kwargs):
	user = frappe.session.user
	frappe.set_user("Administrator")
	try:
		return do(*args, **kwargs)
	finally:
		frappe.set_user(user)


def order(**fields):
	return make.sales_order(submit=False, **fields)


def asked(doc):
	"""Asked for confirmation, by the one who is there."""
	step(doc, "Ask for Confirmation")
	return frappe.get_doc(ORDER, doc.name)


def change(doc, from_stage: str, to_stage: str) -> StageChange:
	return StageChange(doc.name, doc.company, from_stage, to_stage, now_datetime())


def make_confirmed(**fields):
	doc = make.sales_order(submit=False, **fields)
	doc.flags.ignore_workflow = True
	doc.submit()
	assert state(doc) == ("Confirmed", 1)
	return doc
