from typing import Any

from frappe import _

from crm_o2c.services import context
from crm_o2c.services.policy import ALL_COMPANIES, check, named_fields
from crm_o2c.services.versions import VersionedDocument


class O2CPriorityPolicy(VersionedDocument):
	"""One version of how orders are ranked; one is active for each company, and one for all without their own.

	`for_company` is not called `company`, because Frappe fills an empty field of that name with the user's default.
	"""

	NAME_FIELD = "policy_name"
	ACTIVE_FIELD = "active_scope"
	COUNTS = ("shadow_orders", "shadow_up", "shadow_down")

	def onload(self) -> None:
		self.set_onload("named_fields", named_fields())

	def check(self) -> None:
		check(self)

	def changed(self) -> None:
		context.forget()

	def active_value(self) -> str:
		return self.for_company or ALL_COMPANIES

	def active_filters(self) -> dict[str, Any]:
		return {"for_company": self.for_company or ("is", "not set")}  # by the field: a company may be renamed

	def keep_text(self) -> str:
		return _("{0} is active. Activate another policy first; this one is then retired.").format(self.name)

	def step_text(self, allowed: str) -> str:
		return _("{0} is {1}; this needs a policy that is {2}.").format(self.name, _(self.status), allowed)
