"""The life of a document that is kept in versions: draft → shadow → active → retired. Once active it never changes again.

A DocType of this kind has the fields `status`, `version`, `based_on`, `activated_on`, `activated_by`, `retired_on` and
`shadow_since`, and what its class names: the field of the name that all versions share, and a unique field that holds
something only while a version is active, so that the database itself refuses a second active one.
"""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

DRAFT, SHADOW, ACTIVE, RETIRED = "Draft", "Shadow", "Active", "Retired"
EDITABLE = (DRAFT, SHADOW)
STEPS = ("activated_on", "activated_by", "retired_on", "shadow_since")


class VersionedDocument(Document):
	"""One version. A subclass says what makes it usable (`check`) and what a change means to others (`changed`)."""

	NAME_FIELD = ""  # shared by all versions
	ACTIVE_FIELD = ""  # unique; set while active
	COUNTS: tuple[str, ...] = ()  # figures that shadow leaves on it

	# -- for subclasses --------------------------------------------------------------------------------------------

	def check(self) -> None:
		"""Refuse to be saved where it could not be used."""

	def changed(self) -> None:
		"""Called after it was saved or deleted."""

	def active_value(self) -> str:
		"""What the unique field holds while this version is active."""
		return self.get(self.NAME_FIELD)

	def active_filters(self) -> dict[str, Any]:
		"""Which active version this one would replace."""
		return {self.NAME_FIELD: self.get(self.NAME_FIELD)}

	def keep_text(self) -> str:
		"""Why an active version is not deleted."""
		return _("{0} is active. Retire it instead; it stays readable.").format(self.name)

	def step_text(self, allowed: str) -> str:
		"""Why a step can't be taken from this status."""
		return _("{0} is {1}; this needs a version that is {2}.").format(self.name, _(self.status), allowed)

	# -- events ----------------------------------------------------------------------------------------------------

	def autoname(self) -> None:
		latest = frappe.db.get_value(
			self.doctype, {self.NAME_FIELD: self.get(self.NAME_FIELD)}, "version", order_by="version desc"
		)
		self.version = 1 + (latest or 0)
		self.name = f"{self.get(self.NAME_FIELD)} v{self.version}"

	def before_validate(self) -> None:
		if self.is_new():
			self.status = DRAFT
			self.set(self.ACTIVE_FIELD, None)
			for field in (*STEPS, *self.COUNTS):  # a copy brings its original's along
				self.set(field, None)

	def validate(self) -> None:
		before = self.get_doc_before_save()
		if before and not self.flags.o2c_status_change:
			for field in ("status", "version", self.NAME_FIELD, self.ACTIVE_FIELD, *STEPS, *self.COUNTS):
				self.set(field, before.get(field))  # read-only on the form, but an API call could name them
		if before and before.status not in EDITABLE and not self.flags.o2c_status_change:
			frappe.throw(
				_("{0} is {1} and can't be changed. Make a new version of it instead.").format(
					self.name, _(before.status)
				)
			)
		if self.status != RETIRED:  # what is used no longer need not be usable any more
			self.check()

	def on_update(self) -> None:
		self.changed()

	def on_trash(self) -> None:
		if self.status == ACTIVE:
			frappe.throw(self.keep_text())
		self._expect(*EDITABLE)

	def after_delete(self) -> None:
		self.changed()

	# -- life cycle ------------------------------------------------------------------------------------------------

	def activate(self) -> None:
		"""Make this the version that counts, and retire the one that did."""
		self._expect(*EDITABLE)
		former = frappe.db.get_value(self.doctype, {"status": ACTIVE, **self.active_filters()}, "name", for_update=True)
		if former:
			frappe.get_doc(self.doctype, former).retire()
		self.set(self.ACTIVE_FIELD, self.active_value())
		self.activated_on, self.activated_by = now_datetime(), frappe.session.user
		self._become(ACTIVE)

	def start_shadow(self) -> None:
		"""Decide beside the active version, and only be counted."""
		self._expect(DRAFT)
		self.shadow_since = now_datetime()
		self._become(SHADOW)

	def retire(self) -> None:
		"""Decide no longer, and stay readable."""
		self._expect(ACTIVE, SHADOW)
		self.set(self.ACTIVE_FIELD, None)
		self.retired_on = now_datetime()
		self._become(RETIRED)

	def new_version(self, **changes: Any) -> "VersionedDocument":
		"""A draft copy with these fields changed, to be activated in place of this one."""
		draft = frappe.copy_doc(self)
		draft.based_on = self.name
		draft.update(changes)
		return draft.insert()

	def _expect(self, *statuses: str) -> None:
		if self.status not in statuses:
			frappe.throw(self.step_text(", ".join(_(status) for status in statuses)))

	def _become(self, status: str) -> None:
		self.status = status
		self.flags.o2c_status_change = True
		self.flags.ignore_links = status == RETIRED  # a group that it named may be gone
		self.save()
		self.flags.o2c_status_change = False


class VersionedRow(Document):
	"""Saved and deleted with its version, which checks it. Frappe calls these events only where a row comes alone."""

	def validate(self) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def alone_text(self) -> str:
		"""Why a row is not changed alone."""
		return _("Change the rule itself; its rows are saved with it.")

	def _refuse(self) -> None:
		frappe.throw(self.alone_text())
