from frappe.model.document import Document

from crm_o2c.services import handoff_rules


class O2CHandoffRule(Document):
	"""To whom an order goes that enters a stage, with what checklist, and until when he has it."""

	def validate(self) -> None:
		handoff_rules.check(self)
