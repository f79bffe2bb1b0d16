from crm_o2c.services.versions import VersionedDocument


class O2CAnomalyRule(VersionedDocument):
	"""One version of what is looked for in an order and what comes of it; one is active for each rule.

	`for_company` is not called `company`, because Frappe fills an empty field of that name with the user's default.
	"""

	NAME_FIELD = "rule_name"
	ACTIVE_FIELD = "active_rule"
	COUNTS = ("shadow_orders", "shadow_alerts", "shadow_value")
