"""The rows of a policy have no life of their own."""

from frappe import _

from crm_o2c.services.versions import VersionedRow


class PolicyRow(VersionedRow):
	"""Saved and deleted with its policy, which checks it."""

	def alone_text(self) -> str:
		return _("Change the policy itself; its rows are saved with it.")
