import frappe
from frappe import _
from frappe.model.document import Document

from crm_o2c.services import check_context, check_runs, context, runs
from crm_o2c.services.health import health
from crm_o2c.services.work_hours import day_hours

WORKDAY = ("workday_start", "workday_end")


class O2CSettings(Document):
	"""Switches and defaults for the whole app, and how it is doing."""

	def onload(self) -> None:
		self.set_onload("health", health())

	def validate(self) -> None:
		start, end = day_hours(self.workday_start, self.workday_end)
		if (end.hour or end.minute or end.second) and end <= start:
			frappe.throw(_("The working day must end after it starts."))

	def on_update(self) -> None:
		if any(self.has_value_changed(field) for field in WORKDAY):
			context.forget()
		if self.has_value_changed("priority_engine"):
			runs.start_soon()
		if self.has_value_changed("anomaly_engine"):
			check_context.forget()
			check_runs.start_soon()
