"""The rows of a policy have no life of their own."""

import frappe
from frappe import _
from frappe.model.document import Document


class PolicyRow(Document):
	"""Saved and deleted with its policy, which checks it. Frappe calls these events only where a row comes alone."""

	def validate(self) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(_("Change the policy itself; its rows are saved with it."))
