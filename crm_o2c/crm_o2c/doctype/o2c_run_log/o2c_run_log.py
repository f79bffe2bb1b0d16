import frappe
from frappe.model.document import Document
from frappe.query_builder import DocType
from frappe.utils import add_days, now_datetime


class O2CRunLog(Document):
	"""One run over the order book: what it did, chunk by chunk. Written by `crm_o2c.services.runs`."""

	@staticmethod
	def clear_old_logs(days: int = 30) -> None:
		"""Called by Frappe's Log Settings."""
		log, chunk = DocType("O2C Run Log"), DocType("O2C Run Chunk")
		old = (log.creation < add_days(now_datetime(), -days)) & log.active_run.isnull()
		names = frappe.qb.from_(log).select(log.name).where(old).run(pluck=True)
		if names:
			frappe.qb.from_(chunk).delete().where(chunk.parent.isin(names)).run()
			frappe.qb.from_(log).delete().where(log.name.isin(names)).run()
