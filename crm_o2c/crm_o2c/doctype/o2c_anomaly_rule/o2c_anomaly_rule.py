from frappe import _

from crm_o2c.services import check_context, rule_check
from crm_o2c.services.versions import EDITABLE, VersionedDocument


class O2CAnomalyRule(VersionedDocument):
	"""One version of what is looked for in an order and what comes of it; one is active for each rule.

	`for_company` is not called `company`, because Frappe fills an empty field of that name with the user's default.
	"""

	NAME_FIELD = "rule_name"
	ACTIVE_FIELD = "active_rule"
	COUNTS = ("shadow_orders", "shadow_alerts", "shadow_value")

	def before_validate(self) -> None:
		super().before_validate()
		if self.status in EDITABLE:
			rule_check.complete(self)

	def check(self) -> None:
		rule_check.check(self)

	def changed(self) -> None:
		check_context.forget()

	def step_text(self, allowed: str) -> str:
		return _("{0} is {1}; this needs a rule that is {2}.").format(self.name, _(self.status), allowed)
