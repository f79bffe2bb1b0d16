"""The Workflow on Sales Order, where an admin has switched one on: it holds whoever submits, and follows the stages.

ERPNext shows a workflow's actions in the desk and checks a change of state; a submit or cancel that names no state goes past
it, by REST, by import, in bulk. `check_submit` and `check_cancel` hold these too. `follow` moves orders that the facts have
moved, by SQL: a save of a submitted order would ask for its credit again, and a delivery must not wait for that.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow_name, get_workflow_safe_globals, has_approval_access
from frappe.utils import cint

from crm_o2c.engine.stages import StageChange
from crm_o2c.exceptions import WorkflowRefused
from crm_o2c.services import stage_book, tasks

ORDER = "Sales Order"
DRAFT, SUBMITTED, CANCELLED = 0, 1, 2
AT_ONCE = 1000  # orders a statement


def active_workflow() -> Document | None:
	"""The workflow that governs Sales Orders, whoever made it."""
	name = get_workflow_name(ORDER)
	return frappe.get_cached_doc("Workflow", name) if name else None


# -- what a user may do --------------------------------------------------------------------------------------------------


def check_submit(doc: Document) -> None:
	"""Refuse a submit that is no transition which the workflow allows this user. A submit that names no state takes the
	first one that is allowed, with the value that the workflow sets on it. Raises WorkflowRefused.

	System code that has decided for itself sets `doc.flags.ignore_workflow`; a request can't set flags.
	"""
	workflow = None if doc.flags.ignore_workflow else active_workflow()
	if workflow is None:
		return
	before = _before(doc)
	state = _state(before or doc, workflow) if before else workflow.states[0].state
	wanted = doc.get(workflow.workflow_state_field)
	found = _transitions(doc, before, workflow, state, SUBMITTED)
	if wanted and wanted != state:
		found = [transition for transition in found if transition.next_state == wanted]
	elif before is None:  # Frappe gives a new document the first state of the docstatus
		first = next((row.state for row in workflow.states if cint(row.doc_status) == SUBMITTED), None)
		found = [transition for transition in found if transition.next_state == first]
	if not found:
		_refuse(
			_("{0} can't be submitted from the state {1}: the workflow {2} does not allow it to you."),
			doc,
			state,
			workflow,
		)
	if before is not None:
		_enter(doc, workflow, found[0].next_state)


def check_cancel(doc: Document) -> None:
	"""Refuse a cancellation past a workflow that has actions for it, as the desk does; where it has none, roles decide.
	A cancelled order is in a cancelled state whoever cancels it. Raises WorkflowRefused."""
	workflow, before = active_workflow(), _before(doc)
	ends = [row.state for row in workflow.states if cint(row.doc_status) == CANCELLED] if workflow else []
	if not ends or before is None:
		return
	wanted = doc.get(workflow.workflow_state_field)
	if doc.flags.ignore_workflow or not any(row.next_state in ends for row in workflow.transitions):
		_enter(doc, workflow, wanted if wanted in ends else ends[0])
		return
	state = _state(before, workflow)
	found = _transitions(doc, before, workflow, state, CANCELLED)
	if wanted in ends:
		found = [transition for transition in found if transition.next_state == wanted]
	if not found:
		_refuse(
			_("{0} can't be cancelled from the state {1}: the workflow {2} does not allow it to you."),
			doc,
			state,
			workflow,
		)
	_enter(doc, workflow, found[0].next_state)


def check_state(doc: Document) -> None:
	"""Refuse a state that is not for a document as it is, a draft in a submitted state say: Frappe looks at the
	transition alone. An order that a form shows in a state which it has left, as it moved on by itself, keeps where it is."""
	workflow = None if doc.flags.ignore_workflow else active_workflow()
	before = _before(doc)
	if workflow is None or before is None:
		return
	field = workflow.workflow_state_field
	state, wanted = _state(before, workflow), doc.get(field)
	if not wanted or wanted == state:
		return
	if doc.docstatus == SUBMITTED and _is_left_behind(workflow, state, wanted):
		doc.set(field, state)
	elif cint(doc.docstatus) != _docstatus(workflow).get(wanted):
		_refuse(
			_("{0} can't be put into the state {1} by saving it; the workflow {2} has an action for it."),
			doc,
			wanted,
			workflow,
		)


def _is_left_behind(workflow: Document, state: str, wanted: str) -> bool:
	places = _places(workflow)
	if state not in places or wanted not in places or places[wanted] > places[state]:
		return False
	return not any(row.state == state and row.next_state == wanted for row in workflow.transitions)


def _before(doc: Document) -> Document | None:
	"""The document as it is stored. A new one has none, whatever it says of itself."""
	return None if doc.is_new() else doc.get_doc_before_save()


def _state(stored: Document, workflow: Document) -> str:
	return stored.get(workflow.workflow_state_field) or workflow.states[0].state


def _docstatus(workflow: Document) -> dict[str, int]:
	return {row.state: cint(row.doc_status) for row in workflow.states}


def _transitions(
	doc: Document, before: Document | None, workflow: Document, state: str, docstatus: int
) -> list[Document]:
	"""The transitions from a state to one of this docstatus that are the user's: his role, his right to approve what is his
	own, and the condition, for the document as it was and as it becomes."""
	roles, becomes = set(frappe.get_roles()), _docstatus(workflow)
	if becomes.get(state) != (DRAFT if docstatus == SUBMITTED else SUBMITTED):
		return []
	versions: list[dict[str, Any]] = []
	found = []
	for row in workflow.transitions:
		if row.state != state or becomes.get(row.next_state) != docstatus or row.allowed not in roles:
			continue
		if not has_approval_access(frappe.session.user, before or doc, row):
			continue
		if row.condition and not versions:
			versions = _versions(doc, before, workflow, state)
		if not row.condition or all(_holds(row.condition, version) for version in versions):
			found.append(row)
	return found


def _versions(doc: Document, before: Document | None, workflow: Document, state: str) -> list[dict[str, Any]]:
	"""What conditions look at: the stored document, and the one to be stored as it would be before the step."""
	values = doc.as_dict()
	values.update({workflow.workflow_state_field: state, "docstatus": (before or frappe._dict(docstatus=0)).docstatus})
	return [values, before.as_dict()] if before else [values]


def _holds(condition: str, values: Mapping[str, Any]) -> bool:
	return bool(frappe.safe_eval(condition, get_workflow_safe_globals(), {"doc": values}))


def _enter(doc: Document, workflow: Document, state: str) -> None:
	row = next(row for row in workflow.states if row.state == state)
	doc.set(workflow.workflow_state_field, state)
	if row.update_field:
		doc.set(row.update_field, row.update_value)


def _refuse(text: str, doc: Document, state: str, workflow: Document) -> None:
	state = frappe.bold(_(state))  # translated: the states of a workflow are records, ours are named in setup.workflow
	words = text.format(doc.name or _("Sales Order"), state, workflow.name)
	frappe.throw(words, exc=WorkflowRefused, title=_("Not Allowed by the Workflow"))


# -- what the facts do ---------------------------------------------------------------------------------------------------


def follow(changes: Sequence[StageChange]) -> dict[str, tuple[str, str]]:
	"""Move orders that entered another stage to the state which the stage names: forwards, and back where the stage went back.

	Neither roles nor conditions nor the credit limit are asked. Returns from and to of each order that was moved. Nothing is
	noted in the ledger: it watches `workflow_state` itself.
	"""
	workflow, book = active_workflow(), stage_book.get_book()
	if workflow is None or not changes:
		return {}
	places, targets = _places(workflow), {}
	for change in changes:
		stage = book.stages.get(change.to_stage)
		if stage and stage.workflow_state in places:
			back = book.is_step_back(change.from_stage, change.to_stage)
			targets[change.order] = (stage.workflow_state, back)
	moves = {
		order: (state, targets[order][0])
		for order, state in _states(targets, workflow).items()
		if _moves(places, state, *targets[order])
	}
	_move(moves, workflow)
	return moves


def catch_up(orders: Sequence[str] | None = None) -> int:
	"""Move submitted orders forwards to where their stage says: all of them, or these. Returns how many were moved.

	For a workflow that was switched on while orders were on their way; Frappe gives them its first states.
	"""
	filters = {"docstatus": SUBMITTED, "o2c_stage": ("is", "set")} | ({"name": ("in", list(orders))} if orders else {})
	rows = frappe.get_all(ORDER, filters, ["name", "company", "o2c_stage", "o2c_stage_since"], order_by="name asc")
	changes = [StageChange(row.name, row.company, "", row.o2c_stage, row.o2c_stage_since) for row in rows]
	moved = 0
	for start in range(0, len(changes), AT_ONCE):
		moved += len(follow(changes[start : start + AT_ONCE]))
		frappe.db.commit()  # each part is complete, and users wait for the orders that it has locked  # nosemgrep
	return moved


def switched_on(workflow: Document) -> None:
	"""Give every order a state that a workflow which governs them from now on has for it; after the commit, bring those on
	their way to where their stage is."""
	if workflow.document_type == ORDER and workflow.is_active:
		_put_right(workflow)
		tasks.enqueue(catch_up, key=workflow.name, queue="long")


def _put_right(workflow: Document) -> None:
	"""Orders without a state get Frappe's; here those get it that kept one which is not for their docstatus, from a time
	when the workflow was off, or from another one."""
	by_docstatus: dict[int, list[str]] = defaultdict(list)
	for state, docstatus in _docstatus(workflow).items():
		by_docstatus[docstatus].append(state)
	field = workflow.workflow_state_field
	for docstatus, states in by_docstatus.items():
		wrong = {"docstatus": docstatus, field: ("not in", states)}
		frappe.db.set_value(ORDER, wrong, field, states[0], update_modified=False)


def _places(workflow: Document) -> dict[str, int]:
	"""The submitted states in their order."""
	return {row.state: row.idx for row in workflow.states if cint(row.doc_status) == SUBMITTED}


def _moves(places: Mapping[str, int], state: str, target: str, back: bool) -> bool:
	here = places.get(state, 0)
	return places[target] < here if back else places[target] > here


def _states(orders: Iterable[str], workflow: Document) -> dict[str, str]:
	"""The state of each of these orders that is submitted. Locked: a user may be taking one further."""
	names, field, found = sorted(orders), workflow.workflow_state_field, {}
	order = frappe.qb.DocType(ORDER)
	for start in range(0, len(names), AT_ONCE):
		rows = (
			frappe.qb.from_(order)
			.select(order.name, order[field])
			.where(order.name.isin(names[start : start + AT_ONCE]) & (order.docstatus == SUBMITTED))
			.orderby(order.name)
			.for_update()
		).run()
		found.update((name, state or "") for name, state in rows)
	return found


def _move(moves: Mapping[str, tuple[str, str]], workflow: Document) -> None:
	by_state: dict[str, list[str]] = defaultdict(list)
	for order, (_from, to) in moves.items():
		by_state[to].append(order)
	for state, names in by_state.items():
		for start in range(0, len(names), AT_ONCE):
			batch = {"name": ("in", names[start : start + AT_ONCE])}
			frappe.db.set_value(ORDER, batch, workflow.workflow_state_field, state, update_modified=False)
			_close_actions(names[start : start + AT_ONCE])


def _close_actions(orders: Sequence[str]) -> None:
	"""What people were asked to do is done."""
	asked = {"reference_doctype": ORDER, "reference_name": ("in", orders), "status": "Open"}
	frappe.db.set_value("Workflow Action", asked, "status", "Completed")
