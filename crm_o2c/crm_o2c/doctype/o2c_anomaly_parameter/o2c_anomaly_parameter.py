from crm_o2c.services.versions import VersionedRow


class O2CAnomalyParameter(VersionedRow):
	"""A number of a rule, named as its detector names it."""

	@property
	def label(self) -> str:
		return self.parameter or ""

	@property
	def help(self) -> str:
		return ""
