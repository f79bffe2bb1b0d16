from crm_o2c.services.policy_row import PolicyRow


class O2CPriorityBand(PolicyRow):
	pass
