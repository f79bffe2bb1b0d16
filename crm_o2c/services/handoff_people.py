"""Who gets a hand-off: users who may read its order, the least loaded first. Their ToDos are Frappe's own assignments, which
tell them in the desk and, where they want it so, by e-mail."""

from collections import Counter
from collections.abc import Iterable, Sequence

import frappe
from frappe import _
from frappe.desk.form import assign_to
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils import getdate
from frappe.utils.user import get_users_with_role

HANDOFF, TODO = "O2C Handoff", "ToDo"
OPEN = WAITING, ACCEPTED, SENT_BACK = "Waiting", "Accepted", "Sent Back"
MOST = 50  # people of a role who are asked at once


class People:
	"""Looks users up for many hand-offs of one job, each role once."""

	def __init__(self) -> None:
		self._members: dict[str, list[str]] = {}
		self._load: Counter[str] | None = None

	def least_loaded(self, role: str, order: str) -> str | None:
		"""The user of the role with the fewest open hand-offs, counting those of this job. None where nobody may read it."""
		load = self._loads()
		for user in sorted(self.members(role), key=lambda user: (load[user], user)):
			if may_read(order, user):
				return user
		return None

	def everybody(self, role: str, order: str) -> list[str]:
		"""All users of the role who may read the order, up to MOST."""
		return [user for user in self.members(role)[:MOST] if may_read(order, user)]

	def members(self, role: str) -> list[str]:
		"""The enabled desk users of a role."""
		if role not in self._members:
			self._members[role] = sorted(desk_users(get_users_with_role(role)))
		return self._members[role]

	def took(self, user: str) -> None:
		"""Count one more for this user."""
		self._loads()[user] += 1

	def _loads(self) -> Counter[str]:
		if self._load is None:
			handoff = frappe.qb.DocType(HANDOFF)
			rows = (
				frappe.qb.from_(handoff)
				.select(handoff.user, Count("*"))
				.where(handoff.status.isin(OPEN) & handoff.user.isnotnull())
				.groupby(handoff.user)
			).run()
			self._load = Counter(dict(rows))
		return self._load


def desk_users(users: Iterable[str | None]) -> set[str]:
	"""Of these users those who are enabled and have the desk."""
	wanted = sorted({user for user in users if user})
	if not wanted:
		return set()
	filters = {"name": ("in", wanted), "enabled": 1, "user_type": "System User"}
	return set(frappe.get_all("User", filters, pluck="name", order_by="name asc"))


def may_read(order: str, user: str) -> bool:
	"""Whether the user may read the Sales Order."""
	return bool(frappe.has_permission("Sales Order", "read", doc=order, user=user))


# -- their ToDos ---------------------------------------------------------------------------------------------------------


def assign(handoff: Document, users: Iterable[str], text: str = "") -> None:
	"""Give these users a ToDo each, unless they have it."""
	wanted = sorted({user for user in users if user} - set(_open_todos([handoff.name]).values()))
	if not wanted:
		return
	assign_to.add(
		{
			"doctype": HANDOFF,
			"name": handoff.name,
			"assign_to": wanted,
			"description": _description(handoff, text),
			"date": getdate(handoff.due) if handoff.due else getdate(),
		},
		ignore_permissions=True,  # who gets it follows from the rule; that he may read the order was looked at
	)


def _description(handoff: Document, text: str) -> str:
	what = _("{0}: {1}, {2}").format(handoff.rule, handoff.sales_order, handoff.customer_name or handoff.customer)
	return frappe.utils.escape_html(f"{what}: {text}" if text else what)


def close_todos(handoffs: Iterable[str], but: str | None = None) -> None:
	"""Close the open ToDos of these hand-offs, but for one user's. Not by Frappe's own closing, which tells whoever did the
	work that it was taken from him."""
	wanted = sorted(handoffs)
	if not wanted:
		return
	for name, user in _open_todos(wanted).items():
		if user != but:
			todo = frappe.get_doc(TODO, name)  # one by one: each tells the hand-off's own list of people
			todo.status = "Closed"
			todo.save(ignore_permissions=True)  # others' ToDos too: the hand-off that they are for is over


def _open_todos(handoffs: Sequence[str]) -> dict[str, str]:
	"""The open ToDos of these hand-offs, and whose they are."""
	filters = {"reference_type": HANDOFF, "reference_name": ("in", handoffs), "status": "Open"}
	rows = frappe.get_all(TODO, filters, ["name", "allocated_to"], order_by="name asc")
	return {row.name: row.allocated_to for row in rows}
