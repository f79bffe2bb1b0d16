import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from crm_o2c.services import context
from crm_o2c.services.policy import ALL_COMPANIES, check, named_fields

EDITABLE = ("Draft", "Shadow")
HISTORY = (
	"activated_on",
	"activated_by",
	"retired_on",
	"shadow_since",
	"shadow_orders",
	"shadow_up",
	"shadow_down",
)
LIFE_CYCLE = ("status", "active_scope", "version", "policy_name", *HISTORY)


class O2CPriorityPolicy(Document):
	"""One version of how orders are ranked: draft → shadow → active → retired. Once active it never changes again.

	`for_company` is not called `company`, because Frappe fills an empty field of that name with the user's default.
	"""

	def autoname(self) -> None:
		self.version = 1 + (
			frappe.db.get_value(
				"O2C Priority Policy", {"policy_name": self.policy_name}, "version", order_by="version desc"
			)
			or 0
		)
		self.name = f"{self.policy_name} v{self.version}"

	def onload(self) -> None:
		self.set_onload("named_fields", named_fields())

	def before_validate(self) -> None:
		if self.is_new():
			self.status = "Draft"
			self.active_scope = None
			for field in HISTORY:  # a copy brings its original's along
				self.set(field, None)

	def validate(self) -> None:
		before = self.get_doc_before_save()
		if before and not self.flags.o2c_status_change:
			for field in LIFE_CYCLE:  # read-only on the form, but an API call could name them
				self.set(field, before.get(field))
		if before and before.status not in EDITABLE and not self.flags.o2c_status_change:
			frappe.throw(
				_("{0} is {1} and can't be changed. Make a new version of it instead.").format(
					self.name, _(before.status)
				)
			)
		check(self)

	def on_update(self) -> None:
		context.forget()

	def on_trash(self) -> None:
		if self.status == "Active":
			frappe.throw(_("{0} is active. Activate another policy first; this one is then retired.").format(self.name))
		self._expect(*EDITABLE)

	def after_delete(self) -> None:
		context.forget()

	# -- life cycle ------------------------------------------------------------------------------------------------

	def activate(self) -> None:
		"""Make this the policy of its company (or of all), and retire the one that was."""
		self._expect(*EDITABLE)
		scope = self.for_company or ALL_COMPANIES
		same = {"status": "Active", "for_company": self.for_company or ("is", "not set")}  # a company may be renamed
		former = frappe.db.get_value("O2C Priority Policy", same, "name", for_update=True)
		if former:
			frappe.get_doc("O2C Priority Policy", former).retire()
		self.active_scope = scope
		self.activated_on, self.activated_by = now_datetime(), frappe.session.user
		self._become("Active")

	def start_shadow(self) -> None:
		"""Decide beside the active policy, and only be counted."""
		self._expect("Draft")
		self.shadow_since = now_datetime()
		self._become("Shadow")

	def retire(self) -> None:
		self._expect("Active", "Shadow")
		self.active_scope = None
		self.retired_on = now_datetime()
		self._become("Retired")

	def new_version(self) -> "O2CPriorityPolicy":
		"""A draft copy, to be changed and activated in place of this one."""
		draft = frappe.copy_doc(self)
		draft.based_on = self.name
		return draft.insert()

	def _expect(self, *statuses: str) -> None:
		if self.status not in statuses:
			allowed = ", ".join(_(status) for status in statuses)
			frappe.throw(_("{0} is {1}; this needs a policy that is {2}.").format(self.name, _(self.status), allowed))

	def _become(self, status: str) -> None:
		self.status = status
		self.flags.o2c_status_change = True
		self.save()
		self.flags.o2c_status_change = False
