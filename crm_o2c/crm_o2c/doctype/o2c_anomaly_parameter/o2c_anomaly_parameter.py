from crm_o2c.services import rule_names
from crm_o2c.services.versions import VersionedRow


class O2CAnomalyParameter(VersionedRow):
	"""A number of a rule, named as its detector names it; the words come with it in the user's language."""

	@property
	def label(self) -> str:
		return rule_names.param_label(self._detector(), self.parameter or "")

	@property
	def help(self) -> str:
		return rule_names.param_help(self._detector(), self.parameter or "")

	def _detector(self) -> str:
		rule = self.parent_doc
		return (rule.detector if rule else "") or ""
