import frappe
from frappe import _
from frappe.model.document import Document

from crm_o2c.services import runs


class O2CCustomerTier(Document):
	"""How urgent a class of customers is, next to a customer without a tier."""

	def validate(self) -> None:
		if not self.factor or self.factor <= 0:
			frappe.throw(_("{0}: must be above 0").format(_(self.meta.get_label("factor"))))

	def on_update(self) -> None:
		if self.has_value_changed("factor"):
			runs.start_soon()

	def after_delete(self) -> None:
		runs.start_soon()

	def after_rename(self, old: str, new: str, merge: bool = False) -> None:
		runs.start_soon()
