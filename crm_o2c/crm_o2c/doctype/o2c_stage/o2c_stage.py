import re

import frappe
from frappe import _
from frappe.model.document import Document

from crm_o2c.engine import messages
from crm_o2c.engine.expression import ExpressionError, compile_expression
from crm_o2c.engine.stages import FIELDS
from crm_o2c.services import ledger_runs, stage_book

PLAIN = re.compile(r"^[^\t\n|<>\"]+$")


class O2CStage(Document):
	"""A stage of an order's life: its rule, what people and customers read, and how long an order may be in it."""

	def validate(self) -> None:
		self._validate_code()
		self._validate_rule()
		self._validate_sequence()

	def _validate_code(self) -> None:
		if not PLAIN.match(self.stage_code or ""):
			frappe.throw(_("{0}: use letters, numbers and blanks.").format(_(self.meta.get_label("stage_code"))))

	def _validate_rule(self) -> None:
		self.rule = (self.rule or "").strip()
		if not self.rule:
			return
		try:
			compile_expression(self.rule, FIELDS)
		except ExpressionError as e:
			frappe.throw(_("{0}: {1}").format(_(self.meta.get_label("rule")), messages.render(e.code, e.params, _)))

	def _validate_sequence(self) -> None:
		other = {"sequence": self.sequence, "name": ("!=", self.name), "enabled": 1}
		same = frappe.db.get_value("O2C Stage", other) if self.enabled else None
		if same:
			frappe.throw(_("Sequence {0} is that of stage {1}. Choose another number.").format(self.sequence, same))

	def on_update(self) -> None:
		stage_book.forget()
		if any(self.has_value_changed(field) for field in ("rule", "sequence", "enabled", "sla_hours")):
			ledger_runs.start_soon()

	def on_trash(self) -> None:
		if frappe.db.exists("Sales Order", {"o2c_stage": self.name}):
			frappe.throw(_("Orders are in this stage. Switch it off instead, and they go to the one their facts say."))
		stage_book.forget()
