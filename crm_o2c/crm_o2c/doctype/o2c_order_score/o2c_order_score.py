import frappe
from frappe.model.document import Document


class O2COrderScore(Document):
	"""The kept score of one open order. Written in bulk by `crm_o2c.services.scores`, never by hand."""


def on_doctype_update() -> None:
	"""The queue is read by points, its reserved lane by promise date, its counts by band."""
	frappe.db.add_index("O2C Order Score", ["gate", "queue_key", "promise_date"], "o2c_queue")
	frappe.db.add_index("O2C Order Score", ["gate", "promise_date"], "o2c_lane")
	frappe.db.add_index("O2C Order Score", ["company", "gate", "band"], "o2c_counts")
	frappe.db.add_index("O2C Order Score", ["customer"], "o2c_customer")
