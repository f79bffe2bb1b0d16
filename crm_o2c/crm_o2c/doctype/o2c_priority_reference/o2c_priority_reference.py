from frappe.model.document import Document

from crm_o2c.services import runs


class O2CPriorityReference(Document):
	"""What is usual at one company: measured nightly, unless an admin keeps his own figures."""

	def on_update(self) -> None:
		runs.start_soon()
