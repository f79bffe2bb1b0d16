"""The order workflow switched on, for a test: in its transaction, or for the web server that sees what is committed."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from crm_o2c.setup.workflow import NAME

ORDER, FIELD = "Sales Order", "workflow_state"


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
