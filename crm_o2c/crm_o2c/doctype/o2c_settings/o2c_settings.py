from frappe.model.document import Document

from crm_o2c.services import check_context, check_runs, runs
from crm_o2c.services.health import health


class O2CSettings(Document):
	"""Switches and defaults for the whole app, and how it is doing."""

	def onload(self) -> None:
		self.set_onload("health", health())

	def on_update(self) -> None:
		if self.has_value_changed("priority_engine"):
			runs.start_soon()
		if self.has_value_changed("anomaly_engine"):
			check_context.forget()
			check_runs.start_soon()
