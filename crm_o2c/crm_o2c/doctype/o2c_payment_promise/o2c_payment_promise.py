import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from crm_o2c.services.payment_promises import OPEN, WITHDRAWN

FOUND = ("received", "settled_on")  # set from the payments alone
TERMS = ("customer", "company", "sales_invoice", "amount", "promised_on", "promised_for")


class O2CPaymentPromise(Document):
	"""What a customer said he would pay, and by when. Whether he did is found by `crm_o2c.services.payment_promises`."""

	def validate(self) -> None:
		before = self.get_doc_before_save()
		self._keep_outcome(before)
		if before:
			self._keep_terms(before)
		self._check_terms()
		self._check_invoice()

	def _keep_outcome(self, before: Document | None) -> None:
		"""A user withdraws a promise and no more: whether it was kept is found from the payments."""
		if before is None:
			self.status = OPEN
		elif (before.status, self.status) not in ((OPEN, WITHDRAWN), (WITHDRAWN, OPEN)):
			self.status = before.status
		for field in FOUND:
			self.set(field, before.get(field) if before else None)

	def _keep_terms(self, before: Document) -> None:
		"""Once its day has passed a promise stays what it was."""
		passed = before.status not in (OPEN, WITHDRAWN) or getdate(before.promised_for) < getdate()
		if passed and (self.status != before.status or any(self.has_value_changed(field) for field in TERMS)):
			frappe.throw(_("The day of this promise has passed; it can't be changed any more."))

	def _check_terms(self) -> None:
		if (self.amount or 0) <= 0:
			frappe.throw(_("{0}: must be above 0").format(_(self.meta.get_label("amount"))))
		if getdate(self.promised_for) < getdate(self.promised_on):
			frappe.throw(_("The customer can't have promised to pay before the day of the promise."))
		if getdate(self.promised_on) > getdate():
			frappe.throw(_("{0}: must not be in the future").format(_(self.meta.get_label("promised_on"))))

	def _check_invoice(self) -> None:
		if not self.sales_invoice:
			return
		invoice = frappe.db.get_value(
			"Sales Invoice", self.sales_invoice, ["customer", "company", "docstatus", "is_return"], as_dict=True
		)
		if (invoice.customer, invoice.company) != (self.customer, self.company):
			frappe.throw(_("{0} is not an invoice of this customer and company.").format(self.sales_invoice))
		if invoice.docstatus != 1 or invoice.is_return:
			frappe.throw(_("{0} is no submitted invoice that could be paid.").format(self.sales_invoice))
