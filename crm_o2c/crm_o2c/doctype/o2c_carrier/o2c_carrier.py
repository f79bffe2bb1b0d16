import frappe
from frappe import _
from frappe.model.document import Document

from crm_o2c.engine.tracking import fold
from crm_o2c.services import carriers, tasks, tracking

SHORTEST_SECRET = 16


class O2CCarrier(Document):
	"""A carrier: where its page of a parcel is, how its scans come, and what its words mean."""

	def validate(self) -> None:
		self._check_words()
		self._check_page()
		if self.how == carriers.WEBHOOK:
			self._check_secret()
		if self.how == carriers.POLLING:
			self._check_interface()

	def on_update(self) -> None:
		"""Scans that are there are read again with the words of now."""
		before = self.get_doc_before_save()
		if before and _meanings(before) != _meanings(self):
			tasks.enqueue(tracking.apply_words, key=self.name, queue="long", carrier=self.name)

	def on_trash(self) -> None:
		if frappe.db.exists("O2C Tracking Event", {"carrier": self.name}):
			frappe.throw(_("There are scans of this carrier; disable it instead."))

	def _check_words(self) -> None:
		seen = set()
		for row in self.words:
			word = fold(row.raw_status or "")
			if word in seen:
				frappe.throw(_("Row {0}: the word {1} is there already.").format(row.idx, row.raw_status))
			seen.add(word)

	def _check_page(self) -> None:
		if self.tracking_url and not (carriers.is_web_address(self.tracking_url) and "{number}" in self.tracking_url):
			frappe.throw(
				_("{0}: an address that begins with https:// and has {1} in place of the number is needed.").format(
					_(self.meta.get_label("tracking_url")), "{number}"
				)
			)

	def _check_secret(self) -> None:
		secret = self.get_password("webhook_secret", raise_exception=False) if self.webhook_secret else ""
		if len(secret or "") < SHORTEST_SECRET:
			frappe.throw(
				_("A webhook needs a secret of at least {0} characters, for its signature.").format(SHORTEST_SECRET)
			)

	def _check_interface(self) -> None:
		if self.adapter not in carriers.adapters():
			known = ", ".join(sorted(carriers.adapters()))
			frappe.throw(_("There is no adapter {0}. There are: {1}.").format(self.adapter, known))
		if self.base_url and not carriers.may_be_asked(self.base_url):
			frappe.throw(
				_("{0}: only addresses by https, without a password in them, are asked.").format(
					_(self.meta.get_label("base_url"))
				)
			)


def _meanings(doc: Document) -> dict[str, str]:
	return {fold(row.raw_status or ""): row.status for row in doc.words}
